//! From a plan to a new state.

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_addr::Name;
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::GivenVariable;
use fw_exec::{Cancel, Plan};
use fw_ops::{ApplyRequest, Durable};
use fw_state::State;
use fw_store::{PersistPolicy, Recorder, save_failed};

use super::preparing::halted;
use crate::bench::Bench;
use crate::session::Session;
use crate::state_access::{OpenState, unlock};
use crate::view::View;

/// What an apply has led to.
pub(crate) struct Applied {
    /// The state now.
    pub(crate) state: State,
    /// What was told.
    pub(crate) told: Diagnostics,
}

/// Does what a plan says, keeps the state, and gives back its lock.
pub(crate) fn apply(
    session: &Session,
    view: &View<'_>,
    bench: &Bench<'_>,
    plan: &Plan,
    variables: &BTreeMap<Name, GivenVariable>,
    open: OpenState,
) -> Applied {
    let OpenState { store, state: before } = open;
    let recorder = match Recorder::start(store, &before, PersistPolicy::default()) {
        Ok(recorder) => recorder,
        Err(error) => {
            let told = Diagnostic::error("Failed to write the state", error.chain()).into();
            return Applied { state: before, told };
        }
    };
    let cancel = Arc::new(Cancel::default());
    session.cancel_on_interrupt(view, &cancel);
    log::info!("applying: {} changes of resources", plan.resource_changes.len());
    let engine = bench.engine();
    let durable = Durable(&recorder);
    let request = ApplyRequest { plan, variables, recorder: &durable, hooks: view.apply_hooks(), cancel: &cancel };
    let ticking = view.tick_while_running();
    let outcome = engine.apply(&request);
    drop(ticking);
    session.interrupts.stop_listening();
    view.finish_progress();
    let mut told = outcome.diagnostics;
    told.extend(halted(&cancel, &told));
    let (store, written) = recorder.finish();
    let state = match written {
        Ok(state) => state,
        Err((state, error)) => {
            told.append(save_failed(&session.surroundings.root, &store, &state, &error));
            state
        }
    };
    told.append(unlock(store));
    Applied { state, told }
}
