//! Write-only attributes: the configuration may have a value for them, plans and states never do.

use fw_schema::{Attribute, Block, NestedObject, Nesting};
use fw_value::{Path, PathStep, Str, Value};

/// The places of write-only attributes that are not null.
#[must_use]
pub fn write_only_values(schema: &Block, value: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    replace_in_block(schema, value, &mut Path::root(), &mut found);
    found
}

/// The object without the values of write-only attributes.
#[must_use]
pub fn without_write_only(schema: &Block, value: &Value) -> Value {
    replace_in_block(schema, value, &mut Path::root(), &mut Vec::new())
}

fn within(path: &mut Path, step: PathStep, work: impl FnOnce(&mut Path) -> Value) -> Value {
    path.0.push(step);
    let result = work(path);
    path.0.pop();
    result
}

fn replace_in_block(schema: &Block, value: &Value, path: &mut Path, found: &mut Vec<Path>) -> Value {
    if !value.can_iterate() || !may_write_only(schema) {
        return value.clone();
    }
    let mut parts = Vec::with_capacity(value.entries().len());
    for (name, part) in value.string_entries() {
        let step = PathStep::Attribute(Str::clone(name));
        parts.push(within(path, step, |path| match (schema.attributes.get(name), schema.blocks.get(name)) {
            (Some(attribute), _) => replace_in_attribute(attribute, part, path, found),
            (None, Some(nested)) => replace_nested(nested.nesting, part, path, &mut |element, path| {
                replace_in_block(&nested.block, element, path, found)
            }),
            (None, None) => part.clone(),
        }));
    }
    value.with_elements(parts)
}

fn replace_in_attribute(schema: &Attribute, value: &Value, path: &mut Path, found: &mut Vec<Path>) -> Value {
    if schema.write_only {
        if value.is_null() {
            return value.clone();
        }
        found.push(path.clone());
        return Value::null(schema.implied_type());
    }
    match schema.nested() {
        Some(object) => replace_nested(object.nesting, value, path, &mut |element, path| {
            replace_in_object(object, element, path, found)
        }),
        None => value.clone(),
    }
}

fn replace_in_object(schema: &NestedObject, value: &Value, path: &mut Path, found: &mut Vec<Path>) -> Value {
    if !value.can_iterate() {
        return value.clone();
    }
    let mut parts = Vec::with_capacity(value.entries().len());
    for (name, part) in value.string_entries() {
        let step = PathStep::Attribute(Str::clone(name));
        parts.push(within(path, step, |path| match schema.attributes.get(name) {
            Some(attribute) => replace_in_attribute(attribute, part, path, found),
            None => part.clone(),
        }));
    }
    value.with_elements(parts)
}

fn replace_nested(
    nesting: Nesting,
    value: &Value,
    path: &mut Path,
    replace: &mut dyn FnMut(&Value, &mut Path) -> Value,
) -> Value {
    if !value.can_iterate() {
        return value.clone();
    }
    if matches!(nesting, Nesting::Single | Nesting::Group) {
        return replace(value, path);
    }
    let mut elements = Vec::with_capacity(value.entries().len());
    for (key, element) in value.entries() {
        elements.push(within(path, PathStep::Index(key), |path| replace(element, path)));
    }
    value.with_elements(elements)
}

fn may_write_only(schema: &Block) -> bool {
    let attribute = |a: &Attribute| a.write_only || a.nested().is_some();
    schema.attributes.values().any(attribute) || schema.blocks.values().any(|nested| may_write_only(&nested.block))
}
