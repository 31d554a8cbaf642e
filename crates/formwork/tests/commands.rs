//! The program as people and scripts run it: exit codes, what is written where, questions, files, signals.

#[path = "commands/arguments.rs"]
mod arguments;
#[path = "commands/backend.rs"]
mod backend;
#[path = "commands/completion.rs"]
mod completion;
#[path = "commands/console.rs"]
mod console;
#[path = "commands/cycle.rs"]
mod cycle;
#[path = "commands/directory.rs"]
mod directory;
#[path = "commands/faults.rs"]
mod faults;
#[path = "commands/interrupts.rs"]
mod interrupts;
#[path = "commands/login.rs"]
mod login;
#[path = "commands/logs.rs"]
mod logs;
#[path = "commands/opentofu.rs"]
mod opentofu;
#[path = "commands/providers.rs"]
mod providers;
#[path = "commands/query.rs"]
mod query;
#[path = "commands/remote.rs"]
mod remote;
#[path = "commands/states.rs"]
mod states;
#[path = "commands/variables.rs"]
mod variables;
