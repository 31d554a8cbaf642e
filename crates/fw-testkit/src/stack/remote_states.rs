//! Other stacks' states: none.

use fw_builtin_provider::{RemoteState, RemoteStates};
use fw_diag::Severity;
use fw_provider::{ProviderDiagnostic, ProviderDiagnostics};
use fw_value::Value;

/// There are none.
pub(super) struct NoRemoteStates;

#[async_trait::async_trait]
impl RemoteStates for NoRemoteStates {
    async fn validate(&self, _backend: &str, _config: &Value) -> ProviderDiagnostics {
        Vec::new()
    }

    async fn read(
        &self,
        _backend: &str,
        _config: &Value,
        _workspace: Option<&str>,
        _reader: &str,
    ) -> Result<RemoteState, ProviderDiagnostics> {
        Err(vec![ProviderDiagnostic {
            severity: Severity::Error,
            summary: "No other states".to_owned(),
            detail: "Tests have no other states.".to_owned(),
            attribute: None,
        }])
    }
}
