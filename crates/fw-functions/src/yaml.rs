//! `yamlencode` and `yamldecode`, as go-cty-yaml has them: YAML 1.2 with the booleans of 1.1.

mod decode;
mod encode;
mod scalar;

use fw_value::{Type, Value};

use crate::define::{CallResult, TypeResult, any, fail, function, string_result, text};
use crate::function::{Call, CallError, Function};

pub(crate) fn functions() -> Vec<Function> {
    vec![
        function(
            "yamlencode",
            "`yamlencode` writes a value as YAML, in block style.",
            [any("value").nullable().dynamic()],
            string_result,
            encode,
        )
        .maybe_null(),
        function("yamldecode", "`yamldecode` reads YAML, or most of it.", [text("src")], decode_type, decode)
            .maybe_null(),
    ]
}

fn encode(call: &Call<'_>, ty: &Type) -> CallResult {
    let value = call.argument(0);
    if !value.is_wholly_known() {
        return Ok(Value::unknown(ty.clone()));
    }
    encode::encode(value).map(Value::from).map_err(CallError::Call)
}

fn decode_type(arguments: &[Value]) -> TypeResult {
    match arguments[0].as_str() {
        Some(source) => decode::decode(source).map(|v| v.ty().clone()).or_else(fail),
        None => Ok(Type::Dynamic),
    }
}

fn decode(call: &Call<'_>, _: &Type) -> CallResult {
    decode::decode(call.text(0)).map_err(CallError::Call)
}
