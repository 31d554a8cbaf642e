//! Several bodies read as one. An attribute may come from any of them, but from one only.

use std::{collections::HashSet, sync::Arc};

use fw_diag::{Diagnostic, Diagnostics, FileId, Span};

use super::{Body, BodyContent, Lenient, Shape};
use crate::ast::{Attribute, Ident};

/// What the bodies gave so far.
struct Gathered {
    content: BodyContent,
    names: HashSet<fw_value::Str>,
    diagnostics: Diagnostics,
}

impl Gathered {
    fn new(bodies: &[Body]) -> Self {
        let missing = bodies.iter().find_map(Body::missing).unwrap_or(Span::new(FileId(0), 0, 0));
        Self {
            content: BodyContent { attributes: Vec::new(), blocks: Vec::new(), missing },
            names: HashSet::new(),
            diagnostics: Diagnostics::new(),
        }
    }

    fn add_attributes(&mut self, attributes: Vec<Attribute>) {
        for attribute in attributes {
            if self.names.insert(fw_value::Str::clone(&attribute.name.name)) {
                self.content.attributes.push(attribute);
            } else {
                self.diagnostics.push(duplicate(&attribute.name));
            }
        }
    }

    fn add(&mut self, content: BodyContent, diagnostics: Diagnostics) {
        self.diagnostics.append(diagnostics);
        self.add_attributes(content.attributes);
        self.content.blocks.extend(content.blocks);
    }

    fn check_required(&mut self, shape: &dyn Shape) {
        for (name, _) in shape.attributes().filter(|(name, required)| *required && !self.names.contains(*name)) {
            let detail = format!("The argument {:?} is required, but was not set.", &**name);
            self.diagnostics.push(Diagnostic::error("Missing required argument", detail));
        }
    }
}

fn duplicate(name: &Ident) -> Diagnostic {
    let detail = format!("Argument {:?} was already set. Each argument may be set only once.", &*name.name);
    Diagnostic::error("Duplicate argument", detail).at(name.span)
}

pub(super) fn content(bodies: &[Body], shape: &dyn Shape) -> (BodyContent, Diagnostics) {
    // Only all bodies together have to have what is required.
    let each = Lenient(shape);
    let mut gathered = Gathered::new(bodies);
    for body in bodies {
        let (content, diagnostics) = body.content(&each);
        gathered.add(content, diagnostics);
    }
    gathered.check_required(shape);
    (gathered.content, gathered.diagnostics)
}

pub(super) fn partial(bodies: &[Body], shape: &dyn Shape) -> (BodyContent, Body, Diagnostics) {
    // Only all bodies together have to have what is required.
    let each = Lenient(shape);
    let mut gathered = Gathered::new(bodies);
    let mut rests = Vec::with_capacity(bodies.len());
    for body in bodies {
        let (content, rest, diagnostics) = body.partial_content(&each);
        gathered.add(content, diagnostics);
        rests.push(rest);
    }
    gathered.check_required(shape);
    (gathered.content, Body::Merged(Arc::from(rests)), gathered.diagnostics)
}

pub(super) fn just_attributes(bodies: &[Body]) -> (Vec<Attribute>, Diagnostics) {
    let mut gathered = Gathered::new(bodies);
    for body in bodies {
        let (attributes, diagnostics) = body.just_attributes();
        gathered.diagnostics.append(diagnostics);
        gathered.add_attributes(attributes);
    }
    (gathered.content.attributes, gathered.diagnostics)
}
