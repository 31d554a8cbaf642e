//! Bodies that list their attributes and blocks: native syntax, and bodies that the program made.

use std::collections::HashSet;

use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_value::Str;

use super::{Block, Body, BodyContent, Shape};
use crate::{
    ast::{Attribute, Ident, NativeBlock, NativeBody},
    suggest::did_you_mean,
};

/// What the two kinds of blocks have in common.
pub(super) trait AnyBlock {
    fn kind(&self) -> &Ident;
    fn labels(&self) -> &[Ident];
    /// Where a missing label is missed, and the header up to there.
    fn open(&self) -> Span;
    fn to_block(&self) -> Block;
}

impl AnyBlock for NativeBlock {
    fn kind(&self) -> &Ident {
        &self.kind
    }

    fn labels(&self) -> &[Ident] {
        &self.labels
    }

    fn open(&self) -> Span {
        self.open
    }

    fn to_block(&self) -> Block {
        Block {
            kind: self.kind.clone(),
            labels: self.labels.clone(),
            body: Body::Native(std::sync::Arc::clone(&self.body)),
            header: self.header,
        }
    }
}

impl AnyBlock for Block {
    fn kind(&self) -> &Ident {
        &self.kind
    }

    fn labels(&self) -> &[Ident] {
        &self.labels
    }

    fn open(&self) -> Span {
        self.header.at_end()
    }

    fn to_block(&self) -> Block {
        self.clone()
    }
}

/// A body as the functions here see it.
pub(super) struct Listed<'a, B> {
    attributes: &'a [Attribute],
    blocks: &'a [B],
    missing: Span,
}

pub(super) fn native(body: &NativeBody) -> Listed<'_, NativeBlock> {
    Listed { attributes: &body.attributes, blocks: &body.blocks, missing: body.span.at_start() }
}

pub(super) fn given(content: &BodyContent) -> Listed<'_, Block> {
    Listed { attributes: &content.attributes, blocks: &content.blocks, missing: content.missing }
}

pub(super) fn content<B: AnyBlock>(body: &Listed<'_, B>, shape: &dyn Shape) -> (BodyContent, Diagnostics) {
    let (content, mut diagnostics) = partial(body, shape);
    for attribute in body.attributes.iter().filter(|a| !shape.has_attribute(&a.name.name)) {
        diagnostics.push(unsupported_argument(&attribute.name, &content, shape));
    }
    for block in body.blocks.iter().filter(|b| shape.labels(&b.kind().name).is_none()) {
        diagnostics.push(unsupported_block(block.kind(), shape));
    }
    (content, diagnostics)
}

fn unsupported_argument(name: &Ident, content: &BodyContent, shape: &dyn Shape) -> Diagnostic {
    let defined: HashSet<&str> = content.attributes.iter().map(|a| &*a.name.name).collect();
    let candidates = shape.attributes().map(|(n, _)| &**n).filter(|n| !defined.contains(n));
    let name_text = &*name.name;
    let mut suggestion = did_you_mean(name_text, candidates);
    if suggestion.is_empty() && shape.labels(name_text).is_some() {
        suggestion = format!(" Did you mean to define a block of type {name_text:?}?");
    }
    let detail = format!("An argument named {name_text:?} is not expected here.{suggestion}");
    Diagnostic::error("Unsupported argument", detail).at(name.span)
}

fn unsupported_block(kind: &Ident, shape: &dyn Shape) -> Diagnostic {
    let name = &*kind.name;
    let mut suggestion = did_you_mean(name, shape.kinds().map(|kind| &**kind));
    if suggestion.is_empty() && shape.has_attribute(name) {
        suggestion =
            format!(" Did you mean to define argument {name:?}? If so, use the equals sign to assign it a value.");
    }
    let detail = format!("Blocks of type {name:?} are not expected here.{suggestion}");
    Diagnostic::error("Unsupported block type", detail).at(kind.span)
}

