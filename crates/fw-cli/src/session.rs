//! What every command is given: streams, settings of the environment, the files it has read.

use std::cell::{OnceCell, RefCell};
use std::path::PathBuf;

use fw_config::Module;
use fw_diag::{Diagnostic, Diagnostics, SourceMap, render};
use fw_encryption::Encryption;
use fw_install::CliConfig;
use fw_ops::{Surroundings, Timings};

use crate::flags::FlagError;
use crate::interrupts::Interrupts;
use crate::logs::Logs;
use crate::{Process, Streams};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0.
    Success,
    /// 1.
    Failure,
    /// 2: a plan with changes where `-detailed-exitcode` asks for it, a file not in form.
    Changes,
    /// 1, after the command's help has been shown.
    ShowHelp,
    /// A code of the command's own.
    Code(u8),
}

impl Exit {
    /// Failure if there are errors.
    pub(crate) fn of(diagnostics: &Diagnostics) -> Self {
        if diagnostics.has_errors() { Self::Failure } else { Self::Success }
    }
}

/// One command being run.
pub(crate) struct Session {
    /// The program's name as it was called.
    pub(crate) program: String,
    /// Where it reads and writes.
    pub(crate) streams: Streams,
    /// Whether to write in colour: always, unless `-no-color` was given.
    pub(crate) color: bool,
    /// Whether warnings are shown in their short form.
    pub(crate) compact_warnings: bool,
    /// Whether hints on what to run next are left out.
    pub(crate) in_automation: bool,
    /// The environment and the working directory.
    pub(crate) surroundings: Surroundings,
    /// The files read so far, for messages.
    pub(crate) sources: SourceMap,
    /// The settings of the user.
    pub(crate) cli_config: CliConfig,
    /// Requests to end.
    pub(crate) interrupts: Interrupts,
    /// Where providers' log lines go.
    pub(crate) logs: Logs,
    /// Kinds of backends that are not those of `fw-backend`.
    pub(crate) backends: Vec<&'static dyn fw_backend::Kind>,
    /// Measures where the time goes, if somebody asked for it.
    pub(crate) timings: Option<Timings>,
    /// The root module, if it was read to find the backend.
    pub(crate) root: RefCell<Option<(Module, Diagnostics)>>,
    /// How states and plans are encrypted, once it is known, with warnings that were not told yet.
    pub(crate) encryption: OnceCell<(Encryption, RefCell<Diagnostics>)>,
}

impl Session {
    /// A session for what the process was started with, in this directory.
    pub(crate) fn new(process: &Process, root: PathBuf, streams: Streams, cli_config: CliConfig, logs: Logs) -> Self {
        Self {
            program: process.program.clone(),
            streams,
            color: true,
            compact_warnings: false,
            in_automation: process.variable("TF_IN_AUTOMATION").is_some(),
            surroundings: Surroundings {
                variables: process.variables.clone(),
                root,
                started_in: process.directory.clone(),
                home: process.home.clone(),
                level: process.level(),
                arguments: Vec::new(),
            },
            sources: SourceMap::new(),
            cli_config,
            interrupts: Interrupts::default(),
            logs,
            backends: Vec::new(),
            timings: None,
            root: RefCell::default(),
            encryption: OnceCell::new(),
        }
    }

    /// Writes to standard output.
    pub(crate) fn out(&self, text: &str) {
        self.streams.out(text);
    }

    /// Writes to standard error.
    pub(crate) fn err(&self, text: &str) {
        self.streams.err(text);
    }

    /// Text with codes for colours, or without where no colours are wanted.
    pub(crate) fn colored(&self, codes: &str, text: &str) -> String {
        if self.color { format!("{codes}{text}\x1b[0m") } else { text.to_owned() }
    }

    /// Shows diagnostics: errors on standard error, warnings on standard output.
    pub(crate) fn report(&self, diagnostics: &Diagnostics) {
        if diagnostics.is_empty() {
            return;
        }
        let diagnostics = &render::in_reading_order(diagnostics, &self.sources);
        if self.compact_warnings && !diagnostics.has_errors() {
            let options = render::Options { width: self.error_width(), color: self.color };
            let warnings = render::warnings_compact(diagnostics.iter(), &self.sources, options);
            let product = fw_views::human::TOOL;
            self.out(&format!(
                "\n{warnings}\nTo see the full warning notes, run {product} without -compact-warnings.\n"
            ));
            return;
        }
        for diagnostic in render::consolidate_warnings(diagnostics).iter() {
            self.report_one(diagnostic);
        }
    }

    fn report_one(&self, diagnostic: &Diagnostic) {
        if diagnostic.is_error() {
            let options = render::Options { width: self.error_width(), color: self.color };
            self.err(&render::text(diagnostic, &self.sources, options));
        } else {
            let options = render::Options { width: self.output_width(), color: self.color };
            self.out(&render::text(diagnostic, &self.sources, options));
        }
    }

    /// Shows diagnostics and gives the exit that goes with them.
    pub(crate) fn finish(&self, diagnostics: &Diagnostics) -> Exit {
        self.report(diagnostics);
        Exit::of(diagnostics)
    }

    /// Shows what is wrong with the arguments of a command, and where to read more.
    pub(crate) fn usage_error(&self, command: &str, diagnostics: &Diagnostics) -> Exit {
        self.report(diagnostics);
        self.err(&format!("\nFor more help on using this command, run:\n  {} {command} -help\n", self.program));
        Exit::Failure
    }

    /// Columns of the terminal that errors go to; `None` when it is none.
    pub(crate) fn error_width(&self) -> Option<usize> {
        self.streams.error_is_terminal.then(|| columns(std::io::stderr())).flatten()
    }

    /// Columns of the terminal that output goes to; `None` when it is none.
    pub(crate) fn output_width(&self) -> Option<usize> {
        self.streams.output_is_terminal.then(|| columns(std::io::stdout())).flatten()
    }

    /// Whether the user may be asked: `TF_INPUT` does not say no.
    pub(crate) fn may_ask(&self) -> bool {
        !matches!(self.surroundings.variable("TF_INPUT"), Some("0" | "f" | "F" | "false" | "FALSE" | "False"))
    }
}

impl From<FlagError> for Diagnostics {
    fn from(error: FlagError) -> Self {
        Diagnostic::error("Failed to parse command-line flags", error.0).into()
    }
}

fn columns(terminal: impl std::os::fd::AsFd) -> Option<usize> {
    rustix::termios::tcgetwinsize(terminal).ok().map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0)
}
