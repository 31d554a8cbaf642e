//! `[for …]` and `{for …}`.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use fw_diag::{Diagnostic, Span};
use fw_syntax::ast::{Expr, For, Ident};
use fw_value::convert::convert;
use fw_value::{Marks, Str, Type, Value};

use super::locals::{Bindings, Frame};
use super::{Evaluator, Locals, problem};

/// One evaluation of a `for` expression.
struct Loop<'e> {
    each: &'e For,
    expr: &'e Expr,
    locals: Locals<'e>,
    /// Gathered from the collection, the conditions and the keys.
    marks: Marks,
    /// Whether the result can be told; once it can't, more of the same problems are not said.
    known: bool,
}

impl Evaluator<'_> {
    pub(super) fn for_expr(&mut self, each: &For, expr: &Expr, locals: Locals<'_>) -> Value {
        let collection = self.eval(&each.collection, locals);
        if let Some(problem) = not_iterable(&collection, &each.collection, expr.span) {
            self.error(&each.collection, locals, || problem);
            return Value::dynamic();
        }
        if *collection.ty() == Type::Dynamic {
            return Value::dynamic();
        }
        let (collection, marks) = collection.unmark();
        let mut state = Loop { each, expr, locals, marks, known: true };
        let Some(condition_marks) = self.condition_probe(&state) else { return Value::dynamic() };
        if !collection.is_known() {
            return Value::dynamic().with_marks(state.marks | condition_marks);
        }
        match &each.result_key {
            Some(key) => self.object_result(&mut state, key, &collection),
            None => self.tuple_result(&mut state, &collection),
        }
    }

    /// `%{for}` of templates: the bodies joined. `names` are the key and value variables.
    pub(super) fn template_for(
        &mut self,
        names: (Option<&Ident>, &Ident),
        collection: &Expr,
        span: Span,
        locals: Locals<'_>,
        body: &mut dyn FnMut(&mut Self, Locals<'_>) -> Value,
    ) -> Value {
        let value = self.eval(collection, locals);
        if let Some(problem) = not_iterable(&value, collection, span) {
            self.error(collection, locals, || problem);
            return Value::unknown(Type::String);
        }
        let (value, mut marks) = value.unmark();
        let mut text = String::new();
        let mut known = value.is_known();
        for (key, element) in value.entries() {
            let key = names.0.map(|name| (&*name.name, &key));
            let bindings = Bindings::For { key, value: (&names.1.name, element) };
            let part = body(self, Some(&Frame { bindings, around: locals }));
            marks |= part.marks();
            match part.as_str() {
                Some(part) if known => text.push_str(part),
                _ => known = false,
            }
        }
        let joined = if known { Value::string(&text) } else { Value::unknown(Type::String) };
        joined.with_marks(marks)
    }

    fn tuple_result(&mut self, state: &mut Loop<'_>, collection: &Value) -> Value {
        let mut values = Vec::with_capacity(collection.entries().len());
        for (key, value) in collection.entries() {
            let frame = frame(state.each, &key, value, state.locals);
            if self.included(state, Some(&frame)) {
                values.push(self.eval(&state.each.result, Some(&frame)));
            }
        }
        if state.known {
            Value::tuple(values).with_marks(state.marks)
        } else {
            Value::dynamic().with_marks(state.marks)
        }
    }

    fn object_result(&mut self, state: &mut Loop<'_>, key_expr: &Expr, collection: &Value) -> Value {
        let mut groups: BTreeMap<Str, Vec<Value>> = BTreeMap::new();
        for (key, value) in collection.entries() {
            let frame = frame(state.each, &key, value, state.locals);
            if !self.included(state, Some(&frame)) {
                continue;
            }
            let Some(name) = self.result_key(state, key_expr, Some(&frame)) else { continue };
            let result = self.eval(&state.each.result, Some(&frame));
            match groups.entry(name) {
                Entry::Vacant(place) => {
                    place.insert(vec![result]);
                }
                Entry::Occupied(mut place) if state.each.group => place.get_mut().push(result),
                Entry::Occupied(place) => self.duplicate_key(state, place.key(), key_expr, Some(&frame)),
            }
        }
        if !state.known {
            return Value::dynamic().with_marks(state.marks);
        }
        let object = if state.each.group {
            Value::object(groups.into_iter().map(|(name, values)| (name, Value::tuple(values))))
        } else {
            Value::object(groups.into_iter().filter_map(|(name, values)| Some((name, values.into_iter().next()?))))
        };
        object.with_marks(state.marks)
    }

    /// Evaluates the condition once with unknown variables: what is wrong with it whatever they are. Returns the marks
    /// it has then, `None` when it is wrong.
    fn condition_probe(&mut self, state: &Loop<'_>) -> Option<Marks> {
        let Some(condition) = &state.each.condition else { return Some(Marks::NONE) };
        let unknown = Value::dynamic();
        let frame = frame(state.each, &unknown, &unknown, state.locals);
        let start = self.problems.mark();
        let value = self.eval(condition, Some(&frame));
        let invalid = if value.is_null() {
            Some(("Condition is null", "The value of the 'if' clause must not be null.".to_owned()))
        } else {
            convert(&value, &Type::Bool)
                .err()
                .map(|e| ("Invalid 'for' condition", format!("The 'if' clause value is invalid: {}.", e.message)))
        };
        if let Some((summary, detail)) = invalid {
            self.error(condition, state.locals, || problem(summary, detail, condition.span, state.expr.span));
            return None;
        }
        (!self.problems.failed_since(start)).then_some(value.marks())
    }

    /// Whether the condition takes the element in.
    fn included(&mut self, state: &mut Loop<'_>, locals: Locals<'_>) -> bool {
        let Some(condition) = &state.each.condition else { return true };
        let value = self.eval(condition, locals);
        if value.is_null() {
            self.loop_error(state, condition, locals, "Invalid 'for' condition", || {
                "The value of the 'if' clause must not be null.".to_owned()
            });
            return false;
        }
        state.marks |= value.marks();
        match convert(&value, &Type::Bool) {
            Ok(value) if value.is_known() => value.as_bool() == Some(true),
            Ok(_) => {
                state.known = false;
                false
            }
            Err(error) => {
                self.loop_error(state, condition, locals, "Invalid 'for' condition", || {
                    format!("The 'if' clause value is invalid: {}.", error.message)
                });
                false
            }
        }
    }

    fn result_key(&mut self, state: &mut Loop<'_>, key_expr: &Expr, locals: Locals<'_>) -> Option<Str> {
        let key = self.eval(key_expr, locals);
        if key.is_null() {
            self.loop_error(state, key_expr, locals, "Invalid object key", || {
                "Key expression in 'for' expression must not produce a null value.".to_owned()
            });
            return None;
        }
        state.marks |= key.marks();
        if !key.is_known() {
            state.known = false;
            return None;
        }
        match convert(&key, &Type::String) {
            Ok(key) => key.as_shared_str().cloned(),
            Err(error) => {
                self.loop_error(state, key_expr, locals, "Invalid object key", || {
                    format!("The key expression produced an invalid result: {}.", error.message)
                });
                None
            }
        }
    }

    /// A problem of one element: said while the result was known, after which it is not.
    fn loop_error(
        &mut self,
        state: &mut Loop<'_>,
        at: &Expr,
        locals: Locals<'_>,
        summary: &str,
        detail: impl FnOnce() -> String,
    ) {
        if state.known {
            self.error(at, locals, || problem(summary, detail(), at.span, state.expr.span));
        }
        state.known = false;
    }

    fn duplicate_key(&mut self, state: &Loop<'_>, name: &str, key_expr: &Expr, locals: Locals<'_>) {
        self.error(key_expr, locals, || {
            let detail = format!(
                "Two different items produced the key {} in this 'for' expression. If duplicates are expected, use the \
                 ellipsis (...) after the value expression to enable grouping by key.",
                crate::quote::go(name)
            );
            problem("Duplicate object key", detail, key_expr.span, state.expr.span)
        });
    }
}

fn frame<'e>(each: &'e For, key: &'e Value, value: &'e Value, around: Locals<'e>) -> Frame<'e> {
    let key = each.key.as_ref().map(|name| (&*name.name, key));
    Frame { bindings: Bindings::For { key, value: (&each.value.name, value) }, around }
}

fn not_iterable(value: &Value, collection: &Expr, context: Span) -> Option<Diagnostic> {
    if value.is_null() {
        let detail = "A null value cannot be used as the collection in a 'for' expression.";
        return Some(problem("Iteration over null value", detail, collection.span, context));
    }
    if matches!(value.ty(), Type::Bool | Type::Number | Type::String) {
        let detail = format!(
            "A value of type {} cannot be used as the collection in a 'for' expression.",
            value.ty().friendly_name()
        );
        return Some(problem("Iteration over non-iterable value", detail, collection.span, context));
    }
    None
}
