//! Runs the execution graph of a plan, and chooses nothing: which operations there are and what each waits for, the
//! planner has decided.
//!
//! [`apply`] runs steps whose predecessors have succeeded, side by side on one thread; only provider calls and
//! provisioners count against the limit of parallelism. Each change of the state is handed to the [`Recorder`], and is
//! durable, before anything that depends on it begins. What cannot be evaluated without values from earlier steps is
//! evaluated here again with final values, and the provider is asked to plan once more; where the outcome is not what was
//! planned, the step fails.

mod applier;
mod apply_call;
mod checks;
mod data;
mod destroy;
mod ephemeral;
mod evaluate;
mod findable;
mod input;
mod instances;
mod local_exec;
mod managed;
mod object;
mod provider;
mod provisioner;
mod record;
mod replan;
mod run;
mod turn;
mod walk;

pub use fw_exec::{Cancel, CancelLevel, EphemeralStep, Timer, connection_schema, provisioner_schema};
pub use input::{ApplyInput, Command, Hooks, NoHooks, Operating, Provisioners};
pub use record::{End, Ended, Intent, Recorder, Resume, Work};
pub use run::{ApplyOutcome, apply};
