//! `env`: what `workspace` was called before.

use super::workspace;
use crate::session::{Exit, Session};

/// Runs `env`.
pub(crate) fn group(session: &Session, _arguments: &[String]) -> Exit {
    workspace::deprecated(session);
    Exit::ShowHelp
}

/// Runs `env list`.
pub(crate) fn list(session: &Session, arguments: &[String]) -> Exit {
    workspace::deprecated(session);
    workspace::list(session, arguments)
}

/// Runs `env new`.
pub(crate) fn new(session: &Session, arguments: &[String]) -> Exit {
    workspace::deprecated(session);
    workspace::new(session, arguments)
}

/// Runs `env select`.
pub(crate) fn select(session: &Session, arguments: &[String]) -> Exit {
    workspace::deprecated(session);
    workspace::select(session, arguments)
}

/// Runs `env delete`.
pub(crate) fn delete(session: &Session, arguments: &[String]) -> Exit {
    workspace::deprecated(session);
    workspace::delete(session, arguments)
}
