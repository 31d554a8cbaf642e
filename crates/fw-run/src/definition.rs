//! What a run is to do: a graph of steps over one stack, fixed when the run is made.

mod check;
mod recipe;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::check::RunDefError;
pub use self::recipe::Recipe;
use crate::{AccountId, Digest, LabelSet, Millis, RunId, ScheduleId, StackId, StepId};

/// Which rules a run is decided by. A run keeps those it began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MachineVersion(pub u16);

impl MachineVersion {
    /// The rules of new runs.
    pub const NEWEST: Self = Self(1);
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Actor {
    /// A person or a program with a token.
    User {
        /// Its name.
        name: String,
    },
    /// A schedule.
    Schedule {
        /// Its id.
        id: ScheduleId,
    },
    /// A run that has started this one.
    Run {
        /// Its id.
        id: RunId,
    },
    /// The service itself, as an automatic approval.
    System,
}

/// What a run is for. It decides nothing; people and API clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Purpose {
    /// The first run of a stack.
    Create,
    /// A change of a stack's configuration or variables.
    Update,
    /// Only to see what would happen.
    Plan,
    /// To look for drift.
    Refresh,
    /// To have the configuration of an earlier run again.
    Rollback {
        /// That run.
        to: RunId,
    },
    /// To remove everything.
    Destroy,
}

/// How the configuration is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceFormat {
    /// A JSON object of texts by path.
    Files,
    /// A gzip-compressed tar archive.
    TarGz,
    /// A zip archive.
    Zip,
}

/// A stack's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The packed files, an object.
    pub object: Digest,
    /// How they are packed.
    pub format: SourceFormat,
    /// The root module's directory in it, with `/` between; empty for the top.
    pub directory: String,
}

/// How to run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// How many operations at the same time; 0 for the usual 10.
    pub parallelism: u16,
    /// What to add to the environment of the providers. No secrets: those belong into the object `secrets`.
    pub environment: BTreeMap<String, String>,
    /// More of the environment: a JSON object of texts, an object (encrypted at rest as all are).
    pub secrets: Option<Digest>,
}

/// What a run works on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunInput {
    /// The configuration.
    pub source: Source,
    /// Values of input variables: a JSON object, as an object.
    pub variables: Option<Digest>,
    /// The dependency lock file, an object; without one the newest providers that fit are chosen.
    pub lock_file: Option<Digest>,
    /// How to run.
    pub settings: Settings,
}

/// Which plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanMode {
    /// What the configuration says.
    #[default]
    Normal,
    /// Remove everything.
    Destroy,
    /// Only take over what has changed outside.
    RefreshOnly,
}

/// How to plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanOptions {
    /// Which plan.
    pub mode: PlanMode,
    /// Whether to ask the providers for the objects as they are now.
    pub refresh: bool,
    /// Only these addresses and what they need.
    pub targets: Vec<String>,
    /// Instances to be replaced in any case.
    pub replace: Vec<String>,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self { mode: PlanMode::Normal, refresh: true, targets: Vec::new(), replace: Vec::new() }
    }
}

/// Whether somebody has to approve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// Nobody: the gate approves by itself.
    Automatic,
    /// Always.
    Required,
    /// If an object is deleted or replaced.
    WhenDangerous,
}

/// What to do with a plan that deletes or replaces objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attention {
    /// As with any other.
    Allow,
    /// The run ends, with nothing touched.
    Refuse,
}

/// A gate: nothing behind it happens before the plan is approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateDef {
    /// Whether somebody has to approve.
    pub approval: Approval,
    /// What to do with dangerous changes.
    pub dangerous: Attention,
    /// How many different people have to approve; at least one.
    pub approvers: u16,
    /// How long the gate stays open, and an approval good.
    pub valid_for: Millis,
}

impl GateDef {
    /// A gate that lets everything pass.
    #[must_use]
    pub const fn automatic() -> Self {
        Self {
            approval: Approval::Automatic,
            dangerous: Attention::Allow,
            approvers: 1,
            valid_for: Millis::minutes(60 * 24),
        }
    }

