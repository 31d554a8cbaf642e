//! The engine's operations wired to the outside: files, providers, state storage, clock. The one place where engine and
//! effects meet; the command line and the service are its users.

mod disk;
mod early;
mod engine;
mod functions;
pub mod project;
mod provisioners;
mod recorder;
mod runtime;
pub mod saved_plan;
mod supply;
mod surroundings;
mod timer;
mod timings;
pub mod variables;

pub use disk::{Disk, FunctionEnvironment, now, random_bytes};
pub use early::ConfigurationFiles;
pub use engine::{ApplyRequest, Engine, PlanRequest};
pub use recorder::Durable;
pub use runtime::Runtime;
pub use saved_plan::{PlanFileError, SavedBackend, SavedPlan, Snapshot};
pub use supply::{ProviderSource, Supply, SupplyOptions};
pub use surroundings::{Level, Surroundings};
pub use timings::{CallTimes, TimingReport, Timings};
