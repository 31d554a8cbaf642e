//! JSON bodies: an object, or an array of objects that are read as one.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_value::Str;

use super::{Block, Body, BodyContent, Shape, listed::missing_argument};
use crate::{
    ast::{Attribute, Ident},
    json::{JsonFile, JsonKind, JsonProperty, JsonValue},
    suggest::did_you_mean,
};

/// The property that is a comment, in bodies.
const COMMENT: &str = "//";
const WRONG_TYPE: &str = "Incorrect JSON value type";

/// A body in JSON syntax.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonBody {
    file: Arc<JsonFile>,
    value: Arc<JsonValue>,
    /// Names that have been taken by an earlier, partial reading.
    hidden: Arc<HashSet<Str>>,
}

/// What the properties of an object are the names of.
#[derive(Clone, Copy)]
enum Level<'a> {
    Body,
    Label(&'a str),
}

/// Blocks on the way down through their labels.
struct Unpacking<'a> {
    /// The names of all its labels.
    wanted: &'a [Str],
    kind: &'a Ident,
    labels: Vec<Ident>,
    blocks: &'a mut Vec<Block>,
    diagnostics: &'a mut Diagnostics,
}

impl JsonBody {
    pub(crate) fn new(file: Arc<JsonFile>, value: Arc<JsonValue>) -> Self {
        Self { file, value, hidden: Arc::default() }
    }

    pub(super) fn value(&self) -> &JsonValue {
        &self.value
    }

    fn inside(&self, value: &Arc<JsonValue>) -> Body {
        Body::Json(Arc::new(Self::new(Arc::clone(&self.file), Arc::clone(value))))
    }

    pub(super) fn content(&self, shape: &dyn Shape) -> (BodyContent, Diagnostics) {
        let (content, rest, mut diagnostics) = self.partial_content(shape);
        // Blocks may come again, so their types are suggested even when used.
        let unused = shape.attributes().map(|(name, _)| name).filter(|name| !rest.hidden.contains(*name));
        let candidates: Vec<&str> = unused.chain(shape.kinds()).map(|n| &**n).collect();
        let (properties, problems) = properties(&self.value, Level::Body);
        diagnostics.append(problems);
        for property in properties {
            let name = &*property.name.text;
            if name == COMMENT || rest.hidden.contains(&property.name.text) {
                continue;
            }
            let suggestion = did_you_mean(name, candidates.iter().copied());
            let detail = format!("No argument or block type is named {name:?}.{suggestion}");
            let (summary, at) = ("Extraneous JSON object property", property.name.span);
            diagnostics.push(Diagnostic::error(summary, detail).at(at).within(at));
        }
        (content, diagnostics)
    }

    pub(super) fn partial_content(&self, shape: &dyn Shape) -> (BodyContent, Self, Diagnostics) {
        let (properties, mut diagnostics) = properties(&self.value, Level::Body);
        let mut content = BodyContent { attributes: Vec::new(), blocks: Vec::new(), missing: self.missing() };
        let mut found: HashMap<Str, Span> = HashMap::new();
        let mut hidden = (*self.hidden).clone();
        for property in properties.iter().filter(|p| !self.hidden.contains(&p.name.text)) {
            let name = &*property.name.text;
            if shape.has_attribute(name) {
                let attribute = self.attribute(property);
                if let Some(earlier) = found.get(name) {
                    let duplicate = self.duplicate("Duplicate argument", property, *earlier);
                    diagnostics.push(duplicate.within(property.name.span));
                    continue;
                }
                found.insert(Str::clone(&property.name.text), attribute.span);
                content.attributes.push(attribute);
            } else if let Some(wanted) = shape.labels(name) {
                let kind = Ident { name: Str::clone(&property.name.text), span: property.name.span };
                let (blocks, diagnostics) = (&mut content.blocks, &mut diagnostics);
                let mut unpacking = Unpacking { wanted, kind: &kind, labels: Vec::new(), blocks, diagnostics };
                self.unpack(&property.value, &mut unpacking);
            } else {
                continue;
            }
            hidden.insert(Str::clone(&property.name.text));
        }
        let required = shape.attributes().filter(|(name, required)| *required && !found.contains_key(*name));
        diagnostics.extend(required.map(|(name, _)| missing_argument(name).at(self.missing())));
        (content, Self { hidden: Arc::new(hidden), ..self.clone() }, diagnostics)
    }

