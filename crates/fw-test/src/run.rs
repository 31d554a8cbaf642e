//! One run: a plan, and an apply if it asks for one, with everything it says about them.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use fw_addr::{AbsProviderConfig, Name};
use fw_apply::End;
use fw_config::Config;
use fw_config::testing::{Command, During, Mock, Run};
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::GivenVariable;
use fw_exec::{Mode, Plan};
use fw_ops::{ApplyRequest, Engine, PlanRequest};
use fw_plan::{PlanOptions, PlanOutcome};
use fw_provider::Providers;
use fw_state::{Change, State};
use fw_value::{Type, Value};

use crate::answers::{Ended, Known};
use crate::asserts::{Seen, Watching};
use crate::configured::{self, Configured};
use crate::expected::{self, Expected};
use crate::file::{FileRun, Kept, LastRun};
use crate::outcome::{RunOutcome, Shown};
use crate::supply::Mocking;
use crate::{Status, variables};

/// Nothing is written anywhere: states of tests are nowhere but in memory.
struct Forgetful;

#[async_trait(?Send)]
impl fw_apply::Recorder for Forgetful {
    async fn record(&self, _change: &Change, _end: Option<&End<'_>>) -> Result<(), String> {
        Ok(())
    }
}

/// All that a run is planned and applied with.
pub(crate) struct Workbench<'w> {
    pub(crate) config: &'w Config,
    pub(crate) given: &'w BTreeMap<Name, GivenVariable>,
    pub(crate) providers: &'w dyn Providers,
}

impl FileRun<'_> {
    /// Executes a run.
    pub(crate) fn execute(&mut self, index: usize, run: &Run, outcome: &mut RunOutcome) {
        match self.prepare(run, &mut outcome.diagnostics) {
            Some((configured, given)) => self.work(index, run, configured, given, outcome),
            None => outcome.status = Status::Error,
        }
    }

    /// The configuration and the variables of a run; `None` when anything is wrong with them.
    fn prepare(&self, run: &Run, told: &mut Diagnostics) -> Option<(Configured, BTreeMap<Name, GivenVariable>)> {
        let base = self.base(run);
        told.append(expected::impossible(run));
        if told.has_errors() {
            return None;
        }
        told.append(fw_config::testing::check_references(base, self.file, run));
        if told.has_errors() {
            return None;
        }
        let mut configured = configured::configure(base, self.file, run, told);
        let of_file = self.file_variables(base, run, told);
        let mut given = of_file.clone();
        let values = values_of(&of_file);
        let known = Known { file: self.file, runs: &self.ended, variables: &values };
        let engine = self.engine(base, None);
        let wanted = variables::wanted(base, self.file, run);
        given.extend(variables::of_run(&engine, run, &known, &wanted, told));
        configured::answer_providers(&mut configured.config, &known, told);
        if told.has_errors() {
            return None;
        }
        told.append(variables::missing(base, run, &given));
        (!told.has_errors()).then_some((configured, given))
    }

    /// Values of the file's variables, and of those from outside.
    fn file_variables(&self, base: &Config, run: &Run, told: &mut Diagnostics) -> BTreeMap<Name, GivenVariable> {
        let wanted = variables::wanted(base, self.file, run);
        let engine = self.engine(base, None);
        variables::of_file(&engine, self.file, &self.global(base), &wanted, told)
    }

    fn work(
        &mut self,
        index: usize,
        run: &Run,
        configured: Configured,
        mut given: BTreeMap<Name, GivenVariable>,
        outcome: &mut RunOutcome,
    ) {
        let variables = values_of(&given);
        given.retain(|name, _| configured.config.root().variables.contains_key(name));
        let mocking = self.mocking(run, &configured.mocks);
        let bench = Workbench { config: &configured.config, given: &given, providers: &mocking };
        let key = Self::key(run);
        let before = Arc::new(self.states.entry(key.clone()).or_default().state.clone());
        let known = Known { file: self.file, runs: &self.ended, variables: &variables };
        let watching = Watching::new(run, &known);
        let mut expected = Expected::of(run);
        let planned = self.plan(run, &bench, &before, &watching);
        let seen = match run.command {
            Command::Plan => self.planned(&mut expected, planned, &watching, outcome),
            Command::Apply => {
                let state = self.apply(&mut expected, planned, &bench, &watching, outcome);
                let Some((state, seen)) = state else { return };
                let last = LastRun { index, configured, given };
                self.states.insert(key, Kept { state, last: Some(last) });
                seen
            }
        };
        if let Some(seen) = seen {
            self.conclude(run, seen, outcome);
        }
    }

    fn planned(
        &self,
        expected: &mut Expected<'_>,
        planned: PlanOutcome,
        watching: &Watching<'_>,
        outcome: &mut RunOutcome,
    ) -> Option<Seen> {
        let all = planned.diagnostics;
        let failing = failing_outputs(&all);
        let mut left = expected.filter(all);
        if !left.has_errors() {
            left.append(expected.missing());
        }
        let failed = left.has_errors();
        outcome.diagnostics.append(left);
        if failed {
            outcome.status = Status::Error;
            return None;
        }
        if self.suite.verbose && planned.has_plan {
            outcome.shown = Some(Shown::Plan(Box::new(planned.plan)));
        }
        Some(without_failing(watching.seen(), &failing))
    }

    /// Applies a plan; the new state, and what was seen if all went well.
    fn apply(
        &self,
        expected: &mut Expected<'_>,
        planned: PlanOutcome,
        bench: &Workbench<'_>,
        watching: &Watching<'_>,
        outcome: &mut RunOutcome,
    ) -> Option<(State, Option<Seen>)> {
        let told = expected.while_planning(planned.diagnostics);
        let failed = told.has_errors();
        outcome.diagnostics.append(told);
        if failed {
            outcome.status = Status::Error;
            return None;
        }
        let (state, told) = self.carry_out(bench, &planned.plan, watching);
        let failing = failing_outputs(&told);
        let mut left = expected.filter(told);
        if !left.has_errors() {
            left.append(expected.missing());
        }
        let failed = left.has_errors();
        outcome.diagnostics.append(left);
        if failed {
            outcome.status = Status::Error;
            return Some((state, None));
        }
        if self.suite.verbose {
            outcome.shown = Some(Shown::State(state.clone()));
        }
        Some((state, Some(without_failing(watching.seen(), &failing))))
    }

    fn conclude(&mut self, run: &Run, seen: Seen, outcome: &mut RunOutcome) {
        outcome.diagnostics.append(seen.diagnostics);
        outcome.status = seen.status.max(Status::Pass);
        let ended = Ended { outputs: Value::object(seen.outputs), command: run.command };
        self.ended.insert(Name::clone(&run.name), ended);
    }
}

