//! The provider trait for plugins. The calls themselves are in `calls`.

use std::sync::Arc;

use async_trait::async_trait;
use fw_plugin_proto::Bytes;
use fw_provider::{
    Answer, ApplyRequest, ApplyResponse, ImportRequest, ImportResponse, ListRequest, ListedObject, MoveRequest,
    MoveResponse, OpenRequest, OpenResponse, PlanRequest, PlanResponse, PrivateData, Progress, Provider,
    ProviderSchemas, ReadDataRequest, ReadRequest, ReadResponse, RenewResponse, UpgradeRequest, UpgradeResponse,
};
use fw_value::{Str, Value};

use crate::calls::flatten;
use crate::plugin::Plugin;

#[async_trait]
impl Provider for Plugin {
    async fn schemas(&self) -> Answer<Arc<ProviderSchemas>> {
        self.offered().await.clone()
    }

    async fn validate_provider(&self, config: Value) -> Answer<()> {
        flatten(self.validate_provider_config(config).await)
    }

    async fn configure(&self, config: Value) -> Answer<()> {
        flatten(self.configure_provider(config).await)
    }

    async fn validate_resource(&self, kind: &Str, config: Value) -> Answer<()> {
        flatten(self.validate_resource_config(kind, config).await)
    }

    async fn validate_data(&self, kind: &Str, config: Value) -> Answer<()> {
        flatten(self.validate_data_config(kind, config).await)
    }

    async fn validate_ephemeral(&self, kind: &Str, config: Value) -> Answer<()> {
        flatten(self.validate_ephemeral_config(kind, config).await)
    }

    async fn upgrade(&self, request: UpgradeRequest) -> Answer<UpgradeResponse> {
        flatten(self.upgrade_state(request).await)
    }

    async fn upgrade_identity(&self, kind: &Str, version: i64, stored: Bytes) -> Answer<Value> {
        flatten(self.upgrade_stored_identity(kind, version, stored).await)
    }

    async fn read(&self, request: ReadRequest) -> Answer<ReadResponse> {
        self.pace.again(|| async { flatten(self.read_resource(request.clone()).await) }).await
    }

    async fn plan(&self, request: PlanRequest) -> Answer<PlanResponse> {
        self.pace.again(|| async { flatten(self.plan_resource(request.clone()).await) }).await
    }

    async fn apply(&self, request: ApplyRequest) -> Answer<ApplyResponse> {
        self.pace.once(async { flatten(self.apply_resource(request).await) }).await
    }

    async fn import(&self, request: ImportRequest) -> Answer<ImportResponse> {
        self.pace.again(|| async { flatten(self.import_state(request.clone()).await) }).await
    }

    async fn move_state(&self, request: MoveRequest) -> Answer<MoveResponse> {
        flatten(self.move_stored(request).await)
    }

    async fn read_data(&self, request: ReadDataRequest) -> Answer<Value> {
        self.pace.again(|| async { flatten(self.read_data_source(request.clone()).await) }).await
    }

    async fn open(&self, request: OpenRequest) -> Answer<OpenResponse> {
        flatten(self.open_ephemeral(request).await)
    }

    async fn renew(&self, kind: &Str, private: PrivateData) -> Answer<RenewResponse> {
        flatten(self.renew_ephemeral(kind, private).await)
    }

    async fn close(&self, kind: &Str, private: PrivateData) -> Answer<()> {
        flatten(self.close_ephemeral(kind, private).await)
    }

    async fn call_function(&self, name: &str, arguments: Vec<Value>) -> Result<Value, (String, Option<usize>)> {
        self.call(name, arguments).await
    }

    async fn validate_list(&self, kind: &Str, config: Value, include_resource: Value, limit: Value) -> Answer<()> {
        flatten(self.validate_list_config(kind, config, include_resource, limit).await)
    }

    async fn list(&self, request: ListRequest) -> Answer<Vec<ListedObject>> {
        self.pace.again(|| async { flatten(self.list_resource(request.clone()).await) }).await
    }

    async fn generate_config(&self, kind: &Str, object: Value) -> Answer<Value> {
        flatten(self.generate_resource_config(kind, object).await)
    }

    async fn validate_action(&self, kind: &Str, config: Value) -> Answer<()> {
        flatten(self.validate_action_config(kind, config).await)
    }

    async fn plan_action(&self, kind: &Str, config: Value) -> Answer<()> {
        flatten(self.plan_one_action(kind, config).await)
    }

    async fn invoke_action(&self, kind: &Str, config: Value, progress: &Progress<'_>) -> Answer<()> {
        flatten(self.invoke_one_action(kind, config, progress).await)
    }

    async fn stop(&self) {
        self.pace.stop();
        self.stop_provider().await;
    }

    async fn shutdown(&self) {
        Self::shutdown(self).await;
    }
}
