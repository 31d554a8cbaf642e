//! Steps that plan.

use std::sync::Arc;

use fw_addr::{AbsResourceInstance, ResourceMode, Target};
use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::{Mode, Plan};
use fw_ops::PlanRequest;
use fw_run::{
    ControlError, FailureKind, Outcome, PlanMode, PlanOptions, PlanRef, PlanReport, Purpose, StateRef, StepReport,
};
use fw_views::json::{PlanDocument, providers_of_plan};

use super::{Ending, Step};
use crate::hooks::Hooks;
use crate::journal::{Journal, Known};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::{recovery, report};

/// A plan and what it was made from.
struct Made {
    plan: Plan,
    told: Diagnostics,
    /// Whether planning got far enough for the plan to be shown, if only in part.
    has_plan: bool,
}

impl Step<'_> {
    /// Makes the run's plan.
    pub(super) fn plan(&self, options: &PlanOptions) -> Result<Ending, Trouble> {
        let options = self.options(options)?;
        let (site, base, made) = self.planned(&options)?;
        if made.told.has_errors() || self.stopped().is_some() {
            if made.has_plan {
                self.show(&site, &made.plan)?;
            }
            return Ok(self.failed(kind_of(&made.told), &made.told).into());
        }
        let (text, json) = self.show(&site, &made.plan)?;
        self.told.diagnostics(&made.told, &self.sources);
        let report = self.report(&site, made.plan, base.as_ref(), (text, json))?;
        Ok(Outcome::Done { report: StepReport::Plan(report) }.into())
    }

    /// Plans to see that nothing is left to do.
    pub(super) fn verify(&self) -> Result<Ending, Trouble> {
        let options = self.options(&PlanOptions::default())?;
        let (site, _, made) = self.planned(&options)?;
        if made.told.has_errors() || self.stopped().is_some() {
            return Ok(self.failed(kind_of(&made.told), &made.told).into());
        }
        let (_, json) = self.show(&site, &made.plan)?;
        if made.plan.is_applyable() {
            let left = report::counts(&made.plan);
            let detail = format!(
                "After the apply there is still something to do: {} to add, {} to change, {} to remove.",
                left.add, left.change, left.remove
            );
            let told = Diagnostic::error("The stack is not as configured", detail).into();
            return Ok(self.failed(FailureKind::Provider, &told).into());
        }
        let findings = Some(self.service.put(json)?);
        Ok(Outcome::Done { report: StepReport::Check { passed: true, findings } }.into())
    }

    fn planned(&self, options: &fw_plan::PlanOptions) -> Result<(Site<'_>, Option<StateRef>, Made), Trouble> {
        let files = self.files()?;
        let mut known = Known::read(self.service, files.input.state.clone())?;
        let site = Site::set_up(self.executor, self.service, self.told, files, (None, &known.state))?;
        // Who does not hold the stack's lock writes nothing.
        let looks_only = matches!(self.assignment.purpose, Purpose::Plan) || self.service.ticket.epoch == 0;
        if !looks_only && !known.open.is_empty() {
            let journal = Journal::start(self.service, known.position);
            recovery::settle(self, &site, &mut known, &journal, None)?;
            known.position = journal.position();
        }
        if !looks_only && known.changed {
            self.fold(&mut known)?;
        }
        let parallelism = site.parallelism();
        let options = fw_plan::PlanOptions { parallelism, ..options.clone() };
        let made = self.make(&site, &known, &options);
        Ok((site, known.base, made))
    }

    /// Makes what the journal holds a state version, so that the plan is made from one.
    fn fold(&self, known: &mut Known) -> Result<(), Trouble> {
        let state = report::new_state(self.service, &mut known.state, known.base.as_ref(), known.position)?;
        match self.service.save_state(&state) {
            Ok(stored) => {
                known.base = Some(stored);
                known.changed = false;
                Ok(())
            }
            // A run that does not hold the stack's lock only looks: the journal stays as it is.
            Err(ControlError::StaleEpoch | ControlError::Refused(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn make(&self, site: &Site<'_>, known: &Known, options: &fw_plan::PlanOptions) -> Made {
        let hooks = Hooks::new(self.told.clone(), provider_of(&site.config));
        let request = PlanRequest {
            state: Arc::new(known.state.clone()),
            options,
            variables: &site.variables,
            hooks: &hooks,
            cancel: self.cancel(),
        };
        let outcome = site.engine().plan(&request);
        hooks.finish();
        let mut told = site.warnings.clone();
        told.append(outcome.diagnostics);
        Made { plan: outcome.plan, told, has_plan: outcome.has_plan }
    }

    /// Tells the changes; returns the plan as text and as JSON.
    fn show(&self, site: &Site<'_>, plan: &Plan) -> Result<(String, String), Trouble> {
        report::tell_plan(plan, self.told);
        let schemas = site.schemas(providers_of_plan(plan, &site.config)).map_err(Trouble::configuration)?;
        let text = fw_views::human::plan(plan, &schemas, &report::style());
        self.told.lines(&text);
        let document = PlanDocument { plan, config: &site.config, schemas: &schemas, constraints: &constraints };
        let json = fw_views::json::plan(&document)
            .map_err(|error| Trouble::internal("Failed to marshal plan to json", error.to_string()))?;
        Ok((text, json))
    }

    fn report(
        &self,
        site: &Site<'_>,
        plan: Plan,
        base: Option<&StateRef>,
        (text, json): (String, String),
    ) -> Result<PlanReport, Trouble> {
        let (counts, dangerous, applyable) = (report::counts(&plan), report::dangerous(&plan), plan.is_applyable());
        let bytes = site.saved(plan).to_bytes().map_err(|why| Trouble::internal("The plan cannot be saved", why))?;
        let lock_file = site.lock_file().map(|lock| self.service.put(lock)).transpose()?;
        let digest = self.service.put(bytes)?;
        Ok(PlanReport {
            plan: PlanRef { digest, base: base.map(|base| base.id), applyable, dangerous },
            json: Some(self.service.put(json)?),
            text: Some(self.service.put(text)?),
            lock_file,
            counts,
        })
    }

    /// What is asked for, as the planner takes it.
    fn options(&self, options: &PlanOptions) -> Result<fw_plan::PlanOptions, Trouble> {
        let mut told = Diagnostics::new();
        let mut wrong = |what: &str, text: &str, why: &str| {
            told.push(Diagnostic::error(format!("Invalid {what} \"{text}\""), why));
        };
        let mut targets = Vec::new();
        for text in &options.targets {
            match text.parse::<Target>() {
                Ok(target) => targets.push(target),
                Err(error) => wrong("target", text, &error.message),
            }
        }
        let mut force_replace = Vec::new();
        for text in &options.replace {
            match text.parse::<AbsResourceInstance>() {
                Ok(address) if address.resource.mode == ResourceMode::Managed => force_replace.push(address),
                Ok(_) => wrong("force-replace address", text, "Only managed resources can be replaced."),
                Err(error) => wrong("force-replace address", text, &error.message),
            }
        }
        if told.has_errors() {
            return Err(Trouble::configuration(told));
        }
        let mode = match options.mode {
            PlanMode::Normal => Mode::Normal,
            PlanMode::Destroy => Mode::Destroy,
            PlanMode::RefreshOnly => Mode::RefreshOnly,
        };
        Ok(fw_plan::PlanOptions {
            mode,
            refresh: options.refresh,
            targets,
            force_replace,
            ..fw_plan::PlanOptions::default()
        })
    }
}

/// The provider that an instance's block names.
pub(crate) fn provider_of(config: &fw_config::Config) -> Box<dyn Fn(&AbsResourceInstance) -> String> {
    let mut providers = std::collections::HashMap::new();
    for (path, module) in &config.modules {
        for (resource, block) in &module.resources {
            providers.insert((path.clone(), resource.clone()), block.provider.to_string());
        }
    }
    Box::new(move |address| {
        let known = providers.get(&(address.module.path(), address.resource.clone()));
        known.cloned().unwrap_or_default()
    })
}

/// Errors of planning are those of the configuration, unless a provider can't be reached at all.
fn kind_of(_told: &Diagnostics) -> FailureKind {
    FailureKind::Configuration
}

/// The normal form of version constraints on one provider.
fn constraints(texts: &[&str]) -> String {
    let mut all = fw_install::Constraints::default();
    for text in texts {
        if let Ok(more) = text.parse::<fw_install::Constraints>() {
            all.merge(&more);
        }
    }
    all.to_string()
}
