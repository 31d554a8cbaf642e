//! Opening a state under its lock, and giving the lock back.

use std::time::Duration;

use fw_diag::{Diagnostic, Diagnostics};
use fw_state::State;
use fw_store::{LocalState, LockError, LockRequest, StatePaths, StoreError, WaitForLock};

use crate::commands::state::access::in_one_text;
use crate::session::Session;

/// How a state is locked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Locking {
    /// Whether at all: `-lock`.
    pub(crate) wanted: bool,
    /// `-lock-timeout`
    pub(crate) timeout: Duration,
}

impl Locking {
    /// As `-lock` and `-lock-timeout` say.
    pub(crate) fn of(arguments: &crate::flags::Arguments) -> Self {
        Self { wanted: arguments.switch("lock", true), timeout: arguments.duration("lock-timeout") }
    }
}

/// A state that was read, with what it takes to write it again.
pub(crate) struct OpenState {
    /// Its file.
    pub(crate) local: LocalState,
    /// What was read; empty where there was nothing.
    pub(crate) state: State,
}

/// Tells the user what is waited for, and gives up on an interrupt.
struct Waiting<'s>(&'s Session);

impl WaitForLock for Waiting<'_> {
    fn waiting(&mut self) {
        self.0.out("Acquiring state lock. This may take a few moments...\n");
    }

    fn cancelled(&mut self) -> bool {
        self.0.interrupts.count() > 0
    }
}

/// The files of a state, locked where that is wanted. `operation` is what others are told: `OperationTypeApply`.
pub(crate) fn locked(
    session: &Session,
    paths: StatePaths,
    operation: &str,
    locking: Locking,
) -> Result<LocalState, Diagnostic> {
    let mut local = LocalState::new(paths);
    log::debug!("state: {}", local.paths().write.display());
    if locking.wanted {
        log::debug!("state: locking for {operation}");
        let request = LockRequest { operation, info: "", timeout: locking.timeout };
        local.lock(&request, &mut Waiting(session)).map_err(|error| error.diagnostic())?;
    }
    Ok(local)
}

impl OpenState {
    /// Locks and reads a state.
    pub(crate) fn open(
        session: &Session,
        paths: StatePaths,
        locking: Locking,
        operation: &str,
    ) -> Result<Self, Diagnostics> {
        let local = locked(session, paths, operation, locking)?;
        let mut open = Self { local, state: State::new() };
        match open.local.read() {
            Ok((state, _)) => {
                open.state = state.unwrap_or_default();
                Ok(open)
            }
            Err(error) => {
                let mut told = unreadable(error, locking.wanted);
                told.append(open.close());
                Err(told)
            }
        }
    }

    /// Reads a state without locking it. `failed` is what the command says in front of the reason why a file cannot be
    /// read.
    pub(crate) fn read(paths: StatePaths, failed: &str) -> Result<State, Diagnostics> {
        match LocalState::new(paths).read() {
            Ok((state, _)) => Ok(state.unwrap_or_default()),
            Err(StoreError::Unusable { problems, .. }) => Err(problems),
            Err(error) => Err(Diagnostic::error(format!("{failed}{}", error.chain()), "").into()),
        }
    }

    /// Gives the lock back.
    pub(crate) fn close(self) -> Diagnostics {
        unlock(self.local)
    }
}

/// Why a state cannot be read. Terraform meets this while it locks, where it does.
fn unreadable(error: StoreError, locking: bool) -> Diagnostics {
    match error {
        StoreError::Unusable { problems, .. } if locking => {
            let message = in_one_text(&problems);
            LockError { message, holder: None }.diagnostic().into()
        }
        StoreError::Unusable { problems, .. } => problems,
        other @ (StoreError::Io { .. } | StoreError::Encode(_) | StoreError::Journal(_)) => {
            other.load_diagnostic().into()
        }
    }
}

/// Gives a lock back, if there is one.
pub(crate) fn unlock(mut local: LocalState) -> Diagnostics {
    if local.lock_info().is_none() {
        return Diagnostics::new();
    }
    match local.unlock() {
        Ok(()) => Diagnostics::new(),
        Err(error) => error.release_diagnostic().into(),
    }
}
