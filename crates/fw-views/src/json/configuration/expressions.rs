//! Expressions: their value where they have one by themselves, and what they refer to.

use std::collections::BTreeMap;

use fw_addr::Name;
use fw_diag::Diagnostics;
use fw_lang::decode::{Content, read_leniently};
use fw_lang::reference::{Place, Reference, Subject, references};
use fw_lang::{constants, decode, evaluate_constant};
use fw_schema::{Attribute, Block, NestedBlock, Nesting};
use fw_syntax::ast::{Expr, ExprKind, ObjectItem, ObjectKey, Step, Template};
use fw_syntax::{Body, BodyContent, deep};
use fw_value::{Str, Value};

use crate::json::value;
use crate::json::writer::Writer;

/// What documents say of an expression.
#[derive(Debug, Default)]
pub(super) struct Expression {
    constant: Option<Value>,
    references: Vec<String>,
}

impl Expression {
    /// What is to be said of an expression.
    pub(super) fn of(expr: &Expr) -> Self {
        let as_text;
        let read = if has_json_text(expr) {
            as_text = json_texts(expr);
            &as_text
        } else {
            expr
        };
        // Terraform does not ask whether it could be evaluated: where both branches of a condition are the same, it does
        // not matter what the condition is.
        let constant = evaluate_constant(read, &mut Diagnostics::new());
        let is_constant = constant.is_wholly_known();
        let found = references(expr, Place::Module, &mut Diagnostics::new());
        Self { constant: is_constant.then_some(constant), references: found.iter().flat_map(prefixes).collect() }
    }

    /// The same for an attribute that is written as blocks.
    fn of_blocks(name: &Str, attribute: &Attribute, blocks: &[&fw_syntax::Block]) -> Option<Self> {
        let missing = blocks.first()?.header;
        let blocks: Vec<_> = blocks.iter().map(|block| (*block).clone()).collect();
        let body = Body::Given(BodyContent { attributes: Vec::new(), blocks, missing }.into());
        let attributes = BTreeMap::from([(Str::clone(name), attribute.clone())]);
        let schema = Block { attributes, ..Block::default() };
        let mut problems = Diagnostics::new();
        let object = decode(&body, &schema, constants(), &mut problems);
        let constant = object.attr(name).filter(|value| !problems.has_errors() && value.is_wholly_known());
        let found = fw_lang::reference::references_in_body(&body, &schema, Place::Module, &mut Diagnostics::new());
        Some(Self { constant, references: found.iter().flat_map(prefixes).collect() })
    }

    fn is_empty(&self) -> bool {
        self.constant.is_none() && self.references.is_empty()
    }

    /// Writes it.
    pub(super) fn write(&self, w: &mut Writer) {
        w.object(|w| {
            if let Some(constant) = &self.constant {
                value::plain(constant, w.key("constant_value"));
            }
            if !self.references.is_empty() {
                w.key("references").array(|w| self.references.iter().for_each(|one| w.string(one)));
            }
        });
    }

    /// Writes it as a member, where there is anything to say.
    pub(super) fn write_member(&self, name: &str, w: &mut Writer) {
        if !self.is_empty() {
            self.write(w.key(name));
        }
    }
}

/// What a reference names, from the longest form down to the resource or module call.
fn prefixes(reference: &Reference) -> Vec<String> {
    let cut = |steps: &[Step]| Reference { remaining: steps.to_vec(), ..reference.clone() }.to_string();
    let lengths = (0..=reference.remaining.len()).rev();
    let mut all: Vec<String> = lengths.filter_map(|length| reference.remaining.get(..length)).map(cut).collect();
    match &reference.subject {
        Subject::ModuleInstance(name, Some(_)) => all.push(Subject::Module(Name::clone(name)).to_string()),
        Subject::ModuleOutput(name, key, _) => {
            all.push(Subject::ModuleInstance(Name::clone(name), key.clone()).to_string());
        }
        Subject::ResourceInstance(resource, _) => all.push(resource.to_string()),
        _ => {}
    }
    all
}

/// Whether a string of JSON syntax is in it. Read without anything to refer to, these are texts and not templates.
fn has_json_text(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Template(Template { json, .. }) => json.is_some(),
        ExprKind::Tuple(items) => deep::guard(|| items.iter().any(has_json_text)),
        ExprKind::Object(items) => deep::guard(|| {
            items.iter().any(|item| {
                matches!(&item.key, ObjectKey::Expr(key) if has_json_text(key)) || has_json_text(&item.value)
            })
        }),
        _ => false,
    }
}

