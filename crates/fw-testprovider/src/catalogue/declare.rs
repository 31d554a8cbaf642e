//! Short ways to write schemas down.

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_schema::{Attribute, AttributeType, Block, NestedBlock, NestedObject, Nesting, Schema};
use fw_value::{Str, Type};

fn attribute(ty: AttributeType) -> Attribute {
    Attribute { ty, optional: false, ..Attribute::optional(Type::Dynamic) }
}

/// Must be written.
pub(super) fn required(ty: Type) -> Attribute {
    Attribute { required: true, ..attribute(AttributeType::Value(ty)) }
}

/// May be written.
pub(super) fn optional(ty: Type) -> Attribute {
    Attribute { optional: true, ..attribute(AttributeType::Value(ty)) }
}

/// The provider sets it.
pub(super) fn computed(ty: Type) -> Attribute {
    Attribute { computed: true, ..attribute(AttributeType::Value(ty)) }
}

/// May be written, or the provider sets it.
pub(super) fn either(ty: Type) -> Attribute {
    Attribute { computed: true, ..optional(ty) }
}

/// In the configuration only.
pub(super) fn write_only(ty: Type) -> Attribute {
    Attribute { write_only: true, ..optional(ty) }
}

/// A nested attribute that may be written.
pub(super) fn structure(nesting: Nesting, attributes: Vec<(&str, Attribute)>) -> Attribute {
    let object = NestedObject { attributes: named(attributes), nesting };
    Attribute { optional: true, ..attribute(AttributeType::Nested(Arc::new(object))) }
}

/// A body.
pub(super) fn block<'a>(
    attributes: impl IntoIterator<Item = (&'a str, Attribute)>,
    blocks: impl IntoIterator<Item = (&'a str, NestedBlock)>,
) -> Block {
    Block { attributes: named(attributes), blocks: named(blocks), ..Block::default() }
}

/// A nested block type.
pub(super) fn nested(nesting: Nesting, block: Block, min_items: u64, max_items: u64) -> NestedBlock {
    NestedBlock { block: Arc::new(block), nesting, min_items, max_items }
}

/// A schema.
pub(super) fn schema(version: i64, block: Block) -> Schema {
    Schema { version, block }
}

fn named<'a, T>(all: impl IntoIterator<Item = (&'a str, T)>) -> BTreeMap<Str, T> {
    all.into_iter().map(|(name, one)| (Str::from(name), one)).collect()
}
