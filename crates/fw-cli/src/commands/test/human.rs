//! Tests as text for people.

use std::collections::BTreeMap;
use std::fmt::Write;

use fw_diag::Diagnostics;
use fw_diag::render::{WIDTH_OFF_TERMINAL, wrap};
use fw_state::State;
use fw_test::{FileOutcome, LeftBehind, Progress, RunOutcome, Shown, Status, SuiteOutcome, View};
use fw_views::human::{self, Schemas};
use fw_views::json::TestCounts;

use crate::session::Session;

/// Writes what happens.
pub(super) struct Human<'s> {
    pub(super) session: &'s Session,
    /// The schemas of all providers.
    pub(super) schemas: &'s dyn Fn() -> Schemas,
}

impl Human<'_> {
    fn status(&self, status: Status) -> String {
        let code = match status {
            Status::Pass => "\x1b[32m",
            Status::Fail | Status::Error => "\x1b[31m",
            Status::Pending | Status::Skip => "\x1b[37m",
        };
        self.colored(code, status.word())
    }

    fn colored(&self, code: &str, text: &str) -> String {
        if self.session.color { format!("{code}{text}\x1b[0m\x1b[0m") } else { text.to_owned() }
    }

    /// A line of its own that says how far something is.
    fn going_on(&self, file: &str, text: &str) {
        let (begin, end) = (self.session.codes("\x1b[37m"), self.session.codes("\x1b[0m"));
        self.session.out(&format!("{file}... {begin}{text}{end}\n{end}"));
    }

    /// Prose on standard error, wrapped.
    fn prose(&self, text: &str) {
        let width = self.session.error_width().unwrap_or(WIDTH_OFF_TERMINAL);
        self.session.err(&wrap(text, width));
    }

    fn show(&self, shown: &Shown) {
        let (schemas, style) = ((self.schemas)(), self.session.style());
        let text = match shown {
            Shown::Plan(plan) => human::plan(plan, &schemas, &style),
            Shown::State(state) => human::state_of_test(state, &schemas, &style),
        };
        self.session.out(&format!("{text}\n"));
    }

    /// Diagnostics, with a blank line after warnings.
    fn report(&self, told: &Diagnostics) {
        self.session.report(told);
        if told.iter().any(|one| !one.is_error()) {
            self.session.out("\n");
        }
    }

    fn list(&self, state: &State) {
        let mut lines = String::new();
        for (address, _, instance) in state.instances() {
            if instance.current.is_some() {
                writeln!(lines, "  - {address}").expect("strings take all");
            }
            for key in instance.deposed.keys() {
                writeln!(lines, "  - {address} ({})", key.as_str()).expect("strings take all");
            }
        }
        self.session.err(&lines);
    }
}

impl View for Human<'_> {
    fn found(&self, _suite: &SuiteOutcome) {}

    fn file(&self, file: &FileOutcome, progress: Progress) {
        match progress {
            Progress::Starting => self.going_on(&file.path, "in progress"),
            Progress::TearDown => self.going_on(&file.path, "tearing down"),
            Progress::Complete => {
                self.session.out(&format!("{}... {}\n", file.path, self.status(file.status)));
                self.session.report(&file.diagnostics);
            }
        }
    }

    fn run(&self, _file: &FileOutcome, run: &RunOutcome, progress: Progress) {
        if progress != Progress::Complete {
            return;
        }
        self.session.out(&format!("  run {}... {}\n", fw_value::go_quoted(&run.name), self.status(run.status)));
        if let Some(shown) = &run.shown {
            self.show(shown);
        }
        self.report(&run.diagnostics);
    }

    fn left_behind(&self, file: &FileOutcome, run: &RunOutcome, left: LeftBehind<'_>) {
        let identifier = format!("{}/{}", file.path, run.name);
        if left.diagnostics.has_errors() {
            self.prose(&format!(
                "Terraform encountered an error destroying resources created while executing {identifier}.\n"
            ));
        }
        self.session.report(left.diagnostics);
        if left.state.has_managed_objects() {
            self.prose(&format!(
                "\nTerraform left the following resources in state after executing {identifier}, and they need to be cleaned up \
                 manually:\n"
            ));
            self.list(left.state);
        }
    }

    fn abandoned(&self, file: &FileOutcome, _run: Option<&RunOutcome>, states: &[(Option<String>, &State)]) {
        self.prose(&format!(
            "\nTerraform was interrupted while executing {}, and may not have performed the expected cleanup operations.\n",
            file.path
        ));
        let by_name: BTreeMap<_, _> = states.iter().filter(|(_, state)| !state.is_empty()).cloned().collect();
        for (name, state) in by_name {
            let whence = name.map_or_else(|| "the module under test".to_owned(), |name| fw_value::go_quoted(&name));
            self.prose(&format!("\nTerraform has already created the following resources from {whence}:\n"));
            self.list(state);
        }
    }

    fn concluded(&self, suite: &SuiteOutcome) {
        let verdict = if suite.status() <= Status::Pass {
            self.colored("\x1b[32m", "Success!")
        } else {
            self.colored("\x1b[31m", "Failure!")
        };
        self.session.out(&format!("\n{verdict}{}\n", counts(suite).text()));
    }
}

/// How the runs have ended.
pub(super) fn counts(suite: &SuiteOutcome) -> TestCounts {
    TestCounts {
        passed: suite.count(Status::Pass),
        failed: suite.count(Status::Fail),
        errored: suite.count(Status::Error),
        skipped: suite.count(Status::Skip),
    }
}
