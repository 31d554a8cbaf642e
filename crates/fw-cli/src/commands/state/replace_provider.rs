//! `state replace-provider`.

use fw_addr::{AbsProviderConfig, AbsResource, Provider};
use fw_diag::{Diagnostic, Diagnostics};
use fw_state::State;

use super::access::{self, LOCK_FLAGS, Locking, StateFiles};
use super::{not_saved, read};
use crate::flags::Flag;
use crate::session::{Exit, Session};
use crate::spoken::Usage;

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    replace(session, arguments).unwrap_or_else(|exit| exit)
}

fn replace(session: &Session, arguments: &[String]) -> Result<Exit, Exit> {
    let mut flags = vec![
        Flag::switch("auto-approve"),
        Flag::text("backup"),
        Flag::text("state"),
        Flag::switch("ignore-remote-version"),
    ];
    flags.extend(LOCK_FLAGS);
    let arguments = session.parse_flags("state replace-provider", &flags, arguments, Usage::After)?;
    let [from, to] = arguments.positional.as_slice() else {
        session.error_line("Exactly two arguments expected.\n");
        return Err(Exit::ShowHelp);
    };
    access::check_configuration(session)?;
    let (from, to) = providers(from, to).map_err(|problems| session.finish_apart(problems))?;
    let place = access::place(session, arguments.text("state")).map_err(|problems| session.finish_apart(problems))?;
    let store = place.with_timed_backup(arguments.text("backup"), session);
    let mut open = StateFiles::open(session, store, "state-replace-provider", Locking::of(&arguments))
        .map_err(|problem| session.finish_apart(problem))?;
    let mut state = read(session, &mut open)?;
    let affected = managed_by(&state, &from);
    if affected.is_empty() {
        session.out("No matching resources found.\n");
        return Ok(Exit::Success);
    }
    announce(session, &from, &to, &affected);
    if !arguments.switch("auto-approve", false) && !approved(session)? {
        session.out("Cancelled replacing providers.\n");
        return Ok(Exit::Success);
    }
    for (address, config) in &affected {
        state.set_provider(address, &AbsProviderConfig { provider: to.clone(), ..config.clone() });
    }
    open.persist(&state).map_err(|error| not_saved(session, &error.chain()))?;
    session.out(&format!("\nSuccessfully replaced provider for {} resources.\n", affected.len()));
    Ok(Exit::Success)
}

fn providers(from: &str, to: &str) -> Result<(Provider, Provider), Diagnostics> {
    let parse = |which: &str, text: &str| {
        text.parse::<Provider>().map_err(|error| {
            let summary = format!("Invalid {which} provider {}", fw_value::go_quoted(text));
            Diagnostic::error(summary, format!("{}: {}", error.summary, error.message))
        })
    };
    match (parse("\"from\"", from), parse("\"to\"", to)) {
        (Ok(from), Ok(to)) => Ok((from, to)),
        (from, to) => Err(from.err().into_iter().chain(to.err()).collect()),
    }
}

fn managed_by(state: &State, provider: &Provider) -> Vec<(AbsResource, AbsProviderConfig)> {
    state
        .resources()
        .filter(|(_, resource)| resource.provider.provider == *provider)
        .map(|(address, resource)| (address.clone(), (*resource.provider).clone()))
        .collect()
}

fn announce(session: &Session, from: &Provider, to: &Provider, affected: &[(AbsResource, AbsProviderConfig)]) {
    let code = |code: &'static str| if session.color { code } else { "" };
    let (yellow, red, green, bold, reset) =
        (code("\x1b[33m"), code("\x1b[31m"), code("\x1b[32m"), code("\x1b[1m"), code("\x1b[0m"));
    let mut text = format!(
        "Terraform will perform the following actions:\n\n  {yellow}~{reset} Updating provider:{reset}\n    \
         {red}-{reset} {from}{reset}\n    {green}+{reset} {to}\n{reset}\n{bold}Changing{reset} {} resources:\n{reset}\n",
        affected.len()
    );
    for (address, _) in affected {
        text.push_str(&format!("  {address}\n"));
    }
    session.out(&text);
}

fn approved(session: &Session) -> Result<bool, Exit> {
    let code = |code: &'static str| if session.color { code } else { "" };
    let (bold, reset) = (code("\x1b[1m"), code("\x1b[0m"));
    session.out(&format!(
        "\n{bold}Do you want to make these changes?{reset}\nOnly 'yes' will be accepted to continue.\n{reset}\n\
         Enter a value: "
    ));
    match session.streams.line() {
        Ok(Some(answer)) => Ok(answer == "yes"),
        Ok(None) => Err(session.fail_line("Error asking for approval: EOF")),
        Err(error) => Err(session.fail_line(&format!("Error asking for approval: {error}"))),
    }
}
