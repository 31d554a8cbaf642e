//! A worker with real providers over a service in memory.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, as it should")]

mod deploying;
mod killing;
mod memory;
mod place;
mod recovering;
#[cfg(target_os = "linux")]
mod spares;
