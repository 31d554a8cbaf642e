//! `terraform_remote_state`: the root outputs of another state.

use std::collections::BTreeMap;

use fw_diag::Severity;
use fw_provider::{Answer, ProviderDiagnostic, ProviderDiagnostics};
use fw_value::{Path, Str, Type, Value};

/// The data source.
pub(crate) const KIND: &str = "terraform_remote_state";

/// Root outputs by name; `None` where there is no such state.
pub type RemoteState = Option<BTreeMap<Str, Value>>;

/// Access to other states, which is outside of the engine.
///
/// What goes wrong is told by diagnostics with the attribute concerned (`backend`, `config` or `workspace`).
#[async_trait::async_trait]
pub trait RemoteStates: Send + Sync {
    /// Checks the settings of a backend, given as an object. Not called while any of it is unknown.
    async fn validate(&self, backend: &str, config: &Value) -> ProviderDiagnostics;

    /// Reads the outputs of a state. `reader` is the instance of the data source: `data.terraform_remote_state.a[0]`.
    async fn read(
        &self,
        backend: &str,
        config: &Value,
        workspace: Option<&str>,
        reader: &str,
    ) -> Result<RemoteState, ProviderDiagnostics>;
}

fn error(summary: &str, detail: &str, attribute: &str) -> ProviderDiagnostic {
    ProviderDiagnostic {
        severity: Severity::Error,
        summary: summary.to_owned(),
        detail: detail.to_owned(),
        attribute: Some(Path::root().attribute(attribute)),
    }
}

fn part(config: &Value, name: &str) -> Value {
    config.attr(name).unwrap_or_else(|| Value::null(Type::Dynamic))
}

fn is_object_like(value: &Value) -> bool {
    matches!(value.ty(), Type::Dynamic | Type::Object(_) | Type::Map(_))
}

/// The name of the backend; `_local` was its name before it had one.
fn backend_name(config: &Value) -> Option<Str> {
    let name = part(config, "backend").as_shared_str().map(Str::clone)?;
    Some(if &*name == "_local" { Str::from("local") } else { name })
}

/// The settings as an object.
fn backend_config(config: &Value) -> Value {
    let config = part(config, "config");
    match config.ty() {
        _ if config.is_null() => Value::empty_object(),
        Type::Map(_) => Value::object(config.string_entries().map(|(k, v)| (Str::clone(k), v.clone()))),
        _ => config,
    }
}

/// Checks the configuration as far as it is known.
pub(crate) async fn validate(states: &dyn RemoteStates, config: &Value) -> ProviderDiagnostics {
    let mut found = Vec::new();
    let settings = part(config, "config");
    match backend_name(config) {
        Some(backend) if settings.is_wholly_known() => {
            found.extend(states.validate(&backend, &backend_config(config)).await);
        }
        _ if !is_object_like(&settings) => {
            found.push(error("Invalid backend configuration", "The configuration must be an object value.", "config"));
        }
        _ => {}
    }
    if !is_object_like(&part(config, "defaults")) {
        found.push(error("Invalid default values", "Defaults must be given in an object value.", "defaults"));
    }
    found
}

/// Reads the outputs.
pub(crate) async fn read(states: &dyn RemoteStates, config: &Value, reader: &str) -> Answer<Value> {
    let Some(backend) = backend_name(config) else {
        let problem = error("Invalid backend configuration", "The backend must be named.", "backend");
        return Answer { value: None, diagnostics: vec![problem] };
    };
    let settings = backend_config(config);
    let mut diagnostics = states.validate(&backend, &settings).await;
    if diagnostics.iter().any(|d| d.severity == Severity::Error) {
        return Answer { value: None, diagnostics };
    }
    let workspace = part(config, "workspace");
    let mut outputs: BTreeMap<Str, Value> =
        part(config, "defaults").string_entries().map(|(k, v)| (Str::clone(k), v.clone())).collect();
    match states.read(&backend, &settings, workspace.as_str(), reader).await {
        Err(problems) => {
            diagnostics.extend(problems);
            return Answer { value: None, diagnostics };
        }
        Ok(None) => {
            outputs.clear();
            diagnostics.push(error(
                "Unable to find remote state",
                "No stored state was found for the given workspace in the given backend.",
                "workspace",
            ));
        }
        Ok(Some(found)) => outputs.extend(found),
    }
    let names = ["backend", "config", "defaults", "workspace"];
    let parts = names.map(|name| (Str::from(name), part(config, name)));
    let value = Value::object(parts.into_iter().chain([(Str::from("outputs"), Value::object(outputs))]));
    Answer { value: Some(value), diagnostics }
}
