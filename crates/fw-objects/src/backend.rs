//! Places where sealed objects lie, by name.

pub(crate) mod directory;
pub(crate) mod memory;
pub(crate) mod s3;

use std::time::SystemTime;

use bytes::Bytes;
use futures::stream::BoxStream;

use crate::error::BackendError;

/// A named object as it lies there.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) name: String,
    /// Sealed, so more than its content.
    pub(crate) size: u64,
    pub(crate) modified: SystemTime,
}

/// Bytes as they come.
pub(crate) type Pieces = BoxStream<'static, Result<Bytes, BackendError>>;

/// A place for objects. Names are lower-case hexadecimal digits.
#[async_trait::async_trait]
pub(crate) trait Backend: Send + Sync {
    /// Notes whose the objects are, where there is something to note it in.
    async fn claim(&self, _owner: &str) -> Result<(), BackendError> {
        Ok(())
    }
    /// Stores all of it or nothing; when this returns, it survives a loss of power.
    async fn put(&self, name: &str, sealed: Bytes) -> Result<(), BackendError>;
    async fn get(&self, name: &str) -> Result<Option<Pieces>, BackendError>;
    async fn head(&self, name: &str) -> Result<Option<Stored>, BackendError>;
    /// It is no error when there is none.
    async fn delete(&self, name: &str) -> Result<(), BackendError>;
    /// In any order; names that are not ours are left out by the caller.
    fn list(&self) -> BoxStream<'static, Result<Stored, BackendError>>;
}