    pub(super) fn just_attributes(&self) -> (Vec<Attribute>, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let JsonKind::Object(object) = &self.value.kind else {
            let detail = "A JSON object is required here, setting the arguments for this block.";
            diagnostics.push(Diagnostic::error(WRONG_TYPE, detail).at(self.value.start()));
            return (Vec::new(), diagnostics);
        };
        let mut attributes = Vec::with_capacity(object.properties.len());
        let mut found: HashMap<&str, Span> = HashMap::with_capacity(object.properties.len());
        for property in &object.properties {
            let name = &*property.name.text;
            if name == COMMENT || self.hidden.contains(&property.name.text) {
                continue;
            }
            if let Some(earlier) = found.get(name) {
                diagnostics.push(self.duplicate("Duplicate attribute definition", property, *earlier));
                continue;
            }
            let attribute = self.attribute(property);
            found.insert(name, attribute.span);
            attributes.push(attribute);
        }
        (attributes, diagnostics)
    }

    pub(super) fn missing(&self) -> Span {
        match &self.value.kind {
            JsonKind::Object(object) => object.close.unwrap_or(self.value.span),
            _ => self.value.start(),
        }
    }

    fn attribute(&self, property: &JsonProperty) -> Attribute {
        let name = Ident { name: crate::text::name(&property.name.text), span: property.name.span };
        Attribute { name, expr: property.value.expr(&self.file), span: whole(property) }
    }

    fn duplicate(&self, summary: &str, property: &JsonProperty, earlier: Span) -> Diagnostic {
        let place = self.file.describe(earlier);
        let detail = format!("The argument {:?} was already set at {place}.", &*property.name.text);
        Diagnostic::error(summary, detail).at(property.name.span)
    }

    /// Adds the blocks in `value`, below the labels that have been taken off already.
    fn unpack(&self, value: &Arc<JsonValue>, unpacking: &mut Unpacking<'_>) {
        let Some(label) = unpacking.wanted.get(unpacking.labels.len()) else {
            return self.add_blocks(value, unpacking);
        };
        let (properties, problems) = properties(value, Level::Label(label));
        unpacking.diagnostics.append(problems);
        if properties.is_empty() {
            let detail = format!(
                "At least one object property is required, whose name represents the {} block's {label}.",
                unpacking.kind.name
            );
            unpacking.diagnostics.push(Diagnostic::error("Missing block label", detail).at(value.start()));
        }
        for property in properties {
            unpacking.labels.push(Ident { name: Str::clone(&property.name.text), span: property.name.span });
            self.unpack(&property.value, unpacking);
            unpacking.labels.pop();
        }
    }

    fn add_blocks(&self, value: &Arc<JsonValue>, unpacking: &mut Unpacking<'_>) {
        let mut add = |body: &Arc<JsonValue>| {
            unpacking.blocks.push(Block {
                kind: unpacking.kind.clone(),
                labels: unpacking.labels.clone(),
                body: self.inside(body),
                header: value.start(),
            });
        };
        match &value.kind {
            JsonKind::Null => {}
            JsonKind::Object(_) => add(value),
            // An element that is no object is found out when it is asked for its content.
            JsonKind::Array(items) => items.iter().for_each(add),
            _ => {
                let detail = format!(
                    "Either a JSON object or a JSON array is required, representing the contents of one or more {:?} \
                     blocks.",
                    &*unpacking.kind.name
                );
                unpacking.diagnostics.push(Diagnostic::error(WRONG_TYPE, detail).at(value.start()));
            }
        }
    }
}

/// Name and value.
fn whole(property: &JsonProperty) -> Span {
    property.name.span.to(property.value.span)
}

/// The properties of an object, or of all objects in an array.
fn properties<'a>(value: &'a JsonValue, level: Level<'_>) -> (Vec<&'a JsonProperty>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut all = Vec::new();
    match &value.kind {
        JsonKind::Null => {}
        JsonKind::Object(object) => all.extend(&object.properties),
        JsonKind::Array(items) => {
            for item in items {
                match &item.kind {
                    JsonKind::Object(object) => all.extend(&object.properties),
                    _ => diagnostics.push(wrong_type("A JSON object is", level, item.start())),
                }
            }
        }
        _ => diagnostics.push(wrong_type("Either a JSON object or JSON array of objects is", level, value.start())),
    }
    (all, diagnostics)
}

fn wrong_type(what: &str, level: Level<'_>, at: Span) -> Diagnostic {
    let detail = match level {
        Level::Body => format!("{what} required here, to define arguments and child blocks."),
        Level::Label(label) => format!("{what} required here, to specify {label} labels for this block."),
    };
    Diagnostic::error(WRONG_TYPE, detail).at(at)
}
