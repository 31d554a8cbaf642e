//! Lists of resources: what is in the cloud.

use fw_plugin_proto::tfplugin::{
    GenerateResourceConfigRequest, GenerateResourceConfigResponse, ListResourceEvent, ListResourceRequest,
    ValidateListResourceConfigRequest, ValidateListResourceConfigResponse,
};
use fw_value::json::Node;
use fw_value::{Path, Type, Value};
use tonic::Status;

use super::plan::identity;
use super::{Provider, problem, type_of};
use crate::{fill, wire};

impl Provider {
    pub(crate) async fn validate_list(
        &self,
        request: ValidateListResourceConfigRequest,
    ) -> Result<ValidateListResourceConfigResponse, Status> {
        let kind = self.list_kind(&request.type_name)?;
        let config = wire::decode(request.config.as_ref(), &type_of(kind))?;
        let performance = self.begin(&["validate_list"], &request.type_name, &config).await?;
        let mut diagnostics = performance.diagnostics();
        if fill::text(&config, "prefix") == Some("") {
            let path = Path::root().attribute("prefix");
            diagnostics.push(problem("Empty prefix", "Leave it out to find all.", Some(&path)));
        }
        Ok(ValidateListResourceConfigResponse { diagnostics })
    }

    /// The objects whose names begin as asked for, by file name. A script fails after what there is.
    pub(crate) async fn list(&self, request: ListResourceRequest) -> Result<Vec<ListResourceEvent>, Status> {
        let config = wire::decode(request.config.as_ref(), &type_of(self.list_kind(&request.type_name)?))?;
        let kind = self.resource(&request.type_name)?;
        let ty = type_of(kind);
        let performance = self.begin(&["list"], &request.type_name, &config).await?;
        let prefix = fill::text(&config, "prefix").unwrap_or_default();
        let objects = self.cloud().all(&request.type_name).map_err(|e| Status::internal(e.to_string()))?;
        let name_of = |object: &Node| object.get("name").and_then(Node::as_str).unwrap_or_default().to_owned();
        let wanted = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let mut events = Vec::new();
        for object in objects.iter().filter(|object| name_of(object).starts_with(prefix)).take(wanted) {
            let value = fill::from_json(object, &ty, &kind.schema.block.empty_value()).map_err(Status::internal)?;
            events.push(ListResourceEvent {
                identity: identity(kind, &value, None, performance.identity())?,
                display_name: format!("Object {}", name_of(object)),
                resource_object: request.include_resource_object.then(|| wire::encode(&value, &ty)).transpose()?,
                diagnostic: Vec::new(),
            });
        }
        let diagnostic = performance.diagnostics();
        if !diagnostic.is_empty() {
            events.push(ListResourceEvent { diagnostic, ..ListResourceEvent::default() });
        }
        Ok(events)
    }

    /// The object without what is only computed.
    pub(crate) async fn generate_config(
        &self,
        request: GenerateResourceConfigRequest,
    ) -> Result<GenerateResourceConfigResponse, Status> {
        let kind = self.resource(&request.type_name)?;
        let ty = type_of(kind);
        let object = wire::decode(request.state.as_ref(), &ty)?;
        let performance = self.begin(&["generate"], &request.type_name, &object).await?;
        let attributes = kind.schema.block.attributes.iter();
        let computed = attributes.filter(|(_, attribute)| attribute.computed && !attribute.optional);
        let config = computed.fold(object, |object, (name, attribute)| {
            let ty: Type = attribute.implied_type();
            fill::with(&object, name, Value::null(ty))
        });
        let config = performance.encode(&performance.change(config)?, &ty)?;
        Ok(GenerateResourceConfigResponse { config, diagnostics: performance.diagnostics() })
    }
}
