//! The service put together: settings with their origins, database, objects, driver, workers and server, and the commands
//! that start it.

mod commands;
mod engine;
mod log;
mod migrate;
mod parts;
mod serve;
mod settings;
mod work;

pub use commands::extensions;
pub use settings::{Kind, Origin, SETTINGS, Setting, Settings};
