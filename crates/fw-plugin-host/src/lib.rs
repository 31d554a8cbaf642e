//! Supervises provider plugin processes and implements the provider trait over gRPC, for protocols 5 and 6 alike.
//!
//! [`Plugin::start`] runs a program, shakes hands and connects; [`Plugin`] is then a `fw_provider::Provider`. The crate
//! decides nothing about what providers answer: it makes sure that answers have the right type, and that a provider that
//! hangs, crashes or talks nonsense becomes a diagnostic and never outlives us.

mod calls;
mod client;
mod connection;
mod convert;
mod crash;
mod handshake;
mod launcher;
mod logs;
mod pace;
mod plugin;
mod process;
mod provider;
mod reattach;
mod schema_cache;
mod start;
mod timing;
mod tls;

pub use handshake::{Address, Protocol};
pub use launcher::{Launcher, exec_plugin};
pub use logs::{LogLevel, LogRecord, LogSink};
pub use plugin::Plugin;
pub use process::Environment;
pub use reattach::{Reattach, parse_reattach};
pub use schema_cache::SchemaCache;
pub use start::{START_TIMEOUT, StartError, StartOptions};
pub use timing::{Call, CallSink};
