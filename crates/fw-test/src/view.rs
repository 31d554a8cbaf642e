//! Whom tests tell what happens.

use fw_diag::Diagnostics;
use fw_state::State;

use crate::{FileOutcome, RunOutcome, SuiteOutcome};

/// How far something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It begins.
    Starting,
    /// What it made is destroyed.
    TearDown,
    /// It has ended.
    Complete,
}

/// Objects that are still there.
#[derive(Clone, Copy, Debug)]
pub struct LeftBehind<'a> {
    /// What was told while they should have been destroyed.
    pub diagnostics: &'a Diagnostics,
    /// The state that they are in.
    pub state: &'a State,
}

/// Is told what happens.
pub trait View {
    /// These files are going to be run.
    fn found(&self, suite: &SuiteOutcome);
    /// Something happens to a file.
    fn file(&self, file: &FileOutcome, progress: Progress);
    /// Something happens to a run.
    fn run(&self, file: &FileOutcome, run: &RunOutcome, progress: Progress);
    /// What a run has made could not be destroyed, or something was told about that.
    fn left_behind(&self, file: &FileOutcome, run: &RunOutcome, left: LeftBehind<'_>);
    /// A file was left without taking everything down, since somebody wanted to end at once.
    fn abandoned(&self, file: &FileOutcome, run: Option<&RunOutcome>, states: &[(Option<String>, &State)]);
    /// All is done.
    fn concluded(&self, suite: &SuiteOutcome);
}
