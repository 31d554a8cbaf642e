//! The run machine, from outside: usual runs step by step, and arbitrary events in arbitrary order.

#[path = "machine/arbitrary.rs"]
mod arbitrary;
#[path = "machine/checker.rs"]
mod checker;
#[path = "machine/stories.rs"]
mod stories;
#[path = "machine/world.rs"]
mod world;
