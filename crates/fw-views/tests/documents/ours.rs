//! Runs a command with our engine and views.

use std::collections::BTreeSet;
use std::sync::Arc;

use fw_addr::Provider;
use fw_ops::{Engine, PlanRequest};
use fw_plan::PlanOptions;
use fw_provider::Providers;
use fw_state::State;
use fw_testkit::{Ask, Stack};
use fw_views::json::{self, PlanDocument, Schemas};

/// The document.
pub(crate) fn run(stack: &Stack, arguments: &[&str]) -> String {
    match arguments {
        ["apply", rest @ ..] => {
            let applied = stack.apply_as(&Ask::of(rest));
            let told = format!("{}{}", applied.planned.told, applied.told);
            if told.contains("error: ") { told } else { String::new() }
        }
        ["plan", rest @ ..] => stack.with_engine(|engine, loaded| {
            assert!(!loaded.has_errors(), "{loaded:?}");
            plan(engine, Arc::new(stack.state()), Ask::of(rest).options())
        }),
        ["state"] => stack.with_engine(|engine, _| {
            let state = stack.state();
            json::state(Some(&state), &schemas(engine, json::providers_of_state(&state))).expect("a document")
        }),
        ["schemas"] => stack.with_engine(|engine, _| {
            let wanted = engine.config.required_providers().into_keys().collect();
            json::provider_schemas(&schemas(engine, wanted), json::Offered::Common)
        }),
        ["outputs"] => json::outputs(&stack.state().outputs),
        ["output", name] => json::output(&stack.state().outputs[*name]),
        ["validate"] => stack.with_engine(|engine, mut told| {
            if !told.has_errors() {
                let state = Arc::new(State::new());
                told.append(engine.validate(&request(state, &PlanOptions::default())));
            }
            json::validate(&told, engine.sources)
        }),
        ["modules"] => stack.with_engine(|engine, _| json::modules(engine.config, &|_| None)),
        _ => panic!("no such command: {arguments:?}"),
    }
}

fn request(state: Arc<State>, options: &PlanOptions) -> PlanRequest<'_> {
    static VARIABLES: std::collections::BTreeMap<fw_addr::Name, fw_eval::GivenVariable> =
        std::collections::BTreeMap::new();
    static CANCEL: std::sync::OnceLock<fw_plan::Cancel> = std::sync::OnceLock::new();
    let cancel = CANCEL.get_or_init(fw_plan::Cancel::default);
    PlanRequest { state, options, variables: &VARIABLES, hooks: &fw_plan::NoHooks, cancel }
}

fn plan(engine: &Engine<'_>, state: Arc<State>, options: &PlanOptions) -> String {
    let outcome = engine.plan(&request(state, options));
    assert!(!outcome.diagnostics.has_errors(), "{}", fw_testkit::told(&outcome.diagnostics, engine.sources));
    let schemas = schemas(engine, json::providers_of_plan(&outcome.plan, engine.config));
    let constraints = |all: &[&str]| all.join(", ");
    let document =
        PlanDocument { plan: &outcome.plan, config: engine.config, schemas: &schemas, constraints: &constraints };
    json::plan(&document).expect("a document")
}

fn schemas(engine: &Engine<'_>, providers: BTreeSet<Provider>) -> Schemas {
    let load = |provider: Provider| {
        let schemas = engine.runtime.block_on(engine.supply.schemas(&provider)).expect("schemas");
        (provider, schemas)
    };
    providers.into_iter().map(load).collect()
}
