//! The schema model: protocol messages `Schema`, `Schema.Block`, `Schema.Attribute`, `Schema.NestedBlock` and
//! `Schema.Object` of tfplugin5 and tfplugin6, without their encoding.

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_value::{Str, Type};

/// A versioned schema of a resource, data source, provider configuration or ephemeral resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// The schema version stored with each object.
    pub version: i64,
    /// The top of the body.
    pub block: Block,
}

/// The content of a body.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// Attributes by name.
    pub attributes: BTreeMap<Str, Attribute>,
    /// Nested block types by name.
    pub blocks: BTreeMap<Str, NestedBlock>,
    /// For people.
    pub description: String,
    /// How the description is written.
    pub description_kind: StringKind,
    /// Whether using it gives a warning.
    pub deprecated: bool,
}

/// How a description is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StringKind {
    /// Plain text.
    #[default]
    Plain,
    /// Markdown.
    Markdown,
}

/// An attribute.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "these are the protocol's own independent flags")]
pub struct Attribute {
    /// What it holds.
    pub ty: AttributeType,
    /// Must be written.
    pub required: bool,
    /// May be written.
    pub optional: bool,
    /// The provider may set it.
    pub computed: bool,
    /// Must not be shown.
    pub sensitive: bool,
    /// In the configuration only; always null in plans and states.
    pub write_only: bool,
    /// Whether using it gives a warning.
    pub deprecated: bool,
    /// For people.
    pub description: String,
    /// How the description is written.
    pub description_kind: StringKind,
}

/// What an attribute holds.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeType {
    /// A value of a type; optional object attributes do not occur.
    Value(Type),
    /// A structure whose attributes have schemas of their own (protocol 6).
    Nested(Arc<NestedObject>),
}

/// The structure of a nested attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct NestedObject {
    /// Attributes by name.
    pub attributes: BTreeMap<Str, Attribute>,
    /// Single, list, set or map; never group.
    pub nesting: Nesting,
}

/// A nested block type.
#[derive(Clone, Debug, PartialEq)]
pub struct NestedBlock {
    /// What is inside each block.
    pub block: Arc<Block>,
    /// How blocks make a value.
    pub nesting: Nesting,
    /// Least number of blocks; 0 for no limit.
    pub min_items: u64,
    /// Greatest number of blocks; 0 for no limit.
    pub max_items: u64,
}

/// How nested blocks or attributes make a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// An object, or null.
    Single,
    /// An object, never null.
    Group,
    /// A list of objects; a tuple where the block contains dynamic attributes.
    List,
    /// A set of objects.
    Set,
    /// A map of objects by label; an object where the block contains dynamic attributes.
    Map,
}

impl Schema {
    /// The type of the value this schema describes.
    #[must_use]
    pub fn implied_type(&self) -> Type {
        self.block.implied_type()
    }
}

impl Block {
    /// The type of the value this body makes: an object of all attributes and blocks.
    #[must_use]
    pub fn implied_type(&self) -> Type {
        let attributes = self.attributes.iter().map(|(name, a)| (Str::clone(name), a.implied_type()));
        let blocks = self.blocks.iter().map(|(name, b)| (Str::clone(name), b.implied_type()));
        Type::object(attributes.chain(blocks))
    }
}

impl Attribute {
    /// The type of the attribute's value.
    #[must_use]
    pub fn implied_type(&self) -> Type {
        match &self.ty {
            AttributeType::Value(ty) => ty.without_optional(),
            AttributeType::Nested(object) => object.implied_type(),
        }
    }
}

impl NestedObject {
    /// The type of the value: an object, or a collection of objects.
    #[must_use]
    pub fn implied_type(&self) -> Type {
        let object = Type::object(self.attributes.iter().map(|(name, a)| (Str::clone(name), a.implied_type())));
        match self.nesting {
            Nesting::Single | Nesting::Group => object,
            Nesting::List => Type::list(object),
            Nesting::Set => Type::set(object),
            Nesting::Map => Type::map(object),
        }
    }
}

impl NestedBlock {
    /// The type of the value that blocks of this type make; dynamic where a list or map of dynamic content has no one type.
    #[must_use]
    pub fn implied_type(&self) -> Type {
        let object = self.block.implied_type();
        match self.nesting {
            Nesting::Single | Nesting::Group => object,
            Nesting::List | Nesting::Map if object.has_dynamic() => Type::Dynamic,
            Nesting::List => Type::list(object),
            Nesting::Set => Type::set(object),
            Nesting::Map => Type::map(object),
        }
    }
}
