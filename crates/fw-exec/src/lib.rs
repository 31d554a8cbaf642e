//! The plan as a value: what will change, and the execution graph that says in which order. The planner makes it, the
//! applier obeys it, views show it; neither planner nor applier sees the other.

mod cancel;
mod change;
mod ephemeral;
pub mod file;
mod graph;
mod plan;

pub use cancel::{Cancel, CancelLevel};
pub use change::{Action, ActionReason, Importing, OutputChange, ResourceChange};
pub use ephemeral::EphemeralStep;
pub use graph::{Evaluated, ExecutionGraph, NodeId, Operation, Step};
pub use plan::{Mode, Plan, RelevantAttribute};
