//! What shells ask for while a command is typed, and the line in their settings that makes them ask.
//!
//! The shell calls the program with the line so far in `COMP_LINE` and takes each line of the answer for a word that may
//! stand at its end.

mod install;

use fw_install::CliConfig;

use crate::commands::COMMANDS;
use crate::dispatch::find;
use crate::logs::Logs;
use crate::session::Session;
use crate::{Process, Streams, help};

pub(crate) use install::set_up;

/// Options that stand before the command.
const GLOBAL: [&str; 5] = ["-chdir", "-help", "-version", install::INSTALL, install::UNINSTALL];

/// Answers a shell.
pub(crate) fn answer(process: &Process, streams: &Streams, line: &str) {
    let point = process.variable("COMP_POINT").and_then(|point| point.parse::<usize>().ok());
    let line = point.and_then(|point| line.get(..point)).unwrap_or(line);
    let mut words: Vec<String> = line.split_whitespace().skip(1).map(str::to_owned).collect();
    let last = if line.ends_with(char::is_whitespace) { String::new() } else { words.pop().unwrap_or_default() };
    let words = Words { process, streams, before: words };
    let mut found = words.candidates(&last);
    // Shells take what follows the equals sign for a word of its own.
    let begun = last.split_once('=').map_or(last.as_str(), |(_, value)| value);
    found.retain(|candidate| candidate.starts_with(begun));
    found.iter().for_each(|candidate| streams.out(&format!("{candidate}\n")));
}

struct Words<'a> {
    process: &'a Process,
    streams: &'a Streams,
    /// The whole words of the line, without the program.
    before: Vec<String>,
}

impl Words<'_> {
    fn candidates(&self, last: &str) -> Vec<String> {
        let options = self.before.iter().take_while(|word| word.starts_with('-')).count();
        let rest = self.before.get(options..).unwrap_or_default();
        let Some((command, _)) = find(rest) else {
            let words = if last.starts_with('-') { GLOBAL.map(str::to_owned).to_vec() } else { below("") };
            return words;
        };
        if let Some((flag, _)) = last.split_once('=') {
            return values(command.path, flag);
        }
        if last.starts_with('-') {
            return flags(command.path);
        }
        let mut found = below(&format!("{} ", command.path));
        if matches!(command.path, "workspace select" | "workspace delete" | "env select" | "env delete") {
            found.extend(self.workspaces());
        }
        found
    }

    /// The workspaces of the directory; none where it cannot be said.
    fn workspaces(&self) -> Vec<String> {
        let to = self.before.iter().find_map(|word| word.strip_prefix("-chdir="));
        let root = to.map_or_else(|| self.process.directory.clone(), |to| self.process.directory.join(to));
        let logs = Logs::silent(self.streams);
        let session = Session::new(self.process, root, self.streams.clone(), CliConfig::default(), logs);
        let backend = session.backend().ok();
        // Nobody is asked over a network while somebody types.
        backend.and_then(|backend| backend.files()?.list().ok()).unwrap_or_default()
    }
}

/// The next words of the commands that begin so.
fn below(prefix: &str) -> Vec<String> {
    let names = COMMANDS.iter().filter_map(|command| command.path.strip_prefix(prefix));
    names.filter(|name| !name.is_empty() && !name.contains(' ')).map(str::to_owned).collect()
}

/// The options of a command, read from its help.
fn flags(path: &str) -> Vec<String> {
    help_flags(path).map(|(flag, _)| flag.to_owned()).collect()
}

/// The values of an option: of a switch that is on unless it is turned off.
fn values(path: &str, flag: &str) -> Vec<String> {
    let is_switch =
        |(name, rest): (&str, &str)| name == flag && (rest.starts_with("=false") || rest.starts_with("=true"));
    if help_flags(path).any(is_switch) { vec!["true".to_owned(), "false".to_owned()] } else { Vec::new() }
}

/// The options in the help of a command, each with what follows it.
fn help_flags(path: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    help::of(path).map_or("", |help| help.text).lines().filter_map(|line| {
        let line = line.trim_start();
        let end = line.find(|c: char| c != '-' && !c.is_ascii_alphanumeric()).unwrap_or(line.len());
        let (flag, rest) = line.split_at(end);
        (flag.len() > 1 && flag.starts_with('-')).then_some((flag, rest))
    })
}
