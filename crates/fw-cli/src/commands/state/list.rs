//! `state list`.

use fw_addr::AbsResourceInstance;
use fw_diag::Diagnostics;
use fw_state::{Attributes, State};

use super::access::{self, NO_STATE, problems};
use super::select;
use crate::flags::Flag;
use crate::session::{Exit, Session};
use crate::spoken::Usage;

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let flags = [Flag::text("state"), Flag::text("id")];
    let arguments = match session.parse_flags("state list", &flags, arguments, Usage::After) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    let place = match access::place(session, arguments.text("state")) {
        Ok(place) => place,
        Err(problems) => return session.finish_apart(problems),
    };
    let state = match place.store().read() {
        Ok((Some(state), _)) => state,
        Ok((None, _)) => return session.fail_line(NO_STATE),
        Err(error) => return session.fail_line(&format!("Failed to load state: {}", problems(&error))),
    };
    let (addresses, problems) = selected(session, &state, &arguments.positional);
    if problems.has_errors() {
        return session.finish_apart(problems);
    }
    let id = arguments.text("id").filter(|id| !id.is_empty());
    let wanted =
        |address: &AbsResourceInstance| id.is_none_or(|id| id_of(&state, address).is_some_and(|own| own == id));
    let lines: Vec<String> = addresses.iter().filter(|a| wanted(a)).map(|address| format!("{address}\n")).collect();
    session.out(&lines.concat());
    Exit::Success
}

fn selected(session: &Session, state: &State, wanted: &[String]) -> (Vec<AbsResourceInstance>, Diagnostics) {
    if wanted.is_empty() {
        return (state.instances().map(|(address, ..)| address).collect(), Diagnostics::new());
    }
    let mut all = Vec::new();
    let mut problems = Diagnostics::new();
    for text in wanted {
        match session.target(text).and_then(|target| select::existing_instances(state, &target)) {
            Ok(found) => all.extend(found),
            Err(problem) => problems.push(problem),
        }
    }
    (all, problems)
}

/// The attribute `id` of the current object.
fn id_of(state: &State, address: &AbsResourceInstance) -> Option<String> {
    match &state.current(address)?.attributes {
        Attributes::Json(json) => {
            #[derive(serde::Deserialize)]
            struct WithId {
                id: String,
            }
            serde_json::from_str::<WithId>(json).ok().map(|object| object.id)
        }
        Attributes::Flat(attributes) => attributes.get("id").cloned(),
    }
}
