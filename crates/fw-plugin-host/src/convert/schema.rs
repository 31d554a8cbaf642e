//! One schema message as a schema of the engine, with the checks that make the rest of the engine safe from bad ones.

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_plugin_proto::tfplugin::StringKind as WireStringKind;
use fw_plugin_proto::tfplugin6::schema::nested_block::NestingMode as BlockNesting;
use fw_plugin_proto::tfplugin6::schema::object::NestingMode as ObjectNesting;
use fw_plugin_proto::tfplugin6::{Schema as WireSchema, schema as wire};
use fw_plugin_proto::{Bytes, Message as _, tfplugin5};
use fw_schema::{Attribute, AttributeType, Block, NestedBlock, NestedObject, Nesting, Schema, StringKind};
use fw_value::Str;

use super::{value::type_from_json, version5};
use crate::handshake::Protocol;

/// Decodes and converts a schema; the message says where it is wrong.
pub(crate) fn decode(protocol: Protocol, bytes: &Bytes) -> Result<Schema, String> {
    let decoded = match protocol {
        Protocol::V5 => tfplugin5::Schema::decode(bytes.clone()).map(version5::schema),
        Protocol::V6 => WireSchema::decode(bytes.clone()),
    };
    schema(decoded.map_err(|e| format!("the schema cannot be decoded: {e}"))?)
}

fn schema(from: WireSchema) -> Result<Schema, String> {
    if from.version < 0 {
        return Err(format!("the schema has the negative version {}", from.version));
    }
    let block = from.block.map(block).transpose()?.unwrap_or_default();
    Ok(Schema { version: from.version, block })
}

fn block(from: wire::Block) -> Result<Block, String> {
    let attributes = attributes(from.attributes)?;
    let mut blocks = BTreeMap::new();
    for nested in from.block_types {
        let name = Str::from(nested.type_name.as_str());
        check_name(&name)?;
        if attributes.contains_key(&name) || blocks.contains_key(&name) {
            return Err(format!("{name}: name is used twice"));
        }
        let converted = nested_block(nested).map_err(|problem| within(&name, &problem))?;
        blocks.insert(name, converted);
    }
    Ok(Block {
        attributes,
        blocks,
        description: from.description,
        description_kind: string_kind(from.description_kind),
        deprecated: from.deprecated,
        ..Block::default()
    })
}

fn attributes(from: Vec<wire::Attribute>) -> Result<BTreeMap<Str, Attribute>, String> {
    let mut attributes = BTreeMap::new();
    for one in from {
        let name = Str::from(one.name.as_str());
        check_name(&name)?;
        let converted = attribute(one).map_err(|problem| within(&name, &problem))?;
        if attributes.insert(Str::clone(&name), converted).is_some() {
            return Err(format!("{name}: name is used twice"));
        }
    }
    Ok(attributes)
}

fn attribute(from: wire::Attribute) -> Result<Attribute, String> {
    match (from.required, from.optional, from.computed) {
        (false, false, false) => return Err("must set Optional, Required or Computed".to_owned()),
        (true, true, _) => return Err("cannot set both Optional and Required".to_owned()),
        (true, _, true) => return Err("cannot set both Computed and Required".to_owned()),
        _ => {}
    }
    let ty = match from.nested_type {
        Some(_) if !from.r#type.is_empty() => {
            return Err("Type and NestedType cannot both be set".to_owned());
        }
        Some(object) => AttributeType::Nested(Arc::new(nested_object(object)?)),
        None if from.r#type.is_empty() => return Err("either Type or NestedType must be defined".to_owned()),
        None => AttributeType::Value(type_from_json(&from.r#type)?.without_optional()),
    };
    Ok(Attribute {
        ty,
        required: from.required,
        optional: from.optional,
        computed: from.computed,
        sensitive: from.sensitive,
        write_only: from.write_only,
        deprecated: from.deprecated,
        description: from.description,
        description_kind: string_kind(from.description_kind),
    })
}

fn nested_object(from: wire::Object) -> Result<NestedObject, String> {
    let nesting = match ObjectNesting::try_from(from.nesting) {
        Ok(ObjectNesting::Single) => Nesting::Single,
        Ok(ObjectNesting::List) => Nesting::List,
        Ok(ObjectNesting::Set) => Nesting::Set,
        Ok(ObjectNesting::Map) => Nesting::Map,
        Ok(ObjectNesting::Invalid) | Err(_) => return Err(format!("invalid nesting mode {}", from.nesting)),
    };
    Ok(NestedObject { attributes: attributes(from.attributes)?, nesting })
}

fn nested_block(from: wire::NestedBlock) -> Result<NestedBlock, String> {
    let nesting = match BlockNesting::try_from(from.nesting) {
        Ok(BlockNesting::Single) => Nesting::Single,
        Ok(BlockNesting::Group) => Nesting::Group,
        Ok(BlockNesting::List) => Nesting::List,
        Ok(BlockNesting::Set) => Nesting::Set,
        Ok(BlockNesting::Map) => Nesting::Map,
        Ok(BlockNesting::Invalid) | Err(_) => return Err(format!("invalid nesting mode {}", from.nesting)),
    };
    let count = |n: i64| u64::try_from(n).map_err(|_negative| "MinItems and MaxItems must not be negative".to_owned());
    let (min_items, max_items) = (count(from.min_items)?, count(from.max_items)?);
    if max_items != 0 && min_items > max_items {
        return Err("MinItems must be less than or equal to MaxItems".to_owned());
    }
    let block = Arc::new(from.block.map(block).transpose()?.unwrap_or_default());
    Ok(NestedBlock { block, nesting, min_items, max_items })
}

pub(crate) fn string_kind(from: i32) -> StringKind {
    if from == WireStringKind::Markdown as i32 { StringKind::Markdown } else { StringKind::Plain }
}

fn check_name(name: &str) -> Result<(), String> {
    let right = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if right { Ok(()) } else { Err(format!("{name}: name may contain only lowercase letters, digits and underscores")) }
}

/// The problem with the name of what it is inside of.
fn within(name: &str, problem: &str) -> String {
    // Names inside join with a dot: `outer.inner: problem`.
    match problem.split_once(": ") {
        Some((inner, rest)) if inner.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.') => {
            format!("{name}.{inner}: {rest}")
        }
        _ => format!("{name}: {problem}"),
    }
}
