//! Which names an expression or a body uses: what planning orders by, and what plan JSON lists.

use std::collections::BTreeMap;

use fw_diag::Diagnostics;
use fw_syntax::ast::{Expr, ExprKind, Ident, ObjectKey, TemplatePart, Traversal};
use fw_syntax::{Body, deep};
use fw_value::Str;

use super::{Place, Reference, parse_traversal};
use crate::decode::BodyReader;

/// The references of an expression in source order, those to `for` and template variables left out. Traversals that are
/// no references are said in `diagnostics`.
#[must_use]
pub fn references(expr: &Expr, place: Place, diagnostics: &mut Diagnostics) -> Vec<Reference> {
    let mut found = Vec::new();
    for traversal in traversals(expr) {
        match parse_traversal(traversal, place) {
            Ok(reference) => found.push(reference),
            Err(problem) => diagnostics.push(*problem),
        }
    }
    found
}

/// The references of a body as a schema reads it, `dynamic` blocks and their iterators understood.
#[must_use]
pub fn references_in_body(
    body: &Body,
    schema: &fw_schema::Block,
    place: Place,
    diagnostics: &mut Diagnostics,
) -> Vec<Reference> {
    let mut found = Vec::new();
    let mut visit = |traversal: &Traversal| match parse_traversal(traversal, place) {
        Ok(reference) => found.push(reference),
        Err(problem) => diagnostics.push(*problem),
    };
    BodyReader::new(body, schema).walk_traversals(&mut Bound::default(), &mut visit);
    found
}

/// The traversals of an expression whose root is not bound inside it, in source order.
#[must_use]
pub fn traversals(expr: &Expr) -> Vec<&Traversal> {
    let mut found = Vec::new();
    variables_in_expr(expr, &mut Bound::default(), &mut |t| found.push(t));
    found
}

/// Names bound around an expression, each with how many times.
#[derive(Debug, Default)]
pub(crate) struct Bound {
    names: BTreeMap<Str, usize>,
}

impl Bound {
    pub(crate) fn bind(&mut self, name: &Str) {
        *self.names.entry(Str::clone(name)).or_default() += 1;
    }

    pub(crate) fn unbind(&mut self, name: &str) {
        if let Some(count) = self.names.get_mut(name) {
            *count = count.saturating_sub(1);
        }
    }

    fn has(&self, name: &str) -> bool {
        self.names.get(name).is_some_and(|count| *count > 0)
    }
}

/// Calls `visit` with every traversal of `expr` whose root is not in `bound`.
pub(crate) fn variables_in_expr<'e>(expr: &'e Expr, bound: &mut Bound, visit: &mut dyn FnMut(&'e Traversal)) {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::SplatItem => {}
        ExprKind::Traversal(traversal) => {
            if !bound.has(&traversal.root.name) {
                visit(traversal);
            }
        }
        _ => deep::guard(|| inside(expr, bound, visit)),
    }
}

fn inside<'e>(expr: &'e Expr, bound: &mut Bound, visit: &mut dyn FnMut(&'e Traversal)) {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::SplatItem | ExprKind::Traversal(_) => {}
        ExprKind::Template(template) => parts(&template.parts, bound, visit),
        ExprKind::Relative { source, .. } => variables_in_expr(source, bound, visit),
        ExprKind::Index { collection, key, .. } => {
            variables_in_expr(collection, bound, visit);
            variables_in_expr(key, bound, visit);
        }
        ExprKind::Splat { source, each, .. } => {
            variables_in_expr(source, bound, visit);
            variables_in_expr(each, bound, visit);
        }
        ExprKind::Call(call) => call.args.iter().for_each(|arg| variables_in_expr(arg, bound, visit)),
        ExprKind::Conditional(conditional) => {
            variables_in_expr(&conditional.condition, bound, visit);
            variables_in_expr(&conditional.then, bound, visit);
            variables_in_expr(&conditional.otherwise, bound, visit);
        }
        ExprKind::Binary { left, right, .. } => {
            variables_in_expr(left, bound, visit);
            variables_in_expr(right, bound, visit);
        }
        ExprKind::Unary { operand, .. } => variables_in_expr(operand, bound, visit),
        ExprKind::Tuple(items) => items.iter().for_each(|item| variables_in_expr(item, bound, visit)),
        ExprKind::Object(items) => {
            for item in items {
                if let ObjectKey::Expr(key) = &item.key {
                    variables_in_expr(key, bound, visit);
                }
                variables_in_expr(&item.value, bound, visit);
            }
        }
        ExprKind::For(each) => {
            variables_in_expr(&each.collection, bound, visit);
            within(each.key.as_ref(), &each.value, bound, |bound| {
                if let Some(key) = &each.result_key {
                    variables_in_expr(key, bound, visit);
                }
                variables_in_expr(&each.result, bound, visit);
                if let Some(condition) = &each.condition {
                    variables_in_expr(condition, bound, visit);
                }
            });
        }
        ExprKind::Parentheses(inner) => variables_in_expr(inner, bound, visit),
    }
}

fn parts<'e>(all: &'e [TemplatePart], bound: &mut Bound, visit: &mut dyn FnMut(&'e Traversal)) {
    for part in all {
        match part {
            TemplatePart::Literal(..) => {}
            TemplatePart::Interpolation(expr) => variables_in_expr(expr, bound, visit),
            TemplatePart::If { condition, then, otherwise, .. } => deep::guard(|| {
                variables_in_expr(condition, bound, visit);
                parts(then, bound, visit);
                parts(otherwise, bound, visit);
            }),
            TemplatePart::For { key, value, collection, body, .. } => deep::guard(|| {
                variables_in_expr(collection, bound, visit);
                within(key.as_ref(), value, bound, |bound| parts(body, bound, visit));
            }),
        }
    }
}

/// Runs `work` with the variables of a `for` bound.
fn within(key: Option<&Ident>, value: &Ident, bound: &mut Bound, work: impl FnOnce(&mut Bound)) {
    let names = [key.map(|k| &k.name), Some(&value.name)];
    names.iter().flatten().for_each(|name| bound.bind(name));
    work(bound);
    names.iter().flatten().for_each(|name| bound.unbind(name));
}
