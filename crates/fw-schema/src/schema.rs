//! The schema model: protocol messages `Schema`, `Schema.Block`, `Schema.Attribute`, `Schema.NestedBlock` and
//! `Schema.Object` of tfplugin5 and tfplugin6, without their encoding.

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_value::{ObjectAttribute, ObjectType, Str, Type};

use crate::cache::Cache;

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
    /// Derived facts; left to its default when a schema is built.
    pub cache: Cache,
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
    /// The type of the value this body makes: an object of all attributes and blocks. Cheap but for the first time.
    #[must_use]
    pub fn implied_type(&self) -> Type {
        let compute = || self.object_type(Attribute::implied_type, NestedBlock::implied_type);
        self.cache.implied_type.get_or_init(compute).clone()
    }

    /// The type to which given values are converted: the implied type, with attributes of nested attribute objects
    /// marked optional where they may be left out.
    #[must_use]
    pub fn conversion_type(&self) -> Type {
        let compute = || self.object_type(Attribute::conversion_type, NestedBlock::conversion_type);
        self.cache.conversion_type.get_or_init(compute).clone()
    }

    fn object_type(&self, attribute: fn(&Attribute) -> Type, block: fn(&NestedBlock) -> Type) -> Type {
        let attributes = self.attributes.iter().map(|(name, a)| (Str::clone(name), attribute(a)));
        let blocks = self.blocks.iter().map(|(name, b)| (Str::clone(name), block(b)));
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

    /// The type to which a given value is converted.
    #[must_use]
    pub fn conversion_type(&self) -> Type {
        match &self.ty {
            AttributeType::Value(ty) => ty.clone(),
            AttributeType::Nested(object) => object.conversion_type(),
        }
    }

    /// The structure of the attribute, where it has one.
    #[must_use]
    pub fn nested(&self) -> Option<&NestedObject> {
        match &self.ty {
            AttributeType::Nested(object) => Some(object),
            AttributeType::Value(_) => None,
        }
    }
}

impl NestedObject {
    /// The type of the value: an object, or a collection of objects.
    #[must_use]
    pub fn implied_type(&self) -> Type {
        self.nesting.of(self.element_type())
    }

    /// The type of one element: the object itself.
    #[must_use]
    pub fn element_type(&self) -> Type {
        Type::object(self.attributes.iter().map(|(name, a)| (Str::clone(name), a.implied_type())))
    }

    /// The type to which a given value is converted: attributes that may be left out are optional.
    #[must_use]
    pub fn conversion_type(&self) -> Type {
        let attributes = self.attributes.iter().map(|(name, a)| ObjectAttribute {
            name: Str::clone(name),
            ty: a.conversion_type(),
            optional: a.optional || a.computed,
        });
        self.nesting.of(Type::Object(Arc::new(ObjectType::new(attributes))))
    }
}

impl NestedBlock {
    /// The type of the value that blocks of this type make; dynamic where a list or map of dynamic content has no one type.
    #[must_use]
    pub fn implied_type(&self) -> Type {
        self.nesting.of_blocks(self.block.implied_type())
    }

    /// The type to which a given value is converted.
    #[must_use]
    pub fn conversion_type(&self) -> Type {
        self.nesting.of_blocks(self.block.conversion_type())
    }

    /// Whether a list or map of these blocks can't have one type, so that it is a tuple or object.
    #[must_use]
    pub fn is_dynamic(&self) -> bool {
        matches!(self.nesting, Nesting::List | Nesting::Map) && self.block.implied_type().has_dynamic()
    }
}

impl Nesting {
    fn of(self, object: Type) -> Type {
        match self {
            Self::Single | Self::Group => object,
            Self::List => Type::list(object),
            Self::Set => Type::set(object),
            Self::Map => Type::map(object),
        }
    }

    fn of_blocks(self, object: Type) -> Type {
        match self {
            Self::List | Self::Map if object.has_dynamic() => Type::Dynamic,
            _ => self.of(object),
        }
    }
}
