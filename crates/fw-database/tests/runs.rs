//! The store of runs on SQLite and PostgreSQL: one suite for both, and a simulation with crashes.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::unnecessary_literal_unwrap,
    reason = "a test that panics has failed, as it should"
)]

#[path = "runs/faults.rs"]
mod faults;
#[path = "runs/frame.rs"]
mod frame;
#[path = "support/postgres.rs"]
mod postgres;
#[path = "runs/queue.rs"]
mod queue;
#[path = "runs/relatives.rs"]
mod relatives;
#[path = "runs/simulation.rs"]
mod simulation;
#[path = "runs/suite.rs"]
mod suite;
#[path = "runs/work.rs"]
mod work;
#[path = "../../fw-run/tests/machine/world.rs"]
#[expect(dead_code, reason = "shared with the tests of the machine")]
mod world;
