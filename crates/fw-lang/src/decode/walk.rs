//! The traversals in a body, as a schema reads it.

use fw_schema::Block;
use fw_syntax::ast::Traversal;
use fw_syntax::{Body, BodySchema, deep};
use fw_value::Str;

use super::dynamic::static_traversal;
use super::shape::{self, DYNAMIC};
use crate::reference::{Bound, variables_in_expr};

/// A body and how it is to be read.
pub(crate) struct BodyReader<'b> {
    body: &'b Body,
    schema: &'b Block,
}

impl<'b> BodyReader<'b> {
    pub(crate) fn new(body: &'b Body, schema: &'b Block) -> Self {
        Self { body, schema }
    }

    /// Calls `visit` with every traversal that is not bound in the body.
    pub(crate) fn walk_traversals(&self, bound: &mut Bound, visit: &mut dyn FnMut(&Traversal)) {
        deep::guard(|| {
            let content = shape::read_leniently(self.body, self.schema);
            for attribute in &content.attributes {
                variables_in_expr(&attribute.expr, bound, &mut |t| visit(t));
            }
            for block in &content.blocks {
                if &*block.kind.name == DYNAMIC {
                    self.walk_dynamic(block, bound, visit);
                } else {
                    self.walk_block(&block.kind.name, &block.body, bound, visit);
                }
            }
        });
    }

    fn walk_dynamic(&self, block: &fw_syntax::Block, bound: &mut Bound, visit: &mut dyn FnMut(&Traversal)) {
        let Some(kind) = block.labels.first() else { return };
        let inner =
            BodySchema::new(&[("for_each", false), ("labels", false), ("iterator", false)], &[("content", &[])]);
        let (parts, _, _) = block.body.partial_content(&inner);
        let iterator = match parts.expr("iterator") {
            None => Str::clone(&kind.name),
            Some(expr) => match static_traversal(expr) {
                Some(traversal) => traversal.root.name,
                None => return,
            },
        };
        if let Some(expr) = parts.expr("for_each") {
            variables_in_expr(expr, bound, &mut |t| visit(t));
        }
        bound.bind(&iterator);
        if let Some(expr) = parts.expr("labels") {
            variables_in_expr(expr, bound, &mut |t| visit(t));
        }
        for content in parts.blocks_of("content") {
            self.walk_block(&kind.name, &content.body, bound, visit);
        }
        bound.unbind(&iterator);
    }

    fn walk_block(&self, kind: &str, body: &Body, bound: &mut Bound, visit: &mut dyn FnMut(&Traversal)) {
        if let Some(nested) = self.schema.blocks.get(kind) {
            BodyReader::new(body, &nested.block).walk_traversals(bound, visit);
        } else if let Some(element) = self.schema.attributes.get(kind).and_then(|a| a.implied_type().element().cloned())
        {
            BodyReader::new(body, &Block::of_object_type(&element)).walk_traversals(bound, visit);
        }
    }
}
