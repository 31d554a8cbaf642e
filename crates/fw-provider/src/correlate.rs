//! Which part of the object before belongs to which part of the configuration, where there is no index or key to tell.

use fw_schema::{AttributeType, NestedObject};
use fw_value::{Type, Value};

use crate::node::{Node, same_unrefined};

/// Whether something in the value of a nested attribute must once have been written in the configuration: it is there
/// and not computed.
pub(crate) fn has_configured_part(schema: &NestedObject, value: &Value) -> bool {
    let Type::Object(ty) = value.ty() else {
        return value.elements().any(|element| has_configured_part(schema, element));
    };
    let mut parts = ty.attributes().iter().zip(value.elements()).filter(|(_, part)| !part.is_null());
    parts.any(|(attribute, part)| match schema.attributes.get(&attribute.name) {
        Some(attribute) if !attribute.computed => true,
        Some(attribute) => attribute.nested().is_some_and(|object| has_configured_part(object, part)),
        None => false,
    })
}

/// Whether an element of a set before could be what a provider made of an element of the configuration: they differ only
/// in computed attributes that the configuration leaves out.
pub(crate) fn could_come_from(node: Node<'_>, prior: &Value, config: &Value) -> bool {
    same_unrefined(config, prior) || parts_could_come_from(Level::Object(node), prior, config)
}

/// What stands between a schema and its values.
#[derive(Clone, Copy)]
enum Level<'a> {
    /// An object with the parts of the schema.
    Object(Node<'a>),
    /// A collection of such objects.
    Collection(Node<'a>),
    /// An attribute without structure of its own.
    Leaf { computed: bool },
}

impl<'a> Level<'a> {
    fn of_nested(node: Node<'a>, nesting: fw_schema::Nesting) -> Self {
        match nesting {
            fw_schema::Nesting::Single | fw_schema::Nesting::Group => Self::Object(node),
            fw_schema::Nesting::List | fw_schema::Nesting::Set | fw_schema::Nesting::Map => Self::Collection(node),
        }
    }

    fn of_part(node: Node<'a>, name: &str) -> Option<Self> {
        if let Some(attribute) = node.attributes().get(name) {
            return Some(match &attribute.ty {
                AttributeType::Value(_) => Self::Leaf { computed: attribute.computed },
                AttributeType::Nested(object) => Self::of_nested(Node::Object(object), object.nesting),
            });
        }
        match node {
            Node::Block(block) => block.blocks.get(name).map(|b| Self::of_nested(Node::Block(&b.block), b.nesting)),
            Node::Object(_) => None,
        }
    }
}

fn admits(level: Level<'_>, prior: &Value, config: &Value) -> bool {
    if same_unrefined(config, prior) {
        return true;
    }
    match level {
        // Nothing in a set can be told apart, so sets must be equal, even computed ones.
        _ if matches!(config.ty(), Type::Set(_)) => false,
        Level::Leaf { computed } => computed && config.is_null(),
        Level::Object(_) | Level::Collection(_) => parts_could_come_from(level, prior, config),
    }
}

fn parts_could_come_from(level: Level<'_>, prior: &Value, config: &Value) -> bool {
    if matches!(config.ty(), Type::Set(_)) {
        return false;
    }
    match level {
        Level::Object(node) => prior.string_entries().all(|(name, prior)| {
            let level = Level::of_part(node, name);
            level.zip(config.attr(name)).is_some_and(|(level, config)| admits(level, prior, &config))
        }),
        Level::Collection(node) => prior.entries().all(|(key, prior)| {
            let config = config.index(&key).or_else(|| config.attr(key.as_str()?));
            config.is_some_and(|config| admits(Level::Object(node), prior, &config))
        }),
        Level::Leaf { .. } => true,
    }
}
