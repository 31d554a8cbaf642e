//! Attributes that may also be written as blocks: what a schema of the first plugin library could say only as an
//! attribute of a list or set of objects.

use std::collections::BTreeMap;

use fw_value::{Str, Type};

use crate::{Attribute, AttributeType, Block, NestedBlock, StringKind};

impl Block {
    /// Whether the schema could come from the first plugin library, so that attributes of lists and sets of objects may
    /// be written as blocks. It can not when any attribute has a type that library could not express.
    #[must_use]
    pub fn allows_attributes_as_blocks(&self) -> bool {
        *self.cache.blocks_as_attributes.get_or_init(|| {
            self.attributes.values().all(Attribute::is_expressible_in_legacy)
                && self.blocks.values().all(NestedBlock::allows_attributes_as_blocks)
        })
    }

    /// Whether providers of this schema may answer an empty string where they mean null: what terraform's human views take
    /// for the first plugin library, which has no attributes of any type at all.
    #[must_use]
    pub fn confuses_empty_and_null(&self) -> bool {
        *self
            .cache
            .empty_and_null
            .get_or_init(|| self.allows_attributes_as_blocks() && !self.implied_type().has_dynamic())
    }

    /// A schema of optional attributes whose implied type is this object type: what is read from a block that stands for
    /// an element of an attribute.
    #[must_use]
    pub fn of_object_type(ty: &Type) -> Self {
        let attributes: BTreeMap<Str, Attribute> = match ty {
            Type::Object(object) => {
                object.attributes().iter().map(|a| (Str::clone(&a.name), Attribute::optional(a.ty.clone()))).collect()
            }
            _ => BTreeMap::new(),
        };
        Self { attributes, ..Self::default() }
    }
}

impl NestedBlock {
    fn allows_attributes_as_blocks(&self) -> bool {
        self.block.allows_attributes_as_blocks()
    }
}

impl Attribute {
    /// An optional attribute of a type.
    #[must_use]
    pub fn optional(ty: Type) -> Self {
        Self {
            ty: AttributeType::Value(ty),
            required: false,
            optional: true,
            computed: false,
            sensitive: false,
            write_only: false,
            deprecated: false,
            description: String::new(),
            description_kind: StringKind::Plain,
        }
    }

    /// Whether it may be written as blocks, in schemas where that is allowed at all.
    #[must_use]
    pub fn may_be_blocks(&self) -> bool {
        match &self.ty {
            AttributeType::Value(Type::List(element) | Type::Set(element)) => matches!(**element, Type::Object(_)),
            AttributeType::Value(_) | AttributeType::Nested(_) => false,
        }
    }

    fn is_expressible_in_legacy(&self) -> bool {
        let AttributeType::Value(ty) = &self.ty else { return false };
        match ty {
            Type::Tuple(_) | Type::Object(_) => false,
            Type::Map(element) if matches!(**element, Type::Object(_)) => false,
            Type::List(element) | Type::Set(element) | Type::Map(element) => {
                element.element().is_none_or(Type::is_primitive)
            }
            Type::Dynamic | Type::Bool | Type::Number | Type::String => true,
        }
    }
}
