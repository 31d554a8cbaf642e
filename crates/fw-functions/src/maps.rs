//! Functions on maps and objects.

use std::collections::BTreeMap;

use fw_value::{Marks, Str, Type, Value};

use crate::define::{CallResult, TypeResult, any, fail, fail_at, function, param};
use crate::function::{Call, Function};

pub(crate) fn functions() -> Vec<Function> {
    vec![
        function(
            "keys",
            "`keys` gives the keys of a map, in order.",
            [any("inputMap").unknown().marked().describe("A map, or an object, whose attribute names it then gives.")],
            keys_type,
            keys,
        ),
        function(
            "values",
            "`values` gives the elements of a map, in order of their keys.",
            [any("mapping").marked()],
            values_type,
            values,
        ),
        function("merge", "`merge` puts maps or objects together; later ones win.", [], merge_type, merge)
            .variadic(any("maps").dynamic().nullable().marked()),
        function(
            "zipmap",
            "`zipmap` makes a map of a list of keys and a list of elements.",
            [param("keys", Type::list(Type::String)).marked(), any("values").marked()],
            zip_type,
            zip,
        ),
        function(
            "transpose",
            "`transpose` turns a map of lists of strings inside out: strings become keys, and keys strings.",
            [param("values", lists())],
            |_| Ok(lists()),
            transpose,
        ),
    ]
}

fn lists() -> Type {
    Type::map(Type::list(Type::String))
}

fn keys_type(arguments: &[Value]) -> TypeResult {
    match arguments[0].ty() {
        Type::Map(_) => Ok(Type::list(Type::String)),
        Type::Object(object) => Ok(Type::tuple(object.attributes().iter().map(|_| Type::String))),
        _ => fail_at(0, "must have map or object type"),
    }
}

fn keys(call: &Call<'_>, ty: &Type) -> CallResult {
    let map = call.argument(0);
    let keys = match map.ty() {
        Type::Object(object) => {
            Value::tuple(object.attributes().iter().map(|attribute| Value::string_shared(Str::clone(&attribute.name))))
        }
        _ if !map.is_known() => Value::unknown(ty.clone()),
        _ => Value::list(Type::String, map.string_entries().map(|(key, _)| Value::string_shared(Str::clone(key)))),
    };
    Ok(keys.with_marks(map.marks()))
}

fn values_type(arguments: &[Value]) -> TypeResult {
    match arguments[0].ty() {
        Type::Map(element) => Ok(Type::list((**element).clone())),
        Type::Object(object) => Ok(Type::tuple(object.attributes().iter().map(|attribute| attribute.ty.clone()))),
        _ => fail("values() requires a map as the first argument"),
    }
}

fn values(call: &Call<'_>, ty: &Type) -> CallResult {
    let map = call.argument(0);
    let elements = map.string_entries().map(|(_, v)| v.clone());
    let values = match ty {
        Type::List(element) => Value::list((**element).clone(), elements),
        _ => Value::tuple(elements),
    };
    Ok(values.with_marks(map.marks()))
}

fn merge_type(arguments: &[Value]) -> TypeResult {
    let mut attributes: BTreeMap<Str, Type> = BTreeMap::new();
    let mut first: Option<Type> = None;
    let mut same = true;
    let mut all_known = true;
    for argument in arguments {
        let ty = match argument.ty() {
            Type::Dynamic => return Ok(Type::Dynamic),
            Type::Object(_) if argument.is_null() => Type::empty_object(),
            Type::Object(object) => {
                attributes.extend(object.attributes().iter().map(|a| (Str::clone(&a.name), a.ty.clone())));
                argument.ty().clone()
            }
            Type::Map(element) => {
                all_known &= argument.is_known();
                attributes.extend(argument.string_entries().map(|(key, _)| (Str::clone(key), (**element).clone())));
                argument.ty().clone()
            }
            other => {
                let name = crate::go::text::quote(&other.friendly_name());
                return fail(format!("arguments must be maps or objects, got {name}"));
            }
        };
        same &= first.as_ref().is_none_or(|first| *first == ty);
        first.get_or_insert(ty);
    }
    Ok(match first {
        None => Type::empty_object(),
        Some(first) if same => first,
        Some(_) if !all_known => Type::Dynamic,
        Some(_) => Type::object(attributes),
    })
}

