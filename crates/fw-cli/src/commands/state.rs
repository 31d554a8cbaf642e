//! `state`: looking at the state and changing it by hand.

pub(crate) mod access;
pub(crate) mod list;
mod moving;
pub(crate) mod mv;
pub(crate) mod pull;
pub(crate) mod push;
pub(crate) mod replace_provider;
pub(crate) mod rm;
mod select;
pub(crate) mod show;

use fw_state::State;

use crate::session::{Exit, Session};
use access::{NO_STATE, StateFiles, problems};

/// The state that a command is about to change.
fn read(session: &Session, open: &mut StateFiles<'_>) -> Result<State, Exit> {
    match open.read() {
        Ok(Some(state)) => Ok(state),
        Ok(None) => Err(session.fail_line(NO_STATE)),
        Err(error) => Err(session.fail_line(&format!("Failed to load state: {}", problems(&error)))),
    }
}

/// What commands say that could not write what they have changed.
fn not_saved(session: &Session, why: &str) -> Exit {
    session.fail_line(&format!(
        "Error saving the state: {why}\n\n\
         The state was not saved. No items were removed from the persisted\n\
         state. No backup was created since no modification occurred. Please\n\
         resolve the issue above and try again."
    ))
}
