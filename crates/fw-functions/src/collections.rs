//! Functions that look into collections, or choose among them.

use std::collections::HashSet;

use fw_value::{Type, Value, convert, json};

use crate::define::{
    CallResult, TypeResult, any, bool_result, fail, fail_at, first_type, function, number_result, param, redacted,
    strings_result, text,
};
use crate::function::{Call, CallError, Function};
use crate::go::text::quote;
use crate::strings;

pub(crate) fn functions() -> Vec<Function> {
    let mut all = looking();
    all.extend(choosing());
    all.extend(thinning());
    all.extend(gone());
    all
}

fn looking() -> Vec<Function> {
    vec![
        function(
            "length",
            "`length` gives the number of elements of a collection, or of characters of a string.",
            [any("value").dynamic().unknown().marked()],
            length_type,
            length,
        ),
        function(
            "contains",
            "`contains` says whether a list, set or tuple has an element.",
            [any("list"), any("value")],
            bool_result,
            contains,
        ),
        function(
            "index",
            "`index` gives the place of an element in a list.",
            [any("list"), any("value")],
            number_result,
            index,
        ),
        function(
            "lookup",
            "`lookup` gives the element of a map that has a key, or else a default.",
            [any("inputMap").marked(), text("key").marked()],
            lookup_type,
            lookup,
        )
        .variadic(any("default").unknown().dynamic().nullable().marked())
        .maybe_null()
        .keeps_marks(),
        function(
            "alltrue",
            "`alltrue` says whether all elements of a collection are true; those of an empty one are.",
            [param("list", Type::list(Type::Bool))],
            bool_result,
            all_true,
        ),
        function(
            "anytrue",
            "`anytrue` says whether some element of a collection is true.",
            [param("list", Type::list(Type::Bool))],
            bool_result,
            any_true,
        ),
    ]
}

fn choosing() -> Vec<Function> {
    let values = || any("vals").unknown().dynamic().nullable();
    vec![
        function(
            "coalesce",
            "`coalesce` gives the first of its arguments that is neither null nor an empty string.",
            [],
            coalesce_type,
            coalesce,
        )
        .variadic(values()),
        function(
            "coalescelist",
            "`coalescelist` gives the first of its arguments that has elements.",
            [],
            coalesce_list_type,
            coalesce_list,
        )
        .variadic(values().describe("Lists or tuples, tried in this order.")),
        function(
            "one",
            "`one` gives the only element of a list, set or tuple, or null if there is none.",
            [any("list")],
            one_type,
            one,
        )
        .maybe_null(),
    ]
}

fn thinning() -> Vec<Function> {
    let list = |name| param(name, Type::list(Type::Dynamic));
    vec![
        function(
            "compact",
            "`compact` leaves out the empty and null strings of a list.",
            [param("list", Type::list(Type::String))],
            strings_result,
            compact,
        ),
        function(
            "distinct",
            "`distinct` leaves out the elements of a list that were there before.",
            [list("list")],
            first_type,
            distinct,
        ),
        function(
            "matchkeys",
            "`matchkeys` picks those elements of a list whose counterparts in another list are in a third one.",
            [list("values"), list("keys"), list("searchset")],
            match_keys_type,
            match_keys,
        ),
    ]
}

/// Functions of the distant past, kept for what they say.
fn gone() -> Vec<Function> {
    const LIST: &str = "the \"list\" function was deprecated in Terraform v0.12 and is no longer available; use \
                        tolist([ ... ]) syntax to write a literal list";
    const MAP: &str = "the \"map\" function was deprecated in Terraform v0.12 and is no longer available; use \
                       tomap({ ... }) syntax to write a literal map";
    let values = || any("vals").unknown().dynamic().nullable();
    vec![
        function("list", "Use `tolist` instead.", [], |_| fail(LIST), |_, _| fail(LIST)).variadic(values()),
        function("map", "Use `tomap` instead.", [], |_| fail(MAP), |_, _| fail(MAP)).variadic(values()),
    ]
}

/// A text that two known values of one type share exactly when they are equal.
pub(crate) fn equality_key(value: &Value) -> String {
    if value.as_number().is_some_and(fw_value::Number::is_zero) {
        return "0".to_owned();
    }
    json::marshal(value, value.ty()).unwrap_or_default()
}

fn length_type(arguments: &[Value]) -> TypeResult {
    match arguments.first().map(Value::ty) {
        Some(Type::Bool | Type::Number) => fail("argument must be a string, a collection type, or a structural type"),
        _ => Ok(Type::Number),
    }
}

