//! A body with another laid over it, as override files do.

use std::{collections::HashSet, sync::Arc};

use fw_diag::Diagnostics;
use fw_value::Str;

use super::{Block, Body, BodyContent, Lenient, Shape};
use crate::ast::Attribute;

pub(super) fn content([base, over]: &[Body; 2], shape: &dyn Shape) -> (BodyContent, Diagnostics) {
    let (below, mut diagnostics) = base.content(shape);
    // What is required has to be in the body below.
    let (above, more) = over.content(&Lenient(shape));
    diagnostics.append(more);
    (laid_over(below, above), diagnostics)
}

pub(super) fn partial([base, over]: &[Body; 2], shape: &dyn Shape) -> (BodyContent, Body, Diagnostics) {
    let (below, rest_below, mut diagnostics) = base.partial_content(shape);
    // What is required has to be in the body below.
    let (above, rest_above, more) = over.partial_content(&Lenient(shape));
    diagnostics.append(more);
    (laid_over(below, above), Body::Overridden(Arc::new([rest_below, rest_above])), diagnostics)
}

pub(super) fn just_attributes([base, over]: &[Body; 2]) -> (Vec<Attribute>, Diagnostics) {
    let (below, mut diagnostics) = base.just_attributes();
    let (above, more) = over.just_attributes();
    diagnostics.append(more);
    (attributes(below, above), diagnostics)
}

fn laid_over(below: BodyContent, above: BodyContent) -> BodyContent {
    let replaced: HashSet<Str> = above.blocks.iter().map(produced).cloned().collect();
    let kept = below.blocks.into_iter().filter(|block| !replaced.contains(produced(block)));
    BodyContent {
        attributes: attributes(below.attributes, above.attributes),
        blocks: kept.chain(above.blocks).collect(),
        missing: below.missing,
    }
}

fn attributes(below: Vec<Attribute>, above: Vec<Attribute>) -> Vec<Attribute> {
    let replaced: HashSet<Str> = above.iter().map(|a| Str::clone(&a.name.name)).collect();
    below.into_iter().filter(|a| !replaced.contains(&a.name.name)).chain(above).collect()
}

/// The type of the blocks it makes: of `dynamic "x"`, that is `x`.
fn produced(block: &Block) -> &Str {
    match block.labels.first() {
        Some(label) if &*block.kind.name == "dynamic" => &label.name,
        _ => &block.kind.name,
    }
}
