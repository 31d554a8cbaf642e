//! Making answers of the old SDK regular: it can't tell absent blocks from empty ones.

use fw_schema::{Block, NestedBlock, Nesting};
use fw_value::{Str, Type, Value};

/// An object from a provider on the old SDK, with its nested blocks neither null nor unknown. It fits the schema.
#[must_use]
pub fn normalize_legacy_object(schema: &Block, value: &Value) -> Value {
    let (value, marks) = value.clone().unmark_deep_with_paths();
    normalize_block(schema, &value).mark_with_paths(&marks)
}

fn normalize_block(schema: &Block, value: &Value) -> Value {
    if value.is_null() {
        return Value::null(schema.implied_type());
    }
    if !value.is_known() {
        return unknown_block(schema);
    }
    let parts = value.string_entries().map(|(name, part)| match schema.blocks.get(name) {
        Some(nested) => normalize_nested(nested, part),
        None => part.clone(),
    });
    let parts = parts.collect();
    value.with_elements(parts)
}

fn normalize_nested(schema: &NestedBlock, value: &Value) -> Value {
    let block = &schema.block;
    if block.implied_type().has_dynamic() {
        // The old SDK has no such types, so this comes from another one, which does it right.
        return value.clone();
    }
    match schema.nesting {
        Nesting::Single | Nesting::Group if !value.is_known() => unknown_block(block),
        Nesting::Group if value.is_null() => block.empty_value(),
        Nesting::Single | Nesting::Group => normalize_block(block, value),
        Nesting::List | Nesting::Set => {
            let elements: Vec<Value> = if value.is_known() {
                value.elements().map(|element| normalize_block(block, element)).collect()
            } else {
                vec![unknown_block(block)]
            };
            collection(schema.nesting, block.implied_type(), elements)
        }
        Nesting::Map => value.clone(),
    }
}

fn collection(nesting: Nesting, element: Type, elements: Vec<Value>) -> Value {
    if nesting == Nesting::Set { Value::set(element, elements) } else { Value::list(element, elements) }
}

/// A block that is there, with everything in it unknown: how a block of which nothing is known is written.
fn unknown_block(schema: &Block) -> Value {
    let attributes = schema.attributes.iter().map(|(name, a)| (Str::clone(name), Value::unknown(a.implied_type())));
    let blocks = schema.blocks.iter().map(|(name, nested)| {
        let block = &nested.block;
        let value = match nested.nesting {
            Nesting::Single | Nesting::Group => unknown_block(block),
            Nesting::List | Nesting::Set => {
                collection(nested.nesting, block.implied_type(), vec![unknown_block(block)])
            }
            // Nobody could say what its keys are.
            Nesting::Map => Value::map(block.implied_type(), std::iter::empty::<(Str, Value)>()),
        };
        (Str::clone(name), value)
    });
    Value::object(attributes.chain(blocks))
}
