//! From the process's arguments to the command they name.

use std::path::PathBuf;

use fw_diag::{Diagnostics, SourceMap, render, system_error};
use fw_install::{CliConfig, Environment};
use fw_ops::Timings;
use fw_ops::variables::VariableArgument;
use fw_value::go_quoted;

use crate::arguments::split_words;
use crate::commands::{COMMANDS, Command};
use crate::completion;
use crate::logs::Logs;
use crate::session::{Exit, Session};
use crate::suggestion::suggest;
use crate::timings;
use crate::{Additions, Process, Streams, extension, help};

/// Runs the command that the arguments name; the exit code.
#[must_use]
pub fn main(process: &Process, streams: Streams) -> u8 {
    main_with(process, streams, &Additions::default())
}

/// The same with commands of others beside ours.
#[must_use]
pub fn main_with(process: &Process, streams: Streams, additions: &Additions) -> u8 {
    let extensions = additions.commands.as_slice();
    if let Some(code) = extension::run(process, &streams, extensions) {
        return code;
    }
    if let Some(line) = process.variable("COMP_LINE") {
        completion::answer(process, &streams, line);
        return 0;
    }
    let logs = Logs::start(process, &streams);
    log::info!("Formwork version: {} (as terraform {})", env!("CARGO_PKG_VERSION"), fw_state::COMPATIBLE_VERSION);
    log::info!("CLI args: {}", go_slice(std::iter::once(&process.program).chain(&process.arguments)));
    let (cli_config, problems) = CliConfig::load(&Environment {
        variables: process.variables.clone(),
        home: process.home.clone(),
        working_directory: process.directory.clone(),
    });
    report_cli_config(&problems, &streams);
    if let Err(why) = fw_install::parse_reattach(process.variable("TF_REATTACH_PROVIDERS").unwrap_or_default()) {
        streams.err(&format!("{why}\n"));
        return 1;
    }
    if let Some(code) = completion::set_up(process, &streams) {
        return code;
    }
    let outcome = Line::of(process).and_then(|line| {
        let root = change_directory(process, line.directory.as_deref())?;
        Ok((line, root))
    });
    match outcome {
        Ok((line, root)) => {
            let mut session = Session::new(process, root, streams, cli_config, logs);
            session.backends.clone_from(&additions.backends);
            session.interrupts.watch();
            line.run(session, &extension::overview(process, extensions))
        }
        Err(why) => {
            streams.err(&format!("{why}\n"));
            1
        }
    }
}

/// As Go prints a list of strings.
fn go_slice<'a>(words: impl Iterator<Item = &'a String>) -> String {
    let quoted: Vec<String> = words.map(|word| go_quoted(word)).collect();
    format!("[]string{{{}}}", quoted.join(", "))
}

fn report_cli_config(problems: &Diagnostics, streams: &Streams) {
    if problems.is_empty() {
        return;
    }
    let sources = SourceMap::new();
    let options = render::Options { width: None, color: true };
    streams.err("There are some problems with the CLI configuration:\n");
    for problem in problems.iter() {
        // Without a detail there is one empty line here, where elsewhere there are two.
        let text = without_color(&render::text(problem, &sources, options)).replace("│\n│\n╵", "│\n╵");
        streams.err(&text);
    }
    streams.err("\n");
    if problems.has_errors() {
        streams.err("As a result of the above problems, Terraform may not behave as intended.\n\n\n");
    }
}

/// The text without the codes for colours.
fn without_color(text: &str) -> String {
    let mut pieces = text.split('\x1b');
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        plain.push_str(piece.split_once('m').map_or(piece, |(_, after)| after));
    }
    plain.split('\n').map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn change_directory(process: &Process, to: Option<&str>) -> Result<PathBuf, String> {
    let Some(to) = to else { return Ok(process.directory.clone()) };
    let directory = process.directory.join(to);
    let failed = |why: &str| format!("Error handling -chdir option: chdir {to}: {why}");
    match std::fs::metadata(&directory) {
        // Like terraform, we really go there: programs we start, and paths in messages, are seen from there.
        Ok(found) if found.is_dir() => std::fs::canonicalize(&directory)
            .and_then(|directory| std::env::set_current_dir(&directory).map(|()| directory))
            .map_err(|error| failed(&system_error(&error))),
        Ok(_) => Err(failed("not a directory")),
        Err(error) => Err(failed(&system_error(&error))),
    }
}

