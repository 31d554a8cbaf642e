//! `state pull`.

use super::access::{self, problems};
use crate::session::{Exit, Session};
use crate::spoken::Usage;

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    if let Err(exit) = session.parse_flags("state pull", &[], arguments, Usage::None) {
        return exit;
    }
    if let Err(exit) = access::check_configuration(session) {
        return exit;
    }
    let mut store = match access::selected(session) {
        Ok(store) => store,
        Err(problems) => return session.finish_apart(problems),
    };
    let mut state = match store.read() {
        Ok((Some(state), _)) => state,
        // Nothing to print, and nothing wrong either.
        Ok((None, _)) => return Exit::Success,
        Err(error) => return session.fail_line(&format!("Failed to refresh state: {}", problems(&error))),
    };
    // What is printed is as the current version would write it.
    fw_state::COMPATIBLE_VERSION.clone_into(&mut state.terraform_version);
    match fw_state::write(&state) {
        Ok(text) => {
            session.out(&format!("{text}\n"));
            Exit::Success
        }
        Err(error) => session.fail_line(&format!("Failed to write state: {error}")),
    }
}
