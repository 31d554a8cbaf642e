//! Steps that apply.

use std::collections::BTreeMap;

use fw_addr::Name;
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::GivenVariable;
use fw_ops::{ApplyRequest, SavedPlan};
use fw_run::{FailureKind, Finish, Outcome, PlanRef, Progress, StepReport};
use fw_state::State;

use super::planning::provider_of;
use super::{Ending, Step};
use crate::hooks::Hooks;
use crate::journal::{Journal, Known, Recording};
use crate::service::Standing;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::{recovery, report};

impl Step<'_> {
    /// Does what the run's plan says, or the rest of it.
    pub(super) fn apply(&self) -> Result<Ending, Trouble> {
        let files = self.files()?;
        let Some(plan) = files.input.plan.clone() else {
            return Err(Trouble::internal("There is no plan", "The step has no plan to apply."));
        };
        let saved = self.saved_plan(&plan)?;
        let mut known = Known::read(self.service, files.input.state.clone())?;
        if let Some(lock_file) = &saved.lock_file {
            files.lock(lock_file)?;
        }
        let (config, told) = saved.configuration(&self.sources);
        if told.has_errors() {
            return Err(Trouble::configuration(told));
        }
        let site = Site::set_up(self.executor, self.service, self.told, files, (Some(config), &known.state))?;
        let journal = Journal::start(self.service, known.position);
        if !known.open.is_empty() {
            recovery::settle(self, &site, &mut known, &journal, Some(&saved))?;
        }
        if !known.begun {
            check_base(&plan, &known).map_err(Trouble::configuration)?;
        }
        self.carry_out(&site, &saved, known, journal)
    }

    /// The plan with exactly the digest that the ticket names.
    fn saved_plan(&self, plan: &PlanRef) -> Result<SavedPlan, Trouble> {
        if self.service.ticket.plan.is_some_and(|approved| approved != plan.digest) {
            let detail = "The plan of the step is not the one its ticket is for.";
            return Err(Trouble::internal("Another plan", detail));
        }
        let bytes = self.service.get(&plan.digest)?;
        if fw_run::Digest::of(&bytes) != plan.digest {
            return Err(Trouble::internal("The plan is damaged", "Its content does not have its digest."));
        }
        SavedPlan::from_bytes(&bytes).map_err(|error| Trouble::configuration(error.diagnostic("the plan")))
    }

    fn carry_out(&self, site: &Site<'_>, saved: &SavedPlan, known: Known, journal: Journal) -> Result<Ending, Trouble> {
        let recording = Recording { resume: known.resume(), journal };
        let hooks = Hooks::new(self.told.clone(), provider_of(&site.config));
        let variables = ephemeral_variables(saved, &site.variables);
        let request = ApplyRequest {
            plan: &saved.plan,
            variables: &variables,
            recorder: &recording,
            hooks: &hooks,
            cancel: self.cancel(),
        };
        let outcome = site.engine().apply(&request);
        hooks.finish();
        if self.service.standing.get() == Standing::Void {
            return Err(Trouble::Void);
        }
        self.told.progress(Progress::Summary { counts: hooks.counts() });
        let ended = if let Some(stopped) = self.stopped() {
            self.told.diagnostics(&outcome.diagnostics, &self.sources);
            stopped
        } else if outcome.diagnostics.has_errors() {
            self.failed(FailureKind::Provider, &outcome.diagnostics)
        } else {
            self.told.diagnostics(&outcome.diagnostics, &self.sources);
            Outcome::Done { report: StepReport::Apply { counts: hooks.counts() } }
        };
        // Who goes on needs the journal as it is.
        if ended == Outcome::Returned {
            return Ok(ended.into());
        }
        self.with_state(ended, outcome.state, &known, recording.journal.position())
    }

    /// Ends the step with the state as it is now.
    fn with_state(&self, outcome: Outcome, mut state: State, known: &Known, position: u64) -> Result<Ending, Trouble> {
        let before = known.base.as_ref();
        if before.is_some() && position == known.position && !known.changed && state.same_content(&known.state) {
            return Ok(outcome.into());
        }
        state.lineage.clone_from(&known.state.lineage);
        let state = report::new_state(self.service, &mut state, before, position)?;
        Ok(Ending { finish: Finish { outcome, state: Some(state) } })
    }
}

/// Whether the plan was made from the state as it is now.
fn check_base(plan: &PlanRef, known: &Known) -> Result<(), Diagnostics> {
    if known.base.as_ref().map(|base| base.id) == plan.base && !known.changed {
        return Ok(());
    }
    let detail = "The plan can no longer be applied because the state was changed by another operation after the plan was \
                  created.";
    Err(Diagnostic::error("Saved plan is stale", detail).into())
}

/// All others are in the plan.
fn ephemeral_variables(saved: &SavedPlan, given: &BTreeMap<Name, GivenVariable>) -> BTreeMap<Name, GivenVariable> {
    let names = saved.plan.ephemeral_variables.iter();
    names.filter_map(|name| Some((Name::clone(name), given.get(name)?.clone()))).collect()
}
