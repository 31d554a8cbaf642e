//! Objects of earlier schema versions.

use fw_plugin_proto::tfplugin::{
    RawState, ResourceIdentityData, UpgradeResourceIdentityRequest, UpgradeResourceIdentityResponse,
    UpgradeResourceStateRequest, UpgradeResourceStateResponse,
};
use fw_value::Value;
use fw_value::json::{self, Node};
use tonic::Status;

use super::{Provider, problem, type_of};
use crate::fill;

impl Provider {
    pub(crate) async fn upgrade(
        &self,
        request: UpgradeResourceStateRequest,
    ) -> Result<UpgradeResourceStateResponse, Status> {
        let kind = self.resource(&request.type_name)?;
        let ty = type_of(kind);
        let node = stored(request.raw_state.unwrap_or_default())?;
        let name = node.get("name").or_else(|| node.get("title")).and_then(Node::as_str).unwrap_or_default();
        let script = node.get("script").and_then(Node::as_str);
        let script = script.map_or_else(|| Value::null(fw_value::Type::String), Value::string);
        let subject = Value::object([("name", Value::string(name)), ("script", script)]);
        let performance = self.begin(&["upgrade"], &request.type_name, &subject).await?;
        let mut diagnostics = performance.diagnostics();
        if request.version > kind.schema.version {
            let detail = format!("Version {} is newer than {}.", request.version, kind.schema.version);
            diagnostics.push(problem("Unsupported schema version", &detail, None));
        }
        let node = if request.type_name == "fwtest_versioned" { renamed(node, request.version) } else { node };
        let object = fill::from_json(&node, &ty, &kind.schema.block.empty_value()).unwrap_or_else(|mistake| {
            diagnostics.push(problem("The stored object cannot be upgraded", &mistake, None));
            Value::null(ty.clone())
        });
        let upgraded_state = performance.encode(&performance.change(object)?, &ty)?;
        Ok(UpgradeResourceStateResponse { upgraded_state, diagnostics })
    }

    pub(crate) async fn upgrade_identity(
        &self,
        request: UpgradeResourceIdentityRequest,
    ) -> Result<UpgradeResourceIdentityResponse, Status> {
        let kind = self.resource(&request.type_name)?;
        let Some(schema) = &kind.identity else {
            return Err(Status::not_found(format!("{} has no identity", request.type_name)));
        };
        let ty = schema.implied_type();
        let node = stored(request.raw_identity.unwrap_or_default())?;
        let performance = self.begin(&["upgrade_identity"], &request.type_name, &Value::empty_object()).await?;
        // Version 0 had no region.
        let empty =
            Value::object(schema.attributes.iter().map(|(name, _)| (*name, Value::null(fw_value::Type::String))));
        let mut identity = fill::from_json(&node, &ty, &empty).map_err(Status::invalid_argument)?;
        if request.version == 0 {
            identity = fill::with(&identity, "region", Value::string("here"));
        }
        if let Some(node) = performance.identity() {
            identity = json::value_of_node(node, &ty).map_err(|e| Status::internal(e.message))?;
        }
        let identity_data = performance.encode(&identity, &ty)?;
        let upgraded_identity = Some(ResourceIdentityData { identity_data });
        Ok(UpgradeResourceIdentityResponse { upgraded_identity, diagnostics: performance.diagnostics() })
    }
}

/// What was stored; of the flat form of old states only the top is understood.
fn stored(raw: RawState) -> Result<Node, Status> {
    if raw.json.is_empty() {
        let top = raw.flatmap.into_iter().filter(|(key, _)| !key.contains('.'));
        return Ok(Node::Object(top.map(|(key, text)| (key, Node::String(text))).collect()));
    }
    Node::parse_bytes(&raw.json).map_err(|e| Status::invalid_argument(e.to_string()))
}

/// Version 0 called the name a title.
fn renamed(node: Node, version: i64) -> Node {
    match node {
        Node::Object(members) if version == 0 => {
            let rename = |key: String| if key == "title" { "name".to_owned() } else { key };
            Node::Object(members.into_iter().map(|(key, value)| (rename(key), value)).collect())
        }
        other => other,
    }
}
