//! Expressions that are static references.

use std::sync::Arc;

use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_syntax::ast::{Expr, ExprKind, Ident, Step, Traversal};

use super::json_text;

/// An expression that is one static reference: `aws_instance.a[0]`.
pub(crate) fn traversal(expr: &Expr, diagnostics: &mut Diagnostics) -> Option<Arc<Traversal>> {
    match &expr.kind {
        ExprKind::Traversal(traversal) => return Some(Arc::clone(traversal)),
        ExprKind::Template(_) => {
            // What exactly is wrong with the text is not said.
            let parsed = json_text(expr).and_then(|text| from_text(text, expr.span, 0).0);
            if let Some(traversal) = parsed {
                return Some(Arc::new(traversal));
            }
        }
        _ => {}
    }
    refuse(expr, diagnostics);
    None
}

/// Says that an expression is no static reference.
pub(crate) fn refuse(expr: &Expr, diagnostics: &mut Diagnostics) {
    let detail = "A single static variable reference is required: only attribute access and indexing with constant keys. \
                  No calculations, function calls, template expressions, etc are allowed here.";
    diagnostics.push(Diagnostic::error("Invalid expression", detail).at(expr.span));
}

/// The reference that the text inside quotes is; `span` is that of the whole string, and its places are counted from
/// `skipped` bytes behind its start: terraform forgets the quote of JSON strings.
pub(crate) fn from_text(text: &str, span: Span, skipped: u32) -> (Option<Traversal>, Diagnostics) {
    let base = span.start + skipped;
    let shift = |s: Span| Span { file: span.file, start: s.start + base, end: s.end + base };
    let (traversal, problems) = fw_syntax::parse_traversal(span.file, text);
    let moved = traversal.map(|t| Traversal {
        root: Ident { span: shift(t.root.span), ..t.root },
        steps: t.steps.into_iter().map(|s| Step { span: shift(s.span), ..s }).collect(),
    });
    let problems = problems.into_iter().map(|mut problem| {
        problem.subject = problem.subject.map(shift);
        problem.context = problem.context.map(shift);
        problem
    });
    (moved, problems.collect())
}
