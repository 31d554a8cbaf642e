//! What each block depends on, found without schemas: by this the planner orders its work.
//!
//! Names that `dynamic` blocks bind are left out. What looks like a reference and is none is left out too; evaluation says
//! so. Cost is linear in the size of the block.

use fw_lang::reference::{Reference, parse_traversal, traversals};
use fw_syntax::ast::{Attribute, Expr, ExprKind, NativeBlock, NativeBody, ObjectItem, ObjectKey, Traversal};
use fw_syntax::{Block, Body, deep};
use fw_value::Str;

use crate::model::{
    Check, CheckRule, Import, LocalValue, ModuleCall, Output, ProviderBlock, Provisioner, Repetition, ResourceBlock,
    Variable,
};
use crate::{PLACE, expression};

/// Of a resource: its repetition, arguments, conditions, triggers, provisioners, connection and `depends_on`.
#[must_use]
pub fn resource(resource: &ResourceBlock) -> Vec<Reference> {
    let mut found = repetition(&resource.repetition);
    found.extend(resource.provider_key.iter().flat_map(|key| expr(key)));
    found.extend(body(&resource.body));
    let lifecycle = &resource.lifecycle;
    found.extend(lifecycle.replace_triggered_by.iter().flat_map(expr));
    found.extend(rules(lifecycle.preconditions.iter().chain(&lifecycle.postconditions)));
    found.extend(resource.connection.iter().flat_map(body));
    found.extend(resource.provisioners.iter().flat_map(provisioner));
    found.extend(resource.depends_on.iter().cloned());
    found
}

/// Of a provisioner.
#[must_use]
pub fn provisioner(provisioner: &Provisioner) -> Vec<Reference> {
    let mut found = body(&provisioner.body);
    found.extend(provisioner.connection.iter().flat_map(body));
    found
}

/// Of a local value.
#[must_use]
pub fn local(local: &LocalValue) -> Vec<Reference> {
    expr(&local.expr)
}

/// Of an output: its value, conditions and `depends_on`.
#[must_use]
pub fn output(output: &Output) -> Vec<Reference> {
    let mut found = expr(&output.expr);
    found.extend(rules(&output.preconditions));
    found.extend(output.depends_on.iter().cloned());
    found
}

/// Of the validations of a variable; the variable itself is among them.
#[must_use]
pub fn variable(variable: &Variable) -> Vec<Reference> {
    rules(&variable.validations)
}

/// Of a module call without its arguments: what decides whether and how often the module is there, and `depends_on`.
#[must_use]
pub fn call(call: &ModuleCall) -> Vec<Reference> {
    let mut found = repetition(&call.repetition);
    found.extend(call.depends_on.iter().cloned());
    found
}

/// Of each argument of a module call.
#[must_use]
pub fn call_arguments(call: &ModuleCall) -> Vec<(Str, Vec<Reference>)> {
    let (attributes, _) = call.body.just_attributes();
    attributes.into_iter().map(|a| (a.name.name, expr(&a.expr))).collect()
}

/// Of the keys that choose among the elements of the configurations that a call passes on.
#[must_use]
pub fn passed_keys(call: &ModuleCall) -> Vec<Reference> {
    call.providers.iter().filter_map(|passed| passed.key.as_deref()).flat_map(expr).collect()
}

/// Of a `provider` block; none of one that stands in a test file, of which all is known.
#[must_use]
pub fn provider(provider: &ProviderBlock) -> Vec<Reference> {
    if provider.answers.is_some() {
        return Vec::new();
    }
    let mut found: Vec<Reference> = provider.for_each.iter().flat_map(|for_each| expr(for_each)).collect();
    found.extend(body(&provider.body));
    found
}

/// Of the assertions of a check; its data source is a resource of its own.
#[must_use]
pub fn check(check: &Check) -> Vec<Reference> {
    rules(&check.asserts)
}

/// Of an import: the object's id and what it is repeated by, and the keys of its address.
#[must_use]
pub fn import(import: &Import) -> Vec<Reference> {
    let given = [&import.id, &import.identity, &import.for_each].into_iter().flatten();
    let mut found: Vec<Reference> = given.flat_map(|e| expr(e)).collect();
    keys(&import.to, &mut found);
    found
}

/// Of `count`, `for_each` or `enabled`.
#[must_use]
pub fn repetition(repetition: &Repetition) -> Vec<Reference> {
    match repetition {
        Repetition::Single => Vec::new(),
        Repetition::Count(count) => expr(count),
        Repetition::ForEach(for_each) => expr(for_each),
        Repetition::Enabled(enabled) => expr(enabled),
    }
}

/// Of conditions and their messages.
#[must_use]
pub fn rules<'a>(rules: impl IntoIterator<Item = &'a CheckRule>) -> Vec<Reference> {
    rules.into_iter().flat_map(|rule| [expr(&rule.condition), expr(&rule.error_message)]).flatten().collect()
}

/// Of any expression.
#[must_use]
pub fn expr(expr: &Expr) -> Vec<Reference> {
    traversals(expr).into_iter().filter_map(parsed).collect()
}

/// Of any body.
#[must_use]
pub fn body(body: &Body) -> Vec<Reference> {
    let mut found = Vec::new();
    traversals_in_body(body, &mut |traversal| found.extend(parsed(traversal)));
    found
}

