//! Expressions read without evaluating them: as a reference, a keyword, a call, a list, a map. The JSON syntax has no
//! way to write references and calls, so there a string is read as one.

use std::sync::Arc;

use fw_diag::{Diagnostic, Diagnostics};
use fw_value::{Content, Str};

use crate::{
    ast::{Call, Expr, ExprKind, Ident, JsonText, ObjectItem, Template, TemplatePart, TemplateStyle, Traversal},
    deep, entry,
    parser::{Origin, Source},
};

const INVALID: &str = "Invalid expression";
const NO_TRAVERSAL: &str = "A single static variable reference is required: only attribute access and indexing with \
    constant keys. No calculations, function calls, template expressions, etc are allowed here.";

/// The JSON string that an expression is.
#[must_use]
pub fn json_text(expr: &Expr) -> Option<&JsonText> {
    match &expr.kind {
        ExprKind::Template(Template { json, .. }) => json.as_deref(),
        _ => None,
    }
}

/// The text of a string of the native syntax without any interpolation.
#[must_use]
pub fn quoted_text(expr: &Expr) -> Option<&Str> {
    match &expr.kind {
        ExprKind::Template(Template { parts, style: TemplateStyle::Quoted | TemplateStyle::Heredoc, .. }) => {
            match parts.as_slice() {
                [TemplatePart::Literal(text, _)] => Some(text),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The reference an expression is. Keywords like `true` are names here.
///
/// # Errors
/// When it is none.
pub fn expr_as_traversal(expr: &Expr) -> Result<Arc<Traversal>, Diagnostics> {
    as_traversal(expr).ok_or_else(|| Diagnostic::error(INVALID, NO_TRAVERSAL).at(expr.span).into())
}

fn as_traversal(expr: &Expr) -> Option<Arc<Traversal>> {
    match &expr.kind {
        ExprKind::Traversal(traversal) => Some(Arc::clone(traversal)),
        ExprKind::Literal(literal) => {
            let name = match literal.content() {
                Content::Null => "null",
                Content::Bool(true) => "true",
                Content::Bool(false) => "false",
                _ => return None,
            };
            let root = Ident { name: Str::from(name), span: expr.span };
            Some(Arc::new(Traversal { root, steps: Vec::new() }))
        }
        ExprKind::Relative { source, steps } => {
            let mut traversal = deep::guard(|| as_traversal(source))?;
            Arc::make_mut(&mut traversal).steps.extend(steps.iter().cloned());
            Some(traversal)
        }
        _ => {
            let text = json_text(expr)?;
            entry::traversal_in(inside(expr, &text.text)).0.map(Arc::new)
        }
    }
}

/// The text of a string expression, to be parsed as something else.
fn inside<'a>(expr: &Expr, text: &'a str) -> Source<'a> {
    Source { origin: Origin::At(expr.span.start + 1), ..Source::whole(expr.span.file, "", text) }
}

/// The reference in a string of the native syntax, as people wrote before 0.12, with the warning that this is outdated.
/// Nothing for other expressions, and in JSON, where strings are the way to write references.
#[must_use]
pub fn quoted_traversal(expr: &Expr, wants_keyword: bool) -> Option<(Option<Arc<Traversal>>, Diagnostics)> {
    let text = quoted_text(expr)?;
    let (traversal, mut diagnostics) = entry::traversal_in(inside(expr, text));
    let (kind, kinds) = if wants_keyword { ("keyword", "keywords") } else { ("reference", "references") };
    let detail = format!(
        "In this context, {kinds} are expected literally rather than in quotes. Terraform 0.11 and earlier required \
         quotes, but quoted {kinds} are now deprecated and will be removed in a future version of Terraform. Remove the \
         quotes surrounding this {kind} to silence this warning."
    );
    diagnostics.push(Diagnostic::warning(format!("Quoted {kinds} are deprecated"), detail).at(expr.span));
    Some((traversal.map(Arc::new), diagnostics))
}

/// The name an expression is, if it is only that.
#[must_use]
pub fn expr_as_keyword(expr: &Expr) -> Option<Str> {
    let traversal = as_traversal(expr)?;
    traversal.steps.is_empty().then(|| Str::clone(&traversal.root.name))
}

/// The call an expression is.
///
/// # Errors
/// When it is none.
pub fn expr_as_call(expr: &Expr) -> Result<Call, Diagnostics> {
    let call = match &expr.kind {
        ExprKind::Call(call) => Some((**call).clone()),
        _ => json_text(expr).and_then(|text| {
            let (inner, _) = entry::expression_in(inside(expr, &text.text));
            match inner?.into_kind() {
                ExprKind::Call(call) => Some(*call),
                _ => None,
            }
        }),
    };
    call.ok_or_else(|| Diagnostic::error(INVALID, "A static function call is required.").at(start(expr)).into())
}

/// The items of a list written as one.
///
/// # Errors
/// When it is none.
pub fn expr_list(expr: &Expr) -> Result<&[Expr], Diagnostics> {
    match &expr.kind {
        ExprKind::Tuple(items) => Ok(items),
        _ => Err(Diagnostic::error(INVALID, "A static list expression is required.").at(start(expr)).into()),
    }
}

/// The items of an object written as one.
///
/// # Errors
/// When it is none.
pub fn expr_map(expr: &Expr) -> Result<&[ObjectItem], Diagnostics> {
    match &expr.kind {
        ExprKind::Object(items) => Ok(items),
        _ => Err(Diagnostic::error(INVALID, "A static map expression is required.").at(start(expr)).into()),
    }
}

/// Where to point when the whole would be too much: the opening bracket of a list or object.
#[must_use]
pub fn start(expr: &Expr) -> fw_diag::Span {
    match &expr.kind {
        ExprKind::Tuple(_) | ExprKind::Object(_) => fw_diag::Span { end: expr.span.start + 1, ..expr.span },
        ExprKind::For(each) => each.open,
        _ => expr.span,
    }
}
