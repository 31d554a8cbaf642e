//! State backends other than files: what may stand in their blocks, what terraform remembers of them in the working data,
//! and those of them that speak HTTP. A backend with a protocol of its own is a [`Kind`] in another crate.
//! [`keys`] are those that services make and keep, for what is encrypted here.

mod aws;
mod azurerm;
mod consul;
mod gcs;
mod hash;
mod http;
mod inmem;
pub mod keys;
mod kind;
mod kubernetes;
mod local;
mod problem;
mod record;
mod s3;
mod schemas;
mod settings;
mod threads;
mod transport;

pub use hash::hash;
pub use kind::{Configured, Kind, own_kinds};
pub use local::local_workspaces;
pub use problem::{Problem, Problems};
pub use record::{Record, RecordError};
pub use schemas::Attributes;
pub use settings::{Settings, Surroundings};
pub use threads::Threads;
