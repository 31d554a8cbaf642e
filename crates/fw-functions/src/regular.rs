//! `regex` and `regexall`.

use std::collections::BTreeMap;

use fw_value::{Type, Value};

use crate::define::{CallResult, TypeResult, fail, fail_at, function, text};
use crate::function::{Call, CallError, Function};
use crate::go::regexp::Regexp;

pub(crate) fn functions() -> Vec<Function> {
    vec![
        function(
            "regex",
            "`regex` applies a regular expression to a string and gives what its first match has matched: a string, or one \
             for each group.",
            [text("pattern"), text("string")],
            first_type,
            first,
        ),
        function(
            "regexall",
            "`regexall` applies a regular expression to a string and gives a list of what all its matches have matched.",
            [text("pattern"), text("string")],
            all_type,
            all,
        ),
    ]
}

fn compile(pattern: &str) -> Result<Regexp, CallError> {
    Regexp::new(pattern)
        .map_err(|error| CallError::Argument(0, format!("invalid regexp pattern: {} in {}", error.problem, error.part)))
}

fn match_type(pattern: &str) -> TypeResult {
    let regexp = compile(pattern)?;
    let named = regexp.groups().iter().filter(|name| !name.is_empty()).count();
    match (named, regexp.groups().len() - named) {
        (0, 0) => Ok(Type::String),
        (0, unnamed) => Ok(Type::tuple(std::iter::repeat_n(Type::String, unnamed))),
        (_, 0) => Ok(Type::object(regexp.groups().iter().map(|name| (name.as_str(), Type::String)))),
        _ => fail_at(0, "invalid regexp pattern: cannot mix both named and unnamed capture groups"),
    }
}

fn first_type(arguments: &[Value]) -> TypeResult {
    arguments.first().and_then(Value::as_str).map_or(Ok(Type::Dynamic), match_type)
}

fn all_type(arguments: &[Value]) -> TypeResult {
    first_type(arguments).map(Type::list)
}

fn match_value(regexp: &Regexp, found: &[Option<&str>], ty: &Type) -> Value {
    let part = |part: &Option<&str>| part.map_or_else(|| Value::null(Type::String), Value::from);
    let groups = found.get(1..).unwrap_or_default();
    match ty {
        Type::Tuple(_) => Value::tuple(groups.iter().map(part)),
        Type::Object(_) => {
            let attributes: BTreeMap<&str, Value> =
                regexp.groups().iter().map(String::as_str).zip(groups.iter().map(part)).collect();
            Value::object(attributes)
        }
        _ => found.first().map_or_else(|| Value::null(Type::String), part),
    }
}

fn first(call: &Call<'_>, ty: &Type) -> CallResult {
    let regexp = compile(call.text(0))?;
    match regexp.first(call.text(1)) {
        Some(found) => Ok(match_value(&regexp, &found, ty)),
        None => fail("pattern did not match any part of the given string"),
    }
}

fn all(call: &Call<'_>, ty: &Type) -> CallResult {
    let element = ty.element().cloned().unwrap_or(Type::Dynamic);
    let regexp = compile(call.text(0))?;
    let found = regexp.all(call.text(1));
    Ok(Value::list(element.clone(), found.iter().map(|found| match_value(&regexp, found, &element))))
}
