//! The state: what exists, as the last operation left it. A pure model, every format version, and an integrity check.
//!
//! Objects stay encoded as they were read ([`ObjectState`]) until somebody asks for their value with the type of their
//! schema, so loading a large state costs little more than finding its parts. States are cheap to clone (the objects and
//! the map of resources are shared) and cheap to change.
//!
//! No I/O happens here: reading and writing files, locks, backups and the journal are the work of `fw-store`.

mod change;
mod check_results;
mod codec;
pub mod gojson;
mod integrity;
mod legacy;
mod object;
mod read;
mod state;
mod v4;

pub use change::{Change, ChangeError};
pub use check_results::{CheckKind, CheckObject, CheckResult, CheckResults, CheckStatus};
pub use codec::CodecError;
pub use integrity::Defect;
pub use object::{Attributes, DecodedObject, Identity, NewObject, ObjectState, ObjectStatus};
pub use read::{ReadError, read};
pub use state::{DeposedKey, InstanceState, OutputState, ResourceState, State};
pub use v4::write;

/// The version of Terraform whose state files ours are equal to.
pub const COMPATIBLE_VERSION: &str = "1.11.4";
