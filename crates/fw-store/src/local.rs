//! One state file: read, locked, written, with its backup, and put right after a crash.

mod recover;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fw_diag::Diagnostic;
use fw_state::{COMPATIBLE_VERSION, ReadError, State};

use crate::cipher::{self, Cipher, MaybeCipher, Opened};
use crate::journal::{Base, Digest, Folded, Journal};
use crate::lock::{self, LockError, LockInfo, LockRequest, WaitForLock};
use crate::{StoreError, files};

/// The files of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatePaths {
    /// Read until the first write: `-state`.
    pub read: PathBuf,
    /// Written and locked: `-state-out`; usually the same.
    pub write: PathBuf,
    /// Gets what was in the written file before the first change: `-backup`; `None` for none.
    pub backup: Option<PathBuf>,
}

impl StatePaths {
    /// One file for reading and writing, with its usual backup.
    #[must_use]
    pub fn of(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { backup: Some(Self::backup_of(&path)), read: path.clone(), write: path }
    }

    /// The usual backup of a state file.
    #[must_use]
    pub fn backup_of(path: &Path) -> PathBuf {
        let mut name = path.as_os_str().to_os_string();
        name.push(".backup");
        name.into()
    }
}

/// Why a state cannot take the place of another.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// They have nothing to do with each other.
    #[error("cannot import state with lineage \"{new}\" over unrelated state with lineage \"{old}\"")]
    Lineage {
        /// Of the state that comes.
        new: String,
        /// Of the state that is there.
        old: String,
    },
    /// It is older than what is there.
    #[error("cannot import state with serial {new} over newer state with serial {old}")]
    Older {
        /// Of the state that comes.
        new: u64,
        /// Of the state that is there.
        old: u64,
    },
    /// It is another of the same serial.
    #[error("cannot overwrite existing state with serial {0} with a different state that has the same serial")]
    SameSerial(u64),
    /// Reading or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One state file.
#[derive(Debug)]
pub struct LocalState {
    paths: StatePaths,
    /// The open file that is written; the lock is bound to it.
    file: Option<File>,
    /// Whether we have made the file, so that an empty one can go again.
    created: bool,
    lock: Option<LockInfo>,
    /// What the written file holds, as far as we know.
    disk: Disk,
    /// What a backup would hold: the written file as it was found.
    original: Option<Vec<u8>>,
    backed_up: bool,
    /// Whether states are read from the written file now.
    written: bool,
    /// Encrypts the files.
    pub(crate) cipher: MaybeCipher,
}

#[derive(Debug, Default)]
struct Disk {
    content: Option<Digest>,
    state: Option<State>,
    /// Whether it is encrypted in another way than it would be now, or wrongly not at all.
    is_outdated: bool,
}

impl LocalState {
    /// A state at these paths; nothing is touched yet.
    #[must_use]
    pub fn new(paths: StatePaths) -> Self {
        let written = paths.read == paths.write;
        Self {
            paths,
            file: None,
            created: false,
            lock: None,
            disk: Disk::default(),
            original: None,
            backed_up: false,
            written,
            cipher: None,
        }
    }

    /// The same, encrypted.
    #[must_use]
    pub fn encrypted(self, cipher: Option<Arc<dyn Cipher>>) -> Self {
        Self { cipher, ..self }
    }

    /// Its files.
    #[must_use]
    pub fn paths(&self) -> &StatePaths {
        &self.paths
    }

    /// Who holds the lock, when it is us.
    #[must_use]
    pub fn lock_info(&self) -> Option<&LockInfo> {
        self.lock.as_ref()
    }

    /// Locks the state against other operations, of this program and of terraform.
    ///
    /// # Errors
    /// When somebody else holds the lock for longer than the request waits, or the file cannot be opened.
    pub fn lock(&mut self, request: &LockRequest<'_>, wait: &mut dyn WaitForLock) -> Result<(), LockError> {
        if self.lock.is_some() {
            let message = format!("state \"{}\" already locked", self.paths.write.display());
            return Err(LockError { message, holder: None });
        }
        let path = self.paths.write.clone();
        let file = self.open_file().map_err(|error| LockError::of(&error))?;
        match lock::acquire(file, &path, request, wait) {
            Ok(info) => {
                self.lock = Some(info);
                Ok(())
            }
            Err(error) => {
                self.file = None;
                Err(error)
            }
        }
    }

    /// Gives the lock back. An empty file that locking has made goes again.
    ///
    /// # Errors
    /// When it is not locked, or the file that tells of the lock cannot be removed.
    pub fn unlock(&mut self) -> Result<(), LockError> {
        if self.lock.take().is_none() {
            return Err(LockError { message: "LocalState not locked".to_owned(), holder: None });
        }
        let removed = files::remove(&files::beside(&self.paths.write, ".lock.info"));
        let empty = std::fs::metadata(&self.paths.write).is_ok_and(|found| found.len() == 0);
        let emptied = if empty && self.created { files::remove(&self.paths.write) } else { Ok(()) };
        self.file = None;
        removed.and(emptied).map_err(|error| LockError::of(&error))
    }

