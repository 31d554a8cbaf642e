//! Schemas from the document of `providers schema -json`.

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_addr::Provider;
use fw_provider::ProviderSchemas;
use fw_schema::{Attribute, AttributeType, Block, NestedBlock, NestedObject, Nesting, Schema, StringKind};
use fw_value::Str;
use fw_value::json::{Node, type_of_node};
use fw_views::human::Schemas;

pub(crate) fn read(text: &str) -> Schemas {
    let document = Node::parse(text).expect("JSON");
    let providers = members(document.get("provider_schemas"));
    providers.iter().map(|(name, provider)| (provider_address(name), Arc::new(provider_schemas(provider)))).collect()
}

pub(crate) fn provider_address(name: &str) -> Provider {
    let mut parts = name.split('/').map(Str::from);
    let mut next = || parts.next().expect("three parts");
    Provider { host: next(), namespace: next(), kind: next() }
}

pub(crate) fn members(node: Option<&Node>) -> &[(String, Node)] {
    node.and_then(Node::as_object).unwrap_or_default()
}

fn provider_schemas(provider: &Node) -> ProviderSchemas {
    let mut schemas = ProviderSchemas::default();
    for (name, schema) in members(provider.get("resource_schemas")) {
        schemas.resources.insert(&**name, resource_schema(schema));
    }
    for (name, schema) in members(provider.get("data_source_schemas")) {
        schemas.data_sources.insert(&**name, resource_schema(schema));
    }
    schemas
}

fn resource_schema(schema: &Node) -> Schema {
    let version = schema.get("version").and_then(Node::as_i64).unwrap_or_default();
    Schema { version, block: block(schema.get("block").expect("a block")) }
}

fn block(node: &Node) -> Block {
    let blocks = members(node.get("block_types")).iter().map(|(name, nested)| {
        let nested = NestedBlock {
            block: Arc::new(block(nested.get("block").expect("a block"))),
            nesting: nesting(nested),
            min_items: 0,
            max_items: 0,
        };
        (Str::from(&**name), nested)
    });
    Block { attributes: attributes(node), blocks: blocks.collect(), ..Block::default() }
}

fn attributes(node: &Node) -> BTreeMap<Str, Attribute> {
    members(node.get("attributes")).iter().map(|(name, node)| (Str::from(&**name), attribute(node))).collect()
}

fn attribute(node: &Node) -> Attribute {
    let is = |flag: &str| node.get(flag).and_then(Node::as_bool).unwrap_or_default();
    let ty = match node.get("nested_type") {
        Some(nested) => {
            AttributeType::Nested(Arc::new(NestedObject { attributes: attributes(nested), nesting: nesting(nested) }))
        }
        None => AttributeType::Value(type_of_node(node.get("type").expect("a type")).expect("a known type")),
    };
    Attribute {
        ty,
        required: is("required"),
        optional: is("optional"),
        computed: is("computed"),
        sensitive: is("sensitive"),
        write_only: is("write_only"),
        deprecated: false,
        description: String::new(),
        description_kind: StringKind::Plain,
    }
}

fn nesting(node: &Node) -> Nesting {
    match node.get("nesting_mode").and_then(Node::as_str) {
        Some("single") => Nesting::Single,
        Some("group") => Nesting::Group,
        Some("list") => Nesting::List,
        Some("set") => Nesting::Set,
        Some("map") => Nesting::Map,
        other => panic!("no nesting mode: {other:?}"),
    }
}
