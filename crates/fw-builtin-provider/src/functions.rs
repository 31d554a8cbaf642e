//! `decode_tfvars`, `encode_tfvars` and `encode_expr`.

use fw_value::Value;

mod decode;
mod encode;

type Failure = (String, Option<usize>);

/// Calls a function. Arguments are neither null nor unknown.
pub(crate) fn call(name: &str, arguments: &[Value]) -> Result<Value, Failure> {
    let Some(argument) = arguments.first() else {
        return Err(("an argument is missing".to_owned(), None));
    };
    if !argument.is_wholly_known() {
        let result = if name == "decode_tfvars" { Value::dynamic() } else { Value::unknown(fw_value::Type::String) };
        return Ok(result);
    }
    match name {
        "decode_tfvars" => decode::tfvars(argument.as_str().unwrap_or_default()).map_err(|e| (e, None)),
        "encode_tfvars" => encode::tfvars(argument).map(Value::string).map_err(|e| (e, None)),
        "encode_expr" => Ok(Value::string(encode::expression(argument))),
        _ => Err((format!("there is no function \"{name}\""), None)),
    }
}