/// The arguments, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
struct Line {
    directory: Option<String>,
    help: bool,
    version: bool,
    /// Flags before the command that are no global options.
    misplaced: bool,
    /// The command and its arguments.
    words: Vec<String>,
}

impl Line {
    fn of(process: &Process) -> Result<Self, String> {
        let mut line = Self::default();
        let mut rest = process.arguments.iter();
        for argument in rest.by_ref() {
            if !argument.starts_with('-') {
                line.words.push(argument.clone());
                break;
            }
            line.global(argument)?;
        }
        line.words.extend(rest.cloned());
        if line.version && line.words.is_empty() {
            line.words.push("version".to_owned());
        }
        line.extend_from_environment(process)?;
        Ok(line)
    }

    fn global(&mut self, argument: &str) -> Result<(), String> {
        match argument {
            "-help" | "--help" | "-h" => self.help = true,
            "-version" | "--version" | "-v" => self.version = true,
            "-chdir" | "--chdir" => {
                return Err("Invalid -chdir option: must include an equals sign followed by a directory path, like \
                            -chdir=example"
                    .to_owned());
            }
            other => match other.strip_prefix("-chdir=").or_else(|| other.strip_prefix("--chdir=")) {
                Some(directory) => self.directory = Some(directory.to_owned()),
                None => self.misplaced = true,
            },
        }
        Ok(())
    }

    /// Puts in what `TF_CLI_ARGS` and `TF_CLI_ARGS_<command>` say, right after the command.
    fn extend_from_environment(&mut self, process: &Process) -> Result<(), String> {
        let Some((command, depth)) = find(&self.words) else { return Ok(()) };
        let own = format!("TF_CLI_ARGS_{}", command.path.replace(['-', ' '], "_"));
        for name in [own.as_str(), "TF_CLI_ARGS"] {
            let Some(text) = process.variable(name) else { continue };
            let words = split_words(text)
                .ok_or_else(|| format!("Error parsing extra CLI args from {name}: invalid command line string"))?;
            self.words.splice(depth..depth, words);
        }
        Ok(())
    }

    fn run(mut self, mut session: Session, extensions: &str) -> u8 {
        let Some((command, depth)) = find(&self.words) else { return self.without_command(&session, extensions) };
        let mut arguments = self.words.split_off(depth);
        // Before the command has looked at its flags: where the backend and modules are may depend on them.
        session.surroundings.arguments = variable_arguments(&arguments);
        let asks_help =
            arguments.iter().take_while(|a| *a != "--").any(|a| matches!(a.as_str(), "-h" | "-help" | "--help"));
        if self.help || asks_help {
            session.out(&format!("{}\n", help_of(command, &session.program)));
            return 0;
        }
        if self.misplaced {
            let advice = "Invalid flags before the subcommand. If these flags are for\nthe subcommand, please put them \
                          after the subcommand.";
            session.out(&format!("{advice}\n\n{}\n", help_of(command, &session.program)));
            return 1;
        }
        arguments.retain(|argument| match argument.as_str() {
            "-no-color" => {
                session.color = false;
                false
            }
            "-timings" | "--timings" => {
                session.timings = Some(Timings::begin());
                false
            }
            "-compact-warnings" => {
                session.compact_warnings = true;
                false
            }
            _ => true,
        });
        log::info!(
            "CLI command args: {}",
            go_slice(command.path.split(' ').map(str::to_owned).collect::<Vec<_>>().iter().chain(&arguments))
        );
        let exit = (command.run)(&session, &arguments);
        if let Some(report) = session.timings.as_ref().map(Timings::report) {
            if arguments.iter().any(|argument| argument == "-json") {
                session.out(&format!("{}\n", timings::line(&report)));
            } else {
                session.err(&timings::text(&report));
            }
        }
        match exit {
            Exit::Success => 0,
            Exit::Failure => 1,
            Exit::Changes => 2,
            Exit::Code(code) => code,
            Exit::ShowHelp => {
                session.out(&format!("{}\n", help_of(command, &session.program)));
                1
            }
        }
    }