    /// Reads the state, `None` where there is none yet. What a crash has left behind is put right: for good when the state
    /// is locked, else only in the answer.
    ///
    /// # Errors
    /// When the file cannot be read or is no state.
    pub fn read(&mut self) -> Result<(Option<State>, Folded), StoreError> {
        if !self.written {
            let content = files::read(&self.paths.read)?;
            return Ok((parse(&self.paths.read, &content, &self.cipher)?.state, Folded::default()));
        }
        let found = recover::read(self)?;
        let content = Some(Digest::of(&found.content));
        self.disk = Disk { content, state: found.on_disk, is_outdated: found.is_outdated };
        if self.lock.is_none() {
            return Ok((found.state, found.folded));
        }
        if found.interrupted {
            // What a backup should hold is the state that was being written, not the ruin of the file.
            self.original = Some(found.content);
        }
        if let Some(state) = &found.state {
            if found.folded.changes > 0 {
                self.write(state, None, Write::Always)?;
            } else if found.interrupted {
                self.write(state, None, Write::AsIs)?;
            }
        }
        if found.remains {
            files::remove(&self.next_path())?;
            files::remove(&self.journal_path())?;
        }
        Ok((self.disk.state.clone(), found.folded))
    }

    /// Writes the state if it says something new; its serial grows by one, and a first write gives it a lineage.
    /// Returns the state as it is on disk now.
    ///
    /// # Errors
    /// When it cannot be written; the file then still has its old content.
    pub fn persist(&mut self, state: &State) -> Result<State, StoreError> {
        self.write(state, None, Write::Changed)
    }

    /// Puts a state in the place of what is there, keeping its lineage and serial: `state push` and migrations.
    ///
    /// # Errors
    /// Unless forced, when it is unrelated to what is there or older; and when it cannot be written.
    pub fn replace(&mut self, state: &State, force: bool) -> Result<State, MigrationError> {
        let (existing, folded) = self.read()?;
        if let Some(existing) = existing.as_ref().filter(|_| folded.changes > 0)
            && existing.lineage == state.lineage
            && existing.same_content(state)
        {
            // What was saved elsewhere since it could not be written has just come out of the journal.
            return Ok(existing.clone());
        }
        if let Some(existing) = existing.as_ref().filter(|_| !force) {
            check_replacement(state, existing)?;
        }
        if existing.is_none() {
            return Ok(self.write(state, None, Write::AsIs)?);
        }
        if let Some(existing) = existing.filter(|existing| existing.same_content(state)) {
            // Nothing new but perhaps lineage and serial.
            if existing.lineage == state.lineage && existing.serial == state.serial {
                return Ok(existing);
            }
            return Ok(self.write(state, None, Write::AsIs)?);
        }
        let mut next = state.clone();
        next.serial += 1;
        Ok(self.write(&next, None, Write::AsIs)?)
    }

    /// Empties the file, whose state has gone elsewhere; it goes to the backup first.
    ///
    /// # Errors
    /// When the backup or the file cannot be written.
    pub fn erase(&mut self) -> Result<(), StoreError> {
        self.open_file()?;
        self.back_up(&State::new())?;
        let path = self.paths.write.clone();
        let file = self.open_file()?;
        files::overwrite(file, b"").map_err(StoreError::io("write", &path))?;
        self.disk = Disk::default();
        Ok(())
    }

    /// Starts a journal for changes of the state that was read last. `state` is that state: where the file does not hold
    /// it (it was read elsewhere, or a journal was folded in without a lock), it is written first.
    pub(crate) fn start_journal(&mut self, state: &State) -> Result<(Journal, State), StoreError> {
        if self.written && self.disk.content.is_none() {
            self.read()?;
        }
        let mut state = state.clone();
        let known = self.disk.state.as_ref().is_some_and(|disk| disk.same_content(&state));
        let elsewhere = !self.written && !state.is_empty();
        if elsewhere || (self.disk.state.is_some() || !state.is_empty()) && !known {
            state = self.write(&state, None, Write::Changed)?;
        }
        if state.lineage.is_empty() {
            state.lineage = uuid::Uuid::new_v4().to_string();
        }
        self.open_file()?;
        let content = match self.disk.content {
            Some(content) => content,
            None => Digest::of(&self.content()?),
        };
        let base = Base { content, lineage: state.lineage.clone(), serial: state.serial };
        Ok((Journal::create(&self.journal_path(), &base, self.cipher.clone())?, state))
    }

    /// Like [`Self::persist`], noting in the journal that its first changes are in the file now.
    pub(crate) fn persist_marked(
        &mut self,
        state: &State,
        journal: &Journal,
        changes: usize,
    ) -> Result<State, StoreError> {
        self.write(state, Some((journal, changes)), Write::Changed)
    }

