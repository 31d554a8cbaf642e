//! Signatures of provider-defined functions.

use fw_plugin_proto::tfplugin::{Function, function::Parameter};
use fw_plugin_proto::{Bytes, Message as _};
use fw_provider::{FunctionParameter, FunctionSignature};

use super::value::type_from_json;

/// Decodes and converts a signature.
pub(crate) fn decode(bytes: &Bytes) -> Result<FunctionSignature, String> {
    let from = Function::decode(bytes.clone()).map_err(|e| format!("the signature cannot be decoded: {e}"))?;
    let result = from.r#return.ok_or("the function has no return type")?;
    Ok(FunctionSignature {
        parameters: from.parameters.into_iter().map(parameter).collect::<Result<_, _>>()?,
        variadic: from.variadic_parameter.map(parameter).transpose()?,
        result: type_from_json(&result.r#type).map_err(|e| format!("return type: {e}"))?,
        summary: from.summary,
        description: from.description,
        deprecation: from.deprecation_message,
    })
}

fn parameter(from: Parameter) -> Result<FunctionParameter, String> {
    let ty = type_from_json(&from.r#type).map_err(|e| format!("parameter {:?}: {e}", from.name))?;
    Ok(FunctionParameter {
        name: from.name,
        ty,
        allow_null: from.allow_null_value,
        allow_unknown: from.allow_unknown_values,
        description: from.description,
    })
}
