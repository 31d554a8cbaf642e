//! Other states, as `terraform_remote_state` reads them: those of the backend "local".

use std::collections::BTreeMap;

use async_trait::async_trait;
use fw_builtin_provider::{RemoteState, RemoteStates};
use fw_diag::Severity;
use fw_ops::Surroundings;
use fw_provider::{ProviderDiagnostic, ProviderDiagnostics};
use fw_store::{DEFAULT_WORKSPACE, LocalState, StatePaths};
use fw_value::{Marks, Path, Str, Value};

/// States in files, seen from the root module.
pub(crate) struct LocalStates {
    surroundings: Surroundings,
}

impl LocalStates {
    /// States seen from the root module.
    pub(crate) fn new(surroundings: &Surroundings) -> Self {
        Self { surroundings: surroundings.clone() }
    }
}

fn problem(summary: &str, detail: String, attribute: &str) -> ProviderDiagnostic {
    let attribute = Some(Path::root().attribute(attribute));
    ProviderDiagnostic { severity: Severity::Error, summary: summary.to_owned(), detail, attribute }
}

fn text<'v>(config: &'v Value, name: &str) -> Option<&'v str> {
    config.attr_ref(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

#[async_trait]
impl RemoteStates for LocalStates {
    async fn validate(&self, backend: &str, config: &Value) -> ProviderDiagnostics {
        if backend != "local" {
            let detail =
                format!("There is no backend type named \"{backend}\". Formwork reads only states of \"local\".");
            return vec![problem("Invalid backend configuration", detail, "backend")];
        }
        let known = ["path", "workspace_dir"];
        let unexpected = config.string_entries().map(|(name, _)| name).find(|name| !known.contains(&&***name));
        unexpected.map_or_else(Vec::new, |name| {
            let detail = format!(
                "The given configuration is not valid for backend \"local\": unsupported attribute \"{name}\"."
            );
            vec![problem("Invalid backend configuration", detail, "config")]
        })
    }

    async fn read(
        &self,
        _backend: &str,
        config: &Value,
        workspace: Option<&str>,
    ) -> Result<RemoteState, ProviderDiagnostics> {
        let path = match workspace.filter(|name| !name.is_empty() && *name != DEFAULT_WORKSPACE) {
            None => self.surroundings.resolve(text(config, "path").unwrap_or("terraform.tfstate")),
            Some(name) => {
                let directory = text(config, "workspace_dir").unwrap_or("terraform.tfstate.d");
                self.surroundings.resolve(directory).join(name).join("terraform.tfstate")
            }
        };
        let read = LocalState::new(StatePaths::of(path)).read();
        let (state, _) = read.map_err(|error| vec![problem("Error loading state error", error.chain(), "config")])?;
        Ok(state.map(|state| {
            let marked = state.outputs.into_iter().map(|(name, output)| {
                let marks = if output.sensitive { Marks::SENSITIVE } else { Marks::NONE };
                (Str::from(name), output.value.with_marks(marks))
            });
            marked.collect::<BTreeMap<_, _>>()
        }))
    }
}
