//! Objects in memory, for tests and for servers that need not remember.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};

use super::{Backend, Pieces, Stored};
use crate::error::BackendError;

#[derive(Default)]
pub(crate) struct Memory(Mutex<BTreeMap<String, (Bytes, SystemTime)>>);

impl Memory {
    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, (Bytes, SystemTime)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stored(name: &str, (sealed, modified): &(Bytes, SystemTime)) -> Stored {
    Stored { name: name.to_owned(), size: sealed.len() as u64, modified: *modified }
}

#[async_trait::async_trait]
impl Backend for Memory {
    async fn put(&self, name: &str, sealed: Bytes) -> Result<(), BackendError> {
        self.objects().insert(name.to_owned(), (sealed, SystemTime::now()));
        Ok(())
    }

    async fn get(&self, name: &str) -> Result<Option<Pieces>, BackendError> {
        let found = self.objects().get(name).map(|(sealed, _)| sealed.clone());
        Ok(found.map(|sealed| stream::once(async { Ok(sealed) }).boxed()))
    }

    async fn head(&self, name: &str) -> Result<Option<Stored>, BackendError> {
        Ok(self.objects().get(name).map(|object| stored(name, object)))
    }

    async fn delete(&self, name: &str) -> Result<(), BackendError> {
        self.objects().remove(name);
        Ok(())
    }

    fn list(&self) -> BoxStream<'static, Result<Stored, BackendError>> {
        let all: Vec<_> = self.objects().iter().map(|(name, object)| Ok(stored(name, object))).collect();
        stream::iter(all).boxed()
    }
}
