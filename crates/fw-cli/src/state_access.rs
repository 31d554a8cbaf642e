//! Opening a state under its lock, and giving the lock back.

use std::time::Duration;

use fw_diag::{Diagnostic, Diagnostics};
use fw_state::State;
use fw_store::{Folded, LockError, LockRequest, StateStore, StoreError, WaitForLock};

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
    /// Where it is.
    pub(crate) store: StateStore,
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

/// A state, locked where that is wanted. `operation` is what others are told: `OperationTypeApply`.
pub(crate) fn locked(
    session: &Session,
    mut store: StateStore,
    operation: &str,
    locking: Locking,
) -> Result<StateStore, Diagnostic> {
    if locking.wanted {
        log::debug!("state: locking for {operation}");
        let request = LockRequest { operation, info: "", timeout: locking.timeout };
        store.lock(&request, &mut Waiting(session)).map_err(|error| error.diagnostic())?;
    }
    Ok(store)
}

impl OpenState {
    /// Locks and reads a state.
    pub(crate) fn open(
        session: &Session,
        store: StateStore,
        locking: Locking,
        operation: &str,
    ) -> Result<Self, Diagnostics> {
        let store = locked(session, store, operation, locking)?;
        let mut open = Self { store, state: State::new() };
        match open.store.read() {
            Ok((state, folded)) => {
                tell_of(&folded, session);
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
    pub(crate) fn read(mut store: StateStore, failed: &str) -> Result<State, Diagnostics> {
        match store.read() {
            Ok((state, _)) => Ok(state.unwrap_or_default()),
            Err(StoreError::Unusable { problems, .. }) => Err(problems),
            Err(error) => Err(Diagnostic::error(format!("{failed}{}", error.chain()), "").into()),
        }
    }

    /// Gives the lock back.
    pub(crate) fn close(self) -> Diagnostics {
        unlock(self.store)
    }
}

/// Says what became of changes that an interrupted operation had recorded.
fn tell_of(folded: &Folded, session: &Session) {
    if folded.changes > 0 {
        log::info!("state: {} changes of an interrupted operation were taken over", folded.changes);
    }
    let Some(kept) = folded.kept.as_ref().filter(|_| folded.unmerged > 0) else { return };
    let detail = format!(
        "An operation that was interrupted has recorded {} changes which do not belong to the state as it is now: somebody \
         has written the state since. They are kept in {}.",
        folded.unmerged,
        kept.display()
    );
    session.report(&Diagnostic::warning("Changes of an interrupted operation are not in the state", detail).into());
}

/// Why a state cannot be read. Terraform meets this while it locks, where it does.
fn unreadable(error: StoreError, locking: bool) -> Diagnostics {
    match error {
        StoreError::Unusable { problems, .. } if locking => {
            let message = in_one_text(&problems);
            LockError { message, holder: None }.diagnostic().into()
        }
        StoreError::Unusable { problems, .. } => problems,
        StoreError::Cipher(why) if locking => LockError { message: why, holder: None }.diagnostic().into(),
        other @ (StoreError::Io { .. }
        | StoreError::Encode(_)
        | StoreError::Backend(_)
        | StoreError::Cipher(_)
        | StoreError::Journal(_)) => other.load_diagnostic().into(),
    }
}

/// Gives a lock back, if there is one.
pub(crate) fn unlock(mut store: StateStore) -> Diagnostics {
    if store.lock_info().is_none() {
        return Diagnostics::new();
    }
    match store.unlock() {
        Ok(()) => Diagnostics::new(),
        Err(error) => error.release_diagnostic().into(),
    }
}