impl<'a> FileRun<'a> {
    pub(crate) fn engine<'e>(&'e self, config: &'e Config, providers: Option<&'e dyn Providers>) -> Engine<'e> {
        Engine {
            surroundings: self.suite.surroundings,
            config,
            sources: self.suite.sources,
            workspace: self.suite.workspace,
            supply: self.suite.supply,
            providers,
            runtime: self.suite.runtime,
            parallelism: 10,
        }
    }

    /// The providers of a run.
    pub(crate) fn mocking(&self, run: &Run, mocks: &BTreeMap<AbsProviderConfig, Arc<Mock>>) -> Mocking<'a> {
        let own = configured::overrides(self.file, run).map(|one| (one.clone(), During::Apply));
        let of_mocks = mocks.values().flat_map(|mock| mock.overrides.iter().map(|one| (one.clone(), mock.during)));
        let overrides = own.chain(of_mocks).collect();
        Mocking { supply: self.suite.supply, sources: self.suite.sources, mocks: mocks.clone(), overrides }
    }

    fn plan(&self, run: &Run, bench: &Workbench<'_>, state: &Arc<State>, watching: &Watching<'_>) -> PlanOutcome {
        let options = PlanOptions {
            mode: if run.options.refresh_only { Mode::RefreshOnly } else { Mode::Normal },
            refresh: run.options.refresh,
            targets: run.options.targets.clone(),
            force_replace: run.options.replace.clone(),
            ..PlanOptions::default()
        };
        self.plan_with(bench, state, &options, watching)
    }

    /// Makes a plan.
    pub(crate) fn plan_with(
        &self,
        bench: &Workbench<'_>,
        state: &Arc<State>,
        options: &PlanOptions,
        hooks: &dyn fw_plan::Hooks,
    ) -> PlanOutcome {
        let cancel = self.suite.stop.operation();
        self.engine(bench.config, Some(bench.providers)).plan(&PlanRequest {
            state: Arc::clone(state),
            options,
            variables: bench.given,
            hooks,
            cancel: &cancel,
        })
    }

    /// Does what a plan says.
    pub(crate) fn carry_out(
        &self,
        bench: &Workbench<'_>,
        plan: &Plan,
        hooks: &dyn fw_apply::Hooks,
    ) -> (State, Diagnostics) {
        let cancel = self.suite.stop.operation();
        let request = ApplyRequest { plan, variables: bench.given, recorder: &Forgetful, hooks, cancel: &cancel };
        let outcome = self.engine(bench.config, Some(bench.providers)).apply(&request);
        (outcome.state, outcome.diagnostics)
    }
}

fn values_of(given: &BTreeMap<Name, GivenVariable>) -> BTreeMap<Name, Value> {
    given.iter().map(|(name, one)| (Name::clone(name), one.value.clone())).collect()
}

/// Outputs whose conditions do not hold; they have no value then.
fn failing_outputs(told: &Diagnostics) -> Vec<String> {
    let name = |one: &Diagnostic| one.checked.as_deref()?.strip_prefix("output.").map(ToOwned::to_owned);
    told.iter().filter_map(name).collect()
}

fn without_failing(mut seen: Seen, failing: &[String]) -> Seen {
    for (name, value) in &mut seen.outputs {
        if failing.iter().any(|other| **other == **name) {
            *value = Value::null(Type::Dynamic);
        }
    }
    seen
}
