//! Connections of SQLite that only read, opened when they are needed and kept for others.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::sqlite::Sqlite;
use crate::{DatabaseError, Result};

/// The connections; clones share them.
#[derive(Clone)]
pub(crate) struct Readers(Arc<Shared>);

struct Shared {
    path: PathBuf,
    patience: Duration,
    /// How many may be open.
    most: u32,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Sqlite>>,
}

/// A connection that is somebody's for a while.
pub(crate) struct Reader {
    /// Nothing once it is not to be used again.
    connection: Option<Sqlite>,
    shared: Arc<Shared>,
    _place: OwnedSemaphorePermit,
}

impl Readers {
    pub(crate) fn new(path: PathBuf, most: u32, patience: Duration) -> Self {
        let places = Arc::new(Semaphore::new(usize::try_from(most).unwrap_or(1)));
        Self(Arc::new(Shared { path, patience, most, places, idle: Mutex::default() }))
    }

    /// A connection, once one is free.
    pub(crate) async fn acquire(&self) -> Result<Reader> {
        let shared = &self.0;
        let place = tokio::time::timeout(shared.patience, Arc::clone(&shared.places).acquire_owned()).await;
        let Ok(Ok(place)) = place else { return Err(DatabaseError::Unavailable(None)) };
        let idle = shared.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => Sqlite::reader(&shared.path, shared.patience)?,
        };
        Ok(Reader { connection: Some(connection), shared: Arc::clone(shared), _place: place })
    }

    /// Closes all, once nobody has one; there are none from then on.
    pub(crate) async fn close(&self) {
        drop(self.0.places.acquire_many(self.0.most).await);
        self.0.places.close();
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Reader {
    /// The connection, unless it has failed.
    pub(crate) const fn get(&self) -> Option<&Sqlite> {
        self.connection.as_ref()
    }

    /// It is not used again.
    pub(crate) fn spoil(&mut self) {
        self.connection = None;
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && !self.shared.places.is_closed()
        {
            self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}
