//! The command line as a client of the service: `login`, `deploy`, `runs`, `logs`, `approve`, `cancel`, `rollback`, `destroy`.
//!
//! It speaks API v1 and knows nothing else of the service.

mod api;
mod arguments;
mod commands;
mod credentials;
mod events;
mod files;

pub use arguments::Arguments;
pub use commands::extensions;
