//! Values and types as they travel.

use fw_plugin_proto::tfplugin::DynamicValue;
use fw_provider::{ProviderDiagnostic, ProviderDiagnostics};
use fw_value::{PathError, Type, Value, json, msgpack};

use super::diagnostic::error;

/// The type that its JSON form stands for.
pub(crate) fn type_from_json(bytes: &[u8]) -> Result<Type, String> {
    let text = std::str::from_utf8(bytes).map_err(|e| format!("the type is not UTF-8: {e}"))?;
    json::type_from_json(text).map_err(|e| format!("invalid type {text}: {e}"))
}

/// A value to send.
pub(crate) fn encode(value: &Value, ty: &Type) -> Result<DynamicValue, ProviderDiagnostics> {
    let msgpack = msgpack::marshal(value, ty).map_err(|e| vec![in_words(&e)])?;
    Ok(DynamicValue { msgpack: msgpack.into(), ..DynamicValue::default() })
}

/// A value received, in either encoding; one that is missing is null.
pub(crate) fn decode(from: Option<DynamicValue>, ty: &Type) -> Result<Value, ProviderDiagnostics> {
    let Some(from) = from else { return Ok(Value::null(ty.clone())) };
    let value = if !from.msgpack.is_empty() {
        msgpack::unmarshal(&from.msgpack, ty)
    } else if !from.json.is_empty() {
        json::unmarshal(&from.json, ty)
    } else {
        return Ok(Value::null(ty.clone()));
    };
    value.map_err(|e| vec![in_words(&e)])
}

/// Terraform shows such an error as a headline of its own: the place, then the problem.
fn in_words(problem: &PathError) -> ProviderDiagnostic {
    if problem.path.steps().is_empty() {
        error(problem.message.as_str(), "")
    } else {
        error(format!("{}: {}", problem.path, problem.message), "")
    }
}
