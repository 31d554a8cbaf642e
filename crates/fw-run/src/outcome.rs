//! How a step ends, and what it leaves behind.

use serde::{Deserialize, Serialize};

use crate::{Digest, OpAction, OpKey, StateVersionId};

/// How many objects a plan or an apply concerns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangeCounts {
    /// Made.
    pub add: u64,
    /// Changed in place.
    pub change: u64,
    /// Removed.
    pub remove: u64,
    /// Taken into the state.
    pub import: u64,
    /// Removed and made anew; also counted in both.
    pub replace: u64,
    /// Objects that differ from the state without a doing of ours.
    pub drift: u64,
    /// Outputs.
    pub outputs: u64,
}

/// A plan, as the apply of the same run will get it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRef {
    /// The plan file, an object. This digest is what people approve.
    pub digest: Digest,
    /// The state version it was made from; none if there was no state.
    pub base: Option<StateVersionId>,
    /// Whether there is anything to apply.
    pub applyable: bool,
    /// The addresses of objects that it deletes or replaces.
    pub dangerous: Vec<String>,
}

/// What a plan step leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanReport {
    /// The plan.
    pub plan: PlanRef,
    /// Its JSON form, an object.
    pub json: Option<Digest>,
    /// Its form for people, an object.
    pub text: Option<Digest>,
    /// The dependency lock file after the providers were chosen, an object.
    pub lock_file: Option<Digest>,
    /// What it would do.
    pub counts: ChangeCounts,
}

/// What a step that has done its work leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StepReport {
    /// Nothing.
    Empty,
    /// Of a plan.
    Plan(PlanReport),
    /// Of an apply. Its state is in [`Finish::state`].
    Apply {
        /// What was done.
        counts: ChangeCounts,
    },
    /// Of a validation, a policy, a verification, a cost estimate.
    Check {
        /// Whether it passed. If not, the step has failed.
        passed: bool,
        /// What was found, as JSON, an object.
        findings: Option<Digest>,
    },
}

/// Why a step failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The configuration, its variables or a policy. Trying again does not help.
    Configuration,
    /// A provider refused or failed an operation.
    Provider,
    /// Something around the worker: no disk, no network, a provider that could not be installed.
    Environment,
    /// A defect of ours.
    Internal,
}

/// A failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Of which kind.
    pub kind: FailureKind,
    /// What went wrong, for people, at most some kilobytes.
    pub message: String,
    /// The diagnostics as JSON, an object.
    pub diagnostics: Option<Digest>,
    /// Whether another attempt may help.
    pub retryable: bool,
}

/// An operation of which nobody can tell whether it has happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownOperation {
    /// Its name in the journal.
    pub op: OpKey,
    /// What it does.
    pub action: OpAction,
    /// The resource instance.
    pub address: String,
    /// The provider's address.
    pub provider: String,
    /// Why it can't be found out.
    pub reason: String,
}

/// A new content of the stack's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewState {
    /// The state file, an object.
    pub digest: Digest,
    /// The version it follows; the write is refused if that is not the newest.
    pub base: Option<StateVersionId>,
    /// The state's lineage.
    pub lineage: String,
    /// The state's serial number.
    pub serial: u64,
    /// How many resource instances it has.
    pub resources: u64,
    /// The place in the journal up to which it holds all changes.
    pub folded: u64,
}

/// A stored state version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateRef {
    /// Its id.
    pub id: StateVersionId,
    /// The state file, an object.
    pub digest: Digest,
    /// The state's lineage.
    pub lineage: String,
    /// The state's serial number.
    pub serial: u64,
}

/// How an attempt ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Outcome {
    /// It has done its work.
    Done {
        /// What it leaves behind.
        report: StepReport,
    },
    /// It has failed.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// It has stopped because it was told to.
    Stopped,
    /// It has found operations that it can't settle.
    Unknown {
        /// Which.
        operations: Vec<UnknownOperation>,
    },
    /// The worker gives the step back, for somebody else to go on: it is shutting down.
    Returned,
}

/// The end of an attempt, with the state as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finish {
    /// How.
    pub outcome: Outcome,
    /// The state after it, whole or partial; none if it has not changed.
    pub state: Option<NewState>,
}
