//! The texts of `-help`, one for each command: a usage line, what the command does, its flags. Programs read the flags, so
//! each is on a line of its own.

mod everyday;
mod more;
mod state;
mod workspace;

/// The help of one command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Help {
    /// The command's words.
    path: &'static str,
    /// What follows the words in the usage line.
    pub(crate) usage: &'static str,
    /// The rest.
    pub(crate) text: &'static str,
}

impl Help {
    const fn new(path: &'static str, usage: &'static str, text: &'static str) -> Self {
        Self { path, usage, text }
    }
}

/// The help of a command, by its path: `state list`.
pub(crate) fn of(path: &str) -> Option<Help> {
    let all = [everyday::HELP, state::HELP, workspace::HELP, more::HELP];
    all.into_iter().flatten().find(|help| help.path == path).copied()
}
