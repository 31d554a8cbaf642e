//! Desired and prior state and the providers' answers to an immutable plan. Decides everything: what changes, why, and in
//! which order. Async only through providers; no I/O of its own.
//!
//! [`plan`] walks the dependency graph of the configuration once; each resource is refreshed, evaluated and planned when
//! all it refers to has been. [`validate`] walks the same graph without a state.

mod checks;
mod created_first;
mod data;
mod ephemeral;
mod execution;
mod facts;
mod forced;
mod generate;
mod graph;
mod ignore_changes;
mod importing;
mod imports;
mod input;
mod managed;
mod marks;
mod moves;
mod orphans;
mod outputs;
mod planner;
mod prior;
mod provider_text;
mod provisioners;
mod relevant;
mod removed;
mod resources;
mod run;
mod saved_value;
mod static_references;
mod stored;
mod triggers;
mod visit;
mod walk;
mod write_only;

pub use fw_exec::{Cancel, EphemeralStep};
pub use generate::block_text;
pub use input::{Hooks, NoHooks, PlanInput, PlanOptions};
pub(crate) use marks::refuse_ephemeral;
pub(crate) use provider_text::missing_provider_configuration;
pub use provider_text::provider_diagnostics;
pub use run::{ImportOutcome, PlanOutcome, import, plan, refused, validate};
