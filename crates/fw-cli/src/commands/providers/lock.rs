//! `providers lock`.

use std::sync::Arc;

use fw_addr::Provider;
use fw_diag::{Diagnostic, Diagnostics};
use fw_install::{Installer, LockOptions, LockSource, Requirements, requirements};
use fw_ops::Runtime;

use super::lines::Lines;
use super::platforms;
use crate::flags::{Arguments, Flag};
use crate::session::{Exit, Session};
use crate::spoken::Usage;

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let flags = [
        Flag::text("platform"),
        Flag::text("fs-mirror"),
        Flag::text("net-mirror"),
        Flag::switch("enable-plugin-cache"),
        Flag::text("test-directory"),
    ];
    let arguments = match session.parse_flags("providers lock", &flags, arguments, Usage::Before) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    session.finish_apart(lock(session, &arguments).unwrap_or_else(|problems| problems))
}

fn lock(session: &Session, arguments: &Arguments) -> Result<Diagnostics, Diagnostics> {
    let options = LockOptions {
        platforms: platforms(arguments)?,
        source: source(session, arguments)?,
        enable_plugin_cache: arguments.switch("enable-plugin-cache", false),
    };
    let required = wanted(session, &arguments.positional)?;
    let lines = Arc::new(Lines { streams: session.streams.clone(), color: session.color });
    let installer = Installer::new(session.site(), lines);
    let runtime = Runtime::start().map_err(|error| Diagnostic::error("Failed to start threads", error.to_string()))?;
    Ok(runtime.block_on(installer.lock(&required, &options, &session.sources)))
}

fn source(session: &Session, arguments: &Arguments) -> Result<LockSource, Diagnostic> {
    let given = |name: &str| arguments.text(name).filter(|text| !text.is_empty());
    match (given("fs-mirror"), given("net-mirror")) {
        (Some(_), Some(_)) => {
            let detail = "The -fs-mirror and -net-mirror command line options are mutually-exclusive.";
            Err(Diagnostic::error("Invalid installation method options", detail))
        }
        (Some(directory), None) => Ok(LockSource::Directory(session.surroundings.resolve(directory))),
        (None, Some(url)) => Ok(LockSource::NetworkMirror(url.to_owned())),
        (None, None) => Ok(LockSource::Registries),
    }
}

/// What the configuration requires; of that only these providers, where some are named.
fn wanted(session: &Session, named: &[String]) -> Result<Requirements, Diagnostics> {
    let (config, mut problems) = session.load();
    if problems.has_errors() {
        return Err(problems);
    }
    let all = requirements(&config, [])?;
    if named.is_empty() {
        return Ok(all);
    }
    let mut some = Requirements::new();
    for text in named {
        match text.parse::<Provider>() {
            Ok(provider) => match all.get(&provider) {
                Some(constraints) => {
                    some.insert(provider, constraints.clone());
                }
                None => {
                    let detail = format!("The provider {provider} is not required by the current configuration.");
                    problems.push(Diagnostic::error("Invalid provider argument", detail));
                }
            },
            Err(error) => problems.push(Diagnostic::error(&*error.summary, &*error.message)),
        }
    }
    if problems.has_errors() { Err(problems) } else { Ok(some) }
}
