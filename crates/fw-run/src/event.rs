//! The events of a run's log.

use serde::{Deserialize, Serialize};

use crate::{
    Actor, Digest, Failure, LabelSet, OpKey, Resolution, RunId, RunStatus, StepId, StepReport, Time, UnknownOperation,
    WorkerId,
};

/// An entry of a run's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// When it was appended.
    pub at: Time,
    /// What happened.
    pub event: Event,
}

/// Why an attempt was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Its worker was not heard of any more.
    Silence,
    /// Its worker said that it knows nothing of it: it has begun anew.
    Restart,
    /// It did not stop in time after it was told to.
    Stuck,
}

/// Why a step was told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The step took too long.
    Timeout,
    /// The run was canceled.
    Cancel,
    /// The run took too long.
    Deadline,
}

/// What happened to a run. Those marked "inbox" come from outside and are checked first; the others the machine decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// It was made.
    Created {
        /// By whom.
        by: Actor,
    },
    /// Inbox: it was given the stack's lock.
    Locked {
        /// The lock's epoch.
        epoch: u64,
    },
    /// A step may be taken by a worker.
    Offered {
        /// The step.
        step: StepId,
        /// The attempt.
        attempt: u32,
        /// The epoch it will write under.
        epoch: u64,
    },
    /// Inbox: a worker has taken it.
    Begun {
        /// The step.
        step: StepId,
        /// The attempt.
        attempt: u32,
        /// The worker.
        worker: WorkerId,
        /// What the worker has.
        labels: LabelSet,
    },
    /// Inbox: it is done.
    Done {
        /// The step.
        step: StepId,
        /// The attempt.
        attempt: u32,
        /// What it leaves behind.
        report: StepReport,
    },
    /// Inbox: it has failed.
    Failed {
        /// The step.
        step: StepId,
        /// The attempt.
        attempt: u32,
        /// Why.
        failure: Failure,
    },
    /// Inbox: it has stopped as it was told to.
    Stopped {
        /// The step.
        step: StepId,
        /// The attempt.
        attempt: u32,
    },
    /// Inbox: its worker has given it back.
    Returned {
        /// The step.
        step: StepId,
        /// The attempt.
        attempt: u32,
    },
    /// Inbox, or the machine's: the attempt was given up.
    Lost {
        /// The step.
        step: StepId,
        /// The attempt.
        attempt: u32,
        /// Why.
        why: Loss,
        /// How many operations it had completed.
        progress: u64,
    },
    /// Inbox: it has found operations that it can't settle. A person has to.
    ApplyUnknown {
        /// The step.
        step: StepId,
        /// The attempt.
        attempt: u32,
        /// Which.
        operations: Vec<UnknownOperation>,
    },
    /// Inbox: a person has.
    Resolved {
        /// The step.
        step: StepId,
        /// Who.
        by: Actor,
        /// What became of which operation.
        resolutions: Vec<(OpKey, Resolution)>,
    },
    /// An attempt is told to stop.
    StopAsked {
        /// The step.
        step: StepId,
        /// The attempt.
        attempt: u32,
        /// Why.
        why: StopReason,
        /// Until when it has to.
        until: Time,
    },
    /// A step that waits for something outside does so no more, as the run ends.
    Withdrawn {
        /// The step.
        step: StepId,
    },
    /// A step is not tried any more: its attempts are lost again and again without any progress.
    Sealed {
        /// The step.
        step: StepId,
        /// How many in a row.
        losses: u32,
    },
    /// A step is not needed.
    Skipped {
        /// The step.
        step: StepId,
    },
    /// A gate waits for approval.
    GateOpened {
        /// The step.
        step: StepId,
        /// The plan that is to be approved.
        plan: Option<Digest>,
        /// Until when.
        deadline: Time,
    },
    /// Inbox, or the machine's: the plan was approved.
    Approved {
        /// The gate.
        step: StepId,
        /// The plan.
        plan: Option<Digest>,
        /// By whom.
        by: Actor,
    },
    /// Inbox: the plan was rejected.
    Rejected {
        /// The gate.
        step: StepId,
        /// By whom.
        by: Actor,
        /// Why.
        reason: Option<String>,
    },
    /// Nobody approved in time, or what was approved was not begun in time.
    Expired {
        /// The gate or the apply.
        step: StepId,
    },
    /// The plan has dangerous changes, which this run must not make.
    Refused {
        /// The gate.
        step: StepId,
        /// The addresses of the objects.
        dangerous: Vec<String>,
    },
    /// A run was started for a step.
    ChildStarted {
        /// The step.
        step: StepId,
        /// The run.
        run: RunId,
    },
    /// Inbox: that run is over.
    ChildFinished {
        /// The step.
        step: StepId,
        /// The run.
        run: RunId,
        /// How it ended.
        status: RunStatus,
    },
    /// Inbox: it is to be canceled.
    CancelAsked {
        /// By whom.
        by: Actor,
        /// Why.
        reason: Option<String>,
    },
    /// It takes too long as a whole.
    DeadlinePassed,
    /// It is over.
    Finished {
        /// How.
        status: RunStatus,
    },
}
