//! Objects in a bucket of S3 or of what speaks its language. The bucket is made when it is missing.

mod bucket;
mod table;

use std::sync::Arc;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutPayload, WriteMultipart};

use super::{Backend, Pieces, Stored};
use crate::error::BackendError;

/// What is larger goes in parts, since one request carries at most 5 GiB and a failed one is sent again whole.
const IN_ONE: usize = 16 * 1024 * 1024;

/// Where the bucket is.
#[derive(Clone, Default)]
pub(crate) struct Place {
    pub(crate) bucket: String,
    pub(crate) prefix: String,
    /// `None` is Amazon's own.
    pub(crate) endpoint: Option<String>,
    pub(crate) region: Option<String>,
    /// `None` for the credentials of the environment or of the machine.
    pub(crate) access_key_id: Option<String>,
    pub(crate) secret_access_key: Option<String>,
    /// The table where it is written whose the objects are.
    pub(crate) lock_table: Option<String>,
}

pub(crate) struct S3 {
    place: Place,
    store: Arc<AmazonS3>,
    prefix: Path,
}

impl S3 {
    /// Connects and sees that the bucket is there.
    pub(crate) async fn open(place: &Place) -> Result<Self, BackendError> {
        let mut builder = AmazonS3Builder::from_env().with_bucket_name(&place.bucket);
        if let Some(endpoint) = &place.endpoint {
            builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
        }
        if let Some(region) = &place.region {
            builder = builder.with_region(region);
        }
        if let Some(id) = &place.access_key_id {
            builder = builder.with_access_key_id(id);
        }
        if let Some(secret) = &place.secret_access_key {
            builder = builder.with_secret_access_key(secret);
        }
        let store = builder.build()?;
        bucket::ensure(&store, place).await?;
        Ok(Self { place: place.clone(), store: Arc::new(store), prefix: Path::parse(&place.prefix)? })
    }

    fn path(&self, name: &str) -> Path {
        self.prefix.clone().join(name)
    }
}

fn absent<T>(result: object_store::Result<T>) -> Result<Option<T>, BackendError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn stored(object: &ObjectMeta) -> Stored {
    let name = object.location.filename().unwrap_or_default().to_owned();
    Stored { name, size: object.size, modified: object.last_modified.into() }
}

#[async_trait::async_trait]
impl Backend for S3 {
    async fn claim(&self, owner: &str) -> Result<(), BackendError> {
        match &self.place.lock_table {
            Some(table) => table::claim(&self.store, &self.place, table, owner).await,
            None => Ok(()),
        }
    }

    async fn put(&self, name: &str, sealed: Bytes) -> Result<(), BackendError> {
        let path = self.path(name);
        if sealed.len() <= IN_ONE {
            self.store.put(&path, PutPayload::from(sealed)).await?;
            return Ok(());
        }
        let mut parts = WriteMultipart::new_with_chunk_size(self.store.put_multipart(&path).await?, IN_ONE);
        parts.put(sealed);
        parts.finish().await?;
        Ok(())
    }

    async fn get(&self, name: &str) -> Result<Option<Pieces>, BackendError> {
        let found = absent(self.store.get(&self.path(name)).await)?;
        Ok(found.map(|object| object.into_stream().map_err(BackendError::from).boxed()))
    }

    async fn head(&self, name: &str) -> Result<Option<Stored>, BackendError> {
        Ok(absent(self.store.head(&self.path(name)).await)?.as_ref().map(stored))
    }

    async fn delete(&self, name: &str) -> Result<(), BackendError> {
        absent(self.store.delete(&self.path(name)).await).map(|_| ())
    }

    fn list(&self) -> BoxStream<'static, Result<Stored, BackendError>> {
        let prefix = (!self.prefix.as_ref().is_empty()).then_some(&self.prefix);
        self.store.list(prefix).map(|r| Ok(stored(&r?))).boxed()
    }
}
