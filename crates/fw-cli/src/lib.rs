//! The command line: arguments to requests to views.
//!
//! [`main`] runs one command to its end and gives the exit code. What the process was started with comes as a [`Process`],
//! what it writes goes through [`Streams`], so commands can be run by tests without a process of their own.

mod arguments;
mod asking;
mod backend;
mod bench;
mod commands;
mod completion;
mod dispatch;
mod encryption;
mod extension;
mod flags;
mod generated;
mod help;
mod interrupts;
mod logs;
mod objects;
mod planning;
mod process;
mod providers;
mod remote_states;
mod selection;
mod session;
mod spoken;
mod state_access;
mod streams;
mod suggestion;
mod timings;
mod view;
mod workflow;

pub use dispatch::{main, main_with};
pub use extension::{Additions, Extension};
pub use process::Process;
pub use streams::Streams;

/// The hidden mode of the program that ties plugins to it: the first argument.
pub const EXEC_PLUGIN: &str = "__exec-plugin";
