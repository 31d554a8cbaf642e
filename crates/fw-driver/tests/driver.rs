//! The embedded engine with workers that only pretend: from start to end on both databases, and on SQLite through kills.

#![expect(
    clippy::unwrap_used,
    clippy::clone_on_ref_ptr,
    clippy::print_stdout,
    clippy::cast_possible_wrap,
    reason = "a test that panics has failed, as it should"
)]

#[path = "driver/engine.rs"]
mod engine;
#[path = "driver/hands.rs"]
mod hands;
#[path = "driver/kill.rs"]
mod kill;
#[path = "../../fw-database/tests/support/postgres.rs"]
#[expect(dead_code, reason = "shared with the tests of the database")]
mod postgres;
#[path = "driver/recovery.rs"]
mod recovery;
#[path = "../../fw-run/tests/machine/world.rs"]
#[expect(dead_code, reason = "shared with the tests of the machine")]
mod world;
