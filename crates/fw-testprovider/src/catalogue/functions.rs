//! Provider-defined functions.

use std::collections::BTreeMap;

use fw_value::{Type, Value};

use super::{FunctionKind, Outcome, Parameter};

/// All of them.
pub(super) fn all() -> BTreeMap<&'static str, FunctionKind> {
    [
        ("upper", function(vec![parameter("text", Type::String)], Type::String, upper)),
        ("echo", function(vec![lenient("value", Type::Dynamic)], Type::Dynamic, echo)),
        ("describe", function(vec![lenient("value", Type::Dynamic)], Type::String, describe)),
        ("total", function(vec![parameter("numbers", Type::list(Type::Number))], Type::Number, total)),
        ("pair", function(two(), Type::object([("first", Type::String), ("second", Type::Number)]), pair)),
        ("refuse", function(two(), Type::String, refuse)),
        ("fail", function(vec![parameter("text", Type::String)], Type::String, fail)),
        (
            "glue",
            FunctionKind {
                variadic: Some(parameter("parts", Type::String)),
                ..function(vec![parameter("separator", Type::String)], Type::String, glue)
            },
        ),
        (
            "outdated",
            FunctionKind {
                deprecation: "Use upper instead.",
                ..function(vec![parameter("text", Type::String)], Type::String, upper)
            },
        ),
    ]
    .into()
}

fn function(parameters: Vec<Parameter>, result: Type, run: fn(&[Value]) -> Outcome) -> FunctionKind {
    FunctionKind { parameters, variadic: None, result, summary: "For tests.", deprecation: "", run }
}

fn parameter(name: &'static str, ty: Type) -> Parameter {
    Parameter { name, ty, allow_null: false, allow_unknown: false }
}

fn lenient(name: &'static str, ty: Type) -> Parameter {
    Parameter { allow_null: true, allow_unknown: true, ..parameter(name, ty) }
}

fn two() -> Vec<Parameter> {
    vec![parameter("first", Type::String), parameter("second", Type::Number)]
}

fn text(arguments: &[Value], index: usize) -> &str {
    arguments.get(index).and_then(Value::as_str).unwrap_or_default()
}

fn upper(arguments: &[Value]) -> Outcome {
    Ok(Value::string(text(arguments, 0).to_uppercase()))
}

fn echo(arguments: &[Value]) -> Outcome {
    Ok(arguments.first().cloned().unwrap_or_else(|| Value::null(Type::Dynamic)))
}

fn describe(arguments: &[Value]) -> Outcome {
    Ok(Value::string(match arguments.first() {
        Some(value) if !value.is_known() => "unknown",
        Some(value) if value.is_null() => "null",
        Some(value) if value.is_wholly_known() => "known",
        Some(_) => "partly known",
        None => "nothing",
    }))
}

fn total(arguments: &[Value]) -> Outcome {
    let numbers = arguments.first().map(|list| list.elements().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let sum = numbers.into_iter().try_fold(Value::number(0), |sum, number| sum.add(&number));
    sum.map_err(|_problem| ("the numbers cannot be added".to_owned(), Some(0)))
}

fn pair(arguments: &[Value]) -> Outcome {
    match arguments {
        [first, second] => Ok(Value::object([("first", first.clone()), ("second", second.clone())])),
        _ => Err(("two arguments are needed".to_owned(), None)),
    }
}

fn refuse(_arguments: &[Value]) -> Outcome {
    Err(("the second argument is never right".to_owned(), Some(1)))
}

fn fail(arguments: &[Value]) -> Outcome {
    Err((text(arguments, 0).to_owned(), None))
}

fn glue(arguments: &[Value]) -> Outcome {
    let parts: Vec<&str> = arguments.iter().skip(1).filter_map(Value::as_str).collect();
    Ok(Value::string(parts.join(text(arguments, 0))))
}
