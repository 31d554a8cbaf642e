//! The states that commands change in place: where they are, reading, locking, backups and writing.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use fw_diag::{Diagnostic, Diagnostics};
use fw_state::State;
use fw_store::{LocalState, StatePaths, StateStore, StoreError};

use crate::backend::{Backend, StateFlags};
use crate::flags::Flag;
use crate::session::{Exit, Session};
pub(crate) use crate::state_access::Locking;
use crate::state_access::locked;

/// What commands say that need a state where there is none.
pub(crate) const NO_STATE: &str = "No state file was found!\n\n\
    State management commands require a state file. Run this command\n\
    in a directory where Terraform has been run or use the -state flag\n\
    to point the command to a specific state location.";

/// Flags on locking.
pub(crate) const LOCK_FLAGS: [Flag; 2] = [Flag::switch("lock"), Flag::duration("lock-timeout")];

/// A state that a command changes in place: unlocked when this is dropped.
pub(crate) struct StateFiles<'s> {
    session: &'s Session,
    store: StateStore,
}

impl<'s> StateFiles<'s> {
    /// Opens a state, locked where that is wanted.
    pub(crate) fn open(
        session: &'s Session,
        store: StateStore,
        operation: &str,
        locking: Locking,
    ) -> Result<Self, Diagnostic> {
        Ok(Self { session, store: locked(session, store, operation, locking)? })
    }

    /// Reads the state; `None` where there is none.
    pub(crate) fn read(&mut self) -> Result<Option<State>, StoreError> {
        Ok(self.store.read()?.0)
    }

    /// Writes the state if it says something new.
    pub(crate) fn persist(&mut self, state: &State) -> Result<State, StoreError> {
        self.store.persist(state)
    }

    /// Where the state is.
    pub(crate) fn store(&mut self) -> &mut StateStore {
        &mut self.store
    }
}

impl Drop for StateFiles<'_> {
    fn drop(&mut self) {
        if self.store.lock_info().is_some()
            && let Err(error) = self.store.unlock()
        {
            self.session.report_apart(&error.release_diagnostic().into());
        }
    }
}

/// Where a state is that a command was pointed to.
#[derive(Debug)]
pub(crate) enum Place {
    /// In a file that the command line names, in plain text.
    File(PathBuf),
    /// In a file of the backend, encrypted if need be.
    OwnFile(PathBuf, Box<Backend>),
    /// Elsewhere.
    Backend(Box<StateStore>),
}

impl Place {
    /// The file, where it is in one here.
    pub(crate) fn path(&self) -> Option<&PathBuf> {
        match self {
            Self::File(path) | Self::OwnFile(path, _) => Some(path),
            Self::Backend(_) => None,
        }
    }

    /// The state, with the usual backup of a file.
    pub(crate) fn store(self) -> StateStore {
        match self {
            Self::File(path) => LocalState::new(StatePaths::of(path)).into(),
            Self::OwnFile(path, backend) => backend.local_state(StatePaths::of(path)).into(),
            Self::Backend(store) => *store,
        }
    }

    /// The state, for a command that changes it: the backup of a file has the time in its name, unless another is named.
    pub(crate) fn with_timed_backup(self, backup: Option<&str>, session: &Session) -> StateStore {
        match self {
            Self::File(path) => LocalState::new(with_timed_backup(path, backup, session)).into(),
            Self::OwnFile(path, of) => of.local_state(with_timed_backup(path, backup, session)).into(),
            Self::Backend(store) => *store,
        }
    }
}

/// The file that `-state` names, or the state of the selected workspace.
pub(crate) fn place(session: &Session, given: Option<&str>) -> Result<Place, Diagnostics> {
    if let Some(path) = given.filter(|path| !path.is_empty()) {
        return Ok(Place::File(session.surroundings.resolve(path)));
    }
    let backend = session.backend()?;
    match backend.paths(&StateFlags::default()) {
        Some(paths) => Ok(Place::OwnFile(paths.write, Box::new(backend))),
        None => backend.state(&StateFlags::default()).map(|store| Place::Backend(Box::new(store))),
    }
}

/// The state of the selected workspace.
pub(crate) fn selected(session: &Session) -> Result<StateStore, Diagnostics> {
    place(session, None).map(Place::store)
}

/// The files of a state that a `state` command changes.
fn with_timed_backup(path: PathBuf, backup: Option<&str>, session: &Session) -> StatePaths {
    let backup = match backup.filter(|backup| !backup.is_empty() && *backup != "-") {
        Some(backup) => session.surroundings.resolve(backup),
        None => timed_backup(&path),
    };
    StatePaths { read: path.clone(), write: path, backup: Some(backup) }
}

/// The first name that is free from now on: several changes within a second each keep what they found.
fn timed_backup(path: &Path) -> PathBuf {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let named = |seconds: u64| {
        let mut name = path.as_os_str().to_os_string();
        name.push(format!(".{seconds}.backup"));
        PathBuf::from(name)
    };
    (now..).map(named).find(|backup| !backup.exists()).expect("there are more numbers than files")
}

/// What is wrong with a state that cannot be read, as terraform says it within a sentence.
pub(crate) fn problems(error: &StoreError) -> String {
    match error {
        StoreError::Unusable { problems, .. } => in_one_text(problems),
        StoreError::Io { .. }
        | StoreError::Encode(_)
        | StoreError::Backend(_)
        | StoreError::Cipher(_)
        | StoreError::Journal(_) => error.chain(),
    }
}

/// Diagnostics as one text: `summary: detail`, or a list of these.
pub(crate) fn in_one_text(problems: &Diagnostics) -> String {
    let one = |problem: &Diagnostic| format!("{}: {}", problem.summary, problem.detail);
    let all: Vec<String> = problems.iter().map(one).collect();
    match all.as_slice() {
        [one] => one.clone(),
        several => {
            let items: Vec<String> = several.iter().map(|problem| format!("\n- {problem}")).collect();
            format!("{} problems:\n{}", several.len(), items.concat())
        }
    }
}

/// Stops a command that changes states where the configuration cannot be read or wants another version.
pub(crate) fn check_configuration(session: &Session) -> Result<(), Exit> {
    let (_, problems) = session.load();
    if problems.has_errors() { Err(session.finish_apart(problems)) } else { Ok(()) }
}