    /// A gate that waits for a person.
    #[must_use]
    pub const fn required(valid_for: Millis) -> Self {
        Self { approval: Approval::Required, dangerous: Attention::Allow, approvers: 1, valid_for }
    }
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StepKind {
    /// Checks the configuration.
    Validate,
    /// Makes the run's plan.
    Plan(PlanOptions),
    /// Checks the plan against policies: an object with their bundle.
    Policy {
        /// The bundle.
        bundle: Option<Digest>,
    },
    /// Estimates what the plan costs.
    Cost,
    /// Waits for approval. Done by the machine itself.
    Gate(GateDef),
    /// Does what the plan says.
    Apply,
    /// Plans again, to see that nothing is left to do.
    Verify,
    /// Tells somebody.
    Notify {
        /// The name of a channel.
        channel: String,
    },
    /// Starts a run over another stack and waits for its end. Done by the machine itself.
    Child(Box<RunDef>),
}

/// When to try again after a failure that another attempt may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// How many attempts may fail in all; at least one.
    pub attempts: u32,
    /// How long to wait after the first; doubled each time.
    pub backoff: Millis,
    /// How long to wait at most.
    pub backoff_max: Millis,
    /// How many attempts in a row may be lost without any progress before the step is sealed.
    pub losses: u32,
    /// How long to wait after an attempt was lost, so that what a frozen worker still does comes to its end.
    pub settle: Millis,
}

impl Retry {
    /// One attempt; three lost ones.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            attempts: 1,
            backoff: Millis::seconds(1),
            backoff_max: Millis::minutes(5),
            losses: 3,
            settle: Millis::seconds(0),
        }
    }
}

/// What a step's failure does to the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFail {
    /// The run fails.
    #[default]
    Stop,
    /// It goes on as if the step had succeeded.
    Continue,
}

/// When a step is run, once everything it needs is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunIf {
    /// If the run has not failed.
    #[default]
    Success,
    /// If it has.
    Failure,
    /// In both cases.
    Always,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepDef {
    /// Its name in this run.
    pub name: String,
    /// What it does.
    pub kind: StepKind,
    /// Which steps have to be over before; each is before it in the list.
    pub needs: Vec<StepId>,
    /// What its worker has to have.
    pub labels: LabelSet,
    /// How long an attempt may take.
    pub timeout: Millis,
    /// When to try again.
    pub retry: Retry,
    /// What its failure does to the run.
    pub on_fail: OnFail,
    /// When it is run at all.
    pub run_if: RunIf,
}

/// Whether the run holds the stack's lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockMode {
    /// From its first step to its end.
    Exclusive,
    /// Not at all: it only looks.
    None,
}

/// What a run is to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunDef {
    /// Which rules it is decided by.
    pub machine: MachineVersion,
    /// Whose it is.
    pub account: AccountId,
    /// The stack.
    pub stack: StackId,
    /// What it is for.
    pub purpose: Purpose,
    /// What it works on.
    pub input: RunInput,
    /// The steps; each needs earlier ones only.
    pub steps: Vec<StepDef>,
    /// Whether it holds the stack's lock.
    pub lock: LockMode,
    /// How long it may take in all, from its making.
    pub deadline: Option<Millis>,
    /// How long a step that was told to stop may take for it.
    pub grace: Millis,
    /// Higher ones come first within an account.
    pub priority: i16,
}

impl RunDef {
    /// The step with this id.
    #[must_use]
    pub fn step(&self, id: StepId) -> Option<&StepDef> {
        self.steps.get(id.index())
    }

    /// The steps with their ids.
    pub fn steps(&self) -> impl DoubleEndedIterator<Item = (StepId, &StepDef)> {
        (0..=u16::MAX).map(StepId).take(self.steps.len()).collect::<Vec<_>>().into_iter().zip(&self.steps)
    }
}
