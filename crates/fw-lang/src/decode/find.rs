//! The place in a body that a path into its value leads to: where a provider's problem with an attribute is shown.

use fw_diag::Span;
use fw_schema::Block;
use fw_syntax::ast::{Attribute, Expr, ExprKind, ObjectKey};
use fw_syntax::{Body, BodySchema};
use fw_value::{Content, Path, PathStep, Type, Value};

/// Where a problem with the value at `path` is shown: at the expression of the attribute where there is one, else at the
/// beginning of the innermost body found. `None` only for bodies that are nowhere.
#[must_use]
pub fn find(body: &Body, _schema: &Block, path: &Path) -> Option<Span> {
    let steps = path.steps();
    let Some(PathStep::Attribute(_)) = steps.first() else { return body.missing() };
    let (steps, index) = match steps {
        [rest @ .., PathStep::Index(key)] => (rest, Some(key)),
        _ => (steps, None),
    };
    let inner = if steps.len() > 1 { innermost(body, steps) } else { body.clone() };
    let Some(PathStep::Attribute(name)) = steps.last() else { return inner.missing() };
    let (content, _, _) = inner.partial_content(&BodySchema::new(&[(name, false)], &[]));
    let Some(attribute) = content.attribute(name) else { return inner.missing() };
    Some(match index {
        None => attribute.expr.span,
        Some(key) => element_span(attribute, key),
    })
}

/// Follows block types and their indices as far as they go.
fn innermost(body: &Body, steps: &[PathStep]) -> Body {
    let mut body = body.clone();
    let mut steps = steps.iter().peekable();
    while let Some(step) = steps.next() {
        let PathStep::Attribute(name) = step else { return body };
        let key = match steps.peek() {
            Some(PathStep::Index(key)) => Some(key),
            _ => None,
        };
        let labels: &[&str] = if key.is_some_and(|k| *k.ty() == Type::String) { &["key"] } else { &[] };
        let (content, _, problems) = body.partial_content(&BodySchema::new(&[], &[(name, labels)]));
        if problems.has_errors() {
            return body;
        }
        let blocks: Vec<_> = content.blocks_of(name).collect();
        let chosen = match key.map(|k| k.content()) {
            _ if blocks.is_empty() => None,
            None if blocks.len() == 1 => blocks.first(),
            Some(Content::Number(n)) => n.to_usize().and_then(|i| blocks.get(i)),
            Some(Content::String(k)) => blocks.iter().find(|b| b.labels.first().is_some_and(|l| l.name == *k)),
            _ => return body,
        };
        if key.is_some() {
            steps.next();
        }
        match chosen {
            Some(block) => body = block.body.clone(),
            // An attribute, most likely: what comes is inside its value.
            None if blocks.is_empty() => {}
            None => return body,
        }
    }
    body
}

/// The element of a literal list or object that a key names.
fn element_span(attribute: &Attribute, key: &Value) -> Span {
    let whole = attribute.expr.span;
    match (key.content(), &attribute.expr.kind) {
        (Content::Number(n), ExprKind::Tuple(items)) => {
            n.to_usize().and_then(|i| items.get(i)).map_or(attribute.name.span, |item| item.span)
        }
        (Content::String(name), ExprKind::Object(items)) => {
            let named = items.iter().find(|item| match &item.key {
                ObjectKey::Name(ident) => ident.name == *name,
                ObjectKey::Expr(expr) => literal_text(expr).is_some_and(|text| *text == **name),
            });
            named.map_or(attribute.name.span, |item| item.value.span)
        }
        _ => whole,
    }
}

fn literal_text(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Template(template) => match template.parts.as_slice() {
            [fw_syntax::ast::TemplatePart::Literal(text, _)] => Some(text),
            _ => None,
        },
        ExprKind::Literal(value) => value.as_str(),
        _ => None,
    }
}
