//! `metadata functions`.

use crate::flags::Flag;
use crate::session::{Exit, Session};
use crate::spoken::Usage;

/// Runs the command.
pub(crate) fn functions(session: &Session, arguments: &[String]) -> Exit {
    let command = "metadata functions";
    let arguments = match session.parse_flags(command, &[Flag::switch("json")], arguments, Usage::Before) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    if !arguments.switch("json", false) {
        return session.wrong_count(command, "The `terraform metadata functions` command requires the `-json` flag.\n");
    }
    session.out(&format!("{}\n", fw_views::json::functions()));
    Exit::Success
}
