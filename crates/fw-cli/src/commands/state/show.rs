//! `state show`.

use std::collections::BTreeSet;

use fw_addr::AbsResourceInstance;
use fw_diag::{Diagnostic, Diagnostics};
use fw_state::State;
use fw_views::human;

use super::access::{self, NO_STATE, problems};
use crate::bench::{Bench, BenchOptions};
use crate::flags::Flag;
use crate::session::{Exit, Session};
use crate::spoken::Usage;

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    show(session, arguments).unwrap_or_else(|exit| exit)
}

fn show(session: &Session, arguments: &[String]) -> Result<Exit, Exit> {
    let arguments = session.parse_flags("state show", &[Flag::text("state")], arguments, Usage::After)?;
    let [given] = arguments.positional.as_slice() else {
        session.err("Exactly one argument expected.\n");
        return Err(Exit::ShowHelp);
    };
    access::check_configuration(session)?;
    let address: AbsResourceInstance = given.parse().map_err(|_error: fw_addr::ParseError| {
        fail(
            session,
            &format!(
                "Error parsing instance address: {given}\n\n\
             This command requires that the address references one specific instance.\n\
             To view the available instances, use \"terraform state list\". Please modify \n\
             the address to reference a specific instance."
            ),
        )
    })?;
    let place = access::place(session, arguments.text("state")).map_err(|problems| session.finish_apart(problems))?;
    let state = place.store().read();
    let state = state.map_err(|error| fail(session, &format!("Failed to refresh state: {}", problems(&error))))?.0;
    let Some(state) = state else { return Err(fail(session, NO_STATE)) };
    if state.current(&address).is_none() {
        return Err(fail(
            session,
            "No instance found for the given address!\n\n\
             This command requires that the address references one specific instance.\n\
             To view the available instances, use \"terraform state list\". Please modify \n\
             the address to reference a specific instance.",
        ));
    }
    let text = rendered(session, &state, &address).map_err(|problems| session.finish(&problems))?;
    session.out(&text);
    Ok(Exit::Success)
}

/// This command complains without colours.
fn fail(session: &Session, text: &str) -> Exit {
    session.err(&format!("{text}\n"));
    Exit::Failure
}

fn rendered(session: &Session, state: &State, address: &AbsResourceInstance) -> Result<String, Diagnostics> {
    let (config, _) = session.load();
    let provider = state.resource(&address.containing()).map(|resource| resource.provider.provider.clone());
    let wanted: BTreeSet<_> = provider.into_iter().collect();
    let options = BenchOptions { workspace: fw_store::DEFAULT_WORKSPACE, parallelism: 1, of_state: wanted.clone() };
    let bench = Bench::set_up(session, config, options)?;
    let schemas = bench.schemas(wanted)?;
    human::state_instance(state, address, &schemas, &session.style())
        .ok_or_else(|| Diagnostic::error("No instance found for the given address!", "").into())
}
