//! `get`: installs modules.

use fw_install::{Event, Events, InstallingTests, install_modules, installed_before};

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
    let files = session.surroundings.files();
    let lines = Lines(session.streams.clone());
    let update = arguments.switch("update", false);
    let known = installed_before(&session.site());
    let (_, mut problems) = install_modules(&session.site(), &files, update, &lines, &session.sources);
    let (tests, of_tests) = fw_config::testing::read(".", session.test_directory(&arguments), &files, &session.sources);
    problems.append(of_tests);
    if !problems.has_errors() {
        let installing = InstallingTests { site: &session.site(), files: &files, upgrade: update, known: &known };
        problems.append(installing.modules(&tests, &lines, &session.sources).1);
    }
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
