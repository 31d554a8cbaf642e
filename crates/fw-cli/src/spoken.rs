//! How commands that are older than terraform's views speak: lines in red on standard error, diagnostics followed by an
//! empty line, the usage in front of or behind a complaint. Scripts compare these bytes.

use fw_addr::{AbsResourceInstance, Target};
use fw_diag::{Diagnostic, Diagnostics, Span, render};

use crate::flags::{Arguments, Flag};
use crate::session::{Exit, Session};

/// Where the usage of a command goes when its flags cannot be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Usage {
    /// Nowhere.
    None,
    /// On standard output, after the complaint.
    After,
    /// On standard error, before the complaint.
    Before,
}

impl Session {
    /// Lines on standard error, in red.
    pub(crate) fn error_line(&self, text: &str) {
        self.err(&if self.color { format!("\x1b[31m{text}\x1b[0m\x1b[0m\n") } else { format!("{text}\n") });
    }

    /// Lines on standard error, in red, and the failure.
    pub(crate) fn fail_line(&self, text: &str) -> Exit {
        self.error_line(text);
        Exit::Failure
    }

    /// Lines on standard output with codes for a colour around them.
    pub(crate) fn output_line(&self, code: &str, text: &str) {
        let codes = if self.color { (format!("\x1b[0m{code}"), "\x1b[0m") } else { (String::new(), "") };
        self.out(&format!("{}{text}{}\n", codes.0, codes.1));
    }

    /// Shows diagnostics, each followed by an empty line.
    pub(crate) fn report_apart(&self, diagnostics: &Diagnostics) {
        let diagnostics = render::in_reading_order(diagnostics, &self.sources);
        let diagnostics = render::consolidate_warnings(&diagnostics);
        for diagnostic in diagnostics.iter() {
            let width = if diagnostic.is_error() { self.error_width() } else { self.output_width() };
            let text = render::text(diagnostic, &self.sources, render::Options { width, color: self.color });
            if diagnostic.is_error() {
                self.error_line(&text);
            } else {
                self.warning_lines(&text);
            }
        }
    }

    /// Lines on standard output, in yellow.
    pub(crate) fn warning_lines(&self, text: &str) {
        self.out(&if self.color { format!("\x1b[33m{text}\x1b[0m\x1b[0m\n") } else { format!("{text}\n") });
    }

    /// Shows diagnostics, each followed by an empty line, and gives the exit that goes with them.
    pub(crate) fn finish_apart(&self, diagnostics: impl Into<Diagnostics>) -> Exit {
        let diagnostics = diagnostics.into();
        self.report_apart(&diagnostics);
        Exit::of(&diagnostics)
    }

    /// Parses the arguments of a command; complains as the older commands do.
    pub(crate) fn parse_flags(
        &self,
        command: &str,
        known: &[Flag],
        arguments: &[String],
        usage: Usage,
    ) -> Result<Arguments, Exit> {
        let (parsed, error) = Arguments::parse(known, arguments);
        let Some(error) = error else { return Ok(parsed) };
        if usage == Usage::Before {
            self.error_line(&crate::dispatch::help_text(command, &self.program));
        }
        self.error_line(&format!("Error parsing command-line flags: {}\n", error.0));
        Err(if usage == Usage::After { Exit::ShowHelp } else { Exit::Failure })
    }

    /// What a command says when it got no or too many arguments: the complaint and its usage, all on standard error.
    pub(crate) fn wrong_count(&self, command: &str, complaint: &str) -> Exit {
        self.error_line(complaint);
        self.fail_line(&crate::dispatch::help_text(command, &self.program))
    }

    /// An address from an argument.
    pub(crate) fn target(&self, text: &str) -> Result<Target, Diagnostic> {
        text.parse().map_err(|error| self.address_problem(text, &error))
    }

    /// The address of a resource instance from an argument.
    pub(crate) fn instance_address(&self, text: &str) -> Result<AbsResourceInstance, Diagnostic> {
        text.parse().map_err(|error| self.address_problem(text, &error))
    }

    fn address_problem(&self, text: &str, error: &fw_addr::ParseError) -> Diagnostic {
        let file = self.sources.add_hidden("", text);
        let at = u32::try_from(error.offset).unwrap_or_default();
        Diagnostic::error(&*error.summary, &*error.message).at(Span::new(file, at, at))
    }
}
