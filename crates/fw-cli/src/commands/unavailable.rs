//! Commands that are known and not supported.

use crate::session::{Exit, Session};

/// Says that the command is not supported.
pub(crate) fn run(session: &Session, _arguments: &[String]) -> Exit {
    session
        .fail("Command not supported", "This command of Terraform is known to Formwork, but not supported by it yet.")
}
