//! Object expressions.

use fw_diag::{Diagnostic, Span};
use fw_syntax::ast::{Expr, ExprKind, ObjectItem, ObjectKey};
use fw_value::convert::convert;
use fw_value::{Marks, Str, Type, Value};

use super::{Evaluator, Locals};

impl Evaluator<'_> {
    pub(super) fn object(&mut self, items: &[ObjectItem], locals: Locals<'_>) -> Value {
        let mut attributes = Vec::with_capacity(items.len());
        let mut marks = Marks::NONE;
        let mut known = true;
        for item in items {
            match &item.key {
                ObjectKey::Name(name) => attributes.push((Str::clone(&name.name), self.eval(&item.value, locals))),
                ObjectKey::Expr(key) => {
                    let (name, key_marks, value) = self.item(key, &item.value, locals);
                    marks |= key_marks;
                    match name {
                        Some(name) => attributes.push((name, value)),
                        None => known = false,
                    }
                }
            }
        }
        // Attributes are kept in order of names; of several with one name the last stays.
        if known { Value::object(attributes).with_marks(marks) } else { Value::dynamic() }
    }

    /// The name, the marks of the key, and the value. No name: the key is unknown or wrong.
    fn item(&mut self, key: &Expr, value: &Expr, locals: Locals<'_>) -> (Option<Str>, Marks, Value) {
        let start = self.problems.mark();
        let key_value = self.key(key, locals);
        let failed = self.problems.failed_since(start);
        let value_value = self.eval(value, locals);
        if failed {
            return (None, Marks::NONE, value_value);
        }
        if key_value.is_null() {
            self.key_error(key, value.span, "Null value as key", || "Can't use a null value as a key.".into(), locals);
            return (None, Marks::NONE, value_value);
        }
        let marks = key_value.marks();
        match convert(&key_value, &Type::String) {
            Ok(name) => (name.as_shared_str().cloned(), marks, value_value),
            Err(error) => {
                let detail = || format!("Can't use this value as a key: {}.", error.message);
                self.key_error(key, key.span, "Incorrect key type", detail, locals);
                (None, marks, value_value)
            }
        }
    }

    /// A key: a reference must be in parentheses.
    fn key(&mut self, key: &Expr, locals: Locals<'_>) -> Value {
        if let ExprKind::Traversal(traversal) = &key.kind
            && !traversal.steps.is_empty()
        {
            // Its reference is checked all the same, and what is wrong with that comes before.
            let start = self.problems.mark();
            drop(self.eval(key, locals));
            drop(self.problems.take_since(start));
            self.plain_error(|| {
                Diagnostic::error(
                    "Ambiguous attribute key",
                    "If this expression is intended to be a reference, wrap it in parentheses. If it's instead intended \
                     as a literal name containing periods, wrap it in quotes to create a string literal.",
                )
                .at(key.span)
            });
            return Value::dynamic();
        }
        self.eval(key, locals)
    }

    fn key_error(
        &mut self,
        key: &Expr,
        subject: Span,
        summary: &str,
        detail: impl FnOnce() -> String,
        locals: Locals<'_>,
    ) {
        self.error(key, locals, || Diagnostic::error(summary, detail()).at(subject));
    }
}
