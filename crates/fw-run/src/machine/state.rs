//! How far a run is: the fold of its log, as it is stored.

use serde::{Deserialize, Serialize};

use crate::{
    Actor, Digest, Failure, LabelSet, OpKey, PlanReport, Resolution, RunId, StepId, StepReport, StopReason, Time,
    UnknownOperation, WorkerId,
};

/// How a run is, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// No step was begun yet.
    Queued,
    /// It is at work.
    Running,
    /// A gate is open.
    AwaitingApproval,
    /// A person has to say what became of some operations.
    ApplyUnknown,
    /// It was told to stop.
    Canceling,
    /// Everything is done.
    Succeeded,
    /// A step has failed.
    Failed,
    /// The plan had dangerous changes; nothing was touched.
    Refused,
    /// A person has rejected the plan.
    Rejected,
    /// Nobody has approved the plan in time.
    Expired,
    /// It was stopped before everything was done.
    Canceled,
}

impl RunStatus {
    /// Whether it is over.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Running | Self::AwaitingApproval | Self::ApplyUnknown | Self::Canceling => false,
            Self::Succeeded | Self::Failed | Self::Refused | Self::Rejected | Self::Expired | Self::Canceled => true,
        }
    }

    /// As in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::AwaitingApproval => "awaiting_approval",
            Self::ApplyUnknown => "apply_unknown",
            Self::Canceling => "canceling",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Canceled => "canceled",
        }
    }
}

impl std::str::FromStr for RunStatus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [
            Self::Queued,
            Self::Running,
            Self::AwaitingApproval,
            Self::ApplyUnknown,
            Self::Canceling,
            Self::Succeeded,
            Self::Failed,
            Self::Refused,
            Self::Rejected,
            Self::Expired,
            Self::Canceled,
        ];
        all.into_iter().find(|status| status.as_str() == text).ok_or_else(|| format!("`{text}` is no status of a run"))
    }
}

/// A running attempt was told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopping {
    /// Why.
    pub why: StopReason,
    /// Until when it has to.
    pub until: Time,
}

/// An approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalGiven {
    /// By whom.
    pub by: Actor,
    /// When.
    pub at: Time,
    /// The plan.
    pub plan: Option<Digest>,
    /// Until when what it is for has to be begun.
    pub until: Time,
}

/// A run that was started for a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildRun {
    /// Its id.
    pub run: RunId,
    /// How it ended.
    pub status: Option<RunStatus>,
}

/// How far a step is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum StepPhase {
    /// What it needs is not over, or it waits for the lock.
    Waiting,
    /// It is to be tried again.
    Backoff {
        /// From then on.
        until: Time,
    },
    /// A worker may take it.
    Offered {
        /// Since when.
        at: Time,
    },
    /// A worker has taken it.
    Running {
        /// The worker.
        worker: WorkerId,
        /// Since when.
        at: Time,
        /// When it is told to stop.
        deadline: Time,
        /// It was told to stop.
        stopping: Option<Stopping>,
    },
    /// A gate that waits for approval.
    Open {
        /// The plan to approve.
        plan: Option<Digest>,
        /// Until when.
        deadline: Time,
    },
    /// Its run is under way.
    Child {
        /// The run.
        run: RunId,
    },
    /// A person has to say what became of these operations.
    Unknown {
        /// Which.
        operations: Vec<UnknownOperation>,
        /// Those that are settled.
        resolved: Vec<(OpKey, Resolution)>,
    },
    /// It is done.
    Done {
        /// When.
        at: Time,
    },
    /// It has failed for good.
    Failed {
        /// When.
        at: Time,
        /// Why.
        failure: Failure,
    },
    /// It was not needed, or not reached.
    Skipped,
    /// It was stopped before it was done.
    Stopped,
}

impl StepPhase {
    /// Whether nothing more will happen to it.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Failed { .. } | Self::Skipped | Self::Stopped)
    }
}

/// A step's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepState {
    /// How far it is.
    #[serde(flatten)]
    pub phase: StepPhase,
    /// The newest attempt, from 1; 0 before the first.
    pub attempt: u32,
    /// The epoch of that attempt.
    pub epoch: u64,
    /// How many attempts have failed.
    pub failures: u32,
    /// How many attempts were lost in a row without progress.
    pub losses: u32,
    /// Whether any attempt was begun.
    pub begun: bool,
    /// What it left behind.
    pub report: Option<StepReport>,
    /// Of a gate.
    pub approvals: Vec<ApprovalGiven>,
    /// Of a step that starts a run.
    pub child: Option<ChildRun>,
}

impl StepState {
    const fn new() -> Self {
        Self {
            phase: StepPhase::Waiting,
            attempt: 0,
            epoch: 0,
            failures: 0,
            losses: 0,
            begun: false,
            report: None,
            approvals: Vec::new(),
            child: None,
        }
    }
}

/// A run's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunState {
    /// How many entries its log has.
    pub events: u64,
    /// When it was made.
    pub created_at: Time,
    /// Whether it holds the stack's lock.
    pub locked: bool,
    /// The newest epoch of the lock under this run.
    pub epoch: u64,
    /// Whether any step was begun.
    pub begun: bool,
    /// The plan.
    pub plan: Option<PlanReport>,
    /// Who wants it canceled.
    pub cancel: Option<Actor>,
    /// Whether it has taken too long.
    pub deadline_passed: bool,
    /// How it will end, because of a step that has failed.
    pub ending: Option<RunStatus>,
    /// How it has ended.
    pub finished: Option<RunStatus>,
    /// When it has ended.
    pub finished_at: Option<Time>,
    /// The steps, as in the definition.
    pub steps: Vec<StepState>,
}

impl RunState {
    pub(super) fn new(steps: usize) -> Self {
        Self {
            events: 0,
            created_at: Time(0),
            locked: false,
            epoch: 0,
            begun: false,
            plan: None,
            cancel: None,
            deadline_passed: false,
            ending: None,
            finished: None,
            finished_at: None,
            steps: vec![StepState::new(); steps],
        }
    }

    /// The step with this id.
    #[must_use]
    pub fn step(&self, id: StepId) -> Option<&StepState> {
        self.steps.get(id.index())
    }

    /// Whether no new work is begun.
    #[must_use]
    pub const fn stopping(&self) -> bool {
        self.cancel.is_some() || self.deadline_passed
    }
}

/// A step that a worker may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The step.
    pub step: StepId,
    /// The attempt.
    pub attempt: u32,
    /// The epoch it will write under.
    pub epoch: u64,
    /// What the worker has to have.
    pub labels: LabelSet,
}
