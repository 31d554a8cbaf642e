//! Tickets: the right to work on one attempt of one step.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Digest, RunId, Time, WorkerId};

/// A step of a run: its place in the definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(pub u16);

impl StepId {
    /// Its place in the definition.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a worker shows with everything it says about a step. It is void as soon as the attempt has ended in any way.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ticket {
    /// The run.
    pub run: RunId,
    /// The step.
    pub step: StepId,
    /// Which attempt at it, from 1.
    pub attempt: u32,
    /// The epoch of the stack's lock. Writes with an older one than the lock's are refused.
    pub epoch: u64,
    /// The worker it was given to.
    pub worker: WorkerId,
    /// The plan that an apply is for.
    pub plan: Option<Digest>,
    /// When the step is told to stop.
    pub deadline: Option<Time>,
}
