//! `taint` and `untaint`: marks an object to be replaced, or takes the mark away.

use std::sync::Arc;

use fw_addr::{AbsResourceInstance, ResourceMode};
use fw_diag::Diagnostic;
use fw_state::{ObjectStatus, State};
use fw_store::{LocalState, StatePaths, StateStore};

use super::state::access::{self, LOCK_FLAGS, Locking, Place, StateFiles, problems};
use crate::flags::{Arguments, Flag};
use crate::session::{Exit, Session};
use crate::spoken::Usage;

/// Runs `taint`.
pub(crate) fn taint(session: &Session, arguments: &[String]) -> Exit {
    mark(session, arguments, ObjectStatus::Tainted).unwrap_or_else(|exit| exit)
}

/// Runs `untaint`.
pub(crate) fn untaint(session: &Session, arguments: &[String]) -> Exit {
    mark(session, arguments, ObjectStatus::Ready).unwrap_or_else(|exit| exit)
}

fn mark(session: &Session, arguments: &[String], status: ObjectStatus) -> Result<Exit, Exit> {
    let command = if status == ObjectStatus::Tainted { "taint" } else { "untaint" };
    let mut flags = vec![
        Flag::switch("allow-missing"),
        Flag::text("backup"),
        Flag::text("state"),
        Flag::text("state-out"),
        Flag::switch("ignore-remote-version"),
    ];
    flags.extend(LOCK_FLAGS);
    let arguments = session.parse_flags(command, &flags, arguments, Usage::Before)?;
    let [address] = arguments.positional.as_slice() else {
        return Err(session.wrong_count(command, &format!("The {command} command expects exactly one argument.")));
    };
    let address = session.instance_address(address).map_err(|problem| session.finish_apart(problem))?;
    if status == ObjectStatus::Tainted && address.resource.mode != ResourceMode::Managed {
        return Err(session.fail_line(&format!("Resource instance {address} cannot be tainted")));
    }
    access::check_configuration(session)?;
    let store = place(session, &arguments)?;
    let mut open = StateFiles::open(session, store, command, Locking::of(&arguments))
        .map_err(|problem| session.finish_apart(problem))?;
    let state = open
        .read()
        .map_err(|error| session.fail_line(&format!("Failed to load state: {}", problems(&error))))?
        .unwrap_or_default();
    let allow_missing = arguments.switch("allow-missing", false);
    let changed = match with_status(&state, &address, status) {
        Ok(changed) => changed,
        Err(Refusal::Missing(_)) if allow_missing => return Ok(session.finish_apart(passed_over(&address))),
        Err(Refusal::Missing(problem) | Refusal::Unfit(problem)) => return Err(session.finish_apart(*problem)),
    };
    open.persist(&changed)
        .map_err(|error| session.fail_line(&format!("Error writing state file: {}", error.chain())))?;
    let what = if status == ObjectStatus::Tainted { "marked as tainted" } else { "successfully untainted" };
    session.out(&format!("Resource instance {address} has been {what}.\n"));
    Ok(Exit::Success)
}

fn place(session: &Session, arguments: &Arguments) -> Result<StateStore, Exit> {
    let given = |name: &str| arguments.text(name).filter(|path| !path.is_empty());
    let place = access::place(session, given("state")).map_err(|problems| session.finish_apart(problems))?;
    let (read, backend) = match place {
        Place::File(path) => (path, None),
        Place::OwnFile(path, backend) => (path, Some(backend)),
        Place::Backend(store) => return Ok(*store),
    };
    let write = given("state-out").map_or_else(|| read.clone(), |path| session.surroundings.resolve(path));
    let backup = match given("backup") {
        Some("-") => None,
        Some(path) => Some(session.surroundings.resolve(path)),
        None => Some(StatePaths::backup_of(&write)),
    };
    let paths = StatePaths { read, write, backup };
    Ok(backend.map_or_else(|| LocalState::new(paths.clone()), |backend| backend.local_state(paths.clone())).into())
}

#[derive(Debug)]
enum Refusal {
    /// There is no such object.
    Missing(Box<Diagnostic>),
    /// The object cannot get the status.
    Unfit(Box<Diagnostic>),
}

/// The state with another status of the current object.
fn with_status(state: &State, address: &AbsResourceInstance, status: ObjectStatus) -> Result<State, Refusal> {
    const NO_SUCH: &str = "No such resource instance";
    let missing = |detail: String| Refusal::Missing(Box::new(Diagnostic::error(NO_SUCH, detail)));
    if state.resources().next().is_none() && state.outputs.is_empty() {
        return Err(missing(
            "The state currently contains no resource instances whatsoever. This may occur if the configuration has never \
             been applied or if it has recently been destroyed."
                .to_owned(),
        ));
    }
    let (Some(resource), Some(instance)) = (state.resource(&address.containing()), state.instance(address)) else {
        return Err(missing(format!(
            "There is no resource instance in the state with the address {address}. If the resource configuration has just \
             been added, you must run \"terraform apply\" once to create the corresponding instance(s) before they can be \
             tainted."
        )));
    };
    let Some(object) = &instance.current else {
        let detail = format!(
            "Resource instance {address} is currently part-way through a create_before_destroy replacement action. Run \
             \"terraform apply\" to complete its replacement before tainting it."
        );
        return Err(Refusal::Unfit(Box::new(Diagnostic::error(NO_SUCH, detail))));
    };
    if status == ObjectStatus::Ready && object.status != ObjectStatus::Tainted {
        let detail = format!("Resource instance {address} is not currently tainted, and so it cannot be untainted.");
        return Err(Refusal::Unfit(Box::new(Diagnostic::error("Resource instance is not tainted", detail))));
    }
    let mut changed = state.clone();
    let provider = state.provider_of(address).unwrap_or_else(|| (*resource.provider).clone());
    changed.set_object(address, None, &provider, Some(Arc::new(object.with_status(status))));
    Ok(changed)
}

fn passed_over(address: &AbsResourceInstance) -> Diagnostic {
    let detail =
        format!("Resource instance {address} was not found, but this is not an error because -allow-missing was set.");
    Diagnostic::warning("No such resource instance", detail)
}
