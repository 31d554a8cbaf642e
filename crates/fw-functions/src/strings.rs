//! String functions.

use std::collections::HashSet;

use fw_value::{Refinement, Type, Value};

use crate::define::{
    CallResult, bool_result, fail, fail_at, function, number, param, string_result, strings_result, text,
};
use crate::function::{Call, CallError, Function};
use crate::go::regexp::Regexp;
use crate::go::text as go_text;

pub(crate) fn functions() -> Vec<Function> {
    let mut all = simple();
    all.extend(trimming());
    all.extend(testing());
    all.extend(composing());
    all
}

fn simple() -> Vec<Function> {
    vec![
        function(
            "upper",
            "`upper` puts all letters of a string into upper case.",
            [text("str").dynamic()],
            string_result,
            |call, _| Ok(go_text::upper(call.text(0)).into()),
        ),
        function(
            "lower",
            "`lower` puts all letters of a string into lower case.",
            [text("str").dynamic()],
            string_result,
            |call, _| Ok(go_text::lower(call.text(0)).into()),
        ),
        function(
            "title",
            "`title` puts the first letter of each word into upper case.",
            [text("str")],
            string_result,
            |call, _| Ok(go_text::title(call.text(0)).into()),
        ),
        function(
            "strrev",
            "`strrev` reverses the order of the characters a reader sees in a string.",
            [text("str").dynamic()],
            string_result,
            |call, _| Ok(go_text::reverse(call.text(0)).into()),
        ),
        function(
            "substr",
            "`substr` cuts a part out of a string, by offset and greatest length, counted in characters a reader sees.",
            [
                text("str").dynamic(),
                number("offset").dynamic().describe("Where to start; counted from the end when negative."),
                number("length").dynamic().describe("How many characters at most; -1 for all that follow."),
            ],
            string_result,
            substring,
        ),
    ]
}

fn trimming() -> Vec<Function> {
    vec![
        function(
            "chomp",
            "`chomp` takes the newlines off the end of a string.",
            [text("str")],
            string_result,
            |call, _| Ok(call.text(0).trim_end_matches(['\r', '\n']).into()),
        ),
        function(
            "trimspace",
            "`trimspace` takes the white space off both ends of a string.",
            [text("str")],
            string_result,
            |call, _| Ok(call.text(0).trim().into()),
        ),
        function(
            "trim",
            "`trim` takes all characters of a set off both ends of a string.",
            [text("str"), text("cutset").describe("The characters to take off, in any order.")],
            string_result,
            |call, _| {
                let set: HashSet<char> = call.text(1).chars().collect();
                Ok(call.text(0).trim_matches(|c| set.contains(&c)).into())
            },
        ),
        function(
            "trimprefix",
            "`trimprefix` takes a prefix off a string that has it.",
            [text("str"), text("prefix").describe("What to take off, if it is there.")],
            string_result,
            |call, _| Ok(call.text(0).strip_prefix(call.text(1)).unwrap_or(call.text(0)).into()),
        ),
        function(
            "trimsuffix",
            "`trimsuffix` takes a suffix off a string that has it.",
            [text("str"), text("suffix").describe("What to take off, if it is there.")],
            string_result,
            |call, _| Ok(call.text(0).strip_suffix(call.text(1)).unwrap_or(call.text(0)).into()),
        ),
    ]
}

fn testing() -> Vec<Function> {
    vec![
        function(
            "startswith",
            "`startswith` says whether a string starts with another.",
            [text("str").unknown(), text("prefix")],
            bool_result,
            starts_with,
        ),
        function(
            "endswith",
            "`endswith` says whether a string ends with another.",
            [text("str"), text("suffix")],
            bool_result,
            |call, _| Ok(call.text(0).ends_with(call.text(1)).into()),
        ),
        function(
            "strcontains",
            "`strcontains` says whether a string has another in it.",
            [text("str"), text("substr")],
            bool_result,
            |call, _| Ok(call.text(0).contains(call.text(1)).into()),
        )
        .maybe_null(),
    ]
}

fn composing() -> Vec<Function> {
    vec![
        function(
            "join",
            "`join` puts the strings of one or more lists together, with a separator between them.",
            [text("separator").describe("What to put between the strings.")],
            string_result,
            join,
        )
        .variadic(param("lists", Type::list(Type::String)).describe("Lists of strings.")),
        function(
            "split",
            "`split` divides a string at each occurrence of a separator.",
            [text("separator").describe("Where to divide."), text("str").describe("What to divide.")],
            strings_result,
            split,
        ),
        function(
            "sort",
            "`sort` orders a list of strings by their characters.",
            [param("list", Type::list(Type::String)).unknown()],
            strings_result,
            sort,
        ),
        function(
            "indent",
            "`indent` puts spaces in front of all lines of a string but the first.",
            [number("spaces").describe("How many spaces."), text("str").describe("The text to indent.")],
            string_result,
            indent,
        ),
        function(
            "replace",
            "`replace` replaces each occurrence of a string; between slashes it is a regular expression.",
            [
                text("str").describe("Where to search."),
                text("substr").describe("What to replace: a string, or a regular expression between slashes."),
                text("replace").describe("What to put there; may refer to groups of the expression with `$`."),
            ],
            string_result,
            replace,
        ),
    ]
}

