//! Drives runs within the process, with a database and nothing else.
//!
//! - [`Runs`] is how the rest of the service makes runs and speaks to them.
//! - [`Embedded`] keeps them going: it advances those whose time has come, gives up silent workers, makes scheduled runs.
//! - [`LocalControl`] is what workers speak to, in this process or behind a server.
//! - [`Engine`] is the seam: another engine drives the same runs in the same database. What is true of a run stands in
//!   the database alone; an engine may forget everything.

mod clock;
mod control;
mod cron;
mod current;
mod embedded;
mod engine;
mod runs;
mod ticks;

pub use clock::{new_run_id, new_state_version_id, new_worker_id, now};
pub use control::{LeaseOptions, LocalControl};
pub use cron::{Cron, CronError};
pub use current::{LOOKED_AT, applied, current_input, shown_run, stack_input};
pub use embedded::{Embedded, EmbeddedHandle, EmbeddedOptions, give_up_orphans};
pub use engine::{Engine, EngineError, NoEngine};
pub use runs::{Runs, TellError};
pub use ticks::{TickOptions, scheduled_run, tick};
