//! `fmt`: configuration files in canonical layout.

use std::path::{Path, PathBuf};

use fw_diag::{Diagnostic, Diagnostics};
use fw_ops::Level;
use similar::TextDiff;

use crate::flags::{Arguments, Flag};
use crate::session::{Exit, Session};
use crate::spoken::Usage;

const STDIN: &str = "-";
const FORMATTED: [&str; 6] = [".tf", ".tfvars", ".tftest.hcl", ".tfmock.hcl", ".tofu", ".tofutest.hcl"];
/// Something is not in canonical layout.
const NOT_IN_FORM: Exit = Exit::Code(3);
/// A file cannot be read or is no configuration.
const UNUSABLE: Exit = Exit::Code(2);

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let names = ["list", "write", "diff", "check", "recursive"];
    let flags = names.map(Flag::switch);
    let arguments = match session.parse_flags("fmt", &flags, arguments, Usage::Before) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    let mut formatter = Formatter::new(session, &arguments);
    let check = arguments.switch("check", false);
    let list = formatter.list;
    if check {
        // Whatever would be listed is not in form.
        formatter.list = true;
        formatter.write = false;
    }
    match arguments.positional.split_first() {
        Some((first, _)) if first == STDIN => formatter.standard_input(),
        Some(_) => arguments.positional.iter().for_each(|path| formatter.path(path)),
        None => formatter.path("."),
    }
    let Formatter { output, problems, .. } = formatter;
    if !check {
        session.out(&output);
    }
    session.report_apart(&problems);
    match (problems.has_errors(), check) {
        (true, _) => UNUSABLE,
        (false, false) => Exit::Success,
        (false, true) => {
            if list {
                session.out(&output);
            }
            if output.is_empty() { Exit::Success } else { NOT_IN_FORM }
        }
    }
}

struct Formatter<'s> {
    session: &'s Session,
    list: bool,
    write: bool,
    diff: bool,
    recursive: bool,
    output: String,
    problems: Diagnostics,
}

impl<'s> Formatter<'s> {
    fn new(session: &'s Session, arguments: &Arguments) -> Self {
        let from_input = arguments.positional.first().is_some_and(|first| first == STDIN);
        Self {
            session,
            list: arguments.switch("list", true) && !from_input,
            write: arguments.switch("write", true) && !from_input,
            diff: arguments.switch("diff", false),
            recursive: arguments.switch("recursive", false),
            output: String::new(),
            problems: Diagnostics::new(),
        }
    }

    fn is_formatted(&self, name: &str) -> bool {
        let is_read = self.session.surroundings.level == Level::OpenTofu || !fw_config::is_own_of_opentofu(name);
        is_read && FORMATTED.iter().any(|suffix| name.ends_with(suffix))
    }

    fn fail(&mut self, summary: String) {
        self.problems.push(Diagnostic::error(summary, ""));
    }

    fn standard_input(&mut self) {
        match self.session.streams.rest() {
            Ok(bytes) => self.text("<stdin>", &bytes, None),
            Err(error) => self.fail(format!("Failed to read from standard input: {error}")),
        }
    }

    fn path(&mut self, path: &str) {
        let shown = fw_config::clean_path(path);
        let full = self.session.surroundings.resolve(&shown);
        match std::fs::metadata(&full) {
            Err(_) => self.fail(format!("No file or directory at {path}")),
            Ok(found) if found.is_dir() => self.directory(shown, full),
            Ok(_) if self.is_formatted(&shown) => self.file(&shown, &full),
            Ok(_) => {
                self.fail("Only .tf, .tfvars, and .tftest.hcl files can be processed with terraform fmt".to_owned());
            }
        }
    }

    /// Formats what is in a directory, and in those below it when asked to.
    fn directory(&mut self, shown: String, full: PathBuf) {
        // What is still to be done, the next one last.
        let mut waiting = vec![(shown, full)];
        while let Some((shown, full)) = waiting.pop() {
            match std::fs::metadata(&full) {
                Ok(found) if found.is_dir() => match names_in(&full) {
                    Ok(names) => {
                        let entries = names.into_iter().rev().filter(|name| !is_ignored(name));
                        waiting.extend(entries.filter_map(|name| self.entry(&shown, &full, &name)));
                    }
                    Err(_) => self.fail(format!("Cannot read directory {shown}")),
                },
                _ => self.file(&shown, &full),
            }
        }
    }

    /// What is to be done about an entry of a directory.
    fn entry(&self, directory: &str, full: &Path, name: &str) -> Option<(String, PathBuf)> {
        let full = full.join(name);
        let is_directory = std::fs::symlink_metadata(&full).is_ok_and(|found| found.is_dir());
        let wanted = if is_directory { self.recursive } else { self.is_formatted(name) };
        wanted.then(|| (fw_config::clean_path(&format!("{directory}/{name}")), full))
    }

    fn file(&mut self, shown: &str, full: &Path) {
        match std::fs::read(full) {
            Ok(bytes) => self.text(shown, &bytes, Some(full)),
            Err(_) => self.fail(format!("Failed to read {shown}")),
        }
    }

    fn text(&mut self, name: &str, bytes: &[u8], file: Option<&Path>) {
        let text = String::from_utf8_lossy(bytes);
        let id = self.session.sources.add(name, &*text);
        let formatted = match fw_syntax::fmt::format_named(id, name, &text) {
            Ok(formatted) => formatted,
            Err(problems) => return self.problems.append(problems),
        };
        if formatted.as_bytes() != bytes {
            if self.list {
                self.line(name);
            }
            if let (true, Some(file)) = (self.write, file)
                && std::fs::write(file, &formatted).is_err()
            {
                return self.fail(format!("Failed to write {name}"));
            }
            if self.diff {
                self.line(&difference(name, &text, &formatted));
            }
        }
        if !self.list && !self.write && !self.diff {
            self.line(&formatted);
        }
    }

    fn line(&mut self, text: &str) {
        self.output.push_str(text.strip_suffix('\n').unwrap_or(text));
        self.output.push('\n');
    }
}

fn names_in(directory: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        names.extend(entry?.file_name().into_string().ok());
    }
    names.sort();
    Ok(names)
}

/// Files that editors leave behind, and hidden ones.
fn is_ignored(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || name.starts_with('#') && name.ends_with('#')
}

fn difference(name: &str, old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    diff.unified_diff().context_radius(3).header(&format!("old/{name}"), &format!("new/{name}")).to_string()
}
