//! From provider schemas to what the syntax of a body is asked for.

use std::collections::BTreeSet;

use fw_diag::{Diagnostics, FileId, Span};
use fw_schema::{Block, Nesting};
use fw_syntax::ast::Attribute;
use fw_syntax::{BlockSchema, Body, BodySchema};
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
    let (content, found) = body.content(&body_schema(schema, &as_blocks));
    problems.append(found);
    // The place is that of the body even when it is empty.
    let missing = body.missing().unwrap_or(content.missing);
    Content { attributes: content.attributes, blocks: content.blocks, as_blocks, missing }
}

/// Reads a body by a schema, without a word about what does not fit.
#[must_use]
pub fn read_leniently(body: &Body, schema: &Block) -> Content {
    let as_blocks = written_as_blocks(body, schema);
    let (content, _, _) = body.partial_content(&body_schema(schema, &as_blocks));
    Content { attributes: content.attributes, blocks: content.blocks, as_blocks, missing: content.missing }
}

fn body_schema(schema: &Block, as_blocks: &BTreeSet<Str>) -> BodySchema {
    let attributes = schema.attributes.iter().filter(|(name, _)| !as_blocks.contains(*name));
    let mut blocks: Vec<_> =
        as_blocks.iter().map(|name| BlockSchema { kind: Str::clone(name), labels: Vec::new() }).collect();
    blocks.extend(
        schema
            .blocks
            .iter()
            .map(|(name, nested)| BlockSchema { kind: Str::clone(name), labels: labels(nested.nesting) }),
    );
    blocks.push(BlockSchema { kind: Str::from(DYNAMIC), labels: vec![Str::from("type")] });
    BodySchema { attributes: attributes.map(|(name, a)| (Str::clone(name), a.required)).collect(), blocks }
}

/// Names of the labels of a block type.
pub(super) fn labels(nesting: Nesting) -> Vec<Str> {
    if nesting == Nesting::Map { vec![Str::from("key")] } else { Vec::new() }
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
    let probe =
        BodySchema { attributes: names.iter().map(|name| (Str::clone(name), false)).collect(), blocks: Vec::new() };
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
