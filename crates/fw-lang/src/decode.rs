//! Bodies decoded by schema into values: attributes converted, nested blocks counted and gathered, `dynamic` blocks
//! expanded, legacy attributes that are written as blocks understood.

mod blocks;
mod dynamic;
mod find;
mod shape;
mod walk;

use std::collections::BTreeMap;

use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_schema::Block;
use fw_syntax::Body;
use fw_syntax::ast::Attribute;
use fw_syntax::deep;
use fw_value::convert::convert;
use fw_value::{Marks, ObjectAttribute, Str, Type, Value};

pub use find::find;
pub use shape::{Content, read_leniently};
pub(crate) use walk::BodyReader;

use crate::Scope;
use crate::describe::{Telling, values_of};
use crate::eval::{Evaluator, Locals};
use dynamic::Instance;

/// The value of a body. References that can't be resolved make it unknown as a whole, and are then all that is said.
#[must_use]
pub fn decode(body: &Body, schema: &Block, scope: &dyn Scope, diagnostics: &mut Diagnostics) -> Value {
    let mut decoder = Decoder { scope, references: Diagnostics::new(), problems: Diagnostics::new() };
    let around = Around { locals: None, unknown: false, marks: Marks::NONE };
    let value = decoder.body(body, schema, around);
    let failed = decoder.references.has_errors();
    diagnostics.append(decoder.references);
    if failed {
        return Value::unknown(schema.implied_type());
    }
    diagnostics.append(decoder.problems);
    value
}

/// One decoding of one whole body.
struct Decoder<'s> {
    scope: &'s dyn Scope,
    references: Diagnostics,
    problems: Diagnostics,
}

/// What is around a body.
#[derive(Clone, Copy)]
struct Around<'e> {
    locals: Locals<'e>,
    /// In a `dynamic` block whose `for_each` is not known: so is everything in it.
    unknown: bool,
    /// Of the `for_each` the body was expanded by.
    marks: Marks,
}

impl Decoder<'_> {
    fn body(&mut self, body: &Body, schema: &Block, around: Around<'_>) -> Value {
        deep::guard(|| {
            let content = shape::read(body, schema, &mut self.problems);
            let instances = self.expand(&content, schema, around);
            let given: BTreeMap<&str, &Attribute> = content.attributes.iter().map(|a| (&*a.name.name, a)).collect();
            let (implied, wanted) = (schema.implied_type(), schema.conversion_type());
            // Both types have the attributes and blocks of the schema, in the same order.
            let mut types = types_of(&implied).iter().zip(types_of(&wanted));
            let mut values = Vec::with_capacity(schema.attributes.len() + schema.blocks.len());
            for name in schema.attributes.keys() {
                let types = types.find(|(implied, _)| implied.name == *name);
                let null_type = || types.map_or(Type::Dynamic, |(implied, _)| implied.ty.clone());
                let wanted = types.map_or(&Type::Dynamic, |(_, wanted)| &wanted.ty);
                let value = if let Some(attribute) = given.get(&**name) {
                    self.attribute(attribute, wanted, around)
                } else if content.as_blocks.contains(name) {
                    self.attribute_as_blocks(name, wanted, &instances, around)
                        .unwrap_or_else(|| Value::null(null_type()))
                } else {
                    Value::null(null_type())
                };
                values.push((Str::clone(name), value));
            }
            for (name, nested) in &schema.blocks {
                if schema.attributes.contains_key(name) {
                    continue;
                }
                let own: Vec<_> = instances.iter().filter(|i| i.kind == *name).collect();
                values.push((Str::clone(name), self.blocks(name, nested, &own, content.missing, around)));
            }
            Value::object(values)
        })
    }

    /// The value of an attribute as its type.
    fn attribute(&mut self, attribute: &Attribute, wanted: &Type, around: Around<'_>) -> Value {
        if around.unknown {
            return Value::unknown(wanted.without_optional()).with_marks(around.marks);
        }
        let (value, failed) = self.evaluate(&attribute.expr, around.locals);
        let value = value.with_marks(around.marks);
        if value.ty() == wanted || failed && *value.ty() == Type::Dynamic {
            return if failed && value.ty() != wanted { Value::unknown(wanted.without_optional()) } else { value };
        }
        convert(&value, wanted).unwrap_or_else(|error| {
            let name = crate::quote::go(&attribute.name.name);
            let detail = format!("Inappropriate value for attribute {name}: {}.", error.message);
            let span = attribute.expr.span;
            let mut diagnostic = Diagnostic::error("Incorrect attribute value type", detail)
                .at(span)
                .within(attribute.name.span.to(span));
            diagnostic.values = values_of(&attribute.expr, around.locals, self.scope, Telling::default());
            self.problems.push(diagnostic);
            Value::unknown(wanted.without_optional())
        })
    }

    /// Evaluates, keeping the two kinds of problems apart. Also returns whether there were errors.
    fn evaluate(&mut self, expr: &fw_syntax::ast::Expr, locals: Locals<'_>) -> (Value, bool) {
        let mut evaluator = Evaluator::new(self.scope);
        let value = evaluator.eval(expr, locals);
        let failed = evaluator.finish_apart(&mut self.references, &mut self.problems);
        (value, failed)
    }

    /// The value of a list or set attribute that is written as blocks; `None` when there are none.
    fn attribute_as_blocks(
        &mut self,
        name: &Str,
        wanted: &Type,
        instances: &[Instance],
        around: Around<'_>,
    ) -> Option<Value> {
        let element = wanted.element()?;
        let schema = Block::of_object_type(element);
        let own: Vec<_> = instances.iter().filter(|i| i.kind == *name).collect();
        let first = own.first()?.header;
        let values: Vec<_> = own.iter().map(|instance| self.instance(instance, &schema, around)).collect();
        let value = Value::list(element.without_optional(), values);
        Some(convert(&value, wanted).unwrap_or_else(|error| {
            let detail = format!("Inappropriate value for attribute {}: {}.", crate::quote::go(name), error.message);
            self.problems.push(Diagnostic::error("Incorrect attribute value type", detail).at(first));
            Value::unknown(wanted.without_optional())
        }))
    }

    fn problem(&mut self, summary: impl Into<String>, detail: impl Into<String>, span: Span) {
        self.problems.push(Diagnostic::error(summary, detail).at(span));
    }
}

fn types_of(ty: &Type) -> &[ObjectAttribute] {
    match ty {
        Type::Object(object) => object.attributes(),
        _ => &[],
    }
}
