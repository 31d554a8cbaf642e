//! The provider trait. One implementation of it speaks to plugin processes (`fw-plugin-host`), one is built in.
//!
//! Values given are unmarked and conform to the implied type of the schema; so must answers be: an implementation turns
//! anything else into an error diagnostic. Diagnostics about a part of the configuration carry an [`AttributePath`]; the
//! caller finds the place in the source.

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_addr::AbsResourceInstance;
use fw_diag::Severity;
use fw_value::{Path, Str, Value};

use crate::ProviderSchemas;

/// Bytes a provider stores with an object; the engine never looks inside.
pub type PrivateData = bytes::Bytes;

/// A problem a provider tells of.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderDiagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// Headline.
    pub summary: String,
    /// The rest.
    pub detail: String,
    /// The attribute concerned.
    pub attribute: Option<Path>,
}

/// What a provider told beside its answer.
pub type ProviderDiagnostics = Vec<ProviderDiagnostic>;

/// UpgradeResourceState: called for every object read from a state.
#[derive(Clone, Debug)]
pub struct UpgradeRequest {
    /// The resource type.
    pub kind: Str,
    /// The schema version it was stored with.
    pub version: i64,
    /// As stored: JSON text, or the legacy flat map.
    pub stored: StoredAttributes,
}

/// Attributes as a state file has them.
#[derive(Clone, Debug)]
pub enum StoredAttributes {
    /// JSON text of an object.
    Json(bytes::Bytes),
    /// Of states before version 4.
    Flatmap(BTreeMap<String, String>),
}

/// Answer to [`UpgradeRequest`].
#[derive(Clone, Debug)]
pub struct UpgradeResponse {
    /// Fits the current schema.
    pub value: Value,
}

/// ReadResource.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// The resource type.
    pub kind: Str,
    /// The object as the state has it.
    pub prior: Value,
    /// Stored private data.
    pub private: PrivateData,
    /// `provider_meta` of the module, or null.
    pub provider_meta: Option<Value>,
    /// Stored identity.
    pub identity: Option<Value>,
}

/// Answer to [`ReadRequest`].
#[derive(Clone, Debug)]
pub struct ReadResponse {
    /// The object as it is now; null when it is gone.
    pub value: Value,
    /// To store.
    pub private: PrivateData,
    /// To store.
    pub identity: Option<Value>,
}

/// PlanResourceChange.
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// The resource type.
    pub kind: Str,
    /// Null for a create.
    pub prior: Value,
    /// Prior and configuration merged; null for a destroy.
    pub proposed: Value,
    /// Null for a destroy.
    pub config: Value,
    /// Stored private data.
    pub private: PrivateData,
    /// `provider_meta` of the module, or null.
    pub provider_meta: Option<Value>,
    /// Stored identity.
    pub identity: Option<Value>,
}

/// Answer to [`PlanRequest`].
#[derive(Clone, Debug)]
pub struct PlanResponse {
    /// What the object will be.
    pub planned: Value,
    /// Attributes whose change needs a new object.
    pub requires_replace: Vec<Path>,
    /// To hand to apply.
    pub private: PrivateData,
    /// Answers of the old SDK are held to looser rules.
    pub legacy_type_system: bool,
    /// Planned identity.
    pub identity: Option<Value>,
}

/// ApplyResourceChange.
#[derive(Clone, Debug)]
pub struct ApplyRequest {
    /// The resource type.
    pub kind: Str,
    /// Null for a create.
    pub prior: Value,
    /// Null for a destroy.
    pub planned: Value,
    /// Null for a destroy.
    pub config: Value,
    /// From the plan.
    pub private: PrivateData,
    /// `provider_meta` of the module, or null.
    pub provider_meta: Option<Value>,
    /// From the plan.
    pub identity: Option<Value>,
}

/// Answer to [`ApplyRequest`]; there may be one even when errors came with it.
#[derive(Clone, Debug)]
pub struct ApplyResponse {
    /// What the object is now.
    pub value: Value,
    /// To store.
    pub private: PrivateData,
    /// Answers of the old SDK are held to looser rules.
    pub legacy_type_system: bool,
    /// To store.
    pub identity: Option<Value>,
}

