//! `providers mirror`.

use std::sync::Arc;

use fw_diag::{Diagnostic, Diagnostics};
use fw_install::{Installer, MirrorOptions, requirements};
use fw_ops::Runtime;

use super::lines::Lines;
use super::platforms;
use crate::flags::{Arguments, Flag};
use crate::session::{Exit, Session};
use crate::spoken::Usage;

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let flags = [Flag::text("platform"), Flag::switch("lock-file")];
    let arguments = match session.parse_flags("providers mirror", &flags, arguments, Usage::Before) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    session.finish_apart(mirror(session, &arguments).unwrap_or_else(|problems| problems))
}

fn mirror(session: &Session, arguments: &Arguments) -> Result<Diagnostics, Diagnostics> {
    let [directory] = arguments.positional.as_slice() else {
        let detail = "The providers mirror command requires an output directory as a command-line argument.";
        return Err(Diagnostic::error("No output directory specified", detail).into());
    };
    let options = MirrorOptions {
        directory: session.surroundings.resolve(directory),
        platforms: platforms(arguments)?,
        use_lock_file: arguments.switch("lock-file", true),
    };
    let (config, problems) = session.load();
    if problems.has_errors() {
        return Err(problems);
    }
    let required = requirements(&config, [])?;
    let lines = Arc::new(Lines { streams: session.streams.clone(), color: session.color });
    let installer = Installer::new(session.site(), lines);
    let runtime = Runtime::start().map_err(|error| Diagnostic::error("Failed to start threads", error.to_string()))?;
    Ok(runtime.block_on(installer.mirror(&required, &options, &session.sources)))
}
