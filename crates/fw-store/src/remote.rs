//! One state that is kept elsewhere as a whole: read, locked, written through a [`StateClient`]. What a running operation
//! has done is journaled on this machine, since writing a state over the network after every step would take too long; the
//! next to open the state from the same working directory finds what a crash has kept from getting there.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use fw_state::{COMPATIBLE_VERSION, ReadError, State};

use crate::cipher::{self, Cipher, MaybeCipher, Opened};
use crate::journal::{Base, Digest, Folded, Journal, Outcome, fold};
use crate::lock::{self, LockError, LockInfo, LockRequest, WaitForLock};
use crate::{MigrationError, StoreError, files};

/// One state in a backend, as bytes, and its lock.
pub trait StateClient: Send + std::fmt::Debug {
    /// The bytes of the state; `None` where there is none.
    ///
    /// # Errors
    /// Why they cannot be had, for people.
    fn get(&mut self) -> Result<Option<Vec<u8>>, String>;

    /// Stores the bytes of the state.
    ///
    /// # Errors
    /// Why they cannot be stored, for people.
    fn put(&mut self, content: &[u8]) -> Result<(), String>;

    /// Tries once to take the lock, in the name that the info says. Where the backend says what is locked, it writes that
    /// into the info.
    ///
    /// # Errors
    /// When somebody else holds it, or nobody can.
    fn lock(&mut self, info: &mut LockInfo) -> Result<(), LockError>;

    /// Gives back the lock with this id, or takes it from whoever holds it.
    ///
    /// # Errors
    /// When there is no such lock.
    fn unlock(&mut self, id: &str) -> Result<(), LockError>;

    /// Another state, whatever it is, is about to take the place of the one that was read.
    fn expect_replacement(&mut self) {}

    /// Whether locking does anything.
    fn can_lock(&self) -> bool {
        true
    }
}

/// A state in a backend.
#[derive(Debug)]
pub struct RemoteState {
    client: Box<dyn StateClient>,
    /// Where changes are journaled.
    journal: PathBuf,
    lock: Option<LockInfo>,
    /// What the backend holds, as far as we know.
    stored: Option<Stored>,
    /// Encrypts what is stored, there and in the journal.
    pub(crate) cipher: MaybeCipher,
}

#[derive(Debug)]
struct Stored {
    content: Digest,
    state: Option<State>,
    /// Whether it is encrypted in another way than it would be now, or wrongly not at all.
    is_outdated: bool,
}

impl RemoteState {
    /// A state behind a client; nothing is asked of it yet. The directory of the journal is made when it is needed.
    #[must_use]
    pub fn new(client: Box<dyn StateClient>, journal: PathBuf) -> Self {
        Self { client, journal, lock: None, stored: None, cipher: None }
    }

    /// The same, encrypted there and here.
    #[must_use]
    pub fn encrypted(self, cipher: Option<Arc<dyn Cipher>>) -> Self {
        Self { cipher, ..self }
    }

    /// Who holds the lock, when it is us.
    #[must_use]
    pub fn lock_info(&self) -> Option<&LockInfo> {
        self.lock.as_ref()
    }

    /// Whether locking does anything.
    #[must_use]
    pub fn can_lock(&self) -> bool {
        self.client.can_lock()
    }

    /// Locks the state against other operations.
    ///
    /// # Errors
    /// When somebody else holds the lock for longer than the request waits, or the backend refuses.
    pub fn lock(&mut self, request: &LockRequest<'_>, wait: &mut dyn WaitForLock) -> Result<(), LockError> {
        let client = &mut self.client;
        let info = lock::until_time_is_up(request.timeout, wait, || {
            let mut info = LockInfo::new(request, String::new(), SystemTime::now());
            client.lock(&mut info).map(|()| info)
        })?;
        self.lock = Some(info);
        Ok(())
    }

    /// Gives the lock back.
    ///
    /// # Errors
    /// When the backend refuses.
    pub fn unlock(&mut self) -> Result<(), LockError> {
        match self.lock.take() {
            Some(info) => self.client.unlock(&info.id),
            None => Err(LockError { message: "state not locked".to_owned(), holder: None }),
        }
    }

    /// Takes the lock with this id from whoever holds it.
    ///
    /// # Errors
    /// When there is no such lock.
    pub fn force_unlock(&mut self, id: &str) -> Result<(), LockError> {
        self.client.unlock(id)
    }

    /// Reads the state, `None` where there is none yet. What a crash has kept from getting to the backend is put right: for
    /// good when the state is locked, else only in the answer.
    ///
    /// # Errors
    /// When the backend cannot be reached or holds no state.
    pub fn read(&mut self) -> Result<(Option<State>, Folded), StoreError> {
        let content = self.client.get().map_err(StoreError::Backend)?.unwrap_or_default();
        let Opened { plain, is_current } = cipher::open(&self.cipher, &content)?;
        let on_disk = parse(&plain)?;
        let journal = files::read(&self.journal)?;
        let mut folded = Folded::default();
        let outcome = fold(&journal, on_disk.as_ref(), &content, &self.cipher)?;
        self.stored = Some(Stored { content: Digest::of(&content), state: on_disk.clone(), is_outdated: !is_current });
        let locked = self.lock.is_some();
        match outcome {
            Outcome::Nothing => {
                if locked && !journal.is_empty() {
                    files::remove(&self.journal)?;
                }
                Ok((on_disk, folded))
            }
            Outcome::Changed(changed, changes) => {
                folded.changes = changes;
                if !locked {
                    return Ok((Some(*changed), folded));
                }
                let written = self.write(&changed, None, Write::Always)?;
                files::remove(&self.journal)?;
                Ok((Some(written), folded))
            }
            Outcome::Foreign(changes) => {
                folded.unmerged = changes;
                folded.kept = Some(if locked { files::put_aside(&self.journal)? } else { self.journal.clone() });
                Ok((on_disk, folded))
            }
        }
    }

