//! Applying: making, changing and removing objects in the cloud.

use fw_plugin_proto::Bytes;
use fw_plugin_proto::tfplugin::{ApplyResourceChangeRequest, ApplyResourceChangeResponse};
use fw_value::{Type, Value, json};
use tonic::Status;

use super::plan::identity;
use super::{Provider, broken_cloud, type_of};
use crate::catalogue::Kind;
use crate::{fill, wire};

/// Private data of objects that no script gives any.
const PRIVATE: Bytes = Bytes::from_static(b"{\"made_by\":\"fwtest\"}");

impl Provider {
    pub(crate) async fn apply(
        &self,
        request: ApplyResourceChangeRequest,
    ) -> Result<ApplyResourceChangeResponse, Status> {
        let kind = self.resource(&request.type_name)?;
        let ty = type_of(kind);
        let prior = wire::decode(request.prior_state.as_ref(), &ty)?;
        let planned = wire::decode(request.planned_state.as_ref(), &ty)?;
        let (names, object): (&[&str], _) = match (prior.is_null(), planned.is_null()) {
            (true, _) => (&["apply", "create"], &planned),
            (false, true) => (&["apply", "delete"], &prior),
            (false, false) => (&["apply", "update"], &planned),
        };
        let performance = self.begin(names, &request.type_name, object).await?;
        let mut diagnostics = performance.diagnostics();
        diagnostics.extend(performance.check_private(&request.planned_private));
        diagnostics.extend(performance.check_meta(request.provider_meta.as_ref()));
        let result = if performance.fails() && !performance.partial() {
            Ok(prior.clone())
        } else {
            self.carry_out(&request.type_name, kind, &prior, &planned)
        };
        let object = result.unwrap_or_else(|error| {
            diagnostics.push(broken_cloud(&error));
            prior
        });
        let object = performance.change(object)?;
        let usual = if request.planned_private.is_empty() { PRIVATE } else { request.planned_private };
        Ok(ApplyResourceChangeResponse {
            new_state: performance.encode(&object, &ty)?,
            private: if object.is_null() { Bytes::new() } else { performance.private(usual) },
            diagnostics,
            legacy_type_system: performance.legacy(kind.legacy),
            new_identity: identity(kind, &object, request.planned_identity, performance.identity())?,
        })
    }

    /// Changes the cloud; gives the object as it is then.
    fn carry_out(&self, name: &str, kind: &Kind, prior: &Value, planned: &Value) -> std::io::Result<Value> {
        let cloud = self.cloud();
        if planned.is_null() {
            if let Some(id) = fill::text(prior, "id") {
                cloud.remove(name, id)?;
            }
            return Ok(planned.clone());
        }
        let id = match fill::text(planned, "id") {
            Some(id) => id.to_owned(),
            None => cloud.new_id(name, fill::text(planned, "name").unwrap_or(name))?,
        };
        let mut object = fill::with(planned, "id", Value::string(&id));
        if kind.legacy {
            object = fill::with(&object, "arn", Value::string(format!("arn:fwtest:{id}")));
            object = forget_nulls(&object);
        }
        object = decide(kind, &object);
        cloud.put(name, &id, &object, object.ty())?;
        Ok(object)
    }
}

/// Decides everything open; what changes with everything else is a digest of everything else.
fn decide(kind: &Kind, object: &Value) -> Value {
    let mut without = object.clone();
    for name in kind.on_change {
        without = fill::with(&without, name, Value::null(Type::String));
    }
    without = fill::decide(&without);
    let digest = json::marshal(&without, without.ty()).map(|text| digest(text.as_bytes())).unwrap_or_default();
    let mut decided = fill::decide(object);
    for name in kind.on_change {
        if object.attr_ref(name).is_some_and(|v| !v.is_known()) {
            decided = fill::with(&decided, name, Value::string(&digest));
        }
    }
    decided
}

/// FNV-1a: short, and the same on every machine.
fn digest(bytes: &[u8]) -> String {
    let hash = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{hash:016x}")
}

/// The old SDK stores empty strings for strings that are not set.
fn forget_nulls(object: &Value) -> Value {
    let forget = |name: &str, object: Value| match object.attr_ref(name) {
        Some(value) if value.is_null() => fill::with(&object, name, Value::string("")),
        Some(_) | None => object,
    };
    forget("note", object.clone())
}
