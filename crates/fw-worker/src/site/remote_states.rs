//! `terraform_remote_state` in the service: other states are not within reach of a working directory.

use async_trait::async_trait;
use fw_builtin_provider::{RemoteState, RemoteStates};
use fw_diag::Severity;
use fw_provider::{ProviderDiagnostic, ProviderDiagnostics};
use fw_value::{Path, Value};

/// There are none.
pub(super) struct NoStates;

fn none(backend: &str) -> ProviderDiagnostics {
    vec![ProviderDiagnostic {
        severity: Severity::Error,
        summary: "Invalid backend configuration".to_owned(),
        detail: format!("Stacks of the service cannot read states of the backend \"{backend}\"."),
        attribute: Some(Path::root().attribute("backend")),
    }]
}

#[async_trait]
impl RemoteStates for NoStates {
    async fn validate(&self, backend: &str, _config: &Value) -> ProviderDiagnostics {
        none(backend)
    }

    async fn read(
        &self,
        backend: &str,
        _config: &Value,
        _workspace: Option<&str>,
        _reader: &str,
    ) -> Result<RemoteState, ProviderDiagnostics> {
        Err(none(backend))
    }
}