/// What to import.
#[derive(Clone, Debug)]
pub enum ImportTarget {
    /// By id.
    Id(String),
    /// By identity.
    Identity(Value),
}

/// ImportResourceState.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// The resource type.
    pub kind: Str,
    /// Which object.
    pub target: ImportTarget,
}

/// Answer to [`ImportRequest`].
#[derive(Clone, Debug)]
pub struct ImportResponse {
    /// Usually one.
    pub objects: Vec<ImportedObject>,
}

/// One imported object, to be refreshed next.
#[derive(Clone, Debug)]
pub struct ImportedObject {
    /// Its resource type.
    pub kind: Str,
    /// What the provider knows of it so far.
    pub value: Value,
    /// To store.
    pub private: PrivateData,
    /// To store.
    pub identity: Option<Value>,
}

/// MoveResourceState.
#[derive(Clone, Debug)]
pub struct MoveRequest {
    /// Address of the provider that stored it.
    pub source_provider: String,
    /// Its resource type there.
    pub source_kind: Str,
    /// Its schema version there.
    pub source_version: i64,
    /// As stored.
    pub source: bytes::Bytes,
    /// Stored private data.
    pub source_private: PrivateData,
    /// Stored identity: JSON text and version.
    pub source_identity: Option<(bytes::Bytes, i64)>,
    /// The resource type here.
    pub target_kind: Str,
}

/// Answer to [`MoveRequest`].
#[derive(Clone, Debug)]
pub struct MoveResponse {
    /// Fits the target type's schema.
    pub value: Value,
    /// To store.
    pub private: PrivateData,
    /// To store.
    pub identity: Option<Value>,
}

/// ReadDataSource.
#[derive(Clone, Debug)]
pub struct ReadDataRequest {
    /// The data source.
    pub kind: Str,
    /// The configuration.
    pub config: Value,
    /// `provider_meta` of the module, or null.
    pub provider_meta: Option<Value>,
    /// Whose configuration it is; of interest to the provider that is part of the program.
    pub address: Option<AbsResourceInstance>,
}

/// OpenEphemeralResource.
#[derive(Clone, Debug)]
pub struct OpenRequest {
    /// The ephemeral resource type.
    pub kind: Str,
    /// The configuration.
    pub config: Value,
}

/// Answer to [`OpenRequest`].
#[derive(Clone, Debug)]
pub struct OpenResponse {
    /// The result; never stored.
    pub value: Value,
    /// To hand to renew and close.
    pub private: PrivateData,
    /// When to renew, in seconds since the Unix epoch.
    pub renew_at: Option<i64>,
}

/// Answer to a renewal.
#[derive(Clone, Debug)]
pub struct RenewResponse {
    /// To hand to the next renewal and to close.
    pub private: PrivateData,
    /// When to renew next, in seconds since the Unix epoch.
    pub renew_at: Option<i64>,
}

/// ListResource.
#[derive(Clone, Debug)]
pub struct ListRequest {
    /// The list, which has the name of the resource type.
    pub kind: Str,
    /// The configuration.
    pub config: Value,
    /// Whether the objects are wanted, beside their identities.
    pub include_resource: bool,
    /// No more are wanted.
    pub limit: i64,
}

/// One object of a list.
#[derive(Clone, Debug)]
pub struct ListedObject {
    /// For people.
    pub display_name: String,
    /// What names it in the real world.
    pub identity: Value,
    /// The object, if it was asked for.
    pub object: Option<Value>,
}

/// An answer and what was told beside it. With errors there may still be an answer (apply does that).
#[derive(Clone, Debug)]
pub struct Answer<T> {
    /// The answer.
    pub value: Option<T>,
    /// What was told.
    pub diagnostics: ProviderDiagnostics,
}

