//! What came of tests.

use std::time::Duration;

use fw_config::testing::{Command, Run, TestFile};
use fw_diag::Diagnostics;
use fw_exec::Plan;
use fw_state::State;

/// How a run, a file or all tests have ended. The order is that of badness.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Not yet.
    #[default]
    Pending,
    /// Not at all, because of an error before or a request to stop.
    Skip,
    /// As it should.
    Pass,
    /// An assertion does not hold.
    Fail,
    /// Something else went wrong.
    Error,
}

impl Status {
    /// As programs are told of it.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Skip => "skip",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }

    /// As people are told of it.
    #[must_use]
    pub fn word(self) -> &'static str {
        if self == Self::Error { "fail" } else { self.text() }
    }
}

/// What came of all tests.
#[derive(Debug, Default)]
pub struct SuiteOutcome {
    /// The files in order.
    pub files: Vec<FileOutcome>,
}

impl SuiteOutcome {
    /// The worst of it.
    #[must_use]
    pub fn status(&self) -> Status {
        self.files.iter().map(|file| file.status).max().unwrap_or(Status::Pass)
    }

    /// How many runs have ended so.
    #[must_use]
    pub fn count(&self, status: Status) -> usize {
        self.files.iter().flat_map(|file| &file.runs).filter(|run| run.status == status).count()
    }
}

/// What came of one file.
#[derive(Debug)]
pub struct FileOutcome {
    /// Its path.
    pub path: String,
    /// How it ended.
    pub status: Status,
    /// Its runs in order.
    pub runs: Vec<RunOutcome>,
    /// What is wrong with the file itself.
    pub diagnostics: Diagnostics,
}

impl FileOutcome {
    pub(crate) fn new(file: &TestFile) -> Self {
        let runs = file.runs.iter().map(RunOutcome::new).collect();
        Self { path: file.path.clone(), status: Status::Pass, runs, diagnostics: Diagnostics::new() }
    }
}

/// What came of one run.
#[derive(Debug)]
pub struct RunOutcome {
    /// Its name.
    pub name: String,
    /// What it does.
    pub command: Command,
    /// How many assertions it has.
    pub asserts: usize,
    /// How it ended.
    pub status: Status,
    /// What was told.
    pub diagnostics: Diagnostics,
    /// What there is to show of it.
    pub shown: Option<Shown>,
    /// When it began: seconds and nanoseconds since the Unix epoch.
    pub started: Option<(i64, u32)>,
    /// How long it took.
    pub elapsed: Duration,
}

impl RunOutcome {
    fn new(run: &Run) -> Self {
        Self {
            name: run.name.to_string(),
            command: run.command,
            asserts: run.asserts.len(),
            status: Status::Pending,
            diagnostics: Diagnostics::new(),
            shown: None,
            started: None,
            elapsed: Duration::ZERO,
        }
    }
}

/// What a run has led to.
#[derive(Debug)]
pub enum Shown {
    /// A plan.
    Plan(Box<Plan>),
    /// A state.
    State(State),
}
