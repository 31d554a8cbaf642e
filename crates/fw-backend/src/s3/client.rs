//! One state in a bucket.

use std::time::{Duration, Instant};

use fw_store::{LockError, LockInfo, StateClient};
use md5::{Digest as _, Md5};

use super::bucket::{Bucket, explained};
use super::table::Table;

/// How long a state may take to be the one whose digest was noted.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_secs(2);

/// The state with a key.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) bucket: Bucket,
    pub(super) table: Option<Table>,
    pub(super) path: String,
    pub(super) lock_file: bool,
}

fn refused(message: String, holder: Option<LockInfo>) -> LockError {
    LockError { message, holder }
}

/// Several errors, as terraform's library lists them.
fn both(first: &str, second: &str) -> String {
    format!("2 errors occurred:\n\t* {first}\n\t* {second}\n\n")
}

impl Client {
    fn place(&self) -> String {
        format!("{}/{}", self.bucket.name, self.path)
    }

    fn lock_key(&self) -> String {
        format!("{}.tflock", self.path)
    }

    fn holder_of_file(&self) -> Result<LockInfo, String> {
        let found = self.bucket.get(&self.lock_key()).map_err(|error| error.to_string())?;
        let found = found.ok_or_else(|| format!("no lock file at \"{}\"", self.lock_key()))?;
        serde_json::from_slice(&found).map_err(|error| {
            format!(
                "failed to json parse the lock info \"{}\" from bucket \"{}\": {error}",
                self.lock_key(),
                self.bucket.name
            )
        })
    }

    fn lock_with_file(&self, info: &str) -> Result<(), LockError> {
        let Err(error) = self.bucket.put(&self.lock_key(), info.as_bytes(), true) else { return Ok(()) };
        let message = explained(&error, &self.bucket.name);
        Err(match self.holder_of_file() {
            Ok(holder) => refused(message, Some(holder)),
            Err(why) => refused(both(&message, &why), None),
        })
    }

    fn unlock_file(&self, id: &str) -> Result<(), LockError> {
        let holder = self
            .holder_of_file()
            .map_err(|why| refused(format!("failed to retrieve lock info for lock ID \"{id}\": {why}"), None))?;
        if holder.id != id {
            let message = format!("lock ID '{id}' does not match the existing lock ID '{}'", holder.id);
            return Err(refused(message, Some(holder)));
        }
        self.bucket.delete(&self.lock_key()).map_err(|error| refused(error.to_string(), Some(holder)))
    }

    fn lock_with_table(&self, table: &Table, info: &str) -> Result<(), LockError> {
        let Err(error) = table.lock(&self.place(), info) else { return Ok(()) };
        Err(match table.holder(&self.place()) {
            Ok((holder, _)) => refused(error.to_string(), Some(holder)),
            Err(why) => refused(both(&error.to_string(), &why), None),
        })
    }

    fn unlock_table(&self, table: &Table, id: &str) -> Result<(), LockError> {
        let (holder, text) = table
            .holder(&self.place())
            .map_err(|why| refused(format!("failed to retrieve lock info for lock ID \"{id}\": {why}"), None))?;
        if holder.id != id {
            return Err(refused(
                format!("lock ID \"{id}\" does not match existing lock (\"{}\")", holder.id),
                Some(holder),
            ));
        }
        table.unlock(&self.place(), &text).map_err(|error| refused(error.to_string(), Some(holder)))
    }

    /// Whether the content is the one whose digest was noted; the digests otherwise.
    fn is_current(&self, content: Option<&[u8]>) -> Result<(), (String, String)> {
        let Some(table) = &self.table else { return Ok(()) };
        let digest = content.map(|content| hex::encode(Md5::digest(content))).unwrap_or_default();
        match table.digest(&self.place()) {
            Ok(Some(noted)) if noted != digest => Err((digest, noted)),
            Ok(_) => Ok(()),
            Err(error) => {
                log::warn!("s3: the digest of the state cannot be read: {error}");
                Ok(())
            }
        }
    }
}

impl StateClient for Client {
    fn get(&mut self) -> Result<Option<Vec<u8>>, String> {
        let until = Instant::now() + PATIENCE;
        loop {
            let found = self.bucket.get(&self.path).map_err(|error| explained(&error, &self.bucket.name))?;
            let Err((digest, noted)) = self.is_current(found.as_deref()) else { return Ok(found) };
            if Instant::now() >= until {
                return Err(format!(
                    "state data in S3 does not have the expected content.\n\nThe checksum calculated for the state stored in S3 \
                     does not match the checksum\nstored in DynamoDB.\n\nBucket: {}\nKey:    {}\nCalculated checksum: \
                     {digest}\nStored checksum:     {noted}\n\nThis may be caused by unusually long delays in S3 processing a \
                     previous state\nupdate. Please wait for a minute or two and try again.\n\nIf this problem persists, and \
                     neither S3 nor DynamoDB are experiencing an outage, you may need\nto manually verify the remote state and \
                     update the Digest value stored in the\nDynamoDB table\n",
                    self.bucket.name, self.path
                ));
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn put(&mut self, content: &[u8]) -> Result<(), String> {
        self.bucket
            .put(&self.path, content, false)
            .map_err(|error| format!("failed to upload state: {}", explained(&error, &self.bucket.name)))?;
        if let Some(table) = &self.table {
            // Without it the next to read would wait for a state that is there.
            table
                .note_digest(&self.place(), &hex::encode(Md5::digest(content)))
                .map_err(|error| format!("failed to store state MD5: {error}"))?;
        }
        Ok(())
    }

    fn lock(&mut self, info: &mut LockInfo) -> Result<(), LockError> {
        if !self.can_lock() {
            return Ok(());
        }
        info.path = self.place();
        let text = serde_json::to_string(info).unwrap_or_default();
        if self.lock_file {
            self.lock_with_file(&text)?;
        }
        let Some(table) = &self.table else { return Ok(()) };
        self.lock_with_table(table, &text).inspect_err(|_| {
            if self.lock_file
                && let Err(error) = self.unlock_file(&info.id)
            {
                log::warn!("s3: the lock file stays: {error}");
            }
        })
    }

    fn unlock(&mut self, id: &str) -> Result<(), LockError> {
        let file = if self.lock_file { self.unlock_file(id) } else { Ok(()) };
        let table = self.table.as_ref().map_or(Ok(()), |table| self.unlock_table(table, id));
        match (file, table) {
            (Err(file), Err(table)) => Err(refused(both(&file.message, &table.message), file.holder)),
            (file, table) => file.and(table),
        }
    }

    fn can_lock(&self) -> bool {
        self.lock_file || self.table.is_some()
    }
}
