//! `show`: the state of the selected workspace, a state file, or a saved plan.

use std::path::Path;

use fw_diag::{Diagnostic, Diagnostics};
use fw_encryption::is_encrypted;
use fw_ops::PlanFileError;
use fw_ops::saved_plan::{SavedPlan, is_plan_file};
use fw_state::{ReadError, State};
use fw_store::StoreError;
use fw_views::json::{PlanDocument, providers_of_plan, providers_of_state};
use fw_views::{human, json};

use crate::backend::StateFlags;
use crate::bench::{Bench, BenchOptions};
use crate::flags::{Arguments, Flag};
use crate::session::{Exit, Session};

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let (arguments, error) = Arguments::parse(&[Flag::switch("json")], arguments);
    if let Some(error) = error {
        return session.usage_error("show", &error.into());
    }
    if arguments.positional.len() > 1 {
        let detail = "Expected at most one positional argument.";
        return session.usage_error("show", &Diagnostic::error("Too many command line arguments", detail).into());
    }
    let is_json = arguments.switch("json", false);
    let shown = match arguments.positional.first() {
        Some(path) => file(session, path, is_json),
        None => current(session, is_json),
    };
    match shown {
        Ok(text) => {
            session.out(&text);
            Exit::Success
        }
        Err(told) => session.finish(&told),
    }
}

fn current(session: &Session, is_json: bool) -> Result<String, Diagnostics> {
    let backend = session.backend()?;
    let mut store = backend.state(&StateFlags::default())?;
    let state = match store.read() {
        Ok((state, _)) => state,
        Err(StoreError::Unusable { problems, .. }) => return Err(problems),
        Err(error) => return Err(Diagnostic::error(format!("Failed to load state: {}", error.chain()), "").into()),
    };
    // An empty file is a state to terraform.
    let is_file = backend.paths(&StateFlags::default()).is_some_and(|paths| paths.read.exists());
    let state = state.or_else(|| is_file.then(State::new));
    shown_state(session, state.as_ref(), is_json)
}

fn shown_state(session: &Session, state: Option<&State>, is_json: bool) -> Result<String, Diagnostics> {
    let Some(state) = state else {
        return if is_json {
            document(json::state(None, &human::Schemas::new()))
        } else {
            Ok("No state.\n".to_owned())
        };
    };
    if state.resources().next().is_none() {
        let none = human::Schemas::new();
        return if is_json {
            document(json::state(Some(state), &none))
        } else {
            Ok(human::state(state, &none, &session.style()))
        };
    }
    // A configuration that cannot be read is no reason not to show a state.
    let (config, _) = session.load();
    let providers = providers_of_state(state);
    let options = BenchOptions { workspace: fw_store::DEFAULT_WORKSPACE, parallelism: 1, of_state: providers.clone() };
    let bench = Bench::set_up(session, config, options)?;
    let schemas = bench.schemas(providers)?;
    if is_json {
        document(json::state(Some(state), &schemas))
    } else {
        Ok(human::state(state, &schemas, &session.style()))
    }
}

fn document(text: Result<String, json::DocumentError>) -> Result<String, Diagnostics> {
    match text {
        Ok(text) => Ok(format!("{text}\n")),
        Err(error) => Err(Diagnostic::error(format!("Failed to marshal state to json: {error}"), "").into()),
    }
}

fn file(session: &Session, path: &str, is_json: bool) -> Result<String, Diagnostics> {
    let failed = |state_error: &str, plan_error: &str, cloud_error: &str| {
        let detail = format!(
            "State read error: {state_error}\n\nPlan read error: couldn't load the provided path as either a local plan file \
             ({plan_error}) or a saved cloud plan ({cloud_error})"
        );
        Diagnostics::from(Diagnostic::error("Failed to read the given file as a state or plan file", detail))
    };
    let bytes = std::fs::read(session.surroundings.resolve(Path::new(path))).map_err(|error| {
        let why = format!("open {path}: {}", fw_diag::system_error(&error));
        failed(&format!("Error loading statefile: {why}"), &why, &why)
    })?;
    let was_encrypted = is_encrypted(&bytes);
    let bytes = if was_encrypted { decrypted(session, bytes, path, &failed)? } else { bytes };
    if is_plan_file(&bytes) {
        let bytes = if was_encrypted { Ok(bytes) } else { session.decrypted_plan(bytes)? };
        // A plan in plain text may have to be encrypted.
        let bytes = bytes.map_err(|why| {
            Diagnostics::from(Diagnostic::error("Couldn't show local plan", format!("Plan read error: {why}")))
        })?;
        let saved =
            SavedPlan::from_bytes(&bytes).map_err(|error: PlanFileError| Diagnostics::from(error.diagnostic(path)))?;
        return shown_plan(session, saved, is_json);
    }
    match fw_state::read(&bytes) {
        Ok(state) => shown_state(session, Some(&state), is_json),
        Err(ReadError::Empty) => shown_state(session, None, is_json),
        Err(ReadError::Unusable(problems)) => {
            let why = super::state::access::in_one_text(&problems);
            Err(failed(
                &format!("Error reading {path} as a statefile: {why}"),
                "zip: not a valid zip file",
                &not_a_cloud_plan(&bytes),
            ))
        }
    }
}

/// The bytes of an encrypted plan or state.
fn decrypted(
    session: &Session,
    bytes: Vec<u8>,
    path: &str,
    failed: &dyn Fn(&str, &str, &str) -> Diagnostics,
) -> Result<Vec<u8>, Diagnostics> {
    let state = session.encryption()?.state();
    let not_a_plan = match session.decrypted_plan(bytes.clone())? {
        Ok(plan) => return Ok(plan),
        Err(why) => why,
    };
    let not_a_state = match state.map(|state| state.open(&bytes)) {
        Some(Ok(opened)) => return Ok(opened.plain),
        Some(Err(why)) => why,
        None => {
            "Unsupported state file format: This state file is encrypted and can not be read without an encryption \
                 configuration"
                .to_owned()
        }
    };
    let not_a_state = format!("Error reading {path} as a statefile: {not_a_state}");
    Err(failed(&not_a_state, &not_a_plan, "invalid cloud plan bookmark"))
}

/// Why a file is no reference to a plan elsewhere, which would be JSON, in the words of Go's parser.
fn not_a_cloud_plan(bytes: &[u8]) -> String {
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => "unexpected end of JSON input".to_owned(),
        Some(b'{') => "invalid cloud plan bookmark".to_owned(),
        Some(other) => format!("invalid character '{}' looking for beginning of value", char::from(*other)),
    }
}

fn shown_plan(session: &Session, saved: SavedPlan, is_json: bool) -> Result<String, Diagnostics> {
    let (config, told) = saved.configuration(&session.sources);
    if told.has_errors() {
        return Err(told);
    }
    let plan = saved.plan;
    let options =
        BenchOptions { workspace: &saved.workspace, parallelism: 1, of_state: providers_of_state(&plan.prior_state) };
    let bench = Bench::set_up(session, config, options)?;
    let schemas = bench.schemas(providers_of_plan(&plan, &bench.config))?;
    if !is_json {
        return Ok(human::plan(&plan, &schemas, &session.style()));
    }
    let shown =
        json::plan(&PlanDocument { plan: &plan, config: &bench.config, schemas: &schemas, constraints: &constraints });
    match shown {
        Ok(text) => Ok(format!("{text}\n")),
        Err(error) => Err(Diagnostic::error(format!("Failed to marshal plan to json: {error}"), "").into()),
    }
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
