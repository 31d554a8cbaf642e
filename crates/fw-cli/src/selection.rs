//! What a plan is limited to: the flags `-target` and `-exclude`, and the files with one address a line that `-target-file`
//! and `-exclude-file` name.

use fw_addr::Target;
use fw_diag::{Diagnostic, Diagnostics, Span};

use crate::flags::{Arguments, Flag};
use crate::session::Session;

/// The flags.
pub(crate) const SELECTION_FLAGS: [Flag; 4] =
    [Flag::text("target"), Flag::text("target-file"), Flag::text("exclude"), Flag::text("exclude-file")];

/// Only this and what it needs, or all but this and what depends on it; never both.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    pub(crate) targets: Vec<Target>,
    pub(crate) excludes: Vec<Target>,
}

impl Selection {
    /// What the arguments say.
    pub(crate) fn of(arguments: &Arguments, session: &Session, told: &mut Diagnostics) -> Self {
        let given = |names: [&str; 2]| names.iter().any(|name| arguments.text(name).is_some());
        if given(["target", "target-file"]) && given(["exclude", "exclude-file"]) {
            let detail = "The target and exclude planning options are mutually-exclusive. Each plan must use either only the \
                          target options or only the exclude options.";
            told.push(Diagnostic::error("Invalid combination of arguments", detail));
            return Self::default();
        }
        let mut all = |flag: &str, file_flag: &str| {
            let mut found = direct(arguments, flag, told);
            for path in arguments.texts(file_flag) {
                found.extend(of_file(session, path, told));
            }
            found
        };
        Self { targets: all("target", "target-file"), excludes: all("exclude", "exclude-file") }
    }
}

fn direct(arguments: &Arguments, flag: &str, told: &mut Diagnostics) -> Vec<Target> {
    let mut found = Vec::new();
    for text in arguments.texts(flag) {
        match text.parse::<Target>() {
            Ok(target) => found.push(target),
            Err(error) => told.push(Diagnostic::error(format!("Invalid {flag} \"{text}\""), &*error.message)),
        }
    }
    found
}

/// The addresses of a file; empty lines and comments do not count.
fn of_file(session: &Session, path: &str, told: &mut Diagnostics) -> Vec<Target> {
    let text = match std::fs::read_to_string(session.surroundings.resolve(path)) {
        Ok(text) => text,
        Err(error) => {
            let why = fw_diag::system_error(&error);
            told.push(Diagnostic::error(format!("open {path}: {why}"), ""));
            return Vec::new();
        }
    };
    let file = session.sources.add(path, &*text);
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let address = line.trim();
        let indent = line.len() - line.trim_start().len();
        if !address.is_empty() && !address.starts_with('#') {
            match address.parse::<Target>() {
                Ok(target) => found.push(target),
                Err(error) => {
                    let at = |offset: usize| u32::try_from(start + indent + offset).unwrap_or(u32::MAX);
                    let end = address.len().max(error.offset);
                    let span = Span::new(file, at(error.offset), at(end));
                    told.push(Diagnostic::error(&*error.summary, &*error.message).at(span));
                }
            }
        }
        start += line.len();
    }
    found
}