    /// Writes the state if it says something new; its serial grows by one, and a first write gives it a lineage.
    /// Returns the state as it is stored now.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn persist(&mut self, state: &State) -> Result<State, StoreError> {
        self.write(state, None, Write::Changed)
    }

    /// Puts a state in the place of what is there: `state push` and migrations. Where nothing is there it begins a new
    /// lineage, as terraform has it.
    ///
    /// # Errors
    /// Unless forced, when it is unrelated to what is there or older; and when it cannot be written.
    pub fn replace(&mut self, state: &State, force: bool) -> Result<State, MigrationError> {
        let (existing, folded) = self.read()?;
        let Some(existing) = existing else {
            let mut fresh = state.clone();
            (fresh.lineage, fresh.serial) = (String::new(), 0);
            return Ok(self.write(&fresh, None, Write::Changed)?);
        };
        if folded.changes > 0 && existing.lineage == state.lineage && existing.same_content(state) {
            // What was saved elsewhere since it could not be stored has just come out of the journal.
            return Ok(existing);
        }
        if force {
            self.client.expect_replacement();
        } else {
            crate::local::check_replacement(state, &existing)?;
        }
        if existing.same_content(state) && existing.lineage == state.lineage && existing.serial == state.serial {
            return Ok(existing);
        }
        let mut next = state.clone();
        next.serial += 1;
        Ok(self.write(&next, None, Write::AsIs)?)
    }

    /// Starts a journal for changes of the state that was read last. `state` is that state: where the backend does not hold
    /// it, it is written first.
    pub(crate) fn start_journal(&mut self, state: &State) -> Result<(Journal, State), StoreError> {
        let mut state = state.clone();
        let held = match &self.stored {
            Some(stored) => stored.state.as_ref().map_or(state.is_empty(), |stored| stored.same_content(&state)),
            None => false,
        };
        if !held {
            if self.stored.is_none() {
                self.read()?;
            }
            state = self.write(&state, None, Write::Changed)?;
        }
        if state.lineage.is_empty() {
            state.lineage = uuid::Uuid::new_v4().to_string();
        }
        let content = self.stored.as_ref().map_or_else(|| Digest::of(b""), |stored| stored.content);
        let base = Base { content, lineage: state.lineage.clone(), serial: state.serial };
        // States elsewhere may be nobody else's business here.
        files::make_private_directory(&self.journal)?;
        Ok((Journal::create(&self.journal, &base, self.cipher.clone())?, state))
    }

    /// Like [`Self::persist`], noting in the journal that its first changes are stored now.
    pub(crate) fn persist_marked(
        &mut self,
        state: &State,
        journal: &Journal,
        changes: usize,
    ) -> Result<State, StoreError> {
        self.write(state, Some((journal, changes)), Write::Changed)
    }

    fn write(&mut self, state: &State, mark: Option<(&Journal, usize)>, what: Write) -> Result<State, StoreError> {
        let is_outdated = self.stored.as_ref().is_some_and(|stored| stored.is_outdated);
        let stored = self.stored.as_ref().and_then(|stored| stored.state.as_ref());
        if what == Write::Changed
            && !is_outdated
            && let Some(same) = stored.filter(|stored| stored.same_content(state))
        {
            return Ok(same.clone());
        }
        let mut next = state.clone();
        COMPATIBLE_VERSION.clone_into(&mut next.terraform_version);
        if what != Write::AsIs {
            next.serial = stored.map_or(state.serial, |stored| stored.serial.max(state.serial)) + 1;
        }
        if next.lineage.is_empty() {
            next.lineage = uuid::Uuid::new_v4().to_string();
        }
        let text = cipher::seal(&self.cipher, fw_state::write(&next).map_err(StoreError::Encode)?)?;
        let content = Digest::of(&text);
        if let Some((journal, changes)) = mark {
            journal.mark(content, changes).wait()?;
        }
        self.client.put(&text).map_err(StoreError::Backend)?;
        log::debug!("state: stored with serial {}", next.serial);
        self.stored = Some(Stored { content, state: Some(next.clone()), is_outdated: false });
        Ok(next)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    /// If it says something new, with the next serial.
    Changed,
    /// In any case, with the next serial.
    Always,
    /// In any case, with its own serial.
    AsIs,
}

fn parse(content: &[u8]) -> Result<Option<State>, StoreError> {
    match fw_state::read(content) {
        Ok(state) => Ok(Some(state)),
        Err(ReadError::Empty) => Ok(None),
        Err(ReadError::Unusable(problems)) => Err(StoreError::Unusable { path: PathBuf::from("backend"), problems }),
    }
}

#[cfg(test)]
mod tests;
