//! What diagnostics say of the values in an expression, and of places in the source.

use fw_diag::{ExpressionValue, SourceMap, Span};
use fw_syntax::ast::{Expr, StepKind, Traversal};
use fw_value::{Content, Marks, Number, PathError, Type, Value};

use crate::Scope;
use crate::eval::{Evaluator, Locals};
use crate::quote;
use crate::reference::traversals;

/// What may be told of values whose content can't be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Telling {
    /// That a value will be known only after apply: when that is what the diagnostic is about.
    pub unknown: bool,
    /// That a value is sensitive or ephemeral: when that is what the diagnostic is about.
    pub confidential: bool,
}

/// The values of the references of an expression, as a diagnostic about it lists them.
#[must_use]
pub fn expression_values(expr: &Expr, scope: &dyn Scope) -> Vec<ExpressionValue> {
    values_of(expr, None, scope, Telling::default())
}

/// The same, for a diagnostic that is about values being unknown, sensitive or ephemeral.
#[must_use]
pub fn expression_values_telling(expr: &Expr, scope: &dyn Scope, telling: Telling) -> Vec<ExpressionValue> {
    values_of(expr, None, scope, telling)
}

/// The same with names bound around the expression.
pub(crate) fn values_of(expr: &Expr, locals: Locals<'_>, scope: &dyn Scope, telling: Telling) -> Vec<ExpressionValue> {
    let mut found: Vec<ExpressionValue> = Vec::new();
    for traversal in traversals(expr) {
        if let Some(value) = longest_valid(traversal, locals, scope, telling)
            && found.iter().all(|known| known.traversal != value.traversal)
        {
            found.push(value);
        }
    }
    found.sort_by(|a, b| a.traversal.cmp(&b.traversal));
    found
}

/// The value of the longest part of a traversal that has one; root names alone say too little.
fn longest_valid(
    traversal: &Traversal,
    locals: Locals<'_>,
    scope: &dyn Scope,
    telling: Telling,
) -> Option<ExpressionValue> {
    for length in (1..=traversal.steps.len()).rev() {
        let steps = traversal.steps.get(..length).unwrap_or_default().to_vec();
        let part = Traversal { root: traversal.root.clone(), steps };
        if let Some(value) = Evaluator::quietly(&part, locals, scope) {
            let statement = statement(&value, telling)?;
            return Some(ExpressionValue { traversal: traversal_text(&part), statement });
        }
    }
    None
}

fn statement(value: &Value, telling: Telling) -> Option<String> {
    if value.marks().contains(Marks::SENSITIVE) {
        return telling.confidential.then(|| "has a sensitive value".to_owned());
    }
    if value.marks().contains(Marks::EPHEMERAL) {
        return telling.confidential.then(|| "has an ephemeral value".to_owned());
    }
    if value.is_known() {
        return Some(format!("is {}", compact(value)));
    }
    let name = value.ty().friendly_name();
    let dynamic = *value.ty() == Type::Dynamic;
    match (telling.unknown, dynamic) {
        (false, true) => None,
        (false, false) => Some(format!("is a {name}")),
        (true, true) => Some("will be known only after apply".to_owned()),
        (true, false) => Some(unknown_statement(value, &name)),
    }
}

fn unknown_statement(value: &Value, name: &str) -> String {
    const MAX_TOLD: u64 = 1024;
    if !value.ty().is_collection() {
        return format!("is a {name}, known only after apply");
    }
    let range = value.range();
    let (min, max) = (range.length_min, range.length_max.unwrap_or(u64::MAX));
    match (min, max) {
        _ if min == max => format!("is a {name} of length {min}, known only after apply"),
        (1.., ..=MAX_TOLD) => format!("is a {name} with between {min} and {max} elements, known only after apply"),
        (1.., _) => format!("is a {name} with at least {min} elements, known only after apply"),
        (0, ..=MAX_TOLD) => format!("is a {name} with up to {max} elements, known only after apply"),
        (0, _) => format!("is a {name}, known only after apply"),
    }
}

/// A value in a few words, without anything from inside it.
#[must_use]
pub fn compact(value: &Value) -> String {
    let name = value.ty().friendly_name();
    match value.content() {
        Content::Null => "null".to_owned(),
        Content::Unknown(_) => "(not yet known)".to_owned(),
        Content::Bool(b) => b.to_string(),
        Content::Number(n) => number_text(n),
        Content::String(text) => quote::go(text),
        Content::Sequence(_) | Content::Map(_) => match value.length_usize().unwrap_or(0) {
            0 => format!("empty {name}"),
            1 => format!("{name} with 1 element"),
            n => format!("{name} with {n} elements"),
        },
        Content::Object(_) => match value.ty() {
            Type::Object(object) => match object.attributes() {
                [] => "object with no attributes".to_owned(),
                [one] => format!("object with 1 attribute {}", quote::go(&one.name)),
                all => format!("object with {} attributes", all.len()),
            },
            _ => name,
        },
    }
}

/// Ten significant digits.
fn number_text(number: &Number) -> String {
    number.to_short_string()
}

fn traversal_text(traversal: &Traversal) -> String {
    let mut text = traversal.root.name.to_string();
    for step in &traversal.steps {
        match &step.kind {
            StepKind::Attribute(name) => {
                text.push('.');
                text.push_str(name);
            }
            StepKind::Index(key) => {
                let key = if key.ty().is_primitive() { compact(key) } else { "...".to_owned() };
                text.push_str(&format!("[{key}]"));
            }
        }
    }
    text
}

/// A problem with a value and where in it: `.name[0]: a number is required`.
pub(crate) fn full_message(error: &PathError) -> String {
    if error.path.is_root() { error.message.clone() } else { format!("{}: {}", error.path, error.message) }
}

/// A place as messages give it: `main.tf:3,5-9`.
pub(crate) fn place_text(span: Span, sources: Option<&SourceMap>) -> String {
    let Some(sources) = sources else { return String::new() };
    let file = sources.file(span.file);
    let (start, end) = (file.position(span.start), file.position(span.end));
    if start.line == end.line {
        format!("{}:{},{}-{}", file.name, start.line, start.column, end.column)
    } else {
        format!("{}:{},{}-{},{}", file.name, start.line, start.column, end.line, end.column)
    }
}
