//! One view of bodies, whether written in native syntax or JSON, single or merged: asked with a schema, they give
//! attributes and blocks. JSON needs the schema to tell an attribute from a block.

mod json;
mod listed;
mod merged;
mod outline;
mod overridden;
mod shape;

use std::sync::Arc;

use fw_diag::{Diagnostics, Span};

pub use json::JsonBody;
pub use shape::{BlockSchema, BodySchema, Lenient, Shape};

use crate::ast::{Attribute, Expr, Ident, NativeBody};

/// A body to be asked for its content.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Native syntax.
    Native(Arc<NativeBody>),
    /// JSON syntax.
    Json(Arc<JsonBody>),
    /// Several bodies read as one; a later one does not override, duplicates are errors.
    Merged(Arc<[Self]>),
    /// A body and one laid over it: arguments and block types of the second replace those of the first.
    Overridden(Arc<[Self; 2]>),
    /// Given attributes and blocks, as expanded from `dynamic` blocks or made by the program.
    Given(Arc<BodyContent>),
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
    /// A body without anything in it.
    #[must_use]
    pub fn empty() -> Self {
        Self::Merged(Arc::from([]))
    }

    /// The first body with the second laid over it.
    #[must_use]
    pub fn overridden(base: Self, over: Self) -> Self {
        Self::Overridden(Arc::new([base, over]))
    }

    /// What is in it; anything the shape does not have is an error.
    #[must_use]
    pub fn content(&self, shape: &dyn Shape) -> (BodyContent, Diagnostics) {
        match self {
            Self::Native(body) => listed::content(&listed::native(body), shape),
            Self::Given(given) => listed::content(&listed::given(given), shape),
            Self::Json(body) => body.content(shape),
            Self::Merged(bodies) => merged::content(bodies, shape),
            Self::Overridden(both) => overridden::content(both, shape),
        }
    }

    /// What the shape has, and the rest as a body.
    #[must_use]
    pub fn partial_content(&self, shape: &dyn Shape) -> (BodyContent, Self, Diagnostics) {
        match self {
            Self::Native(body) => {
                let (content, diagnostics) = listed::partial(&listed::native(body), shape);
                let rest = match listed::has_any(&listed::native(body), shape) {
                    true => Arc::new(listed::rest_of_native(body, shape)),
                    false => Arc::clone(body),
                };
                (content, Self::Native(rest), diagnostics)
            }
            Self::Given(given) => {
                let (content, diagnostics) = listed::partial(&listed::given(given), shape);
                (content, Self::Given(Arc::new(listed::rest_of_given(given, shape))), diagnostics)
            }
            Self::Json(body) => {
                let (content, rest, diagnostics) = body.partial_content(shape);
                (content, Self::Json(Arc::new(rest)), diagnostics)
            }
            Self::Merged(bodies) => merged::partial(bodies, shape),
            Self::Overridden(both) => overridden::partial(both, shape),
        }
    }

    /// All as attributes; blocks are errors.
    #[must_use]
    pub fn just_attributes(&self) -> (Vec<Attribute>, Diagnostics) {
        match self {
            Self::Native(body) => listed::just_attributes(&listed::native(body)),
            Self::Given(given) => listed::just_attributes(&listed::given(given)),
            Self::Json(body) => body.just_attributes(),
            Self::Merged(bodies) => merged::just_attributes(bodies),
            Self::Overridden(both) => overridden::just_attributes(both),
        }
    }

    /// Where to point when something is missing in it; nothing for a body that is nowhere.
    #[must_use]
    pub fn missing(&self) -> Option<Span> {
        match self {
            Self::Native(body) => Some(body.span.at_start()),
            Self::Given(given) => Some(given.missing),
            Self::Json(body) => Some(body.missing()),
            Self::Merged(bodies) => bodies.first().and_then(Self::missing),
            Self::Overridden(both) => both[0].missing(),
        }
    }

    /// The parts of a file's body and what diagnostics call them (`resource "aws_instance" "a"`), for
    /// [`fw_diag::SourceMap::set_blocks`].
    #[must_use]
    pub fn outline(&self) -> Vec<(Span, String)> {
        outline::outline(self)
    }
}
