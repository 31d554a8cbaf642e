//! One view of bodies, whether written in native syntax or JSON, single or merged: asked with a schema, they give
//! attributes and blocks. JSON needs the schema to tell an attribute from a block.

use std::sync::Arc;

use fw_diag::{Diagnostics, Span};
use fw_value::Str;

use crate::ast::{Attribute, Expr, Ident, NativeBody};

/// A body to be asked for its content.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Native syntax.
    Native(Arc<NativeBody>),
    /// JSON syntax (the JSON node type is the author's of the JSON parser).
    Json(Arc<crate::body::JsonBody>),
    /// Several bodies read as one; a later one does not override, duplicates are errors.
    Merged(Arc<[Body]>),
    /// Given attributes and blocks, as expanded from `dynamic` blocks or made by the program.
    Given(Arc<BodyContent>),
}

/// Placeholder for the JSON node.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonBody {}

/// What a body may contain.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BodySchema {
    /// Attribute names; the flag says required.
    pub attributes: Vec<(Str, bool)>,
    /// Block types.
    pub blocks: Vec<BlockSchema>,
}

/// A block type that a body may contain.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockSchema {
    /// The block type.
    pub kind: Str,
    /// The names of its labels, for messages; their number is what counts.
    pub labels: Vec<Str>,
}

/// What a body contains, by a schema.
#[derive(Clone, Debug, PartialEq)]
pub struct BodyContent {
    /// Attributes in source order (last definition wins in JSON merge rules; duplicates have been diagnosed).
    pub attributes: Vec<ContentAttribute>,
    /// Blocks in source order.
    pub blocks: Vec<Block>,
    /// Where to point when something is missing.
    pub missing: Span,
}

/// An attribute of a body.
pub type ContentAttribute = Attribute;

/// A block of a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The block type.
    pub kind: Ident,
    /// The labels.
    pub labels: Vec<Ident>,
    /// What is inside.
    pub body: Body,
    /// Where its header is.
    pub header: Span,
}

impl BodyContent {
    /// The attribute of this name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|a| &*a.name.name == name)
    }

    /// The expression of the attribute of this name.
    #[must_use]
    pub fn expr(&self, name: &str) -> Option<&Expr> {
        self.attribute(name).map(|a| &*a.expr)
    }

    /// The blocks of this type.
    pub fn blocks_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |b| &*b.kind.name == kind)
    }
}

impl Body {
    /// What is in it; anything the schema does not name is an error.
    #[must_use]
    pub fn content(&self, _schema: &BodySchema) -> (BodyContent, Diagnostics) {
        unreachable!("written by the author of the body module")
    }

    /// What the schema names, and the rest as a body.
    #[must_use]
    pub fn partial_content(&self, _schema: &BodySchema) -> (BodyContent, Self, Diagnostics) {
        unreachable!("written by the author of the body module")
    }

    /// All as attributes; blocks are errors.
    #[must_use]
    pub fn just_attributes(&self) -> (Vec<Attribute>, Diagnostics) {
        unreachable!("written by the author of the body module")
    }
}
