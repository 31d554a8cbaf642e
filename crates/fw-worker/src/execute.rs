//! Does a step: from its input to how it ends.

mod applying;
mod planning;

use std::sync::Arc;

use fw_diag::{Diagnostic, Diagnostics, SourceMap};
use fw_exec::{Cancel, CancelLevel};
use fw_ops::Runtime;
use fw_run::{Assignment, FailureKind, Finish, Outcome, StepKind, StepReport};

use crate::WorkerOptions;
use crate::directories::Directories;
use crate::output::Told;
use crate::report;
use crate::service::{Service, Standing};
use crate::site::{Files, Site};
use crate::spares::Spares;
use crate::stock::Stock;
use crate::trouble::Trouble;

/// What all steps of a worker share.
pub(crate) struct Executor {
    pub(crate) options: WorkerOptions,
    pub(crate) directories: Directories,
    /// Providers between two steps.
    pub(crate) stock: Stock,
    /// Providers for stacks that have none.
    pub(crate) spares: Spares,
    /// The threads that providers' connections live on.
    pub(crate) runtime: Runtime,
}

/// One step being done.
pub(crate) struct Step<'e> {
    pub(crate) executor: &'e Executor,
    pub(crate) service: &'e Service,
    pub(crate) told: &'e Told,
    pub(crate) assignment: &'e Assignment,
    /// The texts that diagnostics speak of.
    pub(crate) sources: Arc<SourceMap>,
}

/// How a step ended, before it is said to the service.
pub(crate) struct Ending {
    pub(crate) finish: Finish,
}

impl From<Outcome> for Ending {
    fn from(outcome: Outcome) -> Self {
        Self { finish: Finish { outcome, state: None } }
    }
}

impl Executor {
    /// Does a step on this thread. `None` when the ticket is void and nothing is to be said.
    pub(crate) fn execute(&self, service: &Service, told: &Told, assignment: &Assignment) -> Option<Finish> {
        let step = Step { executor: self, service, told, assignment, sources: Arc::default() };
        let ended = match &assignment.kind {
            StepKind::Validate => step.validate(),
            StepKind::Plan(options) => step.plan(options),
            StepKind::Verify => step.verify(),
            StepKind::Apply => step.apply(),
            StepKind::Policy { .. } | StepKind::Cost | StepKind::Notify { .. } => Err(not_ours("does not know")),
            StepKind::Gate(_) | StepKind::Child(_) => Err(not_ours("is not asked to do")),
        };
        match ended {
            Ok(ending) => Some(ending.finish),
            Err(trouble) => step.trouble(trouble).map(|ending| ending.finish),
        }
    }
}

fn not_ours(what: &str) -> Trouble {
    let detail = format!("This worker {what} steps of this kind.");
    Trouble::configuration(Diagnostic::error("Unsupported step", detail))
}

impl<'e> Step<'e> {
    pub(crate) fn cancel(&self) -> &Cancel {
        &self.service.cancel
    }

    /// How a step that was stopped ends; `None` if it was not.
    pub(crate) fn stopped(&self) -> Option<Outcome> {
        if self.cancel().level() == CancelLevel::Run {
            return None;
        }
        match self.service.standing.get() {
            Standing::Leaving => Some(Outcome::Returned),
            Standing::Good | Standing::Cancelled | Standing::Void => Some(Outcome::Stopped),
        }
    }

    /// How a step ends that did not come to its end.
    fn trouble(&self, trouble: Trouble) -> Option<Ending> {
        if self.service.standing.get() == Standing::Void {
            return None;
        }
        match trouble {
            Trouble::Void => None,
            Trouble::Unknown(operations) => Some(Outcome::Unknown { operations }.into()),
            Trouble::Told { kind, told, retryable } => {
                self.told.diagnostics(&told, &self.sources);
                if let Some(outcome) = self.stopped() {
                    return Some(outcome.into());
                }
                let failure = report::failure(self.service, (kind, retryable), &told, &self.sources);
                Some(Outcome::Failed { failure }.into())
            }
        }
    }

    /// A failure told with the texts of the files.
    pub(crate) fn failed(&self, kind: FailureKind, told: &Diagnostics) -> Outcome {
        self.told.diagnostics(told, &self.sources);
        self.stopped().unwrap_or_else(|| Outcome::Failed {
            failure: report::failure(self.service, (kind, false), told, &self.sources),
        })
    }

    pub(crate) fn files(&self) -> Result<Files, Trouble> {
        Files::prepare(self.executor, self.service, self.assignment, &self.sources)
    }

    fn validate(&self) -> Result<Ending, Trouble> {
        let files = self.files()?;
        let state = Arc::new(fw_state::State::new());
        let site = Site::set_up(self.executor, self.service, self.told, files, (None, &state))?;
        let options = fw_plan::PlanOptions { parallelism: site.parallelism(), ..fw_plan::PlanOptions::default() };
        let request = fw_ops::PlanRequest {
            state,
            options: &options,
            variables: &std::collections::BTreeMap::new(),
            hooks: &fw_plan::NoHooks,
            cancel: self.cancel(),
        };
        let told = site.engine().validate(&request);
        if told.has_errors() {
            return Ok(self.failed(FailureKind::Configuration, &told).into());
        }
        self.told.diagnostics(&told, &self.sources);
        let findings = self.service.put(fw_views::json::validate(&told, &self.sources))?;
        Ok(Outcome::Done { report: StepReport::Check { passed: true, findings: Some(findings) } }.into())
    }
}
