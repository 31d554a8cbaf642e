//! Runs: their logs and states, the queue of their steps, stacks' locks, journals and state versions, schedules.
//!
//! The machine of `fw-run` decides, this stores: [`advance`] takes what has come in, lets the machine decide and stores all
//! of it in the caller's transaction, with everything that follows from it: offers, the lock, children, parents.

mod advance;
mod create;
mod journal;
mod lock;
mod output;
mod queue;
mod read;
mod schedule;
mod state_version;
mod work;

pub use advance::{advance, due, send, stranded};
pub use create::{CreateRefusal, NewRun, create};
pub use journal::{journal, open_operations, write_journal};
pub use lock::wake_next;
pub use output::append_output;
pub use queue::{
    QueueMetrics, Taken, WorkerRow, beat, expired_leases, holder, leases_of, lose, metrics, orphaned_leases, seen,
    take, unserved, waiting, workers,
};
pub use read::{RunRow, account, run};
pub use schedule::{
    ScheduleRow, delete_schedule, due_schedules, insert_schedule, pause_schedule, schedule, schedules, tick_made,
    ticked,
};
pub use state_version::{StateVersionRow, newest_state, save_state, state_version, state_versions};
pub use work::{finish, step_input};