fn length(call: &Call<'_>, _: &Type) -> CallResult {
    let value = call.argument(0);
    Ok(match value.ty() {
        Type::String => strings::length(value),
        Type::Dynamic => Value::unknown(Type::Number).with_marks(value.marks()),
        _ => value.length(),
    })
}

fn contains(call: &Call<'_>, _: &Type) -> CallResult {
    let (list, value) = (call.argument(0), call.argument(1));
    if !matches!(list.ty(), Type::List(_) | Type::Tuple(_) | Type::Set(_)) {
        return fail("argument must be list, tuple, or set");
    }
    let mut unknown = false;
    for element in list.elements() {
        let equal = value.equals(element);
        if equal.is_true() {
            return Ok(true.into());
        }
        unknown |= !equal.is_known();
    }
    Ok(if unknown { Value::unknown(Type::Bool) } else { false.into() })
}

fn index(call: &Call<'_>, _: &Type) -> CallResult {
    let (list, value) = (call.argument(0), call.argument(1));
    if !matches!(list.ty(), Type::List(_) | Type::Tuple(_)) {
        return fail("argument must be a list or tuple");
    }
    if list.length_usize() == Some(0) {
        return fail("cannot search an empty list");
    }
    for (position, element) in list.entries() {
        let equal = element.equals(value);
        if !equal.is_known() {
            return Ok(Value::unknown(Type::Number));
        }
        if equal.is_true() {
            return Ok(position);
        }
    }
    fail("item not found")
}

fn lookup_type(arguments: &[Value]) -> TypeResult {
    if arguments.len() > 3 {
        return fail(format!("lookup() takes two or three arguments, got {}", arguments.len()));
    }
    let (map, key, default) = (&arguments[0], &arguments[1], arguments.get(2));
    match map.ty() {
        Type::Object(object) => match (key.as_str(), default) {
            (None, _) => Ok(Type::Dynamic),
            (Some(key), default) => match (object.attribute(key), default) {
                (Some(attribute), _) => Ok(attribute.ty.clone()),
                (None, Some(default)) => Ok(default.ty().clone()),
                (None, None) => fail_at(0, format!("the given object has no attribute {}", quote(key))),
            },
        },
        Type::Map(element) => match default {
            Some(default) if !convert::can_convert(default, element) => {
                fail_at(2, "the default value must have the same type as the map elements")
            }
            _ => Ok((**element).clone()),
        },
        _ => fail_at(0, "lookup() requires a map as the first argument"),
    }
}

fn lookup(call: &Call<'_>, ty: &Type) -> CallResult {
    let (map, key) = (call.argument(0), call.argument(1));
    let marks = map.marks() | key.marks();
    if !map.is_known() {
        return Ok(Value::unknown(ty.clone()).with_marks(marks));
    }
    let name = call.text(1);
    if let Some(found) = map.attr_ref(name).or_else(|| map.map_ref(name)) {
        return Ok(found.clone().with_marks(marks));
    }
    match call.arguments.get(2) {
        Some(default) => match convert::convert(default, ty) {
            Ok(default) => Ok(default.with_marks(marks)),
            Err(error) => fail(error.to_string()),
        },
        None => fail(format!("lookup failed to find key {}", redacted(quote(name), key.marks()))),
    }
}

fn all_true(call: &Call<'_>, _: &Type) -> CallResult {
    for element in call.argument(0).elements() {
        if !element.is_known() {
            return Ok(Value::unknown(Type::Bool));
        }
        if !element.is_true() {
            return Ok(false.into());
        }
    }
    Ok(true.into())
}

fn any_true(call: &Call<'_>, _: &Type) -> CallResult {
    let mut unknown = false;
    for element in call.argument(0).elements() {
        if element.is_true() {
            return Ok(true.into());
        }
        unknown |= !element.is_known();
    }
    Ok(if unknown { Value::unknown(Type::Bool) } else { false.into() })
}

fn coalesce_type(arguments: &[Value]) -> TypeResult {
    let types: Vec<Type> = arguments.iter().map(|v| v.ty().clone()).collect();
    convert::unify(&types).map_or_else(|| fail("all arguments must have the same type"), Ok)
}

fn coalesce(call: &Call<'_>, ty: &Type) -> CallResult {
    for argument in call.arguments {
        // What can't be converted is passed over like a null.
        let Ok(argument) = convert::convert(argument, ty) else { continue };
        if !argument.is_known() {
            return Ok(Value::unknown(ty.clone()));
        }
        let empty = *ty == Type::String && argument.as_str() == Some("");
        if !argument.is_null() && !empty {
            return Ok(argument);
        }
    }
    fail("no non-null, non-empty-string arguments")
}

