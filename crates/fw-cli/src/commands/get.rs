//! `get`: installs modules.

use fw_install::{Event, Events, install_modules};
use fw_ops::Disk;

use crate::flags::Flag;
use crate::session::{Exit, Session};
use crate::spoken::Usage;
use crate::streams::Streams;

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let flags = [Flag::switch("update"), Flag::text("test-directory")];
    let arguments = match session.parse_flags("get", &flags, arguments, Usage::Before) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    if !arguments.positional.is_empty() {
        return session.fail_line("Too many command line arguments. Did you mean to use -chdir?");
    }
    let files = Disk::new(&session.surroundings.root);
    let lines = Lines(session.streams.clone());
    let update = arguments.switch("update", false);
    let (_, problems) = install_modules(&session.site(), &files, update, &lines, &session.sources);
    session.finish_apart(problems)
}

/// A line for every module.
struct Lines(Streams);

impl Events for Lines {
    fn event(&self, event: &Event) {
        if let Event::Module { .. } | Event::ModuleDownload { .. } = event {
            self.0.out(&format!("{}\n", event.human()));
        }
    }
}
