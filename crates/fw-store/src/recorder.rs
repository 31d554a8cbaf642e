//! Keeps the state of a running operation durable: every change in the journal at once, the whole state in its file at
//! intervals and at the end.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use fw_state::{Change, State};

use crate::journal::Journal;
use crate::{StateStore, StoreError, Ticket};

/// How often the whole state is written while an operation runs.
#[derive(Clone, Copy, Debug)]
pub struct PersistPolicy {
    /// The time between two writes.
    pub interval: Duration,
}

impl Default for PersistPolicy {
    fn default() -> Self {
        Self { interval: Duration::from_secs(20) }
    }
}

/// The state of a running operation. Shared by all its tasks.
#[derive(Debug)]
pub struct Recorder {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    current: Mutex<Current>,
    /// Held while the file is written; never waited for by those who record.
    store: Mutex<Option<Store>>,
    wake: Condvar,
}

#[derive(Debug)]
struct Current {
    state: State,
    journal: Arc<Journal>,
    stopping: bool,
}

#[derive(Debug)]
struct Store {
    state: StateStore,
    failure: Option<StoreError>,
}

impl Recorder {
    /// Begins to record changes of `state`, which was read from `store` before.
    ///
    /// # Errors
    /// When the journal cannot be made.
    pub fn start(store: impl Into<StateStore>, state: &State, policy: PersistPolicy) -> Result<Self, StoreError> {
        let mut store = store.into();
        let (journal, state) = store.start_journal(state)?;
        let current = Current { state, journal: Arc::new(journal), stopping: false };
        let store = Store { state: store, failure: None };
        let shared =
            Arc::new(Shared { current: Mutex::new(current), store: Mutex::new(Some(store)), wake: Condvar::new() });
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("state".to_owned())
            .spawn(move || for_thread.persist_at_intervals(policy.interval))
            .map_err(|error| StoreError::Journal(error.to_string()))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Makes a change. What depends on it must not begin before the ticket has come true.
    ///
    /// # Errors
    /// When the change cannot be encoded; it is not made then.
    pub fn record(&self, change: &Change) -> Result<Ticket, StoreError> {
        let json = change.to_json().map_err(StoreError::Encode)?;
        let mut current = self.shared.current();
        current.state.apply(change);
        current.journal.append(&json)
    }

    /// The state as it is now.
    #[must_use]
    pub fn state(&self) -> State {
        self.shared.current().state.clone()
    }

    /// Writes the whole state now: before a hard stop, say.
    ///
    /// # Errors
    /// When it cannot be written; the journal still has everything.
    pub fn persist(&self) -> Result<(), StoreError> {
        match self.shared.persist() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Ends recording: the whole state is written, the journal removed. Gives the storage back, and the state as it is on
    /// disk; or why it could not be written, with the state to save elsewhere.
    ///
    /// # Panics
    /// Never: the storage is taken only here.
    pub fn finish(mut self) -> (StateStore, Result<State, (State, StoreError)>) {
        self.stop();
        let failure = match self.shared.persist() {
            // The state file may still be well.
            Some(StoreError::Journal(_)) => self.shared.persist_without_journal(),
            other => other,
        };
        let store = self.shared.store().take().expect("taken only here");
        let current = self.shared.current();
        let (state, journal) = (current.state.clone(), Arc::clone(&current.journal));
        drop(current);
        drop(self);
        if let Some(error) = failure {
            return (store.state, Err((state, error)));
        }
        let discarded = Arc::into_inner(journal).map_or(Ok(()), Journal::discard);
        // A journal that stays is recognised by its mark as already in the file.
        drop(discarded);
        (store.state, Ok(state))
    }

    fn stop(&mut self) {
        self.shared.current().stopping = true;
        self.shared.wake.notify_all();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store(&self) -> MutexGuard<'_, Option<Store>> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn persist_at_intervals(&self, interval: Duration) {
        loop {
            let current = self.current();
            if current.stopping {
                return;
            }
            let (current, waited) = self.wake.wait_timeout(current, interval).unwrap_or_else(PoisonError::into_inner);
            let due = waited.timed_out() && !current.stopping;
            drop(current);
            if due && let Some(error) = self.persist() {
                // Tried again at the next interval and at the end; only the end's failure counts.
                if let Some(store) = self.store().as_mut() {
                    store.failure = Some(error);
                }
            }
        }
    }

    /// Writes the state as it is at the end, when the journal cannot be told of it.
    fn persist_without_journal(&self) -> Option<StoreError> {
        let state = self.current().state.clone();
        match self.store().as_mut()?.state.persist(&state) {
            Ok(written) => {
                self.current().state = written;
                None
            }
            Err(error) => Some(error),
        }
    }

    /// Writes the state as it is now. Recording goes on meanwhile.
    fn persist(&self) -> Option<StoreError> {
        let mut store = self.store();
        let store = store.as_mut()?;
        let current = self.current();
        let (state, journal) = (current.state.clone(), Arc::clone(&current.journal));
        let changes = journal.changes();
        drop(current);
        match store.state.persist_marked(&state, &journal, changes) {
            Ok(written) => {
                let mut current = self.current();
                current.state.serial = written.serial;
                current.state.lineage = written.lineage;
                store.failure = None;
                None
            }
            Err(error) => Some(error),
        }
    }
}

#[cfg(test)]
mod tests;
