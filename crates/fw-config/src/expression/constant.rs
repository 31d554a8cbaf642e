//! Constants: expressions that may use neither references nor functions.

use fw_diag::{Diagnostic, Diagnostics};
use fw_syntax::ast::{Expr, ExprKind, ObjectKey, TemplateStyle};
use fw_syntax::deep;
use fw_value::convert::convert;
use fw_value::{Content, Str, Type, Value};

use super::start;

/// The text of a JSON string, as it is written.
pub(crate) fn json_text(expr: &Expr) -> Option<&Str> {
    match &expr.kind {
        ExprKind::Template(template) if template.style == TemplateStyle::Json => {
            template.json.as_ref().map(|json| &json.text)
        }
        _ => None,
    }
}

/// The value of a constant. JSON strings are taken as they are. `None` when there were errors.
pub(crate) fn constant(expr: &Expr, diagnostics: &mut Diagnostics) -> Option<Value> {
    if is_json(expr) {
        return Some(verbatim(expr));
    }
    let mut problems = Diagnostics::new();
    let value = fw_lang::evaluate_constant(expr, &mut problems);
    let failed = problems.has_errors();
    diagnostics.append(problems);
    (!failed).then_some(value)
}

/// A constant string.
pub(crate) fn string(expr: &Expr, diagnostics: &mut Diagnostics) -> Option<Str> {
    decoded(expr, &Type::String, diagnostics)?.as_shared_str().cloned()
}

/// A constant bool.
pub(crate) fn boolean(expr: &Expr, diagnostics: &mut Diagnostics) -> Option<bool> {
    decoded(expr, &Type::Bool, diagnostics)?.as_bool()
}

fn decoded(expr: &Expr, ty: &Type, diagnostics: &mut Diagnostics) -> Option<Value> {
    let value = constant(expr, diagnostics).unwrap_or_else(Value::dynamic);
    let problem = match convert(&value, ty) {
        Err(error) => super::reason(&error),
        Ok(value) => match value.content() {
            Content::Null => "null value is not allowed".to_owned(),
            Content::Unknown(_) => "value must be known".to_owned(),
            _ => return Some(value),
        },
    };
    diagnostics
        .push(Diagnostic::error("Unsuitable value type", format!("Unsuitable value: {problem}")).at(start(expr)));
    None
}

/// Whether the expression comes from JSON and so may hold strings that are to be taken as they are.
fn is_json(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Template(template) => template.style == TemplateStyle::Json,
        ExprKind::Tuple(items) => items.first().is_some_and(|i| deep::guard(|| is_json(i))),
        ExprKind::Object(items) => items.first().is_some_and(|i| match &i.key {
            ObjectKey::Name(_) => false,
            ObjectKey::Expr(key) => deep::guard(|| is_json(key)),
        }),
        _ => false,
    }
}

fn verbatim(expr: &Expr) -> Value {
    deep::guard(|| match &expr.kind {
        ExprKind::Literal(value) => value.clone(),
        ExprKind::Template(_) => json_text(expr).map_or_else(Value::dynamic, Value::string),
        ExprKind::Tuple(items) => Value::tuple(items.iter().map(verbatim)),
        ExprKind::Object(items) => Value::object(items.iter().map(|item| {
            let key = match &item.key {
                ObjectKey::Name(name) => Str::clone(&name.name),
                ObjectKey::Expr(key) => json_text(key).cloned().unwrap_or_else(|| "".into()),
            };
            (key, verbatim(&item.value))
        })),
        _ => Value::dynamic(),
    })
}
