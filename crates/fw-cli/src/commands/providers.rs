//! `providers`: which modules need which providers.

mod lines;
pub(crate) mod lock;
pub(crate) mod mirror;
pub(crate) mod schema;

use std::collections::BTreeSet;

use fw_diag::Diagnostic;
use fw_install::{Constraints, Platform};

use super::state::access;
use crate::flags::{Arguments, Flag};
use crate::session::{Exit, Session};
use crate::spoken::Usage;

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    show(session, arguments).unwrap_or_else(|exit| exit)
}

fn show(session: &Session, arguments: &[String]) -> Result<Exit, Exit> {
    let arguments = session.parse_flags("providers", &[Flag::text("test-directory")], arguments, Usage::Before)?;
    if !arguments.positional.is_empty() {
        return Err(session.fail_line("Too many command line arguments. Did you mean to use -chdir?"));
    }
    if fw_ops::project::is_empty(&session.surroundings) {
        let directory = session.surroundings.root.display();
        let detail = format!("The directory {directory} contains no Terraform configuration files.");
        return Err(session.finish_apart(Diagnostic::error("No configuration files", detail)));
    }
    let (config, problems) = session.load_with_tests(session.test_directory(&arguments));
    if problems.has_errors() {
        return Err(session.finish_apart(problems));
    }
    let mut store = access::selected(session).map_err(|problems| session.finish_apart(problems))?;
    let state = store.read().map_err(|error| session.fail_line(&access::problems(&error)))?.0.unwrap_or_default();
    let mut text = format!("\nProviders required by configuration:\n{}\n", config.providers_tree(&normal));
    let of_state: BTreeSet<_> = state.resources().map(|(_, resource)| resource.provider.provider.clone()).collect();
    if !of_state.is_empty() {
        text.push_str("Providers required by state:\n\n");
    }
    for provider in of_state {
        text.push_str(&format!("    provider[{provider}]\n\n"));
    }
    session.out(&text);
    Ok(Exit::Success)
}

/// Version constraints as they are shown.
fn normal(texts: &[&str]) -> String {
    let mut all = Constraints::default();
    for text in texts {
        match text.parse::<Constraints>() {
            Ok(constraints) => all.merge(&constraints),
            Err(_) => return texts.join(", "),
        }
    }
    all.to_string()
}

/// The platforms of `-platform`; none where there are none.
fn platforms(arguments: &Arguments) -> Result<Vec<Platform>, Diagnostic> {
    let parse = |text: &str| {
        text.parse::<Platform>().map_err(|error| {
            let detail = format!(
                "The string {} given in the -platform option is not a valid target platform: {error}.",
                fw_value::go_quoted(text)
            );
            Diagnostic::error("Invalid target platform", detail)
        })
    };
    arguments.texts("platform").into_iter().map(parse).collect()
}
