//! What a step tells while it runs: lines of its log and typed events.

use serde::{Deserialize, Serialize};

use crate::{ChangeCounts, OpAction, StepId, Time};

/// Where a line of a log comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// The engine's words for people.
    Engine,
    /// A provider's log.
    Provider,
    /// What a provisioner or a command wrote.
    Command,
}

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// An error.
    Error,
    /// A warning.
    Warning,
}

/// A line of a log, without its newline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Where it comes from.
    pub stream: Stream,
    /// Its text.
    pub text: String,
}

/// How far an operation on an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourcePhase {
    /// It has begun.
    Started,
    /// It takes its time.
    Running,
    /// It is done.
    Completed,
    /// It has failed.
    Failed,
    /// It was not begun, as something it depends on failed or the step was stopped.
    Skipped,
}

/// Something that happened in a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Progress {
    /// An operation on an object.
    Resource {
        /// The resource instance.
        address: String,
        /// The resource type.
        resource_type: String,
        /// The provider's address.
        provider: String,
        /// What it does.
        action: OpAction,
        /// How far it is.
        phase: ResourcePhase,
        /// For how long, in milliseconds.
        elapsed: u64,
        /// The object's id, when it is known and no secret.
        id: Option<String>,
        /// What went wrong.
        error: Option<String>,
    },
    /// A planned change, as soon as it is known.
    PlannedChange {
        /// The resource instance.
        address: String,
        /// The resource type.
        resource_type: String,
        /// As in a plan's JSON: `["create"]`, `["delete","create"]`.
        actions: Vec<String>,
        /// Whether it destroys an object.
        dangerous: bool,
    },
    /// A provider is being found, installed, started.
    Provider {
        /// Its address.
        provider: String,
        /// Its version, when it is known.
        version: Option<String>,
        /// What happens to it, as `installing`.
        what: String,
    },
    /// A diagnostic.
    Diagnostic {
        /// How bad.
        severity: Severity,
        /// What.
        summary: String,
        /// Why, and what to do.
        detail: String,
        /// The resource instance it is about.
        address: Option<String>,
        /// The place, as `main.tf:3,5`.
        place: Option<String>,
    },
    /// The changes, planned or done.
    Summary {
        /// How many.
        counts: ChangeCounts,
    },
}

/// What a step gives out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// A line for people.
    Line(LogLine),
    /// An event for programs.
    Progress(Progress),
}

/// What a step gave out, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputEntry {
    /// Its place in the output of the run; it grows without gaps.
    pub position: u64,
    /// The step.
    pub step: StepId,
    /// The attempt.
    pub attempt: u32,
    /// When it came in.
    pub at: Time,
    /// What.
    pub output: Output,
}
