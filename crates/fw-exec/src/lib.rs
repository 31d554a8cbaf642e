//! The plan as a value: what will change, and the execution graph that says in which order. The planner makes it, the
//! applier obeys it, views show it; neither planner nor applier sees the other. What both work from is here too.

mod basis;
mod cancel;
mod change;
mod checks;
mod ephemeral;
pub mod file;
mod graph;
mod kind;
mod plan;
mod provisioner_schema;

pub use basis::{Basis, Timer};
pub use cancel::{Cancel, CancelLevel};
pub use change::{Action, ActionReason, Importing, OutputChange, ResourceChange};
pub use checks::{CheckTable, Checkable};
pub use ephemeral::EphemeralStep;
pub use graph::{Evaluated, ExecutionGraph, NodeId, Operation, Reversed, Step};
pub use kind::{Kind, Kinds, marked};
pub use plan::{Mode, Plan, RelevantAttribute};
pub use provisioner_schema::{connection_schema, provisioner_schema};