fn coalesce_list_type(arguments: &[Value]) -> TypeResult {
    let Some(first) = arguments.first() else { return fail("at least one argument is required") };
    for argument in arguments {
        if !argument.is_known() {
            return Ok(Type::Dynamic);
        }
        if !matches!(argument.ty(), Type::List(_) | Type::Tuple(_)) {
            return fail("coalescelist arguments must be lists or tuples");
        }
    }
    let same = arguments.iter().all(|argument| argument.ty() == first.ty());
    Ok(if same { first.ty().clone() } else { Type::Dynamic })
}

fn coalesce_list(call: &Call<'_>, ty: &Type) -> CallResult {
    for argument in call.arguments {
        if !argument.is_known() {
            return Ok(Value::unknown(ty.clone()));
        }
        if !argument.is_null() && argument.length_usize().is_some_and(|length| length > 0) {
            return Ok(argument.clone());
        }
    }
    fail("no non-null arguments")
}

const ONE: &str = "must be a list, set, or tuple value with either zero or one elements";

fn one_type(arguments: &[Value]) -> TypeResult {
    match arguments.first().map(Value::ty) {
        Some(Type::List(element) | Type::Set(element)) => Ok((**element).clone()),
        Some(Type::Tuple(elements)) if elements.is_empty() => Ok(Type::Dynamic),
        Some(Type::Tuple(elements)) if elements.len() == 1 => Ok(elements[0].clone()),
        _ => fail_at(0, ONE),
    }
}

fn one(call: &Call<'_>, ty: &Type) -> CallResult {
    let list = call.argument(0);
    if !list.length().is_known() {
        return Ok(Value::unknown(ty.clone()));
    }
    let mut elements = list.elements();
    match (elements.next(), elements.next()) {
        (None, _) => Ok(Value::null(ty.clone())),
        (Some(only), None) => Ok(only.clone()),
        (Some(_), Some(_)) => fail_at(0, ONE),
    }
}

fn compact(call: &Call<'_>, ty: &Type) -> CallResult {
    let list = call.argument(0);
    if !list.is_wholly_known() {
        return Ok(Value::unknown(ty.clone()));
    }
    let kept = list.elements().filter(|v| v.as_str().is_some_and(|text| !text.is_empty()));
    Ok(Value::list(Type::String, kept.cloned()))
}

fn distinct(call: &Call<'_>, ty: &Type) -> CallResult {
    let list = call.argument(0);
    if !list.is_wholly_known() {
        return Ok(Value::unknown(ty.clone()));
    }
    let mut seen = HashSet::new();
    let kept: Vec<Value> = list.elements().filter(|v| seen.insert(equality_key(v))).cloned().collect();
    Ok(Value::list(list.ty().element().cloned().unwrap_or(Type::Dynamic), kept))
}

fn match_keys_type(arguments: &[Value]) -> TypeResult {
    let types = [arguments[1].ty().clone(), arguments[2].ty().clone()];
    match convert::unify(&types) {
        Some(_) => first_type(arguments),
        None => fail("keys and searchset must be of the same type"),
    }
}

fn match_keys(call: &Call<'_>, ty: &Type) -> CallResult {
    let (values, keys, searched) = (call.argument(0), call.argument(1), call.argument(2));
    if values.length_usize() != keys.length_usize() {
        return fail("length of keys and values should be equal");
    }
    let element = ty.element().cloned().unwrap_or(Type::Dynamic);
    let common = convert::unify(&[keys.ty().clone(), searched.ty().clone()]).unwrap_or(Type::Dynamic);
    let convert = |v: &Value| convert::convert(v, &common).map_err(|error| CallError::Call(error.to_string()));
    let (keys, searched) = (convert(keys)?, convert(searched)?);
    if searched.length_usize() == Some(0) {
        return Ok(Value::list(element, []));
    }
    if !values.is_wholly_known() || !keys.is_wholly_known() {
        return Ok(Value::unknown(ty.clone()));
    }
    let mut found = Vec::new();
    if searched.is_wholly_known() {
        let wanted: HashSet<String> = searched.elements().map(equality_key).collect();
        let pairs = values.elements().zip(keys.elements());
        found.extend(pairs.filter(|(_, key)| wanted.contains(&equality_key(key))).map(|(value, _)| value.clone()));
        return Ok(Value::list(element, found));
    }
    for (value, key) in values.elements().zip(keys.elements()) {
        for candidate in searched.elements() {
            let equal = key.equals(candidate);
            if !equal.is_known() {
                return Ok(Value::list(element, []));
            }
            if equal.is_true() {
                found.push(value.clone());
                break;
            }
        }
    }
    Ok(Value::list(element, found))
}
