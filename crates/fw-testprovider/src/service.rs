//! The provider service in both protocol versions: the messages are the same, so each call goes to one handler.

use std::sync::Arc;

use fw_plugin_proto::tfplugin as messages;
use fw_plugin_proto::{tfplugin5, tfplugin6};
use tonic::codegen::tokio_stream::{Iter, iter};
use tonic::{Request, Response, Status, async_trait};

use crate::provider::Provider;

/// A provider as a gRPC service.
#[derive(Clone)]
pub(crate) struct Service(pub(crate) Arc<Provider>);

/// Several messages as one answer.
type Events<T> = Iter<std::vec::IntoIter<Result<T, Status>>>;

fn stream<T>(events: Vec<T>) -> Response<Events<T>> {
    Response::new(iter(events.into_iter().map(Ok).collect::<Vec<_>>()))
}

macro_rules! service {
    ($version:ident: $($method:ident => $handler:ident($request:ident) -> $response:ident;)*) => {
        #[async_trait]
        impl $version::provider_server::Provider for Service {
            type ListResourceStream = Events<messages::ListResourceEvent>;
            type InvokeActionStream = Events<messages::InvokeActionEvent>;

            async fn list_resource(
                &self,
                request: Request<messages::ListResourceRequest>,
            ) -> Result<Response<Self::ListResourceStream>, Status> {
                self.0.list(request.into_inner()).await.map(stream)
            }

            async fn invoke_action(
                &self,
                request: Request<messages::InvokeActionRequest>,
            ) -> Result<Response<Self::InvokeActionStream>, Status> {
                self.0.invoke(request.into_inner()).await.map(stream)
            }

            $(
                async fn $method(
                    &self,
                    request: Request<messages::$request>,
                ) -> Result<Response<messages::$response>, Status> {
                    self.0.$handler(request.into_inner()).await.map(Response::new)
                }
            )*
        }
    };
}

macro_rules! both {
    ($($v5:ident | $v6:ident => $handler:ident($request:ident) -> $response:ident;)*) => {
        service!(tfplugin5: $($v5 => $handler($request) -> $response;)*);
        service!(tfplugin6: $($v6 => $handler($request) -> $response;)*);
    };
}

both! {
    get_metadata | get_metadata => metadata(GetMetadataRequest) -> GetMetadataResponse;
    get_schema | get_provider_schema => schema(GetProviderSchemaRequest) -> GetProviderSchemaResponse;
    get_resource_identity_schemas | get_resource_identity_schemas =>
        identity_schemas(GetResourceIdentitySchemasRequest) -> GetResourceIdentitySchemasResponse;
    prepare_provider_config | validate_provider_config =>
        validate_provider(ValidateProviderConfigRequest) -> ValidateProviderConfigResponse;
    configure | configure_provider => configure(ConfigureProviderRequest) -> ConfigureProviderResponse;
    stop | stop_provider => stop(StopProviderRequest) -> StopProviderResponse;
    validate_resource_type_config | validate_resource_config =>
        validate_resource(ValidateResourceConfigRequest) -> ValidateResourceConfigResponse;
    upgrade_resource_state | upgrade_resource_state =>
        upgrade(UpgradeResourceStateRequest) -> UpgradeResourceStateResponse;
    upgrade_resource_identity | upgrade_resource_identity =>
        upgrade_identity(UpgradeResourceIdentityRequest) -> UpgradeResourceIdentityResponse;
    read_resource | read_resource => read(ReadResourceRequest) -> ReadResourceResponse;
    plan_resource_change | plan_resource_change => plan(PlanResourceChangeRequest) -> PlanResourceChangeResponse;
    apply_resource_change | apply_resource_change => apply(ApplyResourceChangeRequest) -> ApplyResourceChangeResponse;
    import_resource_state | import_resource_state => import(ImportResourceStateRequest) -> ImportResourceStateResponse;
    move_resource_state | move_resource_state => move_state(MoveResourceStateRequest) -> MoveResourceStateResponse;
    validate_data_source_config | validate_data_resource_config =>
        validate_data(ValidateDataResourceConfigRequest) -> ValidateDataResourceConfigResponse;
    read_data_source | read_data_source => read_data(ReadDataSourceRequest) -> ReadDataSourceResponse;
    validate_ephemeral_resource_config | validate_ephemeral_resource_config =>
        validate_ephemeral(ValidateEphemeralResourceConfigRequest) -> ValidateEphemeralResourceConfigResponse;
    open_ephemeral_resource | open_ephemeral_resource =>
        open(OpenEphemeralResourceRequest) -> OpenEphemeralResourceResponse;
    renew_ephemeral_resource | renew_ephemeral_resource =>
        renew(RenewEphemeralResourceRequest) -> RenewEphemeralResourceResponse;
    close_ephemeral_resource | close_ephemeral_resource =>
        close(CloseEphemeralResourceRequest) -> CloseEphemeralResourceResponse;
    validate_list_resource_config | validate_list_resource_config =>
        validate_list(ValidateListResourceConfigRequest) -> ValidateListResourceConfigResponse;
    generate_resource_config | generate_resource_config =>
        generate_config(GenerateResourceConfigRequest) -> GenerateResourceConfigResponse;
    validate_action_config | validate_action_config =>
        validate_action(ValidateActionConfigRequest) -> ValidateActionConfigResponse;
    plan_action | plan_action => plan_action(PlanActionRequest) -> PlanActionResponse;
    get_functions | get_functions => functions(GetFunctionsRequest) -> GetFunctionsResponse;
    call_function | call_function => call_function(CallFunctionRequest) -> CallFunctionResponse;
}
