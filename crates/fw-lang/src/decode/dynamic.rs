//! `dynamic` blocks: each becomes as many blocks as its `for_each` has elements, or one of which nothing is known.

use fw_diag::{Diagnostic, Span};
use fw_schema::Block;
use fw_syntax::ast::{Expr, ExprKind, Ident};
use fw_syntax::{Body, BodyContent, BodySchema};
use fw_value::convert::convert;
use fw_value::{Marks, Str, Type, Value};

use super::shape::{self, Content, DYNAMIC};
use super::{Around, Decoder};
use crate::describe::{Telling, values_of};
use crate::eval::{Bindings, Frame, Locals};

/// A block, whether written or expanded.
pub(super) struct Instance {
    pub(super) kind: Str,
    pub(super) labels: Vec<Str>,
    pub(super) body: Body,
    pub(super) header: Span,
    /// The name and value of the iterator, when it was expanded.
    pub(super) iterator: Option<(Str, Value)>,
    /// How many there are is not known.
    pub(super) unknown: bool,
    /// Of the `for_each`.
    pub(super) marks: Marks,
}

/// The parts of a `dynamic` block.
struct Generator<'c> {
    kind: &'c Ident,
    header: Span,
    iterator: Str,
    for_each: Value,
    labels: Option<&'c [Expr]>,
    content: &'c Body,
}

