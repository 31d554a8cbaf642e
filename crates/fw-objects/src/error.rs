//! What can go wrong with objects.

use crate::Digest;

/// Why an object could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address of a store does not say where it is.
    #[error("`{address}` is not an address of an object store: {reason}")]
    Address {
        /// As it was given.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The place of the objects failed.
    #[error("cannot {action} object {digest}")]
    Object {
        /// What was tried.
        action: &'static str,
        /// Which one.
        digest: Digest,
        /// What the place said.
        #[source]
        source: BackendError,
    },
    /// The place of the objects failed for all of them.
    #[error("cannot {action}")]
    Store {
        /// What was tried.
        action: &'static str,
        /// What the place said.
        #[source]
        source: BackendError,
    },
    /// A stored object is not what was stored.
    #[error("object {digest} is damaged: {reason}")]
    Damaged {
        /// Which one.
        digest: Digest,
        /// In what way.
        reason: &'static str,
    },
    /// A key could not be had.
    #[error("cannot use the encryption key `{id}`: {reason}")]
    Key {
        /// Its id.
        id: String,
        /// What is wrong.
        reason: String,
    },
}

/// What the place of the objects said.
pub(crate) type BackendError = Box<dyn std::error::Error + Send + Sync>;
