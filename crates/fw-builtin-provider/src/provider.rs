//! The provider itself.

use std::fmt;
use std::sync::Arc;

use fw_provider::{
    Answer, ApplyRequest, ApplyResponse, ImportRequest, ImportResponse, ImportTarget, ImportedObject, MoveRequest,
    MoveResponse, OpenRequest, OpenResponse, PlanRequest, PlanResponse, PrivateData, Provider, ProviderDiagnostics,
    ProviderSchemas, ReadDataRequest, ReadRequest, ReadResponse, RenewResponse, StoredAttributes, UpgradeRequest,
    UpgradeResponse,
};
use fw_value::{Str, Type, Value};

use crate::remote_state::RemoteStates;
use crate::{data, functions, remote_state, schema};

/// The built-in provider.
pub struct Builtin {
    schemas: Arc<ProviderSchemas>,
    random: Box<dyn Fn() -> [u8; 16] + Send + Sync>,
    states: Arc<dyn RemoteStates>,
}

impl fmt::Debug for Builtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builtin").finish_non_exhaustive()
    }
}

impl Builtin {
    /// With a source of randomness for ids, and access to other states.
    #[must_use]
    pub fn new(random: impl Fn() -> [u8; 16] + Send + Sync + 'static, states: Arc<dyn RemoteStates>) -> Self {
        Self { schemas: Arc::new(schema::schemas()), random: Box::new(random), states }
    }

    /// What it offers, without waiting.
    #[must_use]
    pub fn offered(&self) -> Arc<ProviderSchemas> {
        Arc::clone(&self.schemas)
    }
}

fn told<T>(value: T, diagnostics: ProviderDiagnostics) -> Answer<T> {
    Answer { value: Some(value), diagnostics }
}

fn refused<T>(what: &str, kind: &str) -> Answer<T> {
    Answer { value: None, diagnostics: vec![data::error(format!("unsupported {what} {kind}"))] }
}

#[async_trait::async_trait]
impl Provider for Builtin {
    async fn schemas(&self) -> Answer<Arc<ProviderSchemas>> {
        told(self.offered(), vec![])
    }

    async fn validate_provider(&self, _config: Value) -> Answer<()> {
        told((), vec![])
    }

    async fn configure(&self, _config: Value) -> Answer<()> {
        told((), vec![])
    }

    async fn validate_resource(&self, kind: &Str, config: Value) -> Answer<()> {
        if &**kind == data::KIND { told((), data::validate(&config)) } else { refused("resource type", kind) }
    }

    async fn validate_data(&self, kind: &Str, config: Value) -> Answer<()> {
        if &**kind == remote_state::KIND {
            told((), remote_state::validate(&*self.states, &config).await)
        } else {
            refused("data source", kind)
        }
    }

    async fn validate_ephemeral(&self, kind: &Str, _config: Value) -> Answer<()> {
        refused("ephemeral resource type", kind)
    }

    async fn upgrade(&self, request: UpgradeRequest) -> Answer<UpgradeResponse> {
        let StoredAttributes::Json(json) = request.stored else {
            return refused("state format of", &request.kind);
        };
        match data::decode(&json, &schema::data().implied_type()) {
            Ok(value) => told(UpgradeResponse { value }, vec![]),
            Err(problem) => Answer { value: None, diagnostics: vec![data::error(problem)] },
        }
    }

    async fn upgrade_identity(&self, kind: &Str, _version: i64, _stored: bytes::Bytes) -> Answer<Value> {
        refused("identity of", kind)
    }

    async fn read(&self, request: ReadRequest) -> Answer<ReadResponse> {
        let ReadRequest { prior: value, private, identity, .. } = request;
        told(ReadResponse { value, private, identity }, vec![])
    }

    async fn plan(&self, request: PlanRequest) -> Answer<PlanResponse> {
        told(data::plan(request), vec![])
    }

    async fn apply(&self, request: ApplyRequest) -> Answer<ApplyResponse> {
        let value = data::apply(request.planned, &self.random);
        let (private, identity) = (request.private, request.identity);
        told(ApplyResponse { value, private, legacy_type_system: false, identity }, vec![])
    }

    async fn import(&self, request: ImportRequest) -> Answer<ImportResponse> {
        let ImportTarget::Id(id) = request.target else {
            return refused("import by identity of", &request.kind);
        };
        let null = || Value::null(Type::Dynamic);
        let value = Value::object([
            ("id", Value::string(id)),
            ("input", null()),
            ("output", null()),
            ("triggers_replace", null()),
        ]);
        let object = ImportedObject { kind: request.kind, value, private: PrivateData::new(), identity: None };
        told(ImportResponse { objects: vec![object] }, vec![])
    }

    async fn move_state(&self, request: MoveRequest) -> Answer<MoveResponse> {
        data::move_state(request)
    }

    async fn read_data(&self, request: ReadDataRequest) -> Answer<Value> {
        if &*request.kind == remote_state::KIND {
            let instance = request.address.map(|address| address.to_string()).unwrap_or_default();
            remote_state::read(&*self.states, &request.config, &instance).await
        } else {
            refused("data source", &request.kind)
        }
    }

    async fn open(&self, request: OpenRequest) -> Answer<OpenResponse> {
        refused("ephemeral resource type", &request.kind)
    }

    async fn renew(&self, kind: &Str, _private: PrivateData) -> Answer<RenewResponse> {
        refused("ephemeral resource type", kind)
    }

    async fn close(&self, kind: &Str, _private: PrivateData) -> Answer<()> {
        refused("ephemeral resource type", kind)
    }

    async fn call_function(&self, name: &str, arguments: Vec<Value>) -> Result<Value, (String, Option<usize>)> {
        functions::call(name, &arguments)
    }

    async fn stop(&self) {}
}
