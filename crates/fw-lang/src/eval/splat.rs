//! `source[*].each` and `source.*.each`.

use fw_diag::{Diagnostic, Span};
use fw_syntax::ast::Expr;
use fw_value::{Marks, Refinement, Type, Value};

use super::locals::{Bindings, Frame};
use super::{Evaluator, Locals, problem};

impl Evaluator<'_> {
    pub(super) fn splat(&mut self, source: &Expr, each: &Expr, marker: Span, expr: &Expr, locals: Locals<'_>) -> Value {
        let start = self.problems.mark();
        let value = self.eval(source, locals);
        if self.problems.failed_since(start) {
            return Value::dynamic();
        }
        let is_sequence = matches!(value.ty(), Type::Tuple(_) | Type::List(_) | Type::Set(_));
        if value.is_null() {
            if !is_sequence {
                return Value::empty_tuple().with_marks(value.marks());
            }
            self.error(source, locals, || {
                let detail = "Splat expressions (with the * symbol) cannot be applied to null sequences.";
                problem("Splat of null value", detail, source.span, source.span.to(marker))
            });
            return Value::dynamic();
        }
        if *value.ty() == Type::Dynamic {
            return Value::dynamic().with_marks(value.marks());
        }
        if is_sequence {
            return self.splat_of_sequence(value, each, expr, locals);
        }
        // A single value is a sequence of one, or of none if it turns out null.
        let may_vanish = !value.is_known() && !value.is_definitely_not_null();
        let marks = value.marks();
        let one = Value::tuple([value]).with_marks(marks);
        let result = self.splat_of_sequence(one, each, expr, locals);
        if may_vanish { Value::dynamic().with_marks(marks) } else { result }
    }

    fn splat_of_sequence(&mut self, value: Value, each: &Expr, expr: &Expr, locals: Locals<'_>) -> Value {
        if !value.is_known() {
            let ty = self.splat_type(&value, each, locals);
            let result = splat_of_unknown(&value, ty);
            return result.with_marks(value.marks());
        }
        let (value, marks) = value.unmark();
        let start = self.problems.mark();
        let results: Vec<_> = value.elements().map(|element| self.splat_element(element, each, locals)).collect();
        if self.problems.failed_since(start) {
            return self.failed_splat(&value, each, locals, marks);
        }
        if matches!(value.ty(), Type::Tuple(_)) {
            return Value::tuple(results).with_marks(marks);
        }
        let Some(first) = results.first() else {
            let element = match self.splat_type(&value, each, locals) {
                Type::List(element) => (*element).clone(),
                _ => Type::Dynamic,
            };
            return Value::list(element, []).with_marks(marks);
        };
        let element = first.ty().clone();
        if results.iter().any(|r| *r.ty() != element) {
            self.uneven_splat(each, expr);
            return Value::dynamic();
        }
        Value::list(element, results).with_marks(marks)
    }

    fn splat_element(&mut self, element: &Value, each: &Expr, locals: Locals<'_>) -> Value {
        let frame = Frame { bindings: Bindings::Item(element), around: locals };
        self.eval(each, Some(&frame))
    }

    /// The type the result has, by what `each` makes of unknown elements.
    fn splat_type(&mut self, value: &Value, each: &Expr, locals: Locals<'_>) -> Type {
        match value.ty() {
            Type::List(element) | Type::Set(element) => {
                let unknown = Value::unknown((**element).clone());
                Type::list(self.splat_element(&unknown, each, locals).ty().clone())
            }
            Type::Tuple(elements) => {
                let of = |ty: &Type| {
                    let unknown = Value::unknown(ty.clone());
                    self.splat_element(&unknown, each, locals).ty().clone()
                };
                let types: Vec<_> = elements.iter().map(of).collect();
                Type::tuple(types)
            }
            _ => Type::Dynamic,
        }
    }

    fn failed_splat(&mut self, value: &Value, each: &Expr, locals: Locals<'_>, marks: Marks) -> Value {
        let start = self.problems.mark();
        let ty = self.splat_type(value, each, locals);
        drop(self.problems.take_since(start));
        Value::unknown(ty).with_marks(marks)
    }

    fn uneven_splat(&mut self, each: &Expr, expr: &Expr) {
        self.plain_error(|| {
            let detail = "The second level of splat expression produced elements of different types, so it isn't possible \
                          to construct a valid list to represent the top-level result.\n\nConsider using a for expression \
                          instead, to produce a tuple-typed result which can therefore have non-homogenous element types.";
            Diagnostic::error("Invalid nested splat expressions", detail).at(each.span).within(expr.span)
        });
    }
}

fn splat_of_unknown(source: &Value, ty: Type) -> Value {
    let mut facts = Refinement::not_null();
    if source.ty().is_collection() {
        let range = source.range();
        facts.length_min = Some(range.length_min);
        facts.length_max = range.length_max;
    }
    Value::unknown_refined(ty, facts)
}
