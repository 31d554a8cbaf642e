//! Deletes what nobody needs.

use std::time::{Duration, SystemTime};

use futures::TryStreamExt;

use crate::{Digest, Error, Objects};

/// What a collection did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// How many objects were looked at.
    pub seen: u64,
    /// How many were deleted.
    pub deleted: u64,
    /// How many bytes they took.
    pub freed: u64,
}

impl Objects {
    /// Deletes objects that were stored longer than `age` ago and that nobody needs. The age protects what is stored but not
    /// yet written down by who needs it, so it is to be longer than any run's step; less than two hours is taken as two.
    ///
    /// # Errors
    /// When the place fails; what was deleted by then stays deleted.
    pub async fn collect(&self, age: Duration, needed: impl Fn(Digest) -> bool) -> Result<Collected, Error> {
        let before = SystemTime::now() - age.max(Duration::from_secs(2 * 3600));
        let mut collected = Collected::default();
        let mut entries = self.list();
        while let Some(entry) = entries.try_next().await? {
            collected.seen += 1;
            if entry.head.modified < before && !needed(entry.digest) {
                self.delete(entry.digest).await?;
                collected.deleted += 1;
                collected.freed += entry.head.stored_size;
            }
        }
        Ok(collected)
    }
}
