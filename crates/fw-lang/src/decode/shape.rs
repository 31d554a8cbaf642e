//! From provider schemas to what the syntax of a body is asked for.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use fw_diag::{Diagnostics, FileId, Span};
use fw_schema::{Block, Nesting};
use fw_syntax::ast::Attribute;
use fw_syntax::{Body, BodySchema, Shape};
use fw_value::Str;

/// The block type that stands for others.
pub(super) const DYNAMIC: &str = "dynamic";

/// What a body holds, as a schema reads it.
pub struct Content {
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// Its blocks, with `dynamic` ones not expanded yet.
    pub blocks: Vec<fw_syntax::Block>,
    /// Attributes that are written as blocks here, or not at all.
    pub as_blocks: BTreeSet<Str>,
    /// Where to point when something is missing.
    pub(super) missing: Span,
}

/// Reads a body by a schema; anything else in it is a problem.
pub(super) fn read(body: &Body, schema: &Block, problems: &mut Diagnostics) -> Content {
    let as_blocks = written_as_blocks(body, schema);
    let (content, found) = body.content(&SchemaShape { schema, as_blocks: &as_blocks });
    problems.append(found);
    // The place is that of the body even when it is empty.
    let missing = body.missing().unwrap_or(content.missing);
    Content { attributes: content.attributes, blocks: content.blocks, as_blocks, missing }
}

/// Reads a body by a schema, without a word about what does not fit.
#[must_use]
pub fn read_leniently(body: &Body, schema: &Block) -> Content {
    let as_blocks = written_as_blocks(body, schema);
    let (content, _, _) = body.partial_content(&SchemaShape { schema, as_blocks: &as_blocks });
    Content { attributes: content.attributes, blocks: content.blocks, as_blocks, missing: content.missing }
}

/// A schema as what bodies are asked for, with the attributes that this body writes as blocks.
struct SchemaShape<'a> {
    schema: &'a Block,
    as_blocks: &'a BTreeSet<Str>,
}

impl Shape for SchemaShape<'_> {
    fn has_attribute(&self, name: &str) -> bool {
        self.schema.attributes.contains_key(name) && !self.as_blocks.contains(name)
    }

    fn labels(&self, kind: &str) -> Option<&[Str]> {
        if self.as_blocks.contains(kind) {
            return Some(&[]);
        }
        match self.schema.blocks.get(kind) {
            Some(nested) => Some(labels(nested.nesting)),
            None => (kind == DYNAMIC).then_some(&*LABEL_OF_DYNAMIC),
        }
    }

    fn attributes(&self) -> Box<dyn Iterator<Item = (&Str, bool)> + '_> {
        let own = self.schema.attributes.iter().filter(|(name, _)| !self.as_blocks.contains(*name));
        Box::new(own.map(|(name, attribute)| (name, attribute.required)))
    }

    fn kinds(&self) -> Box<dyn Iterator<Item = &Str> + '_> {
        Box::new(self.as_blocks.iter().chain(self.schema.blocks.keys()).chain([&*NAME_OF_DYNAMIC]))
    }
}

static NAME_OF_DYNAMIC: LazyLock<Str> = LazyLock::new(|| Str::from(DYNAMIC));
static LABEL_OF_DYNAMIC: LazyLock<[Str; 1]> = LazyLock::new(|| [Str::from("type")]);
static LABEL_OF_MAPS: LazyLock<[Str; 1]> = LazyLock::new(|| [Str::from("key")]);

/// Names of the labels of a block type.
pub(super) fn labels(nesting: Nesting) -> &'static [Str] {
    if nesting == Nesting::Map { &*LABEL_OF_MAPS } else { &[] }
}

/// Of the attributes that may be written as blocks, those that this body does not write as attributes.
fn written_as_blocks(body: &Body, schema: &Block) -> BTreeSet<Str> {
    if !schema.allows_attributes_as_blocks() {
        return BTreeSet::new();
    }
    let ambiguous = schema.attributes.iter().filter(|(_, a)| a.may_be_blocks()).map(|(name, _)| Str::clone(name));
    let mut names: BTreeSet<Str> = ambiguous.collect();
    if names.is_empty() {
        return names;
    }
    let probe = BodySchema { attributes: names.iter().map(|n| (Str::clone(n), false)).collect(), blocks: Vec::new() };
    let (content, _, _) = body.partial_content(&probe);
    for attribute in &content.attributes {
        names.remove(&attribute.name.name);
    }
    names
}

/// A place that is nowhere, for bodies made by the program.
pub(super) fn nowhere() -> Span {
    Span::new(FileId(0), 0, 0)
}
