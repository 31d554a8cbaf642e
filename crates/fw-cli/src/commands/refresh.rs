//! `refresh`: a plan of which only the refreshed state is kept.

use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::Mode;
use fw_store::save_failed;

use crate::flags::{Arguments, Flag};
use crate::planning::{PLANNING_FLAGS, Planning};
use crate::session::{Exit, Session};
use crate::view::View;
use crate::workflow::{Made, Prepared};

const FLAGS: &[Flag] = &[Flag::switch("json"), Flag::text("state-out"), Flag::text("backup")];

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let (arguments, error) = Arguments::parse(&[PLANNING_FLAGS, FLAGS].concat(), arguments);
    let view = View::new(session, arguments.switch("json", false));
    let (mut planning, mut told) = Planning::of(&arguments, Mode::Normal, session);
    if let Some(error) = error {
        return view.usage_error("refresh", &error.into());
    }
    if !arguments.positional.is_empty() {
        told.push(Diagnostic::error("Too many command line arguments", "Expected at most one positional argument."));
    }
    if told.has_errors() {
        return view.usage_error("refresh", &told);
    }
    planning.input &= !view.is_json();
    // What else can be asked of a plan is accepted, and of no interest here.
    planning.options.mode = Mode::Normal;
    planning.options.refresh = true;
    planning.options.force_replace.clear();
    told.extend(session.development_overrides());
    view.report(&told);
    match Prepared::prepare(session, &planning, "OperationTypeRefresh") {
        Ok(prepared) => refresh(session, &view, prepared, &planning),
        Err(told) => view.finish(&told),
    }
}

fn refresh(session: &Session, view: &View<'_>, mut prepared: Prepared<'_>, planning: &Planning) -> Exit {
    let was_empty = prepared.open.state.is_empty();
    let Made { plan, mut told, .. } = prepared.plan(planning, view);
    if told.has_errors() {
        told.append(prepared.close());
        return view.finish(&told);
    }
    if was_empty {
        told.push(empty_state());
    }
    // What is planned is of no interest, nor what conditions say of it.
    let mut state = plan.refreshed_state(&prepared.bench.config);
    state.check_results = None;
    let saved = prepared.open.store.persist(&state);
    if let Err(error) = &saved {
        told.append(save_failed(&session.surroundings.root, &prepared.open.store, &state, error));
    }
    told.append(prepared.close());
    if told.has_errors() {
        return view.finish(&told);
    }
    view.report(&told);
    view.outputs(&state);
    view.finish(&Diagnostics::new())
}

fn empty_state() -> Diagnostic {
    Diagnostic::warning(
        "Empty or non-existent state",
        "There are currently no remote objects tracked in the state, so there is nothing to refresh.",
    )
}
