//! What a backend is: a place for the states of workspaces.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fw_state::State;

use crate::cipher::Cipher;
use crate::lock::{LockRequest, NoWait};
use crate::{DEFAULT_WORKSPACE, LocalState, RemoteState, StateClient, StateStore, WorkspaceError, Workspaces};

/// Why a backend does not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// It has one state only.
    #[error("workspaces not supported")]
    NoWorkspaces,
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

/// A place for the states of workspaces.
pub trait StateBackend: Send + Sync + std::fmt::Debug {
    /// The names of all workspaces, sorted but for the default one, which is the first where it is listed.
    ///
    /// # Errors
    /// When they cannot be listed, or there are none to list.
    fn workspaces(&self) -> Result<Vec<String>, BackendError>;

    /// The state of a workspace, which is made where it is missing, encrypted if there is a cipher.
    ///
    /// # Errors
    /// When it cannot be made.
    fn open(&self, workspace: &str, cipher: Option<Arc<dyn Cipher>>) -> Result<StateStore, BackendError>;

    /// Removes a workspace and its state.
    ///
    /// # Errors
    /// When it cannot be removed.
    fn delete(&self, workspace: &str) -> Result<(), BackendError>;
}

impl StateBackend for Workspaces {
    fn workspaces(&self) -> Result<Vec<String>, BackendError> {
        self.list().map_err(|error| BackendError::Failed(error.chain()))
    }

    fn open(&self, workspace: &str, cipher: Option<Arc<dyn Cipher>>) -> Result<StateStore, BackendError> {
        Ok(LocalState::new(self.paths(workspace)).encrypted(cipher).into())
    }

    fn delete(&self, workspace: &str) -> Result<(), BackendError> {
        Self::delete(self, workspace).map_err(|error| match error {
            WorkspaceError::Default => BackendError::Failed(error.to_string()),
            WorkspaceError::Store(error) => BackendError::Failed(error.chain()),
        })
    }
}

/// Which workspaces are made when they are opened: an empty state is stored for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Making {
    /// None.
    Nothing,
    /// Those that are not listed; the default one always is.
    NotListed,
    /// Those without a state, the default one too.
    WithoutState,
}

/// States elsewhere: what a kind of backend has to say for itself.
pub trait RemoteStates: Send + Sync + std::fmt::Debug {
    /// The kind, as messages name it: `S3`.
    fn title(&self) -> &str;

    /// The names of all workspaces, sorted but for the default one, which is the first.
    ///
    /// # Errors
    /// When they cannot be listed.
    fn workspaces(&self) -> Result<Vec<String>, BackendError>;

    /// Access to the state of a workspace.
    ///
    /// # Errors
    /// When there can be none.
    fn client(&self, workspace: &str) -> Result<Box<dyn StateClient>, BackendError>;

    /// Removes the state of a workspace that is not the default one.
    ///
    /// # Errors
    /// When it cannot be removed.
    fn delete(&self, workspace: &str) -> Result<(), BackendError>;

    /// Names the place of a workspace's state for good: without secrets, and not changed by them.
    fn place(&self, workspace: &str) -> String;

    /// Which workspaces are made when they are opened.
    fn making(&self) -> Making {
        Making::NotListed
    }
}

/// A backend of states elsewhere, with journals here.
#[derive(Debug)]
pub struct RemoteBackend {
    states: Box<dyn RemoteStates>,
    /// Where journals lie.
    journals: PathBuf,
}

impl RemoteBackend {
    /// States whose journals lie in a directory: one of the working data.
    #[must_use]
    pub fn new(states: Box<dyn RemoteStates>, data: &Path) -> Self {
        Self { states, journals: data.join("journals") }
    }

    fn journal(&self, workspace: &str) -> PathBuf {
        let place = self.states.place(workspace);
        // Not more than a name: what the journal belongs to is said by its first line.
        let name = crc32fast::hash(place.as_bytes());
        let workspace: String = workspace.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
        self.journals.join(format!("{workspace}-{name:08x}"))
    }

    /// Makes a workspace that is not there: an empty state tells that it is.
    fn make(&self, state: &mut RemoteState) -> Result<(), BackendError> {
        let title = self.states.title();
        let request = LockRequest { operation: "init", info: "", timeout: Duration::ZERO };
        state
            .lock(&request, &mut NoWait)
            .map_err(|error| BackendError::Failed(format!("failed to lock {title} state: {error}")))?;
        let made = state.read().and_then(|(found, _)| match found {
            Some(_) => Ok(()),
            None => state.persist(&State::new()).map(drop),
        });
        let unlocked =
            state.unlock().map_err(|error| BackendError::Failed(format!("error unlocking {title} state: {error}")));
        made.map_err(|error| BackendError::Failed(error.chain())).and(unlocked)
    }
}

impl StateBackend for RemoteBackend {
    fn workspaces(&self) -> Result<Vec<String>, BackendError> {
        self.states.workspaces()
    }

    fn open(&self, workspace: &str, cipher: Option<Arc<dyn Cipher>>) -> Result<StateStore, BackendError> {
        let mut state = RemoteState::new(self.states.client(workspace)?, self.journal(workspace)).encrypted(cipher);
        let is_missing = match self.states.making() {
            Making::Nothing => false,
            Making::NotListed => {
                workspace != DEFAULT_WORKSPACE && !self.states.workspaces()?.iter().any(|known| known == workspace)
            }
            Making::WithoutState => {
                let read = state.read().map_err(|error| BackendError::Failed(error.chain()))?;
                read.0.is_none()
            }
        };
        if is_missing {
            self.make(&mut state)?;
        }
        Ok(state.into())
    }

    fn delete(&self, workspace: &str) -> Result<(), BackendError> {
        if workspace == DEFAULT_WORKSPACE || workspace.is_empty() {
            return Err(BackendError::Failed("can't delete default state".to_owned()));
        }
        self.states.delete(workspace)
    }
}