/// The number of characters a reader sees; what is known of it for unknown strings.
pub(crate) fn length(value: &Value) -> Value {
    match value.as_str() {
        Some(text) => Value::from(fw_value::Number::from(go_text::count(text))).with_marks(value.marks()),
        None => {
            let known = go_text::count(&value.range().string_prefix);
            let refinement = Refinement::number_between(Some(fw_value::Number::from(known)), None);
            Value::unknown_refined(Type::Number, refinement).with_marks(value.marks())
        }
    }
}

fn substring(call: &Call<'_>, _: &Type) -> CallResult {
    let offset = call.integer(1).map_err(CallError::Call)?;
    let length = call.integer(2).map_err(CallError::Call)?;
    let clusters = go_text::clusters(call.text(0));
    let total = i64::try_from(clusters.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 {
        offset.saturating_add(total)
    } else if length == 0 {
        return Ok("".into());
    } else {
        offset
    };
    let rest = clusters.into_iter().skip(usize::try_from(start).unwrap_or(0));
    // Counting starts before the length is looked at, so that zero after a negative offset means everything.
    match usize::try_from(length) {
        Ok(length) if length > 0 => Ok(rest.take(length).collect::<String>().into()),
        Ok(_) | Err(_) => Ok(rest.collect::<String>().into()),
    }
}

fn starts_with(call: &Call<'_>, _: &Type) -> CallResult {
    let prefix = call.text(1);
    let string = call.argument(0);
    if let Some(string) = string.as_str() {
        return Ok(string.starts_with(prefix).into());
    }
    let known = string.range().string_prefix;
    if known.starts_with(prefix) {
        return Ok(true.into());
    }
    if !known.is_empty() && known.len() >= prefix.len() {
        return Ok(false.into());
    }
    Ok(Value::unknown(Type::Bool))
}

fn join(call: &Call<'_>, _: &Type) -> CallResult {
    let lists = call.arguments.get(1..).unwrap_or_default();
    if lists.is_empty() {
        return fail("at least one list is required");
    }
    if !lists.iter().all(Value::is_wholly_known) {
        return Ok(Value::unknown(Type::String));
    }
    let mut items = Vec::new();
    for (index, list) in lists.iter().enumerate() {
        for (position, element) in list.elements().enumerate() {
            match element.as_str() {
                Some(item) => items.push(item),
                None if lists.len() > 1 => {
                    let message =
                        format!("element {position} of list {} is null; cannot concatenate null values", index + 1);
                    return fail_at(index + 1, message);
                }
                None => {
                    return fail_at(index + 1, format!("element {position} is null; cannot concatenate null values"));
                }
            }
        }
    }
    Ok(items.join(call.text(0)).into())
}

fn split(call: &Call<'_>, _: &Type) -> CallResult {
    let (separator, string) = (call.text(0), call.text(1));
    let parts: Vec<Value> = if separator.is_empty() {
        string.chars().map(|c| Value::string(c.encode_utf8(&mut [0; 4]))).collect()
    } else {
        string.split(separator).map(Value::from).collect()
    };
    Ok(Value::list(Type::String, parts))
}

fn sort(call: &Call<'_>, ty: &Type) -> CallResult {
    let list = call.argument(0);
    if !list.is_wholly_known() {
        let range = list.range();
        let refinement = Refinement::length_between(Some(range.length_min), range.length_max);
        return Ok(Value::unknown_refined(ty.clone(), refinement));
    }
    if let Some(index) = list.elements().position(Value::is_null) {
        return fail(format!("given list element {index} is null; a null string cannot be sorted"));
    }
    let mut elements: Vec<Value> = list.elements().cloned().collect();
    elements.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    Ok(Value::list(Type::String, elements))
}

fn indent(call: &Call<'_>, _: &Type) -> CallResult {
    let spaces = call.integer(0).map_err(CallError::Call)?;
    let Ok(spaces) = usize::try_from(spaces) else {
        return fail("panic in function implementation: strings: negative Repeat count");
    };
    let lines = call.text(1).matches('\n').count();
    // Go would run out of memory; so many spaces are nobody's intention.
    if spaces.checked_mul(lines).is_none_or(|total| total > 1 << 31) {
        return fail("too many spaces");
    }
    Ok(call.text(1).replace('\n', &format!("\n{}", " ".repeat(spaces))).into())
}

fn replace(call: &Call<'_>, _: &Type) -> CallResult {
    let (string, pattern, replacement) = (call.text(0), call.text(1), call.text(2));
    let expression = pattern.strip_prefix('/').and_then(|pattern| pattern.strip_suffix('/'));
    match expression {
        Some(expression) => match Regexp::new(expression) {
            Ok(regexp) => Ok(regexp.replace_all(string, replacement).into()),
            Err(error) => fail(format!("error parsing regexp: {}: `{}`", error.problem, error.part)),
        },
        None => Ok(string.replace(pattern, replacement).into()),
    }
}
