//! All test files, one after the other.

use std::path::PathBuf;

use fw_config::Config;
use fw_diag::SourceMap;
use fw_ops::variables::VariableArgument;
use fw_ops::{Runtime, Supply, Surroundings};

use crate::file::FileRun;
use crate::{FileOutcome, Status, Stop, SuiteOutcome, View};

/// What tests are run with.
pub struct Suite<'a> {
    /// The configuration, with its tests.
    pub config: &'a Config,
    /// The outside.
    pub surroundings: &'a Surroundings,
    /// The files, for messages.
    pub sources: &'a SourceMap,
    /// `terraform.workspace`
    pub workspace: &'a str,
    /// The providers.
    pub supply: &'a Supply,
    /// The threads they live on.
    pub runtime: &'a Runtime,
    /// The files to run; empty for all.
    pub filters: &'a [String],
    /// Values of variables from the command line.
    pub variables: &'a [VariableArgument],
    /// The directory for tests.
    pub directory: &'a str,
    /// Says when to stop.
    pub stop: &'a Stop,
    /// Is told what happens.
    pub view: &'a dyn View,
    /// Where the state is written of objects that could not be destroyed.
    pub errored_state: PathBuf,
    /// Whether plans and states are kept to be shown.
    pub verbose: bool,
}

/// Runs the tests.
#[must_use]
pub fn run(suite: &Suite<'_>) -> SuiteOutcome {
    let wanted = |path: &str| suite.filters.is_empty() || suite.filters.iter().any(|filter| filter == path);
    let files: Vec<_> = suite.config.tests.files.values().filter(|file| wanted(&file.path)).collect();
    let mut outcome = SuiteOutcome { files: files.iter().map(|file| FileOutcome::new(file)).collect() };
    suite.view.found(&outcome);
    for (file, result) in files.into_iter().zip(&mut outcome.files) {
        if suite.stop.is_at_once() {
            result.status = Status::Pending;
            continue;
        }
        FileRun::new(suite, file).run(result);
    }
    suite.view.concluded(&outcome);
    outcome
}