fn merge(call: &Call<'_>, ty: &Type) -> CallResult {
    let mut marks = Marks::NONE;
    let mut merged: BTreeMap<Str, Value> = BTreeMap::new();
    for argument in call.arguments.iter().filter(|argument| !argument.is_null()) {
        marks |= argument.marks();
        merged.extend(argument.string_entries().map(|(key, v)| (Str::clone(key), v.clone())));
    }
    let result = match ty {
        Type::Map(element) => Value::map((**element).clone(), merged),
        _ => Value::object(merged),
    };
    Ok(result.with_marks(marks))
}

fn lengths_differ<T>(keys: usize, values: usize) -> Result<T, crate::function::CallError> {
    fail(format!("number of keys ({keys}) does not match number of values ({values})"))
}

fn zip_type(arguments: &[Value]) -> TypeResult {
    let (keys, values) = (&arguments[0], &arguments[1]);
    match values.ty() {
        Type::List(element) => Ok(Type::map((**element).clone())),
        Type::Tuple(_) if !keys.is_wholly_known() => Ok(Type::Dynamic),
        Type::Tuple(types) => {
            let count = keys.elements().len();
            if count != types.len() {
                return lengths_differ(count, types.len());
            }
            let mut attributes: BTreeMap<Str, Type> = BTreeMap::new();
            for (index, (key, ty)) in keys.elements().zip(types.iter()).enumerate() {
                let Some(key) = key.as_shared_str() else {
                    return fail(format!("keys list has null value at index {index}"));
                };
                attributes.insert(Str::clone(key), ty.clone());
            }
            Ok(Type::object(attributes))
        }
        _ => fail("values argument must be a list or tuple value"),
    }
}

fn zip(call: &Call<'_>, ty: &Type) -> CallResult {
    let (keys, values) = (call.argument(0), call.argument(1));
    let mut marks = keys.marks() | values.marks();
    if !keys.is_wholly_known() {
        return Ok(Value::unknown(ty.clone()).with_marks(marks));
    }
    let (key_count, value_count) = (keys.elements().len(), values.elements().len());
    if key_count != value_count {
        return lengths_differ(key_count, value_count);
    }
    let mut zipped: BTreeMap<Str, Value> = BTreeMap::new();
    for (key, value) in keys.elements().zip(values.elements()) {
        let Some(name) = key.as_shared_str() else {
            return fail("panic in function implementation: value is null");
        };
        marks |= key.marks();
        zipped.insert(Str::clone(name), value.clone());
    }
    let result = match ty {
        Type::Map(element) => Value::map((**element).clone(), zipped),
        _ => Value::object(zipped),
    };
    Ok(result.with_marks(marks))
}

fn transpose(call: &Call<'_>, ty: &Type) -> CallResult {
    let map = call.argument(0);
    if !map.is_wholly_known() {
        return Ok(Value::unknown(ty.clone()));
    }
    let mut out: BTreeMap<Str, Vec<Value>> = BTreeMap::new();
    for (key, list) in map.string_entries() {
        if list.is_null() {
            return fail("input must not contain null list");
        }
        for value in list.elements() {
            let Some(text) = value.as_shared_str() else {
                return fail("input list must not contain null string");
            };
            // Keys come in order, so the lists are sorted too.
            out.entry(Str::clone(text)).or_default().push(Value::string_shared(Str::clone(key)));
        }
    }
    let lists = out.into_iter().map(|(key, list)| (key, Value::list(Type::String, list)));
    Ok(Value::map(Type::list(Type::String), lists))
}
