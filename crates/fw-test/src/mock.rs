//! A stand-in for a provider: checks configurations as the real one does, and makes up whatever that would compute.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use fw_addr::{Name, ResourceMode};
use fw_config::testing::{During, Mock, Override};
use fw_diag::{Severity, SourceMap};
use fw_provider::{
    Answer, ApplyRequest, ApplyResponse, ImportRequest, ImportResponse, MoveRequest, MoveResponse, OpenRequest,
    OpenResponse, PlanRequest, PlanResponse, PrivateData, Provider, ProviderDiagnostic, ProviderSchemas,
    ReadDataRequest, ReadRequest, ReadResponse, RenewResponse, UpgradeRequest, UpgradeResponse,
};
use fw_schema::Schema;
use fw_value::{Str, Value};

use crate::made_up::{Blank, Filling};

/// Values for computed attributes.
#[derive(Clone, Debug)]
pub(crate) struct MadeUp {
    pub(crate) values: Value,
    pub(crate) during: During,
    /// Where they are written, in words.
    pub(crate) place: String,
}

impl MadeUp {
    fn nothing(during: During) -> Self {
        Self { values: Value::empty_object(), during, place: String::new() }
    }

    /// What an override says; where it does not say when that is known, `during` does.
    pub(crate) fn of(one: &Override, during: During, sources: &SourceMap) -> Self {
        Self { values: one.values.clone(), during: one.during.unwrap_or(during), place: sources.describe(one.span) }
    }
}

/// The stand-in.
pub(crate) struct MockProvider {
    real: Arc<dyn Provider>,
    types: BTreeMap<(ResourceMode, Name), MadeUp>,
    otherwise: MadeUp,
}

impl MockProvider {
    /// A mocked provider.
    pub(crate) fn of(mock: &Mock, real: Arc<dyn Provider>, sources: &SourceMap) -> Self {
        let made_up = |one: &fw_config::testing::MockType| MadeUp {
            values: one.defaults.clone(),
            during: one.during.unwrap_or(mock.during),
            place: one.defaults_span.map_or_else(String::new, |span| sources.describe(span)),
        };
        let types = mock.types.iter().map(|(key, one)| (key.clone(), made_up(one))).collect();
        Self { real, types, otherwise: MadeUp::nothing(During::Apply) }
    }

    /// A stand-in for one instance.
    pub(crate) fn overridden(with: MadeUp, real: Arc<dyn Provider>) -> Self {
        Self { real, types: BTreeMap::new(), otherwise: with }
    }

    fn made_up(&self, mode: ResourceMode, kind: &str) -> &MadeUp {
        self.types.get(&(mode, kind.into())).unwrap_or(&self.otherwise)
    }

    async fn schema(&self, mode: ResourceMode, kind: &str) -> Option<Arc<Schema>> {
        let schemas = self.real.schemas().await.value?;
        if mode == ResourceMode::Data { schemas.data_source(kind) } else { schemas.resource(kind) }
    }

    /// The value with all filled in; or with what is computed unknown, while that is not known.
    async fn fill(&self, mode: ResourceMode, kind: &str, value: &Value, blank: Blank, known: bool) -> Answer<Value> {
        let Some(schema) = self.schema(mode, kind).await else {
            return failed("Missing schema", format!("The provider describes no {kind}."));
        };
        let made_up = self.made_up(mode, kind);
        let given = (known || made_up.during == During::Plan).then_some(&made_up.values);
        let mut filling = Filling { blank, given, place: &made_up.place, problems: Vec::new() };
        let filled = filling.fill(&schema.block, value);
        let problem = |detail| error("Failed to compute attribute", detail);
        Answer { value: Some(filled), diagnostics: filling.problems.into_iter().map(problem).collect() }
    }
}

fn error(summary: &str, detail: String) -> ProviderDiagnostic {
    ProviderDiagnostic { severity: Severity::Error, summary: summary.to_owned(), detail, attribute: None }
}

fn failed<T>(summary: &str, detail: String) -> Answer<T> {
    Answer { value: None, diagnostics: vec![error(summary, detail)] }
}

fn fine<T>(value: T) -> Answer<T> {
    Answer { value: Some(value), diagnostics: Vec::new() }
}

