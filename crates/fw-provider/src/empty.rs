//! The values of bodies in which nothing is written.

use fw_schema::{Block, NestedBlock, Nesting};
use fw_value::{Str, Value};

/// What an empty body makes: all attributes null, no blocks.
#[must_use]
pub fn empty_block(schema: &Block) -> Value {
    let attributes = schema.attributes.iter().map(|(name, a)| (Str::clone(name), Value::null(a.implied_type())));
    let blocks = schema.blocks.iter().map(|(name, b)| (Str::clone(name), empty_nested(b)));
    Value::object(attributes.chain(blocks))
}

/// What no blocks of this type make.
pub(crate) fn empty_nested(nested: &NestedBlock) -> Value {
    let object = || nested.block.implied_type();
    match nested.nesting {
        Nesting::Single => Value::null(object()),
        Nesting::Group => empty_block(&nested.block),
        Nesting::Set => Value::set(object(), []),
        Nesting::List if nested.is_dynamic() => Value::empty_tuple(),
        Nesting::List => Value::list(object(), []),
        Nesting::Map if nested.is_dynamic() => Value::empty_object(),
        Nesting::Map => Value::map(object(), std::iter::empty::<(Str, Value)>()),
    }
}
