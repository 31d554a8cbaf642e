//! Filling in what a provider would compute, for stand-ins of providers.

use fw_schema::{Attribute, Block, NestedObject, Nesting};
use fw_value::Value;

/// The object with every computed attribute that is null made unknown, also in nested blocks and attributes: what a
/// provider plans for a new object when it can foresee nothing.
#[must_use]
pub fn all_computed_unknown(schema: &Block, value: &Value) -> Value {
    if !value.is_known() || value.is_null() {
        return value.clone();
    }
    let parts =
        value.string_entries().map(|(name, part)| match (schema.attributes.get(name), schema.blocks.get(name)) {
            (Some(attribute), _) => fill_attribute(attribute, part),
            (None, Some(nested)) => {
                fill_nested(nested.nesting, part, &|element| all_computed_unknown(&nested.block, element))
            }
            (None, None) => part.clone(),
        });
    let parts = parts.collect();
    value.with_elements(parts)
}

fn fill_attribute(schema: &Attribute, value: &Value) -> Value {
    if schema.computed && value.is_null() {
        return Value::unknown(value.ty().clone());
    }
    match schema.nested() {
        Some(object) => fill_nested(object.nesting, value, &|element| fill_object(object, element)),
        None => value.clone(),
    }
}

fn fill_object(schema: &NestedObject, value: &Value) -> Value {
    if !value.is_known() || value.is_null() {
        return value.clone();
    }
    let parts = value.string_entries().map(|(name, part)| match schema.attributes.get(name) {
        Some(attribute) => fill_attribute(attribute, part),
        None => part.clone(),
    });
    let parts = parts.collect();
    value.with_elements(parts)
}

fn fill_nested(nesting: Nesting, value: &Value, fill: &dyn Fn(&Value) -> Value) -> Value {
    match nesting {
        _ if !value.is_known() || value.is_null() => value.clone(),
        Nesting::Single | Nesting::Group => fill(value),
        Nesting::List | Nesting::Set | Nesting::Map => value.with_elements(value.elements().map(fill).collect()),
    }
}
