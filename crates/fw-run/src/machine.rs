//! The run as a state machine: events change its state, its state decides the next events.
//!
//! [`Run::advance`] is all of it: what came in is checked, appended, and followed by what has to happen now. The state is
//! nothing but the fold of the log, so it may be thrown away at any time.

mod accept;
mod apply;
mod decide;
mod state;

use std::sync::Arc;

pub use self::accept::Refusal;
pub use self::state::{ApprovalGiven, ChildRun, Offer, RunState, RunStatus, StepPhase, StepState, Stopping};
use crate::{Actor, Digest, Entry, Event, LockMode, RunDef, RunDefError, RunId, StepId, StepKind, Time};

/// A run: its definition and its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    id: RunId,
    definition: Arc<RunDef>,
    state: RunState,
}

/// What has happened when a run was advanced.
#[derive(Clone, Debug, Default)]
pub struct Advanced {
    /// The new entries of the log.
    pub entries: Vec<Entry>,
    /// What was refused of what came in, and why.
    pub refused: Vec<(Event, Refusal)>,
}

impl Run {
    /// Makes a run, with the first entry of its log.
    ///
    /// # Errors
    /// The definition can't be run.
    pub fn create(id: RunId, definition: RunDef, by: Actor, now: Time) -> Result<(Self, Entry), RunDefError> {
        definition.check()?;
        let state = RunState::new(definition.steps.len());
        let mut run = Self { id, definition: Arc::new(definition), state };
        let entry = run.append(now, Event::Created { by });
        Ok((run, entry))
    }

    /// The run in a state that was stored.
    #[must_use]
    pub const fn restore(id: RunId, definition: Arc<RunDef>, state: RunState) -> Self {
        Self { id, definition, state }
    }

    /// The run as its log tells it.
    #[must_use]
    pub fn fold(id: RunId, definition: Arc<RunDef>, log: &[Entry]) -> Self {
        let mut run = Self { id, state: RunState::new(definition.steps.len()), definition };
        log.iter().for_each(|entry| run.apply(entry));
        run
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> RunId {
        self.id
    }

    /// What it is to do.
    #[must_use]
    pub const fn definition(&self) -> &Arc<RunDef> {
        &self.definition
    }

    /// How far it is.
    #[must_use]
    pub const fn state(&self) -> &RunState {
        &self.state
    }

    /// Takes in what has come from outside, then decides what follows. What does not fit, as it comes twice or too late,
    /// changes nothing.
    pub fn advance(&mut self, now: Time, inbox: impl IntoIterator<Item = Event>) -> Advanced {
        let mut advanced = Advanced::default();
        for event in inbox {
            match self.accepts(&event, now) {
                Ok(()) => advanced.entries.push(self.append(now, event)),
                Err(refusal) => advanced.refused.push((event, refusal)),
            }
        }
        advanced.entries.extend(self.decide(now));
        advanced
    }

    /// Whether the run waits for the stack's lock.
    #[must_use]
    pub fn wants_lock(&self) -> bool {
        self.definition.lock == LockMode::Exclusive
            && !self.state.locked
            && self.state.cancel.is_none()
            && !self.state.deadline_passed
            && self.state.finished.is_none()
    }

    /// Whether a step works on the stack under the lock, so that one attempt at most may write.
    #[must_use]
    pub fn is_exclusive(&self, step: StepId) -> bool {
        self.definition.lock == LockMode::Exclusive
            && self.definition.step(step).is_some_and(|step| step.kind.works_on_stack())
    }

    /// What workers may take.
    #[must_use]
    pub fn offers(&self) -> Vec<Offer> {
        let steps = self.definition.steps().zip(&self.state.steps);
        steps
            .filter(|(_, state)| matches!(state.phase, StepPhase::Offered { .. }))
            .map(|((step, definition), state)| Offer {
                step,
                attempt: state.attempt,
                epoch: state.epoch,
                labels: definition.labels.clone(),
            })
            .collect()
    }

    /// The digest of the plan, once there is one.
    #[must_use]
    pub fn plan_digest(&self) -> Option<Digest> {
        self.state.plan.as_ref().map(|report| report.plan.digest)
    }

    /// How it is, in a word.
    #[must_use]
    pub fn status(&self) -> RunStatus {
        if let Some(status) = self.state.finished {
            return status;
        }
        let any = |is: fn(&StepPhase) -> bool| self.state.steps.iter().any(|step| is(&step.phase));
        if self.state.stopping() {
            RunStatus::Canceling
        } else if any(|phase| matches!(phase, StepPhase::Unknown { .. })) {
            RunStatus::ApplyUnknown
        } else if any(|phase| matches!(phase, StepPhase::Running { .. })) {
            RunStatus::Running
        } else if any(|phase| matches!(phase, StepPhase::Open { .. })) {
            RunStatus::AwaitingApproval
        } else if self.state.begun {
            RunStatus::Running
        } else {
            RunStatus::Queued
        }
    }

    fn append(&mut self, at: Time, event: Event) -> Entry {
        let entry = Entry { seq: self.state.events + 1, at, event };
        self.apply(&entry);
        entry
    }

    fn kind(&self, step: StepId) -> Option<&StepKind> {
        self.definition.step(step).map(|step| &step.kind)
    }
}

impl StepKind {
    /// Whether it reads and writes the stack's state and journal.
    #[must_use]
    pub const fn works_on_stack(&self) -> bool {
        matches!(self, Self::Plan(_) | Self::Apply | Self::Verify)
    }
}
