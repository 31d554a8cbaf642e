//! What the provider offers.

use fw_plugin_proto::tfplugin::get_metadata_response::{FunctionName, TypeName};
use fw_plugin_proto::tfplugin::{
    ActionSchema, GetFunctionsRequest, GetFunctionsResponse, GetMetadataRequest, GetMetadataResponse,
    GetProviderSchemaRequest, GetProviderSchemaResponse, GetResourceIdentitySchemasRequest,
    GetResourceIdentitySchemasResponse, ServerCapabilities,
};
use fw_plugin_proto::{Bytes, Message as _};
use fw_value::Value;
use std::collections::BTreeMap;
use tonic::Status;

use super::Provider;
use crate::catalogue::Kind;
use crate::wire;

fn capabilities() -> Option<ServerCapabilities> {
    let off = |name: &str| std::env::var_os(format!("FW_TESTPROVIDER_NO_{name}")).is_none();
    Some(ServerCapabilities {
        plan_destroy: off("PLAN_DESTROY"),
        get_provider_schema_optional: off("SCHEMA_OPTIONAL"),
        move_resource_state: off("MOVE"),
        generate_resource_config: off("GENERATE"),
    })
}

impl Provider {
    pub(crate) async fn metadata(&self, _request: GetMetadataRequest) -> Result<GetMetadataResponse, Status> {
        self.begin(&["metadata"], "", &Value::empty_object()).await?;
        let types = |kinds: &BTreeMap<&'static str, Kind>| {
            kinds.keys().map(|name| TypeName { type_name: (*name).to_owned() }).collect()
        };
        let functions = self.catalogue.functions.keys().map(|name| FunctionName { name: (*name).to_owned() });
        Ok(GetMetadataResponse {
            server_capabilities: capabilities(),
            diagnostics: Vec::new(),
            data_sources: types(&self.catalogue.data_sources),
            resources: types(&self.catalogue.resources),
            functions: functions.collect(),
            ephemeral_resources: types(&self.catalogue.ephemeral),
            list_resources: types(&self.catalogue.lists),
            actions: types(&self.catalogue.actions),
        })
    }

    pub(crate) async fn schema(&self, _request: GetProviderSchemaRequest) -> Result<GetProviderSchemaResponse, Status> {
        let performance = self.begin(&["schema"], "", &Value::empty_object()).await?;
        Ok(GetProviderSchemaResponse {
            provider: Some(wire::schema(self.protocol, &self.catalogue.provider)),
            resource_schemas: self.schemas(&self.catalogue.resources),
            data_source_schemas: self.schemas(&self.catalogue.data_sources),
            diagnostics: performance.diagnostics(),
            provider_meta: Some(wire::schema(self.protocol, &self.catalogue.provider_meta)),
            server_capabilities: capabilities(),
            functions: self.function_schemas(),
            ephemeral_resource_schemas: self.schemas(&self.catalogue.ephemeral),
            list_resource_schemas: self.schemas(&self.catalogue.lists),
            action_schemas: self.action_schemas(),
        })
    }

    fn schemas(&self, kinds: &BTreeMap<&'static str, Kind>) -> BTreeMap<String, Bytes> {
        let one =
            |(name, kind): (&&'static str, &Kind)| ((*name).to_owned(), wire::schema(self.protocol, &kind.schema));
        kinds.iter().map(one).collect()
    }

    fn action_schemas(&self) -> BTreeMap<String, Bytes> {
        let wrapped = |schema| Bytes::from(ActionSchema { schema }.encode_to_vec());
        self.schemas(&self.catalogue.actions).into_iter().map(|(name, schema)| (name, wrapped(schema))).collect()
    }

    fn function_schemas(&self) -> BTreeMap<String, Bytes> {
        self.catalogue.functions.iter().map(|(name, one)| ((*name).to_owned(), wire::function(one))).collect()
    }

    pub(crate) async fn functions(&self, _request: GetFunctionsRequest) -> Result<GetFunctionsResponse, Status> {
        self.begin(&["functions"], "", &Value::empty_object()).await?;
        Ok(GetFunctionsResponse { functions: self.function_schemas(), diagnostics: Vec::new() })
    }

    pub(crate) async fn identity_schemas(
        &self,
        _request: GetResourceIdentitySchemasRequest,
    ) -> Result<GetResourceIdentitySchemasResponse, Status> {
        let performance = self.begin(&["identity_schemas"], "", &Value::empty_object()).await?;
        if std::env::var_os("FW_TESTPROVIDER_NO_IDENTITY").is_some() {
            return Err(Status::unimplemented("unknown method GetResourceIdentitySchemas"));
        }
        let identified =
            self.catalogue.resources.iter().filter_map(|(name, kind)| Some((name, kind.identity.as_ref()?)));
        Ok(GetResourceIdentitySchemasResponse {
            identity_schemas: identified.map(|(name, one)| ((*name).to_owned(), wire::identity(one))).collect(),
            diagnostics: performance.diagnostics(),
        })
    }
}
