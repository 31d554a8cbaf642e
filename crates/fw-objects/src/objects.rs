//! The store of objects.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};

use crate::backend::memory::Memory;
use crate::backend::{Backend, Pieces};
use crate::error::BackendError;
use crate::keys::KeySource;
use crate::seal::{Reader, seal};
use crate::{Digest, Error, address};

/// An object that was stored this recently is not stored again. Older ones are, so that they look young to who collects
/// what nobody needs.
const RECENT: Duration = Duration::from_secs(3600);

/// A store of objects by digest. Clones are the same store.
#[derive(Clone)]
pub struct Objects {
    backend: Arc<dyn Backend>,
    keys: Option<Arc<dyn KeySource>>,
}

/// What is known of an object without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many bytes it takes; encrypted ones take some more than they have.
    pub stored_size: u64,
    /// When it was stored last.
    pub modified: SystemTime,
}

/// An object of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which one.
    pub digest: Digest,
    /// What is known of it.
    pub head: Head,
}

impl Objects {
    /// Opens a store by its address: `file:///DIRECTORY`, `memory:` or `s3://BUCKET/PREFIX?endpoint=URL&region=NAME`.
    /// `lock_table=NAME` names a table of DynamoDB for [`Self::claim`]. Credentials for S3 come from the environment or the machine, or are given as `access_key_id` and `secret_access_key`.
    /// With keys, new objects are encrypted; those that are not can still be read.
    ///
    /// # Errors
    /// When the address is none, or the place is not there and can't be made.
    pub async fn open(address: &str, keys: Option<Arc<dyn KeySource>>) -> Result<Self, Error> {
        Ok(Self { backend: address::open(address).await?, keys })
    }

    /// Notes that the objects are those of this installation. Only S3 with a `lock_table` keeps such a note.
    ///
    /// # Errors
    /// When they are another one's, or the place fails.
    pub async fn claim(&self, owner: &str) -> Result<(), Error> {
        let claimed = self.backend.claim(owner).await;
        claimed.map_err(|source| Error::Store { action: "claim the objects", source })
    }

    /// A store in memory.
    #[must_use]
    pub fn memory() -> Self {
        Self { backend: Arc::new(Memory::default()), keys: None }
    }

    /// Stores a content. When this returns, it is durable. Storing it again changes nothing.
    ///
    /// # Errors
    /// When the place or the source of keys fails.
    pub async fn put(&self, content: impl Into<Bytes>) -> Result<Digest, Error> {
        let content = content.into();
        let digest = Digest::of(&content);
        let failed = |source| Error::Object { action: "store", digest, source };
        let name = digest.to_string();
        let known = self.backend.head(&name).await.map_err(failed)?;
        if known.is_some_and(|stored| stored.modified.elapsed().is_ok_and(|age| age < RECENT)) {
            return Ok(digest);
        }
        let key = match &self.keys {
            Some(keys) => Some(keys.current().await?),
            None => None,
        };
        self.backend.put(&name, seal(&content, key.as_deref())).await.map_err(failed)?;
        Ok(digest)
    }

    /// The content of an object, checked; `None` when there is none.
    ///
    /// # Errors
    /// When it can't be read, decrypted, or is not what was stored.
    pub async fn get(&self, digest: Digest) -> Result<Option<Bytes>, Error> {
        let Some(pieces) = self.stream(digest).await? else { return Ok(None) };
        let content = pieces.try_fold(BytesMut::new(), |mut content, piece| async move {
            content.extend_from_slice(&piece);
            Ok(content)
        });
        Ok(Some(content.await?.freeze()))
    }

    /// The content of an object in pieces; `None` when there is none. Encrypted pieces are checked before they are given;
    /// that the whole has the digest is known at the end, where an error takes the place of the last piece.
    ///
    /// # Errors
    /// When the place fails.
    pub async fn stream(&self, digest: Digest) -> Result<Option<BoxStream<'static, Result<Bytes, Error>>>, Error> {
        let failed = move |source| Error::Object { action: "read", digest, source };
        let Some(pieces) = self.backend.get(&digest.to_string()).await.map_err(failed)? else { return Ok(None) };
        let keys = self.keys.clone();
        Ok(Some(content(digest, keys, pieces).boxed()))
    }

    /// A short content in the form that objects are stored in, for who keeps it elsewhere. `None` when there are no keys.
    ///
    /// # Errors
    /// When the source of keys fails.
    pub async fn seal(&self, content: &[u8]) -> Result<Option<Bytes>, Error> {
        let Some(keys) = &self.keys else { return Ok(None) };
        Ok(Some(seal(content, Some(&*keys.current().await?))))
    }

    /// The content of what [`Self::seal`] has made.
    ///
    /// # Errors
    /// When the source of keys fails, or it is not what was made.
    pub async fn unseal(&self, sealed: &[u8]) -> Result<Bytes, Error> {
        let mut reader = Reader::new(Digest::of(sealed), self.keys.clone());
        let start = reader.push(sealed).await?;
        let rest = reader.finish_unnamed()?;
        Ok(if start.is_empty() { rest } else { [start, rest].concat().into() })
    }

    /// What is known of an object; `None` when there is none.
    ///
    /// # Errors
    /// When the place fails.
    pub async fn head(&self, digest: Digest) -> Result<Option<Head>, Error> {
        let found = self.backend.head(&digest.to_string()).await;
        let found = found.map_err(|source| Error::Object { action: "look up", digest, source })?;
        Ok(found.map(|stored| Head { stored_size: stored.size, modified: stored.modified }))
    }

    /// Deletes an object; it is no error when there is none.
    ///
    /// # Errors
    /// When the place fails.
    pub async fn delete(&self, digest: Digest) -> Result<(), Error> {
        let deleted = self.backend.delete(&digest.to_string()).await;
        deleted.map_err(|source| Error::Object { action: "delete", digest, source })
    }

    /// All objects, in any order.
    #[must_use]
    pub fn list(&self) -> BoxStream<'static, Result<Entry, Error>> {
        let listed = self.backend.list().map_err(|source| Error::Store { action: "list the objects", source });
        let entries = listed.try_filter_map(|stored| async move {
            // What has another name was not put here by us.
            let head = Head { stored_size: stored.size, modified: stored.modified };
            Ok(stored.name.parse().ok().map(|digest| Entry { digest, head }))
        });
        entries.boxed()
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn check(&self) -> Result<(), Error> {
        let failed = |source: BackendError| Error::Store { action: "reach the object store", source };
        self.backend.head(&Digest::of(b"").to_string()).await.map_err(failed).map(|_| ())
    }
}

/// Decrypts and checks.
fn content(
    digest: Digest,
    keys: Option<Arc<dyn KeySource>>,
    pieces: Pieces,
) -> impl futures::Stream<Item = Result<Bytes, Error>> + Send + 'static {
    let reader = Reader::new(digest, keys);
    let step = move |(reader, mut pieces): (Option<Reader>, Pieces)| async move {
        let Some(mut reader) = reader else { return Ok(None) };
        loop {
            let Some(piece) = pieces.next().await else {
                return Ok(Some((reader.finish()?, (None, pieces))));
            };
            let piece = piece.map_err(|source| Error::Object { action: "read", digest, source })?;
            let content = reader.push(&piece).await?;
            if !content.is_empty() {
                return Ok(Some((content, (Some(reader), pieces))));
            }
        }
    };
    futures::stream::try_unfold((Some(reader), pieces), step)
}
