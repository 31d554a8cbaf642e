//! `apply` and `destroy`.

use std::collections::BTreeMap;
use std::path::Path;

use fw_addr::Name;
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::GivenVariable;
use fw_exec::{Mode, Plan};
use fw_ops::saved_plan::SavedPlan;
use fw_views::human::COMMAND;
use fw_views::json::providers_of_state;

use crate::asking::Question;
use crate::backend::Backend;
use crate::bench::{Bench, BenchOptions};
use crate::flags::{Arguments, Flag};
use crate::planning::{PLANNING_FLAGS, Planning};
use crate::session::{Exit, Session};
use crate::state_access::OpenState;
use crate::view::View;
use crate::workflow::{self, Made, Prepared};

const FLAGS: &[Flag] =
    &[Flag::switch("auto-approve"), Flag::switch("json"), Flag::text("state-out"), Flag::text("backup")];

const OPERATION: &str = "OperationTypeApply";

/// Runs `apply`.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    Command { session, name: "apply", is_destroy: false }.run(arguments)
}

/// Runs `destroy`.
pub(crate) fn run_destroy(session: &Session, arguments: &[String]) -> Exit {
    Command { session, name: "destroy", is_destroy: true }.run(arguments)
}

struct Command<'s> {
    session: &'s Session,
    name: &'static str,
    is_destroy: bool,
}

/// All that a plan is carried out with.
struct Ready<'s> {
    bench: Bench<'s>,
    open: OpenState,
    given: BTreeMap<Name, GivenVariable>,
}

