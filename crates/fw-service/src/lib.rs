//! The service put together: settings with their origins, database, objects, driver, workers and server, and the commands
//! that start it.

mod arguments;
mod settings;

pub use settings::{Origin, SETTINGS, Setting, Settings};
