//! The run machine, from outside: usual runs step by step, and arbitrary events in arbitrary order.

#![expect(
    clippy::unwrap_used,
    clippy::clone_on_ref_ptr,
    clippy::cast_possible_truncation,
    clippy::manual_is_multiple_of,
    reason = "a test that panics has failed, as it should"
)]

#[path = "machine/arbitrary.rs"]
mod arbitrary;
#[path = "machine/checker.rs"]
mod checker;
#[path = "machine/stories.rs"]
mod stories;
#[path = "machine/world.rs"]
mod world;
