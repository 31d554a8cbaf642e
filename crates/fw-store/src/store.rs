//! A state wherever it is: in a file here, or in a backend elsewhere.

use std::sync::Arc;

use fw_state::State;

use crate::journal::{Folded, Journal};
use crate::lock::{LockError, LockInfo, LockRequest, WaitForLock};
use crate::{Cipher, LocalState, MigrationError, RemoteState, StoreError};

/// A state that can be read, locked and written.
#[derive(Debug)]
pub enum StateStore {
    /// In a file.
    Local(LocalState),
    /// In a backend.
    Remote(RemoteState),
}

impl From<LocalState> for StateStore {
    fn from(local: LocalState) -> Self {
        Self::Local(local)
    }
}

impl From<RemoteState> for StateStore {
    fn from(remote: RemoteState) -> Self {
        Self::Remote(remote)
    }
}

impl StateStore {
    /// What encrypts it.
    #[must_use]
    pub fn cipher(&self) -> Option<&Arc<dyn Cipher>> {
        match self {
            Self::Local(local) => local.cipher.as_ref(),
            Self::Remote(remote) => remote.cipher.as_ref(),
        }
    }

    /// Who holds the lock, when it is us.
    #[must_use]
    pub fn lock_info(&self) -> Option<&LockInfo> {
        match self {
            Self::Local(local) => local.lock_info(),
            Self::Remote(remote) => remote.lock_info(),
        }
    }

    /// Locks the state against other operations.
    ///
    /// # Errors
    /// When somebody else holds the lock for longer than the request waits, or it cannot be taken at all.
    pub fn lock(&mut self, request: &LockRequest<'_>, wait: &mut dyn WaitForLock) -> Result<(), LockError> {
        match self {
            Self::Local(local) => local.lock(request, wait),
            Self::Remote(remote) => remote.lock(request, wait),
        }
    }

    /// Gives the lock back.
    ///
    /// # Errors
    /// When it is not locked, or cannot be given back.
    pub fn unlock(&mut self) -> Result<(), LockError> {
        match self {
            Self::Local(local) => local.unlock(),
            Self::Remote(remote) => remote.unlock(),
        }
    }

    /// Reads the state, `None` where there is none yet, with what a crash has left behind.
    ///
    /// # Errors
    /// When it cannot be read or is no state.
    pub fn read(&mut self) -> Result<(Option<State>, Folded), StoreError> {
        match self {
            Self::Local(local) => local.read(),
            Self::Remote(remote) => remote.read(),
        }
    }

    /// Writes the state if it says something new.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn persist(&mut self, state: &State) -> Result<State, StoreError> {
        match self {
            Self::Local(local) => local.persist(state),
            Self::Remote(remote) => remote.persist(state),
        }
    }

    /// Puts a state in the place of what is there: `state push` and migrations.
    ///
    /// # Errors
    /// Unless forced, when it is unrelated to what is there or older; and when it cannot be written.
    pub fn replace(&mut self, state: &State, force: bool) -> Result<State, MigrationError> {
        match self {
            Self::Local(local) => local.replace(state, force),
            Self::Remote(remote) => remote.replace(state, force),
        }
    }

    pub(crate) fn start_journal(&mut self, state: &State) -> Result<(Journal, State), StoreError> {
        match self {
            Self::Local(local) => local.start_journal(state),
            Self::Remote(remote) => remote.start_journal(state),
        }
    }

    pub(crate) fn persist_marked(
        &mut self,
        state: &State,
        journal: &Journal,
        changes: usize,
    ) -> Result<State, StoreError> {
        match self {
            Self::Local(local) => local.persist_marked(state, journal, changes),
            Self::Remote(remote) => remote.persist_marked(state, journal, changes),
        }
    }
}
