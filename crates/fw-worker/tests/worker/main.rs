//! A worker with real providers over a service in memory.

mod deploying;
mod killing;
mod memory;
mod place;
mod recovering;
