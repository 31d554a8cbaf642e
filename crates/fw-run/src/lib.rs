//! Runs: durable executions over a stack, as a pure state machine, and the trait that a worker speaks to.
//!
//! - [`RunDef`] says what is to be done: a graph of steps over one stack.
//! - [`Run`] is the machine: [`Event`]s in, events out, its [`RunState`] the fold of its log.
//! - [`Control`] is all that a worker knows of the service: it takes steps, reads their input, keeps the journal of the
//!   operations and tells how a step ended. Its types are plain data, so that it can be spoken over a wire.
//! - Every claim of a worker carries its [`Ticket`]; the epoch in it fences off workers that were given up.
//!
//! No clock, no randomness, no storage: times and ids come from outside.

mod control;
mod definition;
mod digest;
mod event;
mod id;
mod journal;
mod label;
mod machine;
mod outcome;
mod progress;
mod ticket;
mod time;

pub use control::{Assignment, Beat, Control, ControlError, StepInput, WorkerInfo};
pub use definition::{
    Actor, Approval, Attention, GateDef, LockMode, MachineVersion, OnFail, PlanMode, PlanOptions, Purpose, Recipe,
    Retry, RunDef, RunDefError, RunIf, RunInput, Settings, Source, SourceFormat, StepDef, StepKind,
};
pub use digest::{Digest, DigestError};
pub use event::{Entry, Event, Loss, StopReason};
pub use id::{AccountId, IdError, RunId, ScheduleId, StackId, StateVersionId, WorkerId};
pub use journal::{
    Intent, JournalEntry, JournalRow, JournalWrite, OpAction, OpKey, Payload, Recovery, Resolution, Resolved,
};
pub use label::{Label, LabelError, LabelSet};
pub use machine::{
    Advanced, ApprovalGiven, ChildRun, Offer, Refusal, Run, RunState, RunStatus, StepPhase, StepState, Stopping,
};
pub use outcome::{
    ChangeCounts, Failure, FailureKind, Finish, NewState, Outcome, PlanRef, PlanReport, StateRef, StepReport,
    UnknownOperation,
};
pub use progress::{LogLine, Output, OutputEntry, Progress, ResourcePhase, Severity, Stream};
pub use ticket::{StepId, Ticket};
pub use time::{Millis, Time};