impl Decoder<'_> {
    /// All blocks of a body in order, `dynamic` ones expanded.
    pub(super) fn expand(&mut self, content: &Content, schema: &Block, around: Around<'_>) -> Vec<Instance> {
        let mut instances = Vec::with_capacity(content.blocks.len());
        for block in &content.blocks {
            if &*block.kind.name == DYNAMIC {
                self.expand_dynamic(block, content, schema, around, &mut instances);
            } else {
                instances.push(Instance {
                    kind: Str::clone(&block.kind.name),
                    labels: block.labels.iter().map(|l| Str::clone(&l.name)).collect(),
                    body: block.body.clone(),
                    header: block.header,
                    iterator: None,
                    unknown: around.unknown,
                    marks: if around.unknown { around.marks } else { Marks::NONE },
                });
            }
        }
        instances
    }

    fn expand_dynamic(
        &mut self,
        block: &fw_syntax::Block,
        content: &Content,
        schema: &Block,
        around: Around<'_>,
        instances: &mut Vec<Instance>,
    ) {
        let Some(kind) = block.labels.first() else { return };
        let label_names = match schema.blocks.get(&kind.name) {
            Some(nested) => shape::labels(nested.nesting),
            None if content.as_blocks.contains(&kind.name) => &[],
            None => {
                let detail = format!("Blocks of type {} are not expected here.", crate::quote::go(&kind.name));
                self.problem("Unsupported block type", detail, kind.span);
                return;
            }
        };
        let (parts, found) = block.body.content(&generator_schema(!label_names.is_empty()));
        let wrong = found.has_errors();
        self.problems.append(found);
        if wrong {
            return;
        }
        let Some(generator) = self.generator(kind, block, &parts, label_names.len(), around) else { return };
        let (for_each, marks) = generator.for_each.clone().unmark();
        let marks = marks | around.marks;
        if !for_each.is_known() {
            let unknown = Value::dynamic();
            instances.extend(self.instance_of(&generator, &unknown, &unknown, true, marks, around.locals));
            return;
        }
        for (key, value) in for_each.entries() {
            let instance = self.instance_of(&generator, &key, value, around.unknown, marks, around.locals);
            instances.extend(instance);
        }
    }

    fn generator<'c>(
        &mut self,
        kind: &'c Ident,
        block: &fw_syntax::Block,
        parts: &'c BodyContent,
        labels_wanted: usize,
        around: Around<'_>,
    ) -> Option<Generator<'c>> {
        let iterator = match parts.expr("iterator") {
            Some(expr) => self.iterator_name(expr)?,
            None => Str::clone(&kind.name),
        };
        let expr = parts.expr("for_each")?;
        let (for_each, failed) = self.evaluate(expr, around.locals);
        if failed {
            return None;
        }
        self.check_for_each(expr, &for_each, around.locals)?;
        let labels = match parts.expr("labels") {
            Some(expr) => Some(self.label_exprs(kind, expr, labels_wanted)?),
            None => None,
        };
        let mut contents = parts.blocks_of("content");
        let Some(content) = contents.next() else {
            let detail = "A dynamic block must have a nested block of type \"content\" to describe the body of each \
                          generated block.";
            let span = block.body.missing().unwrap_or(parts.missing);
            self.problem("Missing dynamic content block", detail, span);
            return None;
        };
        if let Some(extra) = contents.next() {
            let detail = "Only one nested content block is allowed for each dynamic block.";
            self.problem("Extraneous dynamic content block", detail, extra.header);
            return None;
        }
        Some(Generator { kind, header: block.header, iterator, for_each, labels, content: &content.body })
    }

    fn iterator_name(&mut self, expr: &Expr) -> Option<Str> {
        let traversal = static_traversal(expr);
        match traversal {
            Some(traversal) if traversal.steps.is_empty() => Some(Str::clone(&traversal.root.name)),
            Some(_) => {
                let detail = "Dynamic iterator must be a single variable name.";
                self.problem("Invalid dynamic iterator name", detail, expr.span);
                None
            }
            None => {
                let detail = "A single static variable reference is required: only attribute access and indexing with \
                              constant keys. No calculations, function calls, template expressions, etc are allowed here.";
                self.problem("Invalid expression", detail, expr.span);
                None
            }
        }
    }

    fn check_for_each(&mut self, expr: &Expr, value: &Value, locals: Locals<'_>) -> Option<()> {
        let primitive = value.ty().is_primitive();
        if !primitive && !value.is_null() {
            return Some(());
        }
        let detail = if primitive {
            let name = value.ty().friendly_name();
            format!("Cannot use a {name} value in for_each. An iterable collection is required.")
        } else {
            "Cannot use a null value in for_each.".to_owned()
        };
        let mut diagnostic = Diagnostic::error("Invalid dynamic for_each value", detail).at(expr.span);
        diagnostic.values = values_of(expr, locals, self.scope, Telling::default());
        self.problems.push(diagnostic);
        None
    }

    fn label_exprs<'c>(&mut self, kind: &Ident, expr: &'c Expr, wanted: usize) -> Option<&'c [Expr]> {
        let ExprKind::Tuple(labels) = &expr.kind else {
            self.problem("Invalid expression", "A static list expression is required.", expr.span);
            return None;
        };
        let count = format!("Blocks of type {} require {wanted} label(s).", crate::quote::go(&kind.name));
        if let Some(extra) = labels.get(wanted) {
            self.problem("Extraneous dynamic block label", count, extra.span);
            return None;
        }
        if labels.len() < wanted {
            self.problem("Insufficient dynamic block labels", count, expr.span);
            return None;
        }
        Some(labels)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one construct, passed once")]
    fn instance_of(
        &mut self,
        generator: &Generator<'_>,
        key: &Value,
        value: &Value,
        unknown: bool,
        marks: Marks,
        locals: Locals<'_>,
    ) -> Option<Instance> {
        let object = Value::object([("key", key.clone()), ("value", value.clone())]);
        let frame = Frame { bindings: Bindings::Iterator(&generator.iterator, &object), around: locals };
        let mut labels = Vec::new();
        for expr in generator.labels.unwrap_or_default() {
            labels.push(self.label(expr, Some(&frame))?);
        }
        Some(Instance {
            kind: Str::clone(&generator.kind.name),
            labels,
            body: generator.content.clone(),
            header: generator.header,
            iterator: Some((Str::clone(&generator.iterator), object)),
            unknown,
            marks,
        })
    }

    fn label(&mut self, expr: &Expr, locals: Locals<'_>) -> Option<Str> {
        let (value, failed) = self.evaluate(expr, locals);
        if failed {
            return None;
        }
        let wrong = match convert(&value, &Type::String) {
            Err(error) => format!("Cannot use this value as a dynamic block label: {}.", error.message),
            Ok(value) if value.is_null() => "Cannot use a null value as a dynamic block label.".to_owned(),
            Ok(value) if !value.is_known() => {
                "This value is not yet known. Dynamic block labels must be immediately-known values.".to_owned()
            }
            Ok(value) if value.is_marked() => {
                "This value has dynamic marks that make it unsuitable for use as a block label.".to_owned()
            }
            Ok(value) => return value.as_shared_str().cloned(),
        };
        let mut diagnostic = Diagnostic::error("Invalid dynamic block label", wrong).at(expr.span);
        diagnostic.values = values_of(expr, locals, self.scope, Telling::default());
        self.problems.push(diagnostic);
        None
    }

    /// The value of one block.
    pub(super) fn instance(&mut self, instance: &Instance, schema: &Block, around: Around<'_>) -> Value {
        let inside = |locals| Around { locals, unknown: instance.unknown, marks: instance.marks };
        match &instance.iterator {
            None => self.body(&instance.body, schema, inside(around.locals)),
            Some((name, object)) => {
                let frame = Frame { bindings: Bindings::Iterator(name, object), around: around.locals };
                self.body(&instance.body, schema, inside(Some(&frame))).with_marks(instance.marks)
            }
        }
    }
}

/// The traversal an expression is, parentheses not allowed; a JSON string may hold one.
pub(super) fn static_traversal(expr: &Expr) -> Option<fw_syntax::ast::Traversal> {
    match &expr.kind {
        ExprKind::Traversal(traversal) => Some((**traversal).clone()),
        ExprKind::Template(template) => {
            let text = &template.json.as_ref()?.text;
            fw_syntax::parse_traversal(expr.span.file, text).0
        }
        _ => None,
    }
}

pub(super) fn generator_schema(labels: bool) -> BodySchema {
    let mut attributes = vec![("for_each", true), ("iterator", false)];
    if labels {
        attributes.push(("labels", true));
    }
    BodySchema::new(&attributes, &[("content", &[])])
}
