//! `force-unlock`. States are files, and their locks end with the process that holds them: there is never one to break.

use crate::flags::Flag;
use crate::session::{Exit, Session};
use crate::spoken::Usage;

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let arguments = match session.parse_flags("force-unlock", &[Flag::switch("force")], arguments, Usage::Before) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    if arguments.positional.len() != 1 {
        session.error_line("Expected a single argument: LOCK_ID");
        return Exit::ShowHelp;
    }
    if let Err(problems) = session.backend() {
        return session.finish_apart(problems);
    }
    if arguments.switch("force", false) {
        session.fail_line("Failed to unlock state: LocalState not locked")
    } else {
        session.fail_line("Local state cannot be unlocked by another process")
    }
}