#[async_trait]
impl Provider for MockProvider {
    async fn schemas(&self) -> Answer<Arc<ProviderSchemas>> {
        self.real.schemas().await
    }

    async fn validate_provider(&self, _config: Value) -> Answer<()> {
        fine(())
    }

    async fn configure(&self, _config: Value) -> Answer<()> {
        fine(())
    }

    async fn validate_resource(&self, kind: &Str, config: Value) -> Answer<()> {
        self.real.validate_resource(kind, config).await
    }

    async fn validate_data(&self, kind: &Str, config: Value) -> Answer<()> {
        self.real.validate_data(kind, config).await
    }

    async fn validate_ephemeral(&self, kind: &Str, config: Value) -> Answer<()> {
        self.real.validate_ephemeral(kind, config).await
    }

    async fn upgrade(&self, request: UpgradeRequest) -> Answer<UpgradeResponse> {
        self.real.upgrade(request).await
    }

    async fn upgrade_identity(&self, kind: &Str, version: i64, stored: Bytes) -> Answer<Value> {
        self.real.upgrade_identity(kind, version, stored).await
    }

    async fn read(&self, request: ReadRequest) -> Answer<ReadResponse> {
        fine(ReadResponse { value: request.prior, private: request.private, identity: request.identity })
    }

    async fn plan(&self, request: PlanRequest) -> Answer<PlanResponse> {
        // What is there already has had everything computed.
        let planned = if request.proposed.is_null() || !request.prior.is_null() {
            fine(request.proposed.clone())
        } else {
            self.fill(ResourceMode::Managed, &request.kind, &request.proposed, Blank::Null, false).await
        };
        let response = planned.value.map(|planned| PlanResponse {
            planned,
            requires_replace: Vec::new(),
            private: request.private,
            legacy_type_system: false,
            identity: request.identity,
        });
        Answer { value: response, diagnostics: planned.diagnostics }
    }

    async fn apply(&self, request: ApplyRequest) -> Answer<ApplyResponse> {
        let done = if request.planned.is_null() {
            fine(request.planned.clone())
        } else {
            self.fill(ResourceMode::Managed, &request.kind, &request.planned, Blank::Unknown, true).await
        };
        let response = done.value.map(|value| ApplyResponse {
            value,
            private: request.private,
            legacy_type_system: false,
            identity: request.identity,
        });
        Answer { value: response, diagnostics: done.diagnostics }
    }

    async fn import(&self, _request: ImportRequest) -> Answer<ImportResponse> {
        let detail = "Cannot import resources from mock providers. Use an `override_resource` block to targeting the \
                      specific resource being imported instead.";
        failed("Invalid import request", detail.to_owned())
    }

    async fn move_state(&self, request: MoveRequest) -> Answer<MoveResponse> {
        self.real.move_state(request).await
    }

    async fn read_data(&self, request: ReadDataRequest) -> Answer<Value> {
        self.fill(ResourceMode::Data, &request.kind, &request.config, Blank::Null, true).await
    }

    async fn open(&self, _request: OpenRequest) -> Answer<OpenResponse> {
        failed("Invalid ephemeral resource", "Ephemeral resources cannot be mocked.".to_owned())
    }

    async fn renew(&self, kind: &Str, private: PrivateData) -> Answer<RenewResponse> {
        self.real.renew(kind, private).await
    }

    async fn close(&self, kind: &Str, private: PrivateData) -> Answer<()> {
        self.real.close(kind, private).await
    }

    async fn call_function(&self, name: &str, arguments: Vec<Value>) -> Result<Value, (String, Option<usize>)> {
        self.real.call_function(name, arguments).await
    }

    async fn validate_action(&self, kind: &Str, config: Value) -> Answer<()> {
        self.real.validate_action(kind, config).await
    }

    async fn plan_action(&self, _kind: &Str, _config: Value) -> Answer<()> {
        fine(())
    }

    async fn invoke_action(&self, _kind: &Str, _config: Value, _progress: &fw_provider::Progress<'_>) -> Answer<()> {
        fine(())
    }

    async fn stop(&self) {
        self.real.stop().await;
    }
}
