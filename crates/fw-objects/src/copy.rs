//! Copies all objects into another store.

use futures::{StreamExt, TryStreamExt};

use crate::{Digest, Error, Objects};

/// How many are copied at the same time.
const PARALLEL: usize = 8;

impl Objects {
    /// Copies all objects that the other store does not have, encrypted as objects are there. How many those were. What was
    /// copied before a failure need not be copied again.
    ///
    /// # Errors
    /// When either place fails, or an object is not what was stored.
    pub async fn copy_into(&self, other: &Self) -> Result<u64, Error> {
        let copies = self.list().map(|entry| async { self.copy_one(other, entry?.digest).await });
        let mut copies = copies.buffer_unordered(PARALLEL);
        let mut count = 0;
        while let Some(copied) = copies.try_next().await? {
            count += u64::from(copied);
        }
        Ok(count)
    }

    async fn copy_one(&self, other: &Self, digest: Digest) -> Result<bool, Error> {
        if other.head(digest).await?.is_some() {
            return Ok(false);
        }
        // It may have been deleted since it was listed.
        let Some(content) = self.get(digest).await? else { return Ok(false) };
        other.put(content).await?;
        Ok(true)
    }
}
