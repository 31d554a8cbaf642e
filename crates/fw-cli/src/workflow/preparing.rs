//! From the working directory to a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fw_addr::Name;
use fw_config::Module;
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::{GivenVariable, Phase, prepare_root_variables};
use fw_exec::{Cancel, CancelLevel, Mode, Plan};
use fw_install::LOCK_FILE_NAME;
use fw_ops::saved_plan::{SavedPlan, Snapshot};
use fw_ops::{PlanRequest, project, variables};

use fw_state::State;
use fw_views::human::Schemas;
use fw_views::json::{providers_of_plan, providers_of_state};

use crate::backend::Backend;
use crate::bench::{Bench, BenchOptions};
use crate::planning::Planning;
use crate::session::Session;
use crate::state_access::OpenState;
use crate::view::View;

/// All that a plan is made from.
pub(crate) struct Prepared<'s> {
    session: &'s Session,
    /// The configuration and its providers.
    pub(crate) bench: Bench<'s>,
    /// Where the state is.
    pub(crate) backend: Backend,
    /// The state, locked where that is wanted.
    pub(crate) open: OpenState,
    /// Values of variables.
    pub(crate) given: BTreeMap<Name, GivenVariable>,
    /// Warnings met on the way.
    pub(crate) told: Diagnostics,
}

/// A plan and what was told while it was made.
pub(crate) struct Made {
    /// The plan; with errors it holds what could be planned.
    pub(crate) plan: Plan,
    /// Everything told so far.
    pub(crate) told: Diagnostics,
    /// What shows it.
    pub(crate) schemas: Schemas,
    /// Whether planning got far enough for the plan to be shown, if only in part.
    pub(crate) is_shown: bool,
}

impl<'s> Prepared<'s> {
    /// Reads the configuration and the state and finds the providers.
    pub(crate) fn prepare(session: &'s Session, planning: &Planning, operation: &str) -> Result<Self, Diagnostics> {
        let backend = session.backend()?;
        let needs_configuration = planning.options.mode != Mode::Destroy && operation != "OperationTypeRefresh";
        if needs_configuration && project::is_empty(&session.surroundings) {
            return Err(no_configuration(operation).into());
        }
        let (config, mut told) = session.load();
        if told.has_errors() {
            return Err(told);
        }
        told.append(session.encryption_warnings());
        let store = backend.state(&planning.state)?;
        let open = OpenState::open(session, store, planning.locking, operation)?;
        let options = BenchOptions {
            workspace: &backend.workspace,
            parallelism: planning.options.parallelism,
            of_state: providers_of_state(&open.state),
        };
        let bench = match Bench::set_up(session, config, options) {
            Ok(bench) => bench,
            Err(mut problems) => {
                problems.append(open.close());
                return Err(problems);
            }
        };
        match Self::variables(session, &bench, planning, operation) {
            Ok((given, more)) => {
                told.append(more);
                Ok(Self { session, bench, backend, open, given, told })
            }
            Err(mut problems) => {
                problems.append(open.close());
                Err(problems)
            }
        }
    }

    fn variables(
        session: &Session,
        bench: &Bench<'_>,
        planning: &Planning,
        operation: &str,
    ) -> Result<(BTreeMap<Name, GivenVariable>, Diagnostics), Diagnostics> {
        let root = bench.config.root();
        let (surroundings, constants) = (&session.surroundings, fw_lang::constants());
        let (mut given, told) = variables::gather(root, surroundings, &planning.variables, constants, &session.sources);
        if told.has_errors() {
            return Err(told);
        }
        if planning.input {
            session.ask_for_variables(root, &mut given)?;
        }
        // The console does without.
        let missing = if operation == "OperationTypeEval" {
            Diagnostics::new()
        } else {
            missing_variables(session, root, &given)
        };
        if missing.has_errors() { Err(missing) } else { Ok((given, told)) }
    }

    /// Makes the plan.
    pub(crate) fn plan(&mut self, planning: &Planning, view: &View<'_>) -> Made {
        log::info!(
            "planning: {:?}, {} resources in the state",
            planning.options.mode,
            self.open.state.resources().count()
        );
        let cancel = Arc::new(Cancel::default());
        self.session.cancel_on_interrupt(view, &cancel);
        let engine = self.bench.engine();
        let request = PlanRequest {
            state: Arc::new(self.open.state.clone()),
            options: &planning.options,
            variables: &self.given,
            hooks: view.plan_hooks(),
            cancel: &cancel,
        };
        let mut outcome = engine.plan(&request);
        let mut is_shown = outcome.has_plan;
        if outcome.diagnostics.has_errors() && !cancel.is_cancelled() {
            // Of a configuration that is wrong by itself only that is told.
            let unset = BTreeMap::new();
            let request = PlanRequest { state: Arc::new(State::new()), variables: &unset, ..request };
            let wrong = if is_shown { engine.validate(&request) } else { Diagnostics::new() };
            if wrong.has_errors() {
                outcome.diagnostics = wrong;
                is_shown = false;
            }
        }
        if let Some(halted) = halted(&cancel, &outcome.diagnostics) {
            outcome.diagnostics.push(halted);
            is_shown = false;
        }
        self.session.interrupts.stop_listening();
        view.finish_progress();
        let mut told = std::mem::take(&mut self.told);
        told.append(outcome.diagnostics);
        // A provider that has just failed to start is not started once more for nothing.
        let wanted = if is_shown { providers_of_plan(&outcome.plan, &self.bench.config) } else { BTreeSet::new() };
        let schemas = match self.bench.schemas(wanted) {
            Ok(schemas) => schemas,
            Err(problems) => {
                if !told.has_errors() {
                    told.append(problems);
                }
                Schemas::new()
            }
        };
        Made { plan: outcome.plan, told, schemas, is_shown }
    }

