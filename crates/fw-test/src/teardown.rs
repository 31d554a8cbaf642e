//! Destroys what the runs of a file have made, the states used last first.

use std::sync::Arc;

use fw_addr::AbsResource;
use fw_diag::Diagnostics;
use fw_exec::Mode;
use fw_plan::PlanOptions;
use fw_state::{ResourceState, State};

use crate::file::{FileRun, LastRun};
use crate::run::Workbench;
use crate::{FileOutcome, LeftBehind, Progress, Status};

impl FileRun<'_> {
    /// Destroys everything.
    pub(crate) fn tear_down(&mut self, outcome: &mut FileOutcome) {
        let mut states: Vec<_> =
            std::mem::take(&mut self.states).into_values().filter_map(|kept| Some((kept.last?, kept.state))).collect();
        states.sort_by_key(|(last, _)| std::cmp::Reverse(last.index));
        let mut left_behind = Vec::new();
        for (last, state) in states {
            if state.resources().next().is_none() {
                continue;
            }
            self.suite.view.run(outcome, &outcome.runs[last.index], Progress::TearDown);
            let (state, told) = self.destroy(&last, state);
            if told.has_errors() || state.has_managed_objects() {
                outcome.status = Status::Error;
            }
            let left = LeftBehind { diagnostics: &told, state: &state };
            self.suite.view.left_behind(outcome, &outcome.runs[last.index], left);
            if state.has_managed_objects() {
                left_behind.push(state);
            }
        }
        self.save(left_behind);
    }

    fn destroy(&self, last: &LastRun, state: State) -> (State, Diagnostics) {
        let run = &self.file.runs[last.index];
        let mocking = self.mocking(run, &last.configured.mocks);
        let bench = Workbench { config: &last.configured.config, given: &last.given, providers: &mocking };
        let options = PlanOptions { mode: Mode::Destroy, ..PlanOptions::default() };
        let state = Arc::new(state);
        let planned = self.plan_with(&bench, &state, &options, &fw_plan::NoHooks);
        let mut told = planned.diagnostics;
        if told.has_errors() {
            return ((*state).clone(), told);
        }
        let (state, more) = self.carry_out(&bench, &planned.plan, &fw_apply::NoHooks);
        told.append(more);
        (state, told)
    }

    /// Keeps what is left of a file's objects in a state, so that they can be taken care of.
    pub(crate) fn save(&self, states: Vec<State>) {
        let mut states = states.into_iter().filter(State::has_managed_objects);
        let Some(mut all) = states.next() else { return };
        for (address, resource) in states.flat_map(|state| resources(&state)) {
            if all.resource(&address).is_none() {
                all.insert_resource(address, resource);
            }
        }
        let written = fw_state::write(&all).map_err(|error| error.0).and_then(|text| {
            std::fs::write(&self.suite.errored_state, text).map_err(|error| fw_diag::system_error(&error))
        });
        // They have been listed: that is all that can be done for whoever ran the tests.
        drop(written);
    }
}

fn resources(state: &State) -> Vec<(AbsResource, Arc<ResourceState>)> {
    state.resources().map(|(address, resource)| (address.clone(), Arc::new(resource.clone()))).collect()
}
