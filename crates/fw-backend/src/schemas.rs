//! Schemas in short.

use fw_schema::{Attribute, AttributeType, Block, NestedBlock, NestedObject, Nesting};
use fw_value::{Str, Type};

/// Attributes by their types, all of them optional, and nested blocks.
#[derive(Clone, Debug, Default)]
pub struct Attributes {
    attributes: Vec<(Str, Attribute)>,
    blocks: Vec<(Str, NestedBlock)>,
}

impl Attributes {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With attributes of a type.
    #[must_use]
    pub fn with(mut self, ty: &Type, names: &[&str]) -> Self {
        self.attributes.extend(names.iter().map(|name| (Str::from(*name), Attribute::optional(ty.clone()))));
        self
    }

    /// With strings.
    #[must_use]
    pub fn texts(self, names: &[&str]) -> Self {
        self.with(&Type::String, names)
    }

    /// With booleans.
    #[must_use]
    pub fn flags(self, names: &[&str]) -> Self {
        self.with(&Type::Bool, names)
    }

    /// With numbers.
    #[must_use]
    pub fn numbers(self, names: &[&str]) -> Self {
        self.with(&Type::Number, names)
    }

    /// With an object.
    #[must_use]
    pub fn object(mut self, name: &str, attributes: Self) -> Self {
        let nested = NestedObject { attributes: attributes.attributes.into_iter().collect(), nesting: Nesting::Single };
        let ty = AttributeType::Nested(nested.into());
        self.attributes.push((Str::from(name), Attribute { ty, ..Attribute::optional(Type::Dynamic) }));
        self
    }

    /// With a nested block, of which there may be one.
    #[must_use]
    pub fn nested(mut self, name: &str, attributes: Self) -> Self {
        let block = attributes.block().into();
        let nested = NestedBlock { block, nesting: Nesting::Single, min_items: 0, max_items: 1 };
        self.blocks.push((Str::from(name), nested));
        self
    }

    /// As the schema of a block.
    #[must_use]
    pub fn block(self) -> Block {
        Block {
            attributes: self.attributes.into_iter().collect(),
            blocks: self.blocks.into_iter().collect(),
            ..Block::default()
        }
    }
}
