//! `state rm`.

use fw_addr::AbsResourceInstance;
use fw_diag::{Diagnostic, Diagnostics};
use fw_state::State;

use super::access::{self, LOCK_FLAGS, Locking, StateFiles};
use super::{not_saved, read, select};
use crate::flags::Flag;
use crate::session::{Exit, Session};
use crate::spoken::Usage;

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    remove(session, arguments).unwrap_or_else(|exit| exit)
}

fn remove(session: &Session, arguments: &[String]) -> Result<Exit, Exit> {
    let mut flags =
        vec![Flag::switch("dry-run"), Flag::text("backup"), Flag::text("state"), Flag::switch("ignore-remote-version")];
    flags.extend(LOCK_FLAGS);
    let arguments = session.parse_flags("state rm", &flags, arguments, Usage::None)?;
    if arguments.positional.is_empty() {
        session.error_line("At least one address is required.\n");
        return Err(Exit::ShowHelp);
    }
    access::check_configuration(session)?;
    let place = access::place(session, arguments.text("state")).map_err(|problems| session.finish_apart(problems))?;
    let store = place.with_timed_backup(arguments.text("backup"), session);
    let mut open = StateFiles::open(session, store, "state-rm", Locking::of(&arguments))
        .map_err(|problem| session.finish_apart(problem))?;
    let mut state = read(session, &mut open)?;
    let addresses =
        selected(session, &state, &arguments.positional).map_err(|problems| session.finish_apart(problems))?;
    if arguments.switch("dry-run", false) {
        for address in &addresses {
            session.out(&format!("Would remove {address}\n"));
        }
        if addresses.is_empty() {
            session.out("Would have removed nothing.\n");
        }
        return Ok(Exit::Success);
    }
    let lines: Vec<String> = addresses.iter().map(|address| format!("Removed {address}\n")).collect();
    session.out(&lines.concat());
    for address in &addresses {
        state.remove_instance(address);
    }
    if addresses.is_empty() {
        let detail = "No matching objects found. To view the available instances, use \"terraform state list\". Please \
                      modify the address to reference a specific instance.";
        return Err(session.finish_apart(Diagnostic::error("Invalid target address", detail)));
    }
    open.persist(&state).map_err(|error| not_saved(session, &error.chain()))?;
    session.out(&format!("Successfully removed {} resource instance(s).\n", addresses.len()));
    Ok(Exit::Success)
}

fn selected(session: &Session, state: &State, wanted: &[String]) -> Result<Vec<AbsResourceInstance>, Diagnostics> {
    let mut all = Vec::new();
    let mut problems = Diagnostics::new();
    for text in wanted {
        match session.target(text) {
            Ok(target) => all.extend(select::instances(state, &target)),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.has_errors() { Err(problems) } else { Ok(all) }
}
