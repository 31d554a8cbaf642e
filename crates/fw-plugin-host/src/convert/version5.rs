//! Schemas of protocol 5 as schemas of protocol 6, which are the same and more.

use fw_plugin_proto::{tfplugin5 as v5, tfplugin6 as v6};

pub(crate) fn schema(old: v5::Schema) -> v6::Schema {
    v6::Schema { version: old.version, block: old.block.map(block) }
}

fn block(old: v5::schema::Block) -> v6::schema::Block {
    v6::schema::Block {
        version: old.version,
        attributes: old.attributes.into_iter().map(attribute).collect(),
        block_types: old.block_types.into_iter().map(nested_block).collect(),
        description: old.description,
        description_kind: old.description_kind,
        deprecated: old.deprecated,
    }
}

fn attribute(old: v5::schema::Attribute) -> v6::schema::Attribute {
    v6::schema::Attribute {
        name: old.name,
        r#type: old.r#type,
        nested_type: None,
        description: old.description,
        required: old.required,
        optional: old.optional,
        computed: old.computed,
        sensitive: old.sensitive,
        description_kind: old.description_kind,
        deprecated: old.deprecated,
        write_only: old.write_only,
    }
}

fn nested_block(old: v5::schema::NestedBlock) -> v6::schema::NestedBlock {
    v6::schema::NestedBlock {
        type_name: old.type_name,
        block: old.block.map(block),
        nesting: old.nesting,
        min_items: old.min_items,
        max_items: old.max_items,
    }
}
