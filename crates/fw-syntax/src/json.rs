//! JSON syntax: text to a tree of values with places. What the values mean (attribute, block, template) is decided
//! later, by who asks: see `body::json` and `json::expression`.

mod expression;
mod parse;
mod scan;
mod string;

use std::sync::{Arc, OnceLock};

use fw_diag::{Diagnostic, Diagnostics, FileId, Span};
use fw_value::{Str, Value};

use crate::{
    ast::Expr,
    body::{Body, JsonBody},
    place,
};

/// The file that values are of.
#[derive(Debug, PartialEq)]
pub(crate) struct JsonFile {
    pub(crate) file: FileId,
    pub(crate) name: Str,
    pub(crate) text: Str,
}

impl JsonFile {
    /// The place as messages name it.
    pub(crate) fn describe(&self, span: Span) -> String {
        place::describe(&self.name, &self.text, span)
    }
}

/// A value.
#[derive(Debug)]
pub(crate) struct JsonValue {
    pub(crate) kind: JsonKind,
    /// All of it.
    pub(crate) span: Span,
    /// The expression it is, once somebody asked.
    expr: OnceLock<Arc<Expr>>,
}

/// The forms of values.
#[derive(Debug, PartialEq)]
pub(crate) enum JsonKind {
    Null,
    Bool(bool),
    Number(Value),
    String(JsonString),
    Array(Vec<Arc<JsonValue>>),
    Object(JsonObject),
    /// What could not be read.
    Invalid,
}

/// An object: its properties in order, duplicates kept.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct JsonObject {
    pub(crate) properties: Vec<JsonProperty>,
    /// The closing brace.
    pub(crate) close: Option<Span>,
}

/// A property of an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JsonProperty {
    pub(crate) name: JsonString,
    pub(crate) value: Arc<JsonValue>,
}

/// A string.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JsonString {
    /// Escapes resolved.
    pub(crate) text: Str,
    /// With the quotes.
    pub(crate) span: Span,
    /// Which offset of the text is which of the file, by pieces; empty when there are no escapes.
    pieces: Arc<[(u32, u32)]>,
}

impl PartialEq for JsonValue {
    fn eq(&self, other: &Self) -> bool {
        self.span == other.span && self.kind == other.kind
    }
}

impl JsonValue {
    fn new(kind: JsonKind, span: Span) -> Self {
        Self { kind, span, expr: OnceLock::new() }
    }

    /// Where to point when the whole would be too much: the opening bracket.
    pub(crate) fn start(&self) -> Span {
        match self.kind {
            JsonKind::Array(_) | JsonKind::Object(_) => Span { end: self.span.start + 1, ..self.span },
            _ => self.span,
        }
    }
}

impl Drop for JsonValue {
    fn drop(&mut self) {
        if crate::deep::is_low() {
            let kind = std::mem::replace(&mut self.kind, JsonKind::Invalid);
            crate::deep::guard(|| drop(kind));
        }
    }
}

/// A file in JSON syntax. There is always a body; what could not be read is not in it.
#[must_use]
pub fn parse_json(file: FileId, text: &str) -> (Body, Diagnostics) {
    parse_json_named(file, "", text)
}

/// A file in JSON syntax, with its name for messages that name a second place in it.
#[must_use]
pub fn parse_json_named(file: FileId, name: &str, text: &str) -> (Body, Diagnostics) {
    let (mut root, mut diagnostics) = parse::parse(file, text);
    if !matches!(root.kind, JsonKind::Object(_) | JsonKind::Array(_)) {
        let detail =
            "The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.";
        diagnostics.push(Diagnostic::error("Root value must be object", detail).at(root.start()));
        // Nothing, so that nothing more is said of it.
        root = JsonValue::new(JsonKind::Object(JsonObject::default()), Span::new(file, 0, 0));
    }
    let source = JsonFile { file, name: Str::from(name), text: Str::from(text) };
    (Body::Json(Arc::new(JsonBody::new(Arc::new(source), Arc::new(root)))), diagnostics)
}

/// A text that is one JSON value, as an expression.
#[must_use]
pub fn parse_json_expression(file: FileId, name: &str, text: &str) -> (Option<Arc<Expr>>, Diagnostics) {
    let (root, diagnostics) = parse::parse(file, text);
    let source = JsonFile { file, name: Str::from(name), text: Str::from(text) };
    let expr = (!diagnostics.has_errors()).then(|| root.expr(&source));
    (expr, diagnostics)
}
