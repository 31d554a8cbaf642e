//! Validating and planning.

use fw_plugin_proto::tfplugin::{
    AttributePath, PlanResourceChangeRequest, PlanResourceChangeResponse, ResourceIdentityData,
    ValidateResourceConfigRequest, ValidateResourceConfigResponse,
};
use fw_value::{Path, Type, Value};
use tonic::Status;

use super::{Provider, type_of};
use crate::catalogue::Kind;
use crate::{fill, place, wire};

impl Provider {
    pub(crate) async fn validate_resource(
        &self,
        request: ValidateResourceConfigRequest,
    ) -> Result<ValidateResourceConfigResponse, Status> {
        let kind = self.resource(&request.type_name)?;
        let config = wire::decode(request.config.as_ref(), &type_of(kind))?;
        let performance = self.begin(&["validate"], &request.type_name, &config).await?;
        Ok(ValidateResourceConfigResponse { diagnostics: performance.diagnostics() })
    }

    pub(crate) async fn plan(&self, request: PlanResourceChangeRequest) -> Result<PlanResourceChangeResponse, Status> {
        let kind = self.resource(&request.type_name)?;
        let ty = type_of(kind);
        let prior = wire::decode(request.prior_state.as_ref(), &ty)?;
        let proposed = wire::decode(request.proposed_new_state.as_ref(), &ty)?;
        let deleting = proposed.is_null();
        let names: &[&str] = if deleting { &["plan_destroy"] } else { &["plan"] };
        let performance = self.begin(names, &request.type_name, if deleting { &prior } else { &proposed }).await?;
        let mut diagnostics = performance.diagnostics();
        diagnostics.extend(performance.check_private(&request.prior_private));
        diagnostics.extend(performance.check_meta(request.provider_meta.as_ref()));
        let planned = if deleting { proposed } else { planned(kind, &prior, &proposed) };
        let planned = performance.change(planned)?;
        let requires_replace = replaced(kind, &prior, &planned).chain(performance.replace()).collect();
        let identity = identity(kind, &planned, request.prior_identity, performance.identity())?;
        Ok(PlanResourceChangeResponse {
            planned_state: performance.encode(&planned, &ty)?,
            requires_replace,
            planned_private: performance.private(request.prior_private),
            diagnostics,
            legacy_type_system: performance.legacy(kind.legacy),
            deferred: performance.deferred(),
            planned_identity: identity,
        })
    }
}

/// What an object will be: as proposed where nothing changes, else with everything open that will be decided.
fn planned(kind: &Kind, prior: &Value, proposed: &Value) -> Value {
    let mut planned = proposed.clone();
    for (name, default) in &kind.defaults {
        if planned.attr_ref(name).is_some_and(Value::is_null) {
            planned = fill::with(&planned, name, default.clone());
        }
    }
    planned = keep_decisions(kind, prior, &planned);
    if kind.legacy {
        planned = old_habits(prior, &planned);
    }
    if planned == *prior {
        return planned;
    }
    planned = fill::open(&kind.schema.block, &planned);
    if prior.is_null() || planned == *prior {
        return planned;
    }
    for name in kind.on_change {
        let Some(ty) = planned.attr_ref(name).map(|v| v.ty().clone()) else { continue };
        planned = fill::with(&planned, name, Value::unknown(ty));
    }
    planned
}

/// Nested attributes that the provider decided stay as they are: the host proposes null where it cannot tell whether the
/// configuration or the provider set something inside.
fn keep_decisions(kind: &Kind, prior: &Value, planned: &Value) -> Value {
    let mut kept = planned.clone();
    for (name, attribute) in &kind.schema.block.attributes {
        let open =
            attribute.computed && attribute.nested().is_some() && planned.attr_ref(name).is_some_and(Value::is_null);
        if open && let Some(old) = prior.attr_ref(name) {
            kept = fill::with(&kept, name, old.clone());
        }
    }
    kept
}

/// The old SDK lets a provider plan other than what is configured, and keeps the empty strings it stores for nulls.
fn old_habits(prior: &Value, planned: &Value) -> Value {
    let mut planned = planned.clone();
    if let Some(name) = fill::text(&planned, "name").map(str::to_lowercase) {
        planned = fill::with(&planned, "name", Value::string(name));
    }
    let forgotten = planned.attr_ref("note").is_some_and(Value::is_null) && fill::text(prior, "note") == Some("");
    if forgotten { fill::with(&planned, "note", Value::string("")) } else { planned }
}

fn replaced<'a>(kind: &'a Kind, prior: &'a Value, planned: &'a Value) -> impl Iterator<Item = AttributePath> + 'a {
    let changed =
        |name: &&&str| !prior.is_null() && !planned.is_null() && prior.attr_ref(name) != planned.attr_ref(name);
    kind.force_new.iter().filter(changed).map(|name| place::to_wire(&Path::root().attribute(*name)))
}

/// The identity of an object: what its attributes say, or a script.
pub(super) fn identity(
    kind: &Kind,
    object: &Value,
    prior: Option<ResourceIdentityData>,
    scripted: Option<&fw_value::json::Node>,
) -> Result<Option<ResourceIdentityData>, Status> {
    let Some(schema) = &kind.identity else { return Ok(None) };
    let ty = schema.implied_type();
    let value = match scripted {
        Some(node) if node.is_null() => return Ok(None),
        Some(node) => fw_value::json::value_of_node(node, &ty).map_err(|e| Status::internal(e.message))?,
        None if object.is_null() => return Ok(prior),
        None => Value::object(schema.attributes.iter().map(|(name, _)| {
            let attribute = object.attr_ref(name).cloned();
            (*name, attribute.unwrap_or_else(|| Value::null(Type::String)))
        })),
    };
    Ok(Some(ResourceIdentityData { identity_data: Some(wire::encode(&value, &ty)?) }))
}
