//! `state push`.

use fw_state::{ReadError, State};

use super::access::{self, LOCK_FLAGS, Locking, StateFiles, in_one_text};
use crate::flags::Flag;
use crate::session::{Exit, Session};
use crate::spoken::Usage;

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    push(session, arguments).unwrap_or_else(|exit| exit)
}

fn push(session: &Session, arguments: &[String]) -> Result<Exit, Exit> {
    let mut flags = vec![Flag::switch("force"), Flag::switch("ignore-remote-version")];
    flags.extend(LOCK_FLAGS);
    let arguments = session.parse_flags("state push", &flags, arguments, Usage::None)?;
    let [path] = arguments.positional.as_slice() else {
        session.error_line("Exactly one argument expected.\n");
        return Err(Exit::ShowHelp);
    };
    access::check_configuration(session)?;
    let given = source_state(session, path)?;
    let store = access::selected(session).map_err(|problems| session.finish_apart(problems))?;
    let mut open = StateFiles::open(session, store, "state-push", Locking::of(&arguments))
        .map_err(|problem| session.finish_apart(problem))?;
    let force = arguments.switch("force", false);
    open.store()
        .replace(&given, force)
        .map_err(|error| session.fail_line(&format!("Failed to write state: {error}")))?;
    Ok(Exit::Success)
}

/// The state in a file, or on standard input for `-`.
fn source_state(session: &Session, path: &str) -> Result<State, Exit> {
    let bytes = if path == "-" {
        session.streams.rest().map_err(|error| session.fail_line(&error.to_string()))?
    } else {
        std::fs::read(session.surroundings.resolve(path))
            .map_err(|error| session.fail_line(&format!("open {path}: {}", fw_diag::system_error(&error))))?
    };
    session.given_state(&bytes).map_err(|error| {
        let why = match error {
            ReadError::Empty => "no state".to_owned(),
            ReadError::Unusable(problems) => in_one_text(&problems),
        };
        session.fail_line(&format!("Error reading source state {}: {why}", fw_value::go_quoted(path)))
    })
}
