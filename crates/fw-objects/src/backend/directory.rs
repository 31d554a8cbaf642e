//! Objects as files of a directory, spread over 256 directories by the first two digits of their names.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};

use super::{Backend, Pieces, Stored};
use crate::error::BackendError;

/// How much of a file is read at a time.
const PIECE: usize = 256 * 1024;

pub(crate) struct Directory {
    root: Arc<Path>,
}

impl Directory {
    /// Makes the directory unless it is there.
    pub(crate) fn open(root: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&root)?;
        Ok(Self { root: root.into() })
    }

    fn path(&self, name: &str) -> PathBuf {
        let (shelf, rest) = name.split_at_checked(2).unwrap_or((name, ""));
        self.root.join(shelf).join(rest)
    }
}

/// File work happens on threads that may wait.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, BackendError> {
    Ok(tokio::task::spawn_blocking(work).await??)
}

fn absent<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

fn write(root: &Path, path: &Path, sealed: &[u8]) -> io::Result<()> {
    let shelf = path.parent().expect("an object's file lies on a shelf");
    if !shelf.is_dir() {
        fs::create_dir_all(shelf)?;
        sync_directory(root)?;
    }
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(shelf)?;
    file.write_all(sealed)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    sync_directory(shelf)
}

fn stored(name: String, metadata: &fs::Metadata) -> io::Result<Stored> {
    Ok(Stored { name, size: metadata.len(), modified: metadata.modified()? })
}

#[async_trait::async_trait]
impl Backend for Directory {
    async fn put(&self, name: &str, sealed: Bytes) -> Result<(), BackendError> {
        let (root, path) = (Arc::clone(&self.root), self.path(name));
        blocking(move || write(&root, &path, &sealed)).await
    }

    async fn get(&self, name: &str) -> Result<Option<Pieces>, BackendError> {
        let path = self.path(name);
        let Some(file) = blocking(move || absent(File::open(path))).await? else { return Ok(None) };
        let pieces = stream::try_unfold(file, |mut file| async move {
            blocking(move || {
                let mut piece = Vec::new();
                Read::by_ref(&mut file).take(PIECE as u64).read_to_end(&mut piece)?;
                Ok((!piece.is_empty()).then(|| (Bytes::from(piece), file)))
            })
            .await
        });
        Ok(Some(pieces.boxed()))
    }

    async fn head(&self, name: &str) -> Result<Option<Stored>, BackendError> {
        let (name, path) = (name.to_owned(), self.path(name));
        blocking(move || absent(fs::metadata(path))?.map(|m| stored(name, &m)).transpose()).await
    }

    async fn delete(&self, name: &str) -> Result<(), BackendError> {
        let path = self.path(name);
        blocking(move || absent(fs::remove_file(path))).await.map(|_| ())
    }

    fn list(&self) -> BoxStream<'static, Result<Stored, BackendError>> {
        let root = Arc::clone(&self.root);
        let shelves = stream::once(blocking(move || directories(&root)));
        let shelves = shelves.map(|r| stream::iter(each(r))).flatten();
        let objects = shelves.then(|shelf| async {
            let shelf = shelf?;
            blocking(move || objects(&shelf)).await
        });
        objects.map(|r| stream::iter(each(r))).flatten().boxed()
    }
}

/// A result of many as many results.
fn each<T>(result: Result<Vec<T>, BackendError>) -> Vec<Result<T, BackendError>> {
    match result {
        Ok(all) => all.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    }
}

fn directories(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn objects(shelf: &Path) -> io::Result<Vec<Stored>> {
    let prefix = shelf.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut found = Vec::new();
    for entry in fs::read_dir(shelf)? {
        let entry = entry?;
        // What is deleted meanwhile is not there.
        let Some(metadata) = absent(entry.metadata())? else { continue };
        if metadata.is_file() {
            found.push(stored(format!("{prefix}{}", entry.file_name().to_string_lossy()), &metadata)?);
        }
    }
    Ok(found)
}
