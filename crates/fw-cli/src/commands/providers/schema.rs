//! `providers schema`.

use std::collections::BTreeSet;

use fw_addr::Provider;
use fw_diag::Diagnostics;
use fw_views::json::Offered;

use crate::backend::StateFlags;
use crate::bench::{Bench, BenchOptions};
use crate::flags::Flag;
use crate::session::{Exit, Session};
use crate::spoken::Usage;

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let command = "providers schema";
    let arguments = match session.parse_flags(command, &[Flag::switch("json")], arguments, Usage::Before) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    if !arguments.switch("json", false) {
        return session.wrong_count(command, "The `terraform providers schema` command requires the `-json` flag.\n");
    }
    match document(session) {
        Ok(document) => {
            session.out(&format!("{document}\n"));
            Exit::Success
        }
        Err(problems) => session.finish_apart(problems),
    }
}

/// The schemas of all providers of the configuration and of the state.
fn document(session: &Session) -> Result<String, Diagnostics> {
    let backend = session.backend()?;
    let (config, problems) = session.load();
    if problems.has_errors() {
        return Err(problems);
    }
    let state = backend.state(&StateFlags::default())?.read();
    let state = state.map_err(|error| error.load_diagnostic())?.0.unwrap_or_default();
    let of_state: BTreeSet<Provider> = fw_views::json::providers_of_state(&state);
    let mut wanted: BTreeSet<Provider> = config.required_providers().into_keys().collect();
    wanted.extend(of_state.iter().cloned());
    let options = BenchOptions { workspace: &backend.workspace, parallelism: 1, of_state };
    let bench = Bench::set_up(session, config, options)?;
    // Clients of older releases may not expect what came later.
    let which = if session.claims_later_release() { Offered::All } else { Offered::Common };
    Ok(fw_views::json::provider_schemas(&bench.schemas(wanted)?, which))
}
