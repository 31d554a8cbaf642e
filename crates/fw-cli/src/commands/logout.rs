//! `logout`: forgets the token of a host.

use fw_diag::{Diagnostic, Diagnostics};
use fw_install::credentials::{CredentialsStore, Keeper};

use super::login::{host_of, no_store};
use crate::flags::Arguments;
use crate::session::{Exit, Session};
use crate::spoken::Usage;

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let arguments = match session.parse_flags("logout", &[], arguments, Usage::Before) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    if arguments.positional.len() > 1 {
        return session
            .wrong_count("logout", "The logout command expects at most one argument: the host to log out of.");
    }
    match log_out(session, &arguments) {
        Ok(()) => Exit::Success,
        Err(told) => session.finish_apart(told),
    }
}

fn log_out(session: &Session, arguments: &Arguments) -> Result<(), Diagnostics> {
    let host = host_of(arguments)?;
    let store = CredentialsStore::new(&session.cli_config, &session.installation_environment()).map_err(no_store)?;
    match store.keeper(&host) {
        Keeper::User => {
            let detail = "The \"terraform logout\" command cannot log out because credentials for this host are manually \
                          configured in a CLI configuration file.\n\nTo log out, revoke the existing credentials and remove \
                          that block from the CLI configuration.";
            return Err(Diagnostic::error(format!("Credentials for {host} are manually configured"), detail).into());
        }
        Keeper::Nobody(_) => {
            session.out(&format!("No credentials for {host} are stored.\n\n"));
            return Ok(());
        }
        Keeper::Helper(name) => session.out(&format!(
            "Removing the stored credentials for {host} from the configured\n\"{name}\" credentials helper.\n\n"
        )),
        Keeper::File(path) => session.out(&format!(
            "Removing the stored credentials for {host} from the following file:\n    {}\n\n",
            path.display()
        )),
    }
    store.forget(&host).map_err(|why| {
        Diagnostic::error("Failed to remove API token", format!("Unable to remove stored API token: {why}"))
    })?;
    let success = session.colored("\x1b[32m\x1b[1m", "Success!");
    let text = format!("Terraform has removed the stored API token for {host}.");
    session.out(&format!("{success} {}{}\n\n", session.colored("\x1b[1m", &text), session.codes("\x1b[0m")));
    Ok(())
}