/// The expression with strings of JSON syntax as they are.
fn json_texts(expr: &Expr) -> Expr {
    let kind = match &expr.kind {
        ExprKind::Template(Template { json: Some(json), .. }) => ExprKind::Literal(Value::string(&*json.text)),
        ExprKind::Tuple(items) => deep::guard(|| ExprKind::Tuple(items.iter().map(json_texts).collect())),
        ExprKind::Object(items) => deep::guard(|| {
            let key = |key: &ObjectKey| match key {
                ObjectKey::Name(name) => ObjectKey::Name(name.clone()),
                ObjectKey::Expr(expr) => ObjectKey::Expr(json_texts(expr)),
            };
            let item = |item: &ObjectItem| ObjectItem { key: key(&item.key), value: json_texts(&item.value) };
            ExprKind::Object(items.iter().map(item).collect())
        }),
        other => other.clone(),
    };
    Expr::new(kind, expr.span)
}

/// The expressions of a body.
pub(super) enum Written {
    /// Of an attribute.
    One(Expression),
    /// Of a block that is there once.
    Body(BTreeMap<String, Self>),
    /// Of blocks of a list or set.
    List(Vec<BTreeMap<String, Self>>),
    /// Of blocks with labels.
    Map(BTreeMap<String, BTreeMap<String, Self>>),
}

/// The expressions of a body by a schema. What `dynamic` blocks make is not among them.
pub(super) fn of_body(body: &Body, schema: &Block) -> BTreeMap<String, Written> {
    deep::guard(|| {
        let content = read_leniently(body, schema);
        let mut all = BTreeMap::new();
        for attribute in &content.attributes {
            all.insert(attribute.name.name.to_string(), Written::One(Expression::of(&attribute.expr)));
        }
        for block in &content.blocks {
            if let Some(nested) = schema.blocks.get(&block.kind.name) {
                add_block(block, nested, &mut all);
            }
        }
        add_attributes_as_blocks(&content, schema, &mut all);
        all
    })
}

fn add_block(block: &fw_syntax::Block, nested: &NestedBlock, all: &mut BTreeMap<String, Written>) {
    let inner = of_body(&block.body, &nested.block);
    let name = block.kind.name.to_string();
    match nested.nesting {
        Nesting::Single | Nesting::Group => {
            all.insert(name, Written::Body(inner));
        }
        // A schema gives each name to one block type, so that what is there is of the same kind.
        Nesting::List | Nesting::Set => {
            if let Written::List(blocks) = all.entry(name).or_insert_with(|| Written::List(Vec::new())) {
                blocks.push(inner);
            }
        }
        Nesting::Map => {
            let label = block.labels.first().map(|label| label.name.to_string()).unwrap_or_default();
            if let Written::Map(blocks) = all.entry(name).or_insert_with(|| Written::Map(BTreeMap::new())) {
                blocks.insert(label, inner);
            }
        }
    }
}

fn add_attributes_as_blocks(content: &Content, schema: &Block, all: &mut BTreeMap<String, Written>) {
    for name in &content.as_blocks {
        let blocks: Vec<_> = content.blocks.iter().filter(|block| block.kind.name == *name).collect();
        let attribute = schema.attributes.get(name);
        if let Some(one) = attribute.and_then(|attribute| Expression::of_blocks(name, attribute, &blocks)) {
            all.insert(name.to_string(), Written::One(one));
        }
    }
}

/// Writes the expressions of a body.
pub(super) fn write(all: &BTreeMap<String, Written>, w: &mut Writer) {
    deep::guard(|| {
        w.object(|w| {
            for (name, written) in all {
                let w = w.key(name);
                match written {
                    Written::One(expression) => expression.write(w),
                    Written::Body(inner) => write(inner, w),
                    Written::List(blocks) => w.array(|w| blocks.iter().for_each(|inner| write(inner, w))),
                    Written::Map(blocks) => w.object(|w| {
                        blocks.iter().for_each(|(label, inner)| write(inner, w.key(label)));
                    }),
                }
            }
        });
    });
}

/// Writes the expressions of a body as a member, where there are any.
pub(super) fn write_member(name: &str, body: &Body, schema: &Block, w: &mut Writer) {
    let all = of_body(body, schema);
    if !all.is_empty() {
        write(&all, w.key(name));
    }
}
