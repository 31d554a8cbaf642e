//! The service as the engine's thread speaks to it: calls that block, and are made again while the service is away.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use fw_exec::{Cancel, CancelLevel};
use fw_run::{Control, ControlError, Digest, JournalEntry, NewState, StateRef, StepInput, Ticket};
use tokio::runtime::Handle;

use crate::trouble::Trouble;

/// How long the service may be away before a step gives up.
const PATIENCE: Duration = Duration::from_secs(300);
/// The first pause between two calls; it doubles up to the last one.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LAST_PAUSE: Duration = Duration::from_secs(5);

/// Where an attempt stands, as its beats have told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// It goes on.
    Good,
    /// The worker is leaving, so it gives the step back.
    Leaving,
    /// It was told to stop.
    Cancelled,
    /// Its ticket is void.
    Void,
}

/// Where an attempt stands, shared; it only gets worse.
#[derive(Debug, Default)]
pub(crate) struct SharedStanding(AtomicU8);

impl SharedStanding {
    pub(crate) fn worsen(&self, to: Standing) {
        self.0.fetch_max(to as u8, Ordering::SeqCst);
    }

    pub(crate) fn get(&self) -> Standing {
        match self.0.load(Ordering::SeqCst) {
            0 => Standing::Good,
            1 => Standing::Leaving,
            2 => Standing::Cancelled,
            _ => Standing::Void,
        }
    }
}

/// The service, for one attempt.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) control: Arc<dyn Control>,
    pub(crate) ticket: Ticket,
    pub(crate) handle: Handle,
    pub(crate) standing: Arc<SharedStanding>,
    /// Stops the engine.
    pub(crate) cancel: Arc<Cancel>,
}

impl Service {
    /// The ticket is void: the engine stops before it does anything more.
    pub(crate) fn void(&self) {
        self.standing.worsen(Standing::Void);
        while self.cancel.level() != CancelLevel::Abort {
            self.cancel.cancel();
        }
    }

    /// The engine begins nothing more, and ends once what runs has ended.
    pub(crate) fn stop(&self) {
        if self.cancel.level() == CancelLevel::Run {
            self.cancel.cancel();
        }
    }

    /// Calls until there is an answer.
    pub(crate) async fn insist<T, F: Future<Output = Result<T, ControlError>>>(
        &self,
        mut call: impl FnMut() -> F,
    ) -> Result<T, ControlError> {
        let since = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            match call().await {
                Err(ControlError::Unavailable(_))
                    if since.elapsed() < PATIENCE && self.standing.get() != Standing::Void =>
                {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LAST_PAUSE);
                }
                Err(error @ (ControlError::StaleEpoch | ControlError::Gone)) => {
                    self.void();
                    return Err(error);
                }
                answer => return answer,
            }
        }
    }

    pub(crate) fn input(&self) -> Result<StepInput, Trouble> {
        Ok(self.handle.block_on(self.insist(|| self.control.input(&self.ticket)))?)
    }

    /// The stack's journal, whole.
    pub(crate) fn journal(&self) -> Result<Vec<JournalEntry>, Trouble> {
        self.handle.block_on(async {
            let mut all: Vec<JournalEntry> = Vec::new();
            loop {
                let after = all.last().map_or(0, |entry| entry.position);
                let more = self.insist(|| self.control.journal(&self.ticket, after)).await?;
                if more.is_empty() {
                    return Ok(all);
                }
                all.extend(more);
            }
        })
    }

    pub(crate) fn get(&self, digest: &Digest) -> Result<Bytes, Trouble> {
        Ok(self.handle.block_on(self.insist(|| self.control.get_object(&self.ticket, digest)))?)
    }

    pub(crate) fn put(&self, content: impl Into<Bytes>) -> Result<Digest, Trouble> {
        let content = content.into();
        Ok(self.handle.block_on(self.insist(|| self.control.put_object(&self.ticket, content.clone())))?)
    }

    /// Stores a state version in the middle of a step.
    pub(crate) fn save_state(&self, state: &NewState) -> Result<StateRef, ControlError> {
        self.handle.block_on(async {
            // Not insisted on by the standing: a run without the stack's lock is refused, and goes on without.
            self.control.save_state(&self.ticket, state.clone()).await
        })
    }
}