    fn write(&mut self, state: &State, mark: Option<(&Journal, usize)>, mut what: Write) -> Result<State, StoreError> {
        let mut next = state.clone();
        if what == Write::Changed
            && let Some(disk) = self.disk.state.as_ref().filter(|disk| disk.same_content(state))
            && self.written
        {
            if !self.disk.is_outdated {
                return Ok(disk.clone());
            }
            (what, next) = (Write::AsIs, disk.clone());
        }
        COMPATIBLE_VERSION.clone_into(&mut next.terraform_version);
        if what != Write::AsIs {
            next.serial = self.disk.state.as_ref().map_or(state.serial, |disk| disk.serial.max(state.serial)) + 1;
        }
        if next.lineage.is_empty() {
            next.lineage = uuid::Uuid::new_v4().to_string();
        }
        let text = cipher::seal(&self.cipher, fw_state::write(&next).map_err(StoreError::Encode)?)?;
        self.open_file()?;
        self.back_up(state)?;
        let content = Digest::of(&text);
        if let Some((journal, changes)) = mark {
            journal.mark(content, changes).wait()?;
        }
        // The complete text first goes to a file of its own: should we be killed while the state file, which keeps its
        // identity for the sake of its lock, is overwritten, the next one to open it finds the text there.
        let next_path = self.next_path();
        files::write_whole(&next_path, &text)?;
        let path = self.paths.write.clone();
        let file = self.open_file()?;
        files::overwrite(file, &text).map_err(StoreError::io("write", &path))?;
        files::remove(&next_path)?;
        log::debug!("state: wrote {} with serial {}", self.paths.write.display(), next.serial);
        self.disk = Disk { content: Some(content), state: Some(next.clone()), is_outdated: false };
        self.written = true;
        Ok(next)
    }

    fn back_up(&mut self, state: &State) -> Result<(), StoreError> {
        let Some(path) = self.paths.backup.as_ref().filter(|_| !self.backed_up) else { return Ok(()) };
        let Some(original) = self.original.as_ref().filter(|original| !original.is_empty()) else { return Ok(()) };
        let same = parse(path, original, &self.cipher)
            .is_ok_and(|original| original.state.is_some_and(|one| one.same_content(state)));
        if !same {
            files::write_whole(path, &cipher::renew(&self.cipher, original)?)?;
            self.backed_up = true;
            self.original = None;
        }
        Ok(())
    }

    /// The file that is written, opened for reading and writing; made with its directories where it is missing.
    fn open_file(&mut self) -> Result<&mut File, StoreError> {
        if self.file.is_none() {
            let path = &self.paths.write;
            self.created = !path.exists();
            let directory = files::directory(path);
            std::fs::create_dir_all(directory).map_err(StoreError::io("create", directory))?;
            let mut options = File::options();
            options.read(true).write(true).create(true).truncate(false);
            let mut file = options.open(path).map_err(StoreError::io("open", path))?;
            if self.original.is_none() && !self.backed_up {
                self.original = Some(content_of(&mut file).map_err(StoreError::io("read", path))?);
            }
            self.file = Some(file);
        }
        Ok(self.file.as_mut().expect("opened above"))
    }

    /// The bytes of the written file, through the open file where there is one.
    fn content(&mut self) -> Result<Vec<u8>, StoreError> {
        match &mut self.file {
            Some(file) => content_of(file).map_err(StoreError::io("read", &self.paths.write)),
            None => files::read(&self.paths.write),
        }
    }

    fn next_path(&self) -> PathBuf {
        files::beside(&self.paths.write, ".next")
    }

    pub(crate) fn journal_path(&self) -> PathBuf {
        files::beside(&self.paths.write, ".journal")
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

fn content_of(file: &mut File) -> std::io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(0))?;
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    Ok(content)
}

/// What the bytes of a file say.
struct Parsed {
    /// The state; `None` for an empty file.
    state: Option<State>,
    /// Whether it would be encrypted in the same way now.
    is_current: bool,
}

fn parse(path: &Path, content: &[u8], cipher: &MaybeCipher) -> Result<Parsed, StoreError> {
    let Opened { plain, is_current } = cipher::open(cipher, content)?;
    match fw_state::read(&plain) {
        Ok(state) => Ok(Parsed { state: Some(state), is_current }),
        Err(ReadError::Empty) => Ok(Parsed { state: None, is_current: true }),
        Err(ReadError::Unusable(problems)) => Err(StoreError::Unusable { path: path.to_owned(), problems }),
    }
}

pub(crate) fn check_replacement(new: &State, old: &State) -> Result<(), MigrationError> {
    if !old.lineage.is_empty() && !new.lineage.is_empty() && old.lineage != new.lineage {
        return Err(MigrationError::Lineage { new: new.lineage.clone(), old: old.lineage.clone() });
    }
    if new.serial < old.serial {
        return Err(MigrationError::Older { new: new.serial, old: old.serial });
    }
    if new.serial == old.serial && !new.same_content(old) {
        return Err(MigrationError::SameSerial(new.serial));
    }
    Ok(())
}

impl StoreError {
    /// The error as the user sees it when a state is loaded.
    #[must_use]
    pub fn load_diagnostic(&self) -> Diagnostic {
        Diagnostic::error(format!("error loading state: {}", self.chain()), "")
    }
}

#[cfg(test)]
mod tests;
