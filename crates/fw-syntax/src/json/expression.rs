//! JSON values as expressions: strings are templates, objects have templates as keys.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use fw_diag::{Diagnostic, Diagnostics};
use fw_value::{Str, Type, Value};

use super::{JsonFile, JsonKind, JsonObject, JsonProperty, JsonString, JsonValue};
use crate::{
    ast::{Expr, ExprKind, JsonText, ObjectItem, ObjectKey, Template, TemplatePart, TemplateStyle},
    deep, entry,
    parser::{Origin, Source},
};

impl JsonValue {
    /// The value as an expression, made once.
    pub(crate) fn expr(&self, file: &JsonFile) -> Arc<Expr> {
        Arc::clone(self.expr.get_or_init(|| Arc::new(self.to_expr(file))))
    }

    fn to_expr(&self, file: &JsonFile) -> Expr {
        deep::guard(|| self.to_expr_here(file))
    }

    fn to_expr_here(&self, file: &JsonFile) -> Expr {
        let kind = match &self.kind {
            JsonKind::Null => ExprKind::Literal(Value::null(Type::Dynamic)),
            JsonKind::Bool(b) => ExprKind::Literal(Value::bool(*b)),
            JsonKind::Number(n) => ExprKind::Literal(n.clone()),
            JsonKind::String(string) => return string.to_expr(file, Diagnostics::new()),
            JsonKind::Array(items) => ExprKind::Tuple(items.iter().map(|i| i.to_expr(file)).collect()),
            JsonKind::Object(object) => ExprKind::Object(object.to_items(file)),
            JsonKind::Invalid => ExprKind::Literal(Value::dynamic()),
        };
        Expr::new(kind, self.span)
    }
}

impl JsonObject {
    /// The items. A name that was there already carries the complaint about that, which is made when it is evaluated.
    fn to_items(&self, file: &JsonFile) -> Vec<ObjectItem> {
        let mut seen: HashMap<&str, &JsonProperty> = HashMap::with_capacity(self.properties.len());
        let item = |property: &JsonProperty, problem: Option<Diagnostic>| ObjectItem {
            key: ObjectKey::Expr(property.name.to_expr(file, problem.into_iter().collect())),
            value: property.value.to_expr(file),
        };
        let mut items = Vec::with_capacity(self.properties.len());
        for property in &self.properties {
            match seen.entry(&property.name.text) {
                Entry::Vacant(entry) => {
                    entry.insert(property);
                    items.push(item(property, None));
                }
                Entry::Occupied(first) => {
                    let place = file.describe(first.get().name.span);
                    let detail = format!("An attribute named {:?} was already defined at {place}.", first.key());
                    let problem = Diagnostic::error("Duplicate object attribute", detail).at(property.name.span);
                    items.push(item(property, Some(problem)));
                }
            }
        }
        items
    }
}

impl JsonString {
    /// The string as a template.
    fn to_expr(&self, file: &JsonFile, mut diagnostics: Diagnostics) -> Expr {
        let parts = if self.text.contains("${") || self.text.contains("%{") {
            let (template, problems) = entry::template_in(self.source(file), TemplateStyle::Json);
            diagnostics.append(problems);
            template.map(|mut t| std::mem::take(&mut t.parts))
        } else {
            None
        };
        let inside = fw_diag::Span { start: self.span.start + 1, end: self.span.end - 1, ..self.span };
        let parts = parts.unwrap_or_else(|| vec![TemplatePart::Literal(Str::clone(&self.text), inside)]);
        let json = Some(Arc::new(JsonText { text: Str::clone(&self.text), diagnostics }));
        Expr::new(ExprKind::Template(Template { parts, style: TemplateStyle::Json, json }), self.span)
    }

    fn source<'a>(&'a self, file: &'a JsonFile) -> Source<'a> {
        let origin =
            if self.pieces.is_empty() { Origin::At(self.span.start + 1) } else { Origin::Pieces(&self.pieces) };
        Source { file: file.file, file_name: &file.name, file_text: &file.text, text: &self.text, origin }
    }
}
