//! `jsonencode` and `jsondecode`.

use fw_value::{Refinement, Type, Value, json};

use crate::define::{CallResult, TypeResult, any, fail, fail_at, function, string_result, text};
use crate::function::{Call, CallError, Function};
use crate::go::text::quote_char;

pub(crate) fn functions() -> Vec<Function> {
    vec![
        function(
            "jsonencode",
            "`jsonencode` writes a value as JSON.",
            [any("val").unknown().dynamic().nullable()],
            string_result,
            encode,
        ),
        function("jsondecode", "`jsondecode` reads JSON.", [text("str")], decode_type, decode).maybe_null(),
    ]
}

fn encode(call: &Call<'_>, ty: &Type) -> CallResult {
    let value = call.argument(0);
    if value.is_wholly_known() {
        return json::marshal(value, value.ty()).map(Value::from).map_err(|error| CallError::Call(error.to_string()));
    }
    let prefix = match value.ty() {
        _ if !value.is_definitely_not_null() => "",
        Type::String => "\"",
        Type::Object(_) | Type::Map(_) => "{",
        Type::Tuple(_) | Type::List(_) | Type::Set(_) => "[",
        Type::Dynamic | Type::Bool | Type::Number => "",
    };
    let refinement = Refinement { string_prefix: (!prefix.is_empty()).then(|| prefix.into()), ..Refinement::default() };
    Ok(Value::unknown_refined(ty.clone(), refinement))
}

fn decode_type(arguments: &[Value]) -> TypeResult {
    if let Some(source) = arguments[0].as_str() {
        return json::implied_type(source).or_else(|error| fail(in_other_words(source, &error)));
    }
    // What comes first may tell what the whole is, or that it is nothing.
    match arguments[0].range().string_prefix.trim().chars().next() {
        None | Some('{' | '[' | 'n') => Ok(Type::Dynamic),
        Some('"') => Ok(Type::String),
        Some('t' | 'f') => Ok(Type::Bool),
        Some('-' | '0'..='9' | '.') => Ok(Type::Number),
        Some(c) => fail_at(0, format!("a JSON document cannot begin with the character {}", quote_char(c))),
    }
}

/// What is wrong with JSON, as a reader says it that goes through the text piece by piece.
fn in_other_words(source: &str, error: &json::JsonError) -> String {
    let problem = error.message.as_str();
    let before = source.get(..error.offset).unwrap_or_default().trim_end();
    // Only after a comma it says what it was looking for.
    if before.ends_with('{')
        && let Some(short) = problem.strip_suffix(" looking for beginning of object key string")
    {
        return short.to_owned();
    }
    if problem == "unexpected end of JSON input" {
        // In the middle of a piece, or between two.
        let between = source.trim_end().chars().next_back().is_none_or(|c| "[]{},:".contains(c));
        return if between { "EOF" } else { "unexpected EOF" }.to_owned();
    }
    if problem.ends_with(" after top-level value") {
        return "extraneous data after JSON object".to_owned();
    }
    problem.to_owned()
}

fn decode(call: &Call<'_>, ty: &Type) -> CallResult {
    json::unmarshal_str(call.text(0), ty).map_err(|error| CallError::Call(error.to_string()))
}