pub(super) fn partial<B: AnyBlock>(body: &Listed<'_, B>, shape: &dyn Shape) -> (BodyContent, Diagnostics) {
    let wanted = |a: &&Attribute| shape.has_attribute(&a.name.name);
    let attributes: Vec<Attribute> = body.attributes.iter().filter(wanted).cloned().collect();
    let mut diagnostics = missing_arguments(&attributes, shape, body.missing);
    let mut blocks = Vec::new();
    for block in body.blocks {
        let Some(labels) = shape.labels(&block.kind().name) else { continue };
        match wrong_labels(block, labels) {
            Some(diagnostic) => diagnostics.push(diagnostic),
            None => blocks.push(block.to_block()),
        }
    }
    (BodyContent { attributes, blocks, missing: body.missing }, diagnostics)
}

fn missing_arguments(attributes: &[Attribute], shape: &dyn Shape, at: Span) -> Diagnostics {
    let required = shape.attributes().filter(|(_, required)| *required);
    let missing = required.filter(|(name, _)| !attributes.iter().any(|a| a.name.name == **name));
    missing.map(|(name, _)| missing_argument(name).at(at)).collect()
}

/// An argument that is required and not there.
pub(super) fn missing_argument(name: &Str) -> Diagnostic {
    let detail = format!("The argument {:?} is required, but no definition was found.", &**name);
    Diagnostic::error("Missing required argument", detail)
}

/// What is wrong with the labels of a block, of which these are wanted.
fn wrong_labels<B: AnyBlock>(block: &B, wanted: &[Str]) -> Option<Diagnostic> {
    let kind = &*block.kind().name;
    let labels = block.labels();
    let expected = wanted.len();
    if labels.len() == expected {
        return None;
    }
    let listed = wanted.join(", ");
    let header = block.kind().span.to(block.open());
    if let Some(extra) = labels.get(expected) {
        let detail = if expected == 0 {
            format!("No labels are expected for {kind} blocks.")
        } else {
            format!("Only {expected} labels ({listed}) are expected for {kind} blocks.")
        };
        return Some(Diagnostic::error(format!("Extraneous label for {kind}"), detail).at(extra.span).within(header));
    }
    let missing = wanted.get(labels.len())?;
    let detail = format!("All {kind} blocks must have {expected} labels ({listed}).");
    Some(Diagnostic::error(format!("Missing {missing} for {kind}"), detail).at(block.open()).within(header))
}

pub(super) fn just_attributes<B: AnyBlock>(body: &Listed<'_, B>) -> (Vec<Attribute>, Diagnostics) {
    let unexpected = body.blocks.first().map(|block| {
        let kind = block.kind();
        Diagnostic::error(format!("Unexpected {:?} block", &*kind.name), "Blocks are not allowed here.").at(kind.span)
    });
    (body.attributes.to_vec(), unexpected.into_iter().collect())
}

/// Whether there is anything that a shape has.
pub(super) fn has_any<B: AnyBlock>(body: &Listed<'_, B>, shape: &dyn Shape) -> bool {
    body.attributes.iter().any(|a| shape.has_attribute(&a.name.name))
        || body.blocks.iter().any(|b| shape.labels(&b.kind().name).is_some())
}

/// What a shape does not have.
pub(super) fn rest_of_native(body: &NativeBody, shape: &dyn Shape) -> NativeBody {
    let (attributes, blocks) = rest(&native(body), shape);
    let blocks = blocks.into_iter().cloned().collect();
    NativeBody { attributes, blocks, span: body.span, end: body.end }
}

/// What a shape does not have.
pub(super) fn rest_of_given(content: &BodyContent, shape: &dyn Shape) -> BodyContent {
    let (attributes, blocks) = rest(&given(content), shape);
    BodyContent { attributes, blocks: blocks.into_iter().cloned().collect(), missing: content.missing }
}

fn rest<'a, B: AnyBlock>(body: &Listed<'a, B>, shape: &dyn Shape) -> (Vec<Attribute>, Vec<&'a B>) {
    let attributes = body.attributes.iter().filter(|a| !shape.has_attribute(&a.name.name)).cloned().collect();
    let blocks = body.blocks.iter().filter(|b| shape.labels(&b.kind().name).is_none()).collect();
    (attributes, blocks)
}
