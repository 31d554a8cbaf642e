//! Expressions that configuration reads without evaluating references: constants, keywords, lists, traversals.

mod constant;
mod traversal;

use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_syntax::ast::{Expr, ExprKind, ObjectItem, SplatStyle, Template, TemplatePart, TemplateStyle};
use fw_value::{PathError, Str};

pub(crate) use constant::{boolean, constant, json_text, string};
pub(crate) use traversal::{from_text, refuse, traversal};

/// The items of a list written as one.
pub(crate) fn list<'e>(expr: &'e Expr, diagnostics: &mut Diagnostics) -> Option<&'e [Expr]> {
    if let ExprKind::Tuple(items) = &expr.kind {
        return Some(items);
    }
    let detail = "A static list expression is required.";
    diagnostics.push(Diagnostic::error("Invalid expression", detail).at(start(expr)));
    None
}

/// The items of an object written as one.
pub(crate) fn pairs<'e>(expr: &'e Expr, diagnostics: &mut Diagnostics) -> Option<&'e [ObjectItem]> {
    if let ExprKind::Object(items) = &expr.kind {
        return Some(items);
    }
    let detail = "A static map expression is required.";
    diagnostics.push(Diagnostic::error("Invalid expression", detail).at(start(expr)));
    None
}

/// The name that stands alone.
pub(crate) fn keyword(expr: &Expr) -> Option<Str> {
    match &expr.kind {
        ExprKind::Traversal(traversal) if traversal.steps.is_empty() => Some(Str::clone(&traversal.root.name)),
        ExprKind::Template(template) if template.style == TemplateStyle::Json => {
            let text = json_text(expr)?;
            fw_addr::is_identifier(text).then(|| Str::clone(text))
        }
        _ => None,
    }
}

/// The text of a quoted string without interpolation. JSON strings are not meant.
pub(crate) fn quoted(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Template(Template { parts, style: TemplateStyle::Quoted | TemplateStyle::Heredoc, .. }) => {
            match parts.as_slice() {
                [] => Some(""),
                [TemplatePart::Literal(text, _)] => Some(text),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether it is a quoted template of the native syntax.
pub(crate) fn is_quoted(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Template(t) if matches!(t.style, TemplateStyle::Quoted | TemplateStyle::Heredoc))
}

/// Whether it is a template of exactly one interpolation: `"${a}"`.
pub(crate) fn is_wrapped(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Template(t) if matches!(t.parts.as_slice(), [TemplatePart::Interpolation(_)]))
}

/// The beginning of an expression, where messages about all of it point.
pub(crate) fn start(expr: &Expr) -> Span {
    let first_byte = Span { end: expr.span.start + 1, ..expr.span };
    match &expr.kind {
        ExprKind::Tuple(_) | ExprKind::Object(_) => first_byte,
        ExprKind::For(each) => each.open,
        ExprKind::Template(template) if template.style != TemplateStyle::Json => match template.parts.first() {
            Some(TemplatePart::Literal(text, _)) if text.is_empty() => expr.span.at_end(),
            Some(TemplatePart::Literal(_, span) | TemplatePart::If { span, .. } | TemplatePart::For { span, .. }) => {
                *span
            }
            Some(TemplatePart::Interpolation(inner)) => start(inner),
            None => expr.span.at_end(),
        },
        ExprKind::Parentheses(inner) => fw_syntax::deep::guard(|| start(inner)),
        ExprKind::Conditional(conditional) => fw_syntax::deep::guard(|| start(&conditional.condition)),
        ExprKind::Binary { left, .. } => fw_syntax::deep::guard(|| start(left)),
        ExprKind::Unary { op_span, .. } => *op_span,
        ExprKind::Call(call) => Span { end: call.parentheses.start + 1, ..call.name.span },
        ExprKind::Splat { marker, style: SplatStyle::Attribute | SplatStyle::Full, .. } => *marker,
        _ => expr.span,
    }
}

/// Why a value can't be converted, with the place inside it.
pub(crate) fn reason(error: &PathError) -> String {
    if error.path.steps().is_empty() { error.message.clone() } else { format!("{}: {}", error.path, error.message) }
}
