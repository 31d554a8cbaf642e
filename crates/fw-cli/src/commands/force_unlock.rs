//! `force-unlock`. Locks of files end with the process that holds them: there is never one to break. Others can stay behind.

use fw_store::StateStore;

use crate::asking::Question;
use crate::flags::Flag;
use crate::session::{Exit, Session};
use crate::spoken::Usage;

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    unlock(session, arguments).unwrap_or_else(|exit| exit)
}

fn unlock(session: &Session, arguments: &[String]) -> Result<Exit, Exit> {
    let arguments = session.parse_flags("force-unlock", &[Flag::switch("force")], arguments, Usage::Before)?;
    let [id] = arguments.positional.as_slice() else {
        session.error_line("Expected a single argument: LOCK_ID");
        return Err(Exit::ShowHelp);
    };
    let store = super::state::access::selected(session).map_err(|problems| session.finish_apart(problems))?;
    let force = arguments.switch("force", false);
    let mut state = match store {
        StateStore::Local(_) if force => {
            return Err(session.fail_line("Failed to unlock state: LocalState not locked"));
        }
        StateStore::Local(_) => {
            return Err(session.fail_line("Local state cannot be unlocked by another process"));
        }
        StateStore::Remote(state) => state,
    };
    if !force && !agreed(session)? {
        session.out("force-unlock cancelled.\n");
        return Ok(Exit::Failure);
    }
    state.force_unlock(id).map_err(|error| session.fail_line(&format!("Failed to unlock state: {error}")))?;
    let code = |code: &'static str| if session.color { code } else { "" };
    let (begin, after, end) = (code("\x1b[0m\x1b[1m\x1b[32m"), code("\x1b[0m\x1b[32m"), code("\x1b[0m"));
    session.out(&format!(
        "{begin}Terraform state has been successfully unlocked!{after}\n\nThe state has been unlocked, and Terraform commands \
         should now be able to\nobtain a new lock on the remote state.{end}\n"
    ));
    Ok(Exit::Success)
}

fn agreed(session: &Session) -> Result<bool, Exit> {
    let description = "Terraform will remove the lock on the remote state.\nThis will allow local Terraform commands to \
                       modify this state, even though it\nmay still be in use. Only 'yes' will be accepted to confirm.";
    let question = Question { query: "Do you really want to force-unlock?", description, secret: false };
    match session.ask(&question) {
        Ok(answer) => Ok(answer == "yes"),
        Err(why) => Err(session.fail_line(&format!("Error asking for confirmation: {why}"))),
    }
}
