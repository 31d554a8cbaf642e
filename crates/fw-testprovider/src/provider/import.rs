//! Importing, and taking objects over from other resource types.

use fw_plugin_proto::Bytes;
use fw_plugin_proto::tfplugin::import_resource_state_response::ImportedResource;
use fw_plugin_proto::tfplugin::{
    Diagnostic, ImportResourceStateRequest, ImportResourceStateResponse, MoveResourceStateRequest,
    MoveResourceStateResponse,
};
use fw_value::json::Node;
use fw_value::{Type, Value};
use tonic::Status;

use super::performance::Performance;
use super::plan::identity;
use super::{Provider, problem, type_of};
use crate::catalogue::Kind;
use crate::{fill, wire};

impl Provider {
    /// By id (several with commas between), or by identity.
    pub(crate) async fn import(
        &self,
        request: ImportResourceStateRequest,
    ) -> Result<ImportResourceStateResponse, Status> {
        let kind = self.resource(&request.type_name)?;
        let id = self.id_to_import(&request, kind)?;
        let subject = Value::object([("name", Value::string(&id))]);
        let performance = self.begin(&["import"], &request.type_name, &subject).await?;
        let diagnostics = performance.diagnostics();
        let mut imported_resources = Vec::new();
        for id in id.split(',').filter(|_| !performance.fails()) {
            imported_resources.push(self.imported(&request.type_name, kind, id, &performance)?);
        }
        Ok(ImportResourceStateResponse { imported_resources, diagnostics, deferred: performance.deferred() })
    }

    fn id_to_import(&self, request: &ImportResourceStateRequest, kind: &Kind) -> Result<String, Status> {
        let given = request.identity.as_ref().and_then(|i| i.identity_data.as_ref());
        let (Some(given), Some(schema)) = (given, &kind.identity) else { return Ok(request.id.clone()) };
        let identity = wire::decode(Some(given), &schema.implied_type())?;
        let name = fill::text(&identity, "name").unwrap_or_default();
        let found = self.cloud().find(&request.type_name, name).map_err(|e| Status::internal(e.to_string()))?;
        let id = found.and_then(|node| node.get("id")?.as_str().map(str::to_owned));
        Ok(id.unwrap_or_else(|| format!("{name}-1")))
    }

    /// As real providers do: the id and nothing else, for a read comes next. Without a cloud there is no more to learn.
    fn imported(
        &self,
        name: &str,
        kind: &Kind,
        id: &str,
        performance: &Performance,
    ) -> Result<ImportedResource, Status> {
        let ty = type_of(kind);
        let mut object = fill::with(&kind.schema.block.empty_value(), "id", Value::string(id));
        if !self.cloud().is_there() {
            object = fill::with(&object, "name", Value::string(id));
        }
        let object = performance.change(object)?;
        let known = kind.identity.is_some() && !self.cloud().is_there();
        Ok(ImportedResource {
            type_name: name.to_owned(),
            state: performance.encode(&object, &ty)?,
            private: performance.private(Bytes::new()),
            identity: if known { identity(kind, &object, None, performance.identity())? } else { None },
        })
    }

    pub(crate) async fn move_state(
        &self,
        request: MoveResourceStateRequest,
    ) -> Result<MoveResourceStateResponse, Status> {
        let kind = self.resource(&request.target_type_name)?;
        let ty = type_of(kind);
        let source = request.source_state.unwrap_or_default();
        let node = Node::parse_bytes(&source.json).map_err(|e| Status::invalid_argument(e.to_string()))?;
        let name = node.get("name").and_then(Node::as_str).unwrap_or_default();
        let subject = Value::object([("name", Value::string(name))]);
        let performance = self.begin(&["move"], &request.target_type_name, &subject).await?;
        let mut diagnostics = performance.diagnostics();
        diagnostics.extend(refusal(&request.source_type_name, &request.source_provider_address));
        let object = performance.change(taken_over(&node, &ty, &kind.schema.block.empty_value()))?;
        Ok(MoveResourceStateResponse {
            target_state: performance.encode(&object, &ty)?,
            diagnostics,
            target_private: performance.private(request.source_private),
            target_identity: identity(kind, &object, None, performance.identity())?,
        })
    }
}

/// Types that nobody can take over from.
fn refusal(kind: &str, provider: &str) -> Option<Diagnostic> {
    let known = kind.starts_with("fwtest_") || kind.starts_with("null_") || kind.starts_with("terraform_");
    let detail = format!("Objects of {kind:?} of provider {provider} cannot be moved here.");
    (!known).then(|| problem("Unable to move resource state", &detail, None))
}

/// Every attribute that fits.
fn taken_over(node: &Node, ty: &Type, empty: &Value) -> Value {
    let members = node.as_object().unwrap_or_default();
    members.iter().fold(empty.clone(), |object, member| {
        let one = Node::Object(vec![member.clone()]);
        fill::from_json(&one, ty, &object).unwrap_or(object)
    })
}