fn parsed(traversal: &Traversal) -> Option<Reference> {
    parse_traversal(traversal, PLACE).ok()
}

/// The keys of an address may be expressions; the address itself is not a reference.
fn keys(to: &Expr, found: &mut Vec<Reference>) {
    deep::guard(|| match &to.kind {
        ExprKind::Index { collection, key, .. } => {
            keys(collection, found);
            found.extend(expr(key));
        }
        ExprKind::Relative { source, .. } => keys(source, found),
        _ => {}
    });
}

/// Visits the traversals of a body that are not to names bound by its `dynamic` blocks.
pub(crate) fn traversals_in_body(body: &Body, visit: &mut dyn FnMut(&Traversal)) {
    Walk { bound: Vec::new(), visit }.body(body);
}

struct Walk<'v> {
    /// Iterators of the `dynamic` blocks around.
    bound: Vec<Str>,
    visit: &'v mut dyn FnMut(&Traversal),
}

impl Walk<'_> {
    fn body(&mut self, body: &Body) {
        deep::guard(|| match body {
            Body::Native(native) => self.native(native),
            Body::Json(_) => {
                let (attributes, _) = body.just_attributes();
                attributes.iter().for_each(|a| self.json_property(&a.name.name, &a.expr));
            }
            Body::Merged(bodies) => bodies.iter().for_each(|b| self.body(b)),
            Body::Overridden(both) => both.iter().for_each(|b| self.body(b)),
            Body::Given(content) => {
                self.attributes(&content.attributes);
                content.blocks.iter().for_each(|b| self.block(b));
            }
        });
    }

    fn native(&mut self, body: &NativeBody) {
        self.attributes(&body.attributes);
        body.blocks.iter().for_each(|block| self.native_block(block));
    }

    fn native_block(&mut self, block: &NativeBlock) {
        deep::guard(|| match block.labels.first() {
            Some(label) if &*block.kind.name == "dynamic" => {
                self.dynamic(&block.body, &label.name);
            }
            _ => self.native(&block.body),
        });
    }

    fn block(&mut self, block: &Block) {
        match (&block.body, block.labels.first()) {
            (Body::Native(body), Some(label)) if &*block.kind.name == "dynamic" => {
                self.dynamic(body, &label.name);
            }
            _ => self.body(&block.body),
        }
    }

    fn attributes(&mut self, attributes: &[Attribute]) {
        attributes.iter().for_each(|a| self.expr(&a.expr));
    }

    /// The iterator is there in the labels and the content. Its own name is no reference.
    fn dynamic(&mut self, body: &NativeBody, label: &Str) {
        let named = |name: &'static str| move |a: &&Attribute| &*a.name.name == name;
        body.attributes.iter().filter(named("for_each")).for_each(|a| self.expr(&a.expr));
        self.bound.push(iterator(&body.attributes).unwrap_or_else(|| Str::clone(label)));
        body.attributes.iter().filter(named("labels")).for_each(|a| self.expr(&a.expr));
        body.blocks.iter().for_each(|content| self.native(&content.body));
        self.bound.pop();
    }

    fn expr(&mut self, expr: &Expr) {
        for traversal in traversals(expr) {
            if !self.bound.contains(&traversal.root.name) {
                (self.visit)(traversal);
            }
        }
    }

    /// In JSON a property may be an argument or blocks; `dynamic` can only be blocks.
    fn json_property(&mut self, name: &str, value: &Expr) {
        deep::guard(|| match &value.kind {
            ExprKind::Tuple(items) => items.iter().for_each(|item| self.json_property(name, item)),
            ExprKind::Object(items) if name == "dynamic" => items.iter().for_each(|item| self.json_dynamic(item)),
            ExprKind::Object(items) => {
                for item in items {
                    match json_key(item) {
                        Some(key) => self.json_property(&key, &item.value),
                        None => self.expr(&item.value),
                    }
                    if let ObjectKey::Expr(key) = &item.key {
                        self.expr(key);
                    }
                }
            }
            _ => self.expr(value),
        });
    }

    fn json_dynamic(&mut self, item: &ObjectItem) {
        let blocks = match &item.value.kind {
            ExprKind::Tuple(blocks) => blocks.as_slice(),
            _ => std::slice::from_ref(&item.value),
        };
        for block in blocks {
            let ExprKind::Object(settings) = &block.kind else { continue };
            let setting = |name: &str| settings.iter().find(|s| json_key(s).as_deref() == Some(name)).map(|s| &s.value);
            if let Some(for_each) = setting("for_each") {
                self.expr(for_each);
            }
            let iterator = setting("iterator").and_then(expression::keyword).or_else(|| json_key(item));
            let depth = self.bound.len();
            self.bound.extend(iterator);
            if let Some(labels) = setting("labels") {
                self.expr(labels);
            }
            if let Some(content) = setting("content") {
                self.json_property("content", content);
            }
            self.bound.truncate(depth);
        }
    }
}

fn iterator(attributes: &[Attribute]) -> Option<Str> {
    let attribute = attributes.iter().find(|a| &*a.name.name == "iterator")?;
    expression::keyword(&attribute.expr)
}

fn json_key(item: &ObjectItem) -> Option<Str> {
    match &item.key {
        ObjectKey::Name(name) => Some(Str::clone(&name.name)),
        ObjectKey::Expr(key) => expression::json_text(key).cloned(),
    }
}