impl Command<'_> {
    fn run(&self, arguments: &[String]) -> Exit {
        let (arguments, error) = Arguments::parse(&[PLANNING_FLAGS, FLAGS].concat(), arguments);
        let view = View::new(self.session, arguments.switch("json", false));
        let mode = if self.is_destroy { Mode::Destroy } else { Mode::Normal };
        let (mut planning, told) = Planning::of(&arguments, mode, self.session);
        if let Some(error) = error {
            return view.usage_error(self.name, &error.into());
        }
        let mut problems = self.check(&arguments, &planning, &view, told);
        if problems.has_errors() {
            return view.usage_error(self.name, &problems);
        }
        planning.input &= !view.is_json();
        problems.extend(self.session.development_overrides());
        view.report(&problems);
        let approved = arguments.switch("auto-approve", false);
        match arguments.positional.first() {
            Some(path) => self.apply_saved(&view, &planning, path),
            None => self.plan_and_apply(&view, &planning, approved),
        }
    }

    fn check(&self, arguments: &Arguments, planning: &Planning, view: &View<'_>, mut told: Diagnostics) -> Diagnostics {
        let saved = arguments.positional.first();
        if arguments.positional.len() > 1 {
            told.push(Diagnostic::error(
                "Too many command line arguments",
                "Expected at most one positional argument.",
            ));
        }
        if self.is_destroy && arguments.switch("destroy", false) {
            let detail = "The -destroy option is not valid for \"terraform destroy\", because this command always runs in \
                          destroy mode.";
            told.push(Diagnostic::error("Invalid mode option", detail));
        } else if self.is_destroy && planning.options.mode == Mode::RefreshOnly {
            let detail = "The -refresh-only option is not valid for \"terraform destroy\".";
            told.push(Diagnostic::error("Invalid mode option", detail));
        }
        if view.is_json() && saved.is_none() && !arguments.switch("auto-approve", false) {
            let detail = "Terraform cannot ask for interactive approval when -json is set. You can either apply a saved plan \
                          file, or enable the -auto-approve option.";
            told.push(Diagnostic::error("Plan file or auto-approve required", detail));
        }
        told
    }

    fn plan_and_apply(&self, view: &View<'_>, planning: &Planning, approved: bool) -> Exit {
        let mut prepared = match Prepared::prepare(self.session, planning, OPERATION) {
            Ok(prepared) => prepared,
            Err(told) => return view.finish(&told),
        };
        let Made { plan, mut told, schemas, is_shown } = prepared.plan(planning, view);
        if told.has_errors() {
            if is_shown && !(plan.resource_changes.is_empty() && plan.output_changes.is_empty()) {
                view.plan(&plan, &schemas);
            }
            told.append(prepared.close());
            return view.finish(&told);
        }
        view.plan(&plan, &schemas);
        if plan.is_applyable() && !approved {
            view.report(&std::mem::take(&mut told));
            match self.approve(&plan, &prepared.backend.workspace) {
                Ok(true) => {}
                Ok(false) => return self.declined(view, &prepared.close()),
                Err(mut problems) => {
                    problems.append(prepared.close());
                    return view.finish(&problems);
                }
            }
        }
        // What was told and not yet shown goes with what the apply tells; of checks that alone counts.
        let told = told.into_iter().filter(|one| !one.of_check).collect();
        let Prepared { bench, open, given, .. } = prepared;
        self.carry_out(view, planning, &plan, Ready { bench, open, given }, told)
    }

    fn carry_out(
        &self,
        view: &View<'_>,
        planning: &Planning,
        plan: &Plan,
        ready: Ready<'_>,
        mut told: Diagnostics,
    ) -> Exit {
        let Ready { bench, open, given } = ready;
        let applied = workflow::apply(self.session, view, &bench, plan, &given, open);
        told.append(applied.told);
        view.report(&told);
        if told.has_errors() {
            return Exit::Failure;
        }
        view.applied(plan, self.is_destroy);
        if let Some(path) = planning.state.state_out.as_ref().filter(|_| !applied.state.is_empty()) {
            view.state_path(path);
        }
        if !self.is_destroy {
            view.outputs(&applied.state);
        }
        Exit::Success
    }

    /// Says that nothing is done.
    fn declined(&self, view: &View<'_>, told: &Diagnostics) -> Exit {
        let what = if self.is_destroy { "Destroy" } else { "Apply" };
        self.session.out(&format!("{what} cancelled.\n"));
        view.report(told);
        self.session.err("\n");
        Exit::Failure
    }

    /// Asks whether to go on.
    fn approve(&self, plan: &Plan, workspace: &str) -> Result<bool, Diagnostics> {
        let is_default = workspace == fw_store::DEFAULT_WORKSPACE;
        let (query, description) = match plan.mode {
            Mode::Destroy => (
                "Do you really want to destroy all resources?".to_owned(),
                "Terraform will destroy all your managed infrastructure, as shown above.\nThere is no undo. Only 'yes' will \
                 be accepted to confirm.",
            ),
            Mode::RefreshOnly => (
                "Would you like to update the Terraform state to reflect these detected changes?".to_owned(),
                "Terraform will write these changes to the state without modifying any real infrastructure.\nThere is no \
                 undo. Only 'yes' will be accepted to confirm.",
            ),
            Mode::Normal => (
                "Do you want to perform these actions?".to_owned(),
                "Terraform will perform the actions described above.\nOnly 'yes' will be accepted to approve.",
            ),
        };
        let query =
            if is_default { query } else { format!("{} in workspace \"{workspace}\"?", query.trim_end_matches('?')) };
        let query = format!("\n{query}");
        match self.session.ask(&Question { query: &query, description, secret: false }) {
            Ok(answer) => Ok(answer == "yes"),
            Err(why) => Err(Diagnostic::error(format!("error asking for approval: {why}"), "").into()),
        }
    }

    fn apply_saved(&self, view: &View<'_>, planning: &Planning, path: &str) -> Exit {
        let saved = match self.session.read_plan(Path::new(path), path) {
            Ok(saved) => saved,
            Err(told) => return view.finish(&told),
        };
        if self.is_destroy || planning.options.mode == Mode::Destroy {
            let detail =
                format!("If this plan was created using plan -destroy, apply it using:\n  {COMMAND} apply {path:?}");
            return view.finish(&Diagnostic::error("Destroy can't be called with a plan file", detail).into());
        }
        let (ready, told) = match self.prepare_saved(planning, &saved) {
            Ok(prepared) => prepared,
            Err(told) => return view.finish(&told),
        };
        view.planned(&saved.plan);
        self.carry_out(view, planning, &saved.plan, ready, told)
    }

    fn prepare_saved(&self, planning: &Planning, saved: &SavedPlan) -> Result<(Ready<'_>, Diagnostics), Diagnostics> {
        let session = self.session;
        let (config, mut told) = saved.configuration(&session.sources);
        if told.has_errors() {
            return Err(told);
        }
        told.append(session.encryption_warnings());
        let mut backend = Backend::of_plan(session, &saved.backend, config.root())?;
        backend.workspace.clone_from(&saved.workspace);
        let open = OpenState::open(session, backend.state(&planning.state)?, planning.locking, OPERATION)?;
        let options = BenchOptions {
            workspace: &saved.workspace,
            parallelism: planning.options.parallelism,
            of_state: providers_of_state(&open.state),
        };
        let checked = saved.check_applicable(&open.state, session.lock_file_text().as_deref());
        let ready = checked.map_err(Diagnostics::from).and_then(|()| {
            let (given, more) = saved.gather_variables(
                config.root(),
                &session.surroundings,
                &planning.variables,
                fw_lang::constants(),
                &session.sources,
            );
            let failed = more.has_errors();
            told.append(more);
            if failed {
                return Err(std::mem::take(&mut told));
            }
            Ok((Bench::set_up(session, config, options)?, given))
        });
        match ready {
            Ok((bench, given)) => Ok((Ready { bench, open, given }, told)),
            Err(mut problems) => {
                problems.append(open.close());
                Err(problems)
            }
        }
    }
}
