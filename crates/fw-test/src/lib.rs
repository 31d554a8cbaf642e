//! Runs the tests of a configuration: plans and applies what each run of a test file asks for, on states that are nowhere but
//! in memory, decides its assertions, and destroys in the end whatever it has made.
//!
//! Nothing is printed here; a [`View`] is told what happens.

mod answers;
mod asserts;
mod configured;
mod expected;
mod file;
mod made_up;
mod mock;
mod outcome;
mod run;
mod stop;
mod suite;
mod supply;
mod teardown;
mod variables;
mod view;

pub use outcome::{FileOutcome, RunOutcome, Shown, Status, SuiteOutcome};
pub use stop::Stop;
pub use suite::{Suite, run};
pub use view::{LeftBehind, Progress, View};
