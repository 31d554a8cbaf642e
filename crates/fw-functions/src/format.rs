//! `format` and `formatlist`.

mod verbs;

use fw_value::{Refinement, Type, Value};

use crate::define::{CallResult, any, fail, fail_at, function, string_result, strings_result, text};
use crate::function::{Call, CallError, Function};

pub(crate) fn functions() -> Vec<Function> {
    let arguments = || any("args").nullable().unknown();
    vec![
        function(
            "format",
            "`format` writes values into a text, in the places and ways it says.",
            [text("format")],
            string_result,
            format,
        )
        .variadic(arguments()),
        function(
            "formatlist",
            "`formatlist` is `format` for each of the elements of lists.",
            [text("format")],
            strings_result,
            format_list,
        )
        .variadic(arguments()),
    ]
}

fn format(call: &Call<'_>, _: &Type) -> CallResult {
    let template = call.text(0);
    let arguments = call.arguments.get(1..).unwrap_or_default();
    if !arguments.iter().all(Value::is_wholly_known) {
        return Ok(match template.split_once('%') {
            Some((prefix, _)) if !prefix.is_empty() => Value::unknown_refined(Type::String, Refinement::prefix(prefix)),
            _ => Value::unknown(Type::String),
        });
    }
    verbs::format(template, arguments).map(Value::from)
}

/// What `formatlist` does with an argument.
enum Source<'a> {
    /// Takes its elements one after the other.
    Elements(Vec<&'a Value>),
    /// Takes it each time.
    Whole(&'a Value),
    /// Can't do anything yet.
    Unknown,
}

fn format_list(call: &Call<'_>, ty: &Type) -> CallResult {
    let template = call.text(0);
    let arguments = call.arguments.get(1..).unwrap_or_default();
    if arguments.is_empty() {
        return Ok(Value::list(Type::String, [format(call, &Type::String)?]));
    }
    let mut length: Option<(usize, usize)> = None;
    let mut sources = Vec::new();
    for (index, argument) in arguments.iter().enumerate() {
        let source = source(argument);
        let own = match (&source, argument.ty()) {
            (_, Type::Tuple(types)) if !argument.is_null() => Some(types.len()),
            (Source::Elements(elements), _) => Some(elements.len()),
            (Source::Whole(_) | Source::Unknown, _) => None,
        };
        match (own, length) {
            (Some(own), Some((first, wanted))) if own != wanted => {
                return fail_at(
                    index + 1,
                    format!(
                        "argument {} has length {own}, which is inconsistent with argument {} of length {wanted}",
                        index + 1,
                        first + 1
                    ),
                );
            }
            (Some(own), None) => length = Some((index, own)),
            _ => {}
        }
        sources.push(source);
    }
    if sources.iter().any(|source| matches!(source, Source::Unknown)) {
        return Ok(Value::unknown(ty.clone()));
    }
    let count = length.map_or(1, |(_, length)| length);
    let results = (0..count).map(|iteration| format_one(template, &sources, iteration));
    Ok(Value::list(Type::String, results.collect::<Result<Vec<_>, _>>()?))
}

fn source(argument: &Value) -> Source<'_> {
    let iterable = matches!(argument.ty(), Type::List(_) | Type::Set(_) | Type::Tuple(_)) && !argument.is_null();
    if iterable {
        let known = argument.is_known() && argument.length().is_known();
        return if known { Source::Elements(argument.elements().collect()) } else { Source::Unknown };
    }
    if *argument.ty() == Type::Dynamic && !argument.is_known() { Source::Unknown } else { Source::Whole(argument) }
}

fn format_one(template: &str, sources: &[Source<'_>], iteration: usize) -> CallResult {
    let arguments: Vec<Value> = sources
        .iter()
        .filter_map(|source| match source {
            Source::Elements(elements) => elements.get(iteration).copied().cloned(),
            Source::Whole(value) => Some((*value).clone()),
            Source::Unknown => None,
        })
        .collect();
    if !arguments.iter().all(Value::is_wholly_known) {
        return Ok(Value::unknown(Type::String).refine_not_null());
    }
    match verbs::format(template, &arguments) {
        Ok(text) => Ok(text.into()),
        Err(CallError::Argument(_, message) | CallError::Call(message)) => {
            fail(format!("error on format iteration {iteration}: {message}"))
        }
    }
}
