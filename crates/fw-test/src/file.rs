//! One test file: its runs in order, on the states that they keep, and in the end nothing that they made is left.

use std::collections::BTreeMap;
use std::time::Instant;

use fw_addr::Name;
use fw_config::testing::{Override, Run, TestFile};
use fw_config::{Config, MovedEndpoint};
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::GivenVariable;
use fw_ops::variables::gather_for_tests;
use fw_state::State;

use crate::answers::Ended;
use crate::configured::Configured;
use crate::{FileOutcome, Progress, Status, Suite};

/// A file while it is run.
pub(crate) struct FileRun<'a> {
    pub(crate) suite: &'a Suite<'a>,
    pub(crate) file: &'a TestFile,
    /// States by key.
    pub(crate) states: BTreeMap<String, Kept>,
    /// Outputs of the runs that have ended.
    pub(crate) ended: BTreeMap<Name, Ended>,
}

/// A state that runs work on.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) state: State,
    /// The last run that applied something to it, and with what.
    pub(crate) last: Option<LastRun>,
}

/// What a run worked with.
pub(crate) struct LastRun {
    pub(crate) index: usize,
    pub(crate) configured: Configured,
    pub(crate) given: BTreeMap<Name, GivenVariable>,
}

impl<'a> FileRun<'a> {
    pub(crate) fn new(suite: &'a Suite<'a>, file: &'a TestFile) -> Self {
        Self { suite, file, states: BTreeMap::new(), ended: BTreeMap::new() }
    }

    /// Runs it.
    pub(crate) fn run(mut self, outcome: &mut FileOutcome) {
        let (suite, file) = (self.suite, self.file);
        suite.view.file(outcome, Progress::Starting);
        for (index, run) in file.runs.iter().enumerate() {
            if suite.stop.is_requested() || outcome.status == Status::Error {
                outcome.runs[index].status = Status::Skip;
                suite.view.run(outcome, &outcome.runs[index], Progress::Complete);
                continue;
            }
            outcome.runs[index].started = Some(fw_ops::now());
            suite.view.run(outcome, &outcome.runs[index], Progress::Starting);
            let began = Instant::now();
            self.execute(index, run, &mut outcome.runs[index]);
            outcome.runs[index].elapsed = began.elapsed();
            outcome.status = outcome.status.max(outcome.runs[index].status);
            if suite.stop.is_at_once() {
                return self.abandon(index, outcome);
            }
            suite.view.run(outcome, &outcome.runs[index], Progress::Complete);
        }
        suite.view.file(outcome, Progress::TearDown);
        self.tear_down(outcome);
        outcome.diagnostics.append(self.unknown_targets());
        suite.view.file(outcome, Progress::Complete);
    }

    /// Ends at once; whatever was made stays.
    fn abandon(&self, index: usize, outcome: &mut FileOutcome) {
        let states: Vec<_> = self.states.iter().map(|(key, kept)| (module_of(key), &kept.state)).collect();
        self.suite.view.abandoned(outcome, Some(&outcome.runs[index]), &states);
        let detail = "The test operation could not be completed due to an interrupt signal. Please read the remaining \
                      diagnostics carefully for any sign of failed state cleanup or dangling resources.";
        let run = &mut outcome.runs[index];
        let told = std::mem::replace(&mut run.diagnostics, Diagnostic::error("Test interrupted", detail).into());
        run.diagnostics.append(told);
        run.status = Status::Error;
        outcome.status = Status::Error;
        self.suite.view.run(outcome, &outcome.runs[index], Progress::Complete);
        self.suite.view.file(outcome, Progress::TearDown);
        self.suite.view.file(outcome, Progress::Complete);
        self.save(self.states.values().map(|kept| kept.state.clone()).collect());
    }

    /// Says which overrides of the file are of what none of its runs has.
    fn unknown_targets(&self) -> Diagnostics {
        let configs: Vec<&Config> = self.file.runs.iter().map(|run| self.base(run)).collect();
        let exists = |config: &&Config, target: &MovedEndpoint| match target {
            MovedEndpoint::Module(module) => config.module(&module.path()).is_some(),
            MovedEndpoint::Resource(module, resource, _) => {
                config.module(&module.path()).is_some_and(|module| module.resources.contains_key(resource))
            }
        };
        let unknown =
            self.file.overrides.iter().filter(|one| !configs.iter().any(|config| exists(config, &one.target)));
        let warning = |one: &Override| {
            let detail = format!(
                "The override target {} does not exist within the configuration under test. This could indicate a typo in the \
                 target address or an unnecessary override.",
                one.target_name()
            );
            Diagnostic::warning("Invalid override target", detail).at(one.target_span)
        };
        unknown.map(warning).collect()
    }

    /// The configuration that a run executes.
    pub(crate) fn base(&self, run: &Run) -> &'a Config {
        let own = run.module.as_ref().and_then(|_| self.suite.config.tests.modules.get(&self.file.module_path(run)));
        own.unwrap_or(self.suite.config)
    }

    /// Which state a run works on.
    pub(crate) fn key(run: &Run) -> String {
        match (&run.state_key, &run.module) {
            (Some(key), _) => format!("key:{key}"),
            (None, Some(call)) => format!("module:{}", call.address),
            (None, None) => String::new(),
        }
    }

    /// Values of variables from outside, for the module that a run executes.
    pub(crate) fn global(&self, config: &Config) -> BTreeMap<Name, GivenVariable> {
        let suite = self.suite;
        let in_tests = self.file.path.contains('/').then_some(suite.directory);
        let constants = fw_lang::constants();
        let (given, _): (_, Diagnostics) =
            gather_for_tests(config.root(), suite.surroundings, (suite.variables, in_tests), constants, suite.sources);
        given
    }
}

/// The module that a state is of, where it is not the configuration.
fn module_of(key: &str) -> Option<String> {
    key.strip_prefix("module:").or_else(|| key.strip_prefix("key:")).map(ToOwned::to_owned)
}