/// A running provider with at most one configuration.
#[async_trait::async_trait]
pub trait Provider: Send + Sync {
    /// What it offers; asked once, then remembered by the implementation.
    async fn schemas(&self) -> Answer<Arc<ProviderSchemas>>;
    /// ValidateProviderConfig (PrepareProviderConfig).
    async fn validate_provider(&self, config: Value) -> Answer<()>;
    /// ConfigureProvider; `config` may have unknown parts while planning.
    async fn configure(&self, config: Value) -> Answer<()>;
    /// ValidateResourceConfig.
    async fn validate_resource(&self, kind: &Str, config: Value) -> Answer<()>;
    /// ValidateDataResourceConfig.
    async fn validate_data(&self, kind: &Str, config: Value) -> Answer<()>;
    /// ValidateEphemeralResourceConfig.
    async fn validate_ephemeral(&self, kind: &Str, config: Value) -> Answer<()>;
    /// UpgradeResourceState.
    async fn upgrade(&self, request: UpgradeRequest) -> Answer<UpgradeResponse>;
    /// UpgradeResourceIdentity: stored version and JSON text to the current schema.
    async fn upgrade_identity(&self, kind: &Str, version: i64, stored: bytes::Bytes) -> Answer<Value>;
    /// ReadResource.
    async fn read(&self, request: ReadRequest) -> Answer<ReadResponse>;
    /// PlanResourceChange.
    async fn plan(&self, request: PlanRequest) -> Answer<PlanResponse>;
    /// ApplyResourceChange.
    async fn apply(&self, request: ApplyRequest) -> Answer<ApplyResponse>;
    /// ImportResourceState.
    async fn import(&self, request: ImportRequest) -> Answer<ImportResponse>;
    /// MoveResourceState.
    async fn move_state(&self, request: MoveRequest) -> Answer<MoveResponse>;
    /// ReadDataSource.
    async fn read_data(&self, request: ReadDataRequest) -> Answer<Value>;
    /// OpenEphemeralResource.
    async fn open(&self, request: OpenRequest) -> Answer<OpenResponse>;
    /// RenewEphemeralResource.
    async fn renew(&self, kind: &Str, private: PrivateData) -> Answer<RenewResponse>;
    /// CloseEphemeralResource.
    async fn close(&self, kind: &Str, private: PrivateData) -> Answer<()>;
    /// CallFunction; the error names the argument at fault, if any.
    async fn call_function(&self, name: &str, arguments: Vec<Value>) -> Result<Value, (String, Option<usize>)>;
    /// ValidateListResourceConfig.
    async fn validate_list(&self, kind: &Str, _config: Value, _include_resource: Value, _limit: Value) -> Answer<()> {
        not_offered("list resource", kind)
    }
    /// ListResource. With errors, there is still what came before them.
    async fn list(&self, request: ListRequest) -> Answer<Vec<ListedObject>> {
        not_offered("list resource", &request.kind)
    }
    /// GenerateResourceConfig: what of an object can be configured.
    async fn generate_config(&self, kind: &Str, _object: Value) -> Answer<Value> {
        not_offered("resource type", kind)
    }
    /// ValidateActionConfig.
    async fn validate_action(&self, kind: &Str, _config: Value) -> Answer<()> {
        not_offered("action", kind)
    }
    /// PlanAction.
    async fn plan_action(&self, kind: &Str, _config: Value) -> Answer<()> {
        not_offered("action", kind)
    }
    /// InvokeAction; `progress` is told what it says on the way.
    async fn invoke_action(&self, kind: &Str, _config: Value, _progress: &Progress<'_>) -> Answer<()> {
        not_offered("action", kind)
    }
    /// StopProvider: asks running operations to end soon.
    async fn stop(&self);
    /// Ends whatever runs behind it, politely; nothing is asked of it after that.
    async fn shutdown(&self) {}
}

/// Is told what an action says while it runs.
pub type Progress<'p> = dyn Fn(&str) + Send + Sync + 'p;

fn not_offered<T>(what: &str, kind: &str) -> Answer<T> {
    let told = ProviderDiagnostic {
        severity: Severity::Error,
        summary: format!("unknown {what} \"{kind}\""),
        detail: String::new(),
        attribute: None,
    };
    Answer { value: None, diagnostics: vec![told] }
}