    /// The plan with what it was made from, to be saved.
    pub(crate) fn saved(&self, plan: Plan) -> SavedPlan {
        SavedPlan {
            plan,
            snapshot: Snapshot::of(&self.bench.config, &self.session.sources),
            lock_file: self.session.lock_file_text(),
            workspace: self.backend.workspace.clone(),
            backend: self.backend.saved(),
        }
    }

    /// Gives back the lock of the state.
    pub(crate) fn close(self) -> Diagnostics {
        self.open.close()
    }
}

impl Session {
    /// The text of the lock file; `None` where there is none.
    pub(crate) fn lock_file_text(&self) -> Option<String> {
        std::fs::read_to_string(self.surroundings.resolve(LOCK_FILE_NAME)).ok()
    }

    /// Has interrupts ask an operation to stop, and says so.
    pub(crate) fn cancel_on_interrupt(&self, view: &View<'_>, cancel: &Arc<Cancel>) {
        let (streams, cancel, speaks) = (self.streams.clone(), Arc::clone(cancel), !view.is_json());
        self.interrupts.listen(move |count| {
            if speaks {
                match count {
                    1 => streams.out(INTERRUPTED),
                    _ => streams.err(INTERRUPTED_TWICE),
                }
            }
            cancel.cancel();
        });
    }
}

impl Session {
    /// Has interrupts end tests, and says so.
    pub(crate) fn stop_on_interrupt(&self, view: &View<'_>, stop: &Arc<fw_test::Stop>) {
        let (streams, stop) = (self.streams.clone(), Arc::clone(stop));
        let stream = view.stream().map(Arc::clone);
        let width = self.error_width().unwrap_or(fw_diag::render::WIDTH_OFF_TERMINAL);
        self.interrupts.listen(move |count| {
            let text = if count == 1 { TESTS_INTERRUPTED } else { TESTS_INTERRUPTED_TWICE };
            match &stream {
                Some(stream) => stream.log(text),
                None => streams.err(&format!("{}\n", fw_diag::render::wrap(text, width))),
            }
            stop.request();
        });
    }
}

const TESTS_INTERRUPTED: &str =
    "\nInterrupt received.\nPlease wait for Terraform to exit or data loss may occur.\nGracefully shutting down...\n";
const TESTS_INTERRUPTED_TWICE: &str =
    "\nTwo interrupts received. Exiting immediately. Note that data loss may have occurred.\n";

/// The variables that must be given and are not. Terraform looks no further then.
fn missing_variables(session: &Session, root: &Module, given: &BTreeMap<Name, GivenVariable>) -> Diagnostics {
    let mut told = Diagnostics::new();
    drop(prepare_root_variables(root, given, Phase::Apply, &session.sources, &mut told));
    told.iter().filter(|problem| &*problem.summary == "No value for required variable").cloned().collect()
}

const INTERRUPTED: &str = "\nInterrupt received.\nPlease wait for Terraform to exit or data loss may occur.\nGracefully \
    shutting down...\n\nStopping operation...\n";
const INTERRUPTED_TWICE: &str =
    "\nTwo interrupts received. Exiting immediately. Note that data loss may have\noccurred.\n\n";

/// What is told in the end of an operation that was asked to stop, where nothing else says so.
pub(super) fn halted(cancel: &Cancel, told: &Diagnostics) -> Option<Diagnostic> {
    match cancel.level() {
        CancelLevel::Run => None,
        CancelLevel::Stop if told.has_errors() => None,
        CancelLevel::Stop => Some(Diagnostic::error("execution halted", "")),
        CancelLevel::Abort => Some(Diagnostic::error("operation canceled", "")),
    }
}

fn no_configuration(operation: &str) -> Diagnostic {
    let detail = if operation == "OperationTypePlan" {
        "Plan requires configuration to be present. Planning without a configuration would mark everything for destruction, \
         which is normally not what is desired. If you would like to destroy everything, run plan with the -destroy option. \
         Otherwise, create a Terraform configuration file (.tf file) and try again."
    } else {
        "Apply requires configuration to be present. Applying without a configuration would mark everything for destruction, \
         which is normally not what is desired. If you would like to destroy everything, run 'terraform destroy' instead."
    };
    Diagnostic::error("No configuration files", detail)
}
