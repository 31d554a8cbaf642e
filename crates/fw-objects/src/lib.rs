//! Objects by the digest of their content: plans, states, logs, bundles. They lie in a directory, in memory or in S3, and are
//! encrypted at rest when there is a key. What an object means, and who still needs it, is known by its users alone.

mod address;
mod backend;
mod collect;
mod copy;
mod digest;
mod error;
pub mod keys;
mod objects;
mod seal;

pub use collect::Collected;
pub use digest::{Digest, NotADigest};
pub use error::Error;
pub use keys::{DataKey, KeySource};
pub use objects::{Entry, Head, Objects};
