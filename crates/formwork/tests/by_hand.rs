//! Commands that people use between plans and applies: on the state, workspaces, files and providers. The program runs as a
//! process of its own, in a directory of its own.

#[path = "by_hand/differential.rs"]
mod differential;
#[path = "by_hand/drawn.rs"]
mod drawn;
#[path = "by_hand/files.rs"]
mod files;
#[path = "by_hand/flags.rs"]
mod flags;
#[path = "by_hand/help.rs"]
mod help;
#[path = "by_hand/import.rs"]
mod import;
#[path = "by_hand/lab.rs"]
mod lab;
#[path = "by_hand/locking.rs"]
mod locking;
#[path = "by_hand/overview.rs"]
mod overview;
#[path = "by_hand/state.rs"]
mod state;
#[path = "by_hand/taint.rs"]
mod taint;
#[path = "by_hand/walks.rs"]
mod walks;
#[path = "by_hand/workspace.rs"]
mod workspace;
