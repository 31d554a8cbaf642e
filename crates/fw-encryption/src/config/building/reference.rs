//! References to methods and key providers: `method.TYPE.NAME`, which JSON has in a string.

use fw_syntax::ast::{Expr, ExprKind, StepKind, TemplatePart};

use crate::config::written::Named;

/// What an expression is.
pub(super) enum Found {
    /// A reference of the right form.
    Named(Named),
    /// A reference to something else.
    Other,
    /// No reference.
    Nothing,
}

/// Type and name in `root.type.name`; in JSON in a string, as it is or as an interpolation.
pub(super) fn reference(expr: &Expr, root: &str) -> Found {
    let mut expr = expr;
    while let ExprKind::Template(template) = &expr.kind {
        if let [TemplatePart::Interpolation(inner)] = template.parts.as_slice() {
            expr = inner;
            continue;
        }
        let Some(json) = &template.json else { return Found::Nothing };
        let text = json.text.to_string();
        let mut words = text.split('.');
        return match (words.next(), words.next(), words.next(), words.next()) {
            (Some(first), Some(kind), Some(name), None) if first == root => {
                Found::Named((kind.to_owned(), name.to_owned()))
            }
            _ => Found::Other,
        };
    }
    let ExprKind::Traversal(traversal) = &expr.kind else { return Found::Nothing };
    let [kind, name] = traversal.steps.as_slice() else { return Found::Other };
    match (&kind.kind, &name.kind) {
        (StepKind::Attribute(kind), StepKind::Attribute(name)) if &*traversal.root.name == root => {
            Found::Named((kind.to_string(), name.to_string()))
        }
        _ => Found::Other,
    }
}