    fn without_command(&self, session: &Session, extensions: &str) -> u8 {
        let Some(word) = self.words.first() else {
            session.out(&format!("{}\n", overview(&session.program, extensions)));
            return if self.help { 0 } else { 127 };
        };
        let names = COMMANDS.iter().map(|command| command.path).filter(|path| !path.contains(' '));
        let meant = suggest(word, names).map_or_else(String::new, |meant| format!(" Did you mean \"{meant}\"?"));
        session.err(&format!(
            "{} has no command named \"{word}\".{meant}\n\nTo see all of {0}'s top-level commands, run:\n  {} -help\n\n",
            product(&session.program),
            session.program
        ));
        1
    }
}

/// The product's name in sentences.
fn product(program: &str) -> &'static str {
    if program == "terraform" { "Terraform" } else { "Formwork" }
}

/// The command that the first words name, and how many words that takes.
pub(crate) fn find(words: &[String]) -> Option<(&'static Command, usize)> {
    (1..=words.len().min(3)).rev().find_map(|depth| {
        let path = words.get(..depth)?.join(" ");
        COMMANDS.iter().find(|command| command.path == path).map(|command| (command, depth))
    })
}

/// The values of variables among the arguments of a command.
fn variable_arguments(arguments: &[String]) -> Vec<VariableArgument> {
    let mut found = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let Some(flag) = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-')) else { continue };
        let (name, value) = flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value.to_owned())));
        let argument: fn(String) -> VariableArgument = match name {
            "var" => VariableArgument::Value,
            "var-file" => VariableArgument::File,
            _ => continue,
        };
        found.extend(value.or_else(|| rest.next().cloned()).map(argument));
    }
    found
}

/// The help of the command with this path, as the older commands print it within a complaint.
pub(crate) fn help_text(path: &str, program: &str) -> String {
    COMMANDS.iter().find(|command| command.path == path).map_or_else(String::new, |command| help_of(command, program))
}

/// The help of a command: its text, and the list of the commands below it.
fn help_of(command: &Command, program: &str) -> String {
    let text = match help::of(command.path) {
        Some(help) => {
            let usage = format!("{} {}", command.path, help.usage);
            format!("Usage: {program} [global options] {}\n\n{}", usage.trim_end(), help.text)
        }
        None => format!("Usage: {program} [global options] {} [options]\n\n  {}", command.path, command.synopsis),
    };
    let prefix = format!("{} ", command.path);
    let below: Vec<(&str, &str)> =
        COMMANDS.iter().filter_map(|c| Some((c.path.strip_prefix(&*prefix)?, c.synopsis))).collect();
    if below.is_empty() {
        return text;
    }
    let width = below.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let list: Vec<String> = below.iter().map(|(name, synopsis)| format!("    {name:width$}    {synopsis}")).collect();
    format!("{text}\n\nSubcommands:\n{}", list.join("\n"))
}

/// The list of all commands.
fn overview(program: &str, extensions: &str) -> String {
    let list = |main: bool| -> String {
        let shown = COMMANDS.iter().filter(|c| c.is_main == main && !c.is_hidden && !c.path.contains(' '));
        shown.map(|c| format!("  {:13} {}\n", c.path, c.synopsis)).collect()
    };
    format!(
        "Usage: {program} [global options] <subcommand> [args]\n\n\
         The available commands for execution are listed below.\n\
         The primary workflow commands are given first, followed by\n\
         less common or more advanced commands.\n\n\
         Main commands:\n{}\nAll other commands:\n{}\n{extensions}\
         Global options (use these before the subcommand, if any):\n  \
         -chdir=DIR    Switch to a different working directory before executing the\n                \
         given subcommand.\n  \
         -timings      (after the subcommand) Tell at the end how long providers took.\n  \
         -help         Show this help output, or the help for a specified subcommand.\n  \
         -version      An alias for the \"version\" subcommand.",
        list(true),
        list(false)
    )
}
