//! Templates: literal text, interpolations, and the directives `if` and `for`.

use fw_diag::Span;
use fw_syntax::ast::{Expr, Template, TemplatePart};
use fw_syntax::deep;
use fw_value::convert::convert;
use fw_value::{Marks, Refinement, Type, Value};

use super::{Evaluator, Locals, problem};

/// Longer known beginnings of unknown strings are cut.
const MAX_PREFIX: usize = 128;

/// The text of a template as far as it has come.
#[derive(Default)]
struct Text {
    text: String,
    marks: Marks,
    unknown: bool,
    failed: bool,
}

impl Evaluator<'_> {
    pub(super) fn template(&mut self, template: &Template, expr: &Expr, locals: Locals<'_>) -> Value {
        if let Some(json) = &template.json
            && !json.diagnostics.is_empty()
        {
            self.problems.append(json.diagnostics.clone());
            return Value::dynamic();
        }
        match template.parts.as_slice() {
            [TemplatePart::Literal(text, _)] => Value::string(text),
            [TemplatePart::Interpolation(inner)] => self.eval(inner, locals),
            parts => self.template_parts(parts, expr.span, expr, locals),
        }
    }

    fn template_parts(&mut self, parts: &[TemplatePart], span: Span, expr: &Expr, locals: Locals<'_>) -> Value {
        let mut text = Text::default();
        for part in parts {
            let start = self.problems.mark();
            match part {
                TemplatePart::Literal(literal, _) => text.push(literal),
                TemplatePart::Interpolation(inner) => {
                    let value = self.eval(inner, locals);
                    self.add(&mut text, value, inner.span, Some(inner), span, locals);
                }
                TemplatePart::If { .. } | TemplatePart::For { .. } => {
                    let value = deep::guard(|| self.directive(part, expr, locals));
                    self.add(&mut text, value, directive_span(part), None, span, locals);
                }
            }
            text.failed |= self.problems.failed_since(start);
        }
        text.finish()
    }

    /// Adds the value of a part.
    #[expect(clippy::too_many_arguments, reason = "the parts of one construct, passed once")]
    fn add(&mut self, text: &mut Text, value: Value, at: Span, part: Option<&Expr>, context: Span, locals: Locals<'_>) {
        let mut fail = |detail: String| {
            let build = || problem("Invalid template interpolation value", detail, at, context);
            match part {
                Some(part) => self.error(part, locals, build),
                None => self.plain_error(build),
            }
        };
        if value.is_null() {
            fail("The expression result is null. Cannot include a null value in a string template.".to_owned());
            return;
        }
        text.marks |= value.marks();
        if !value.is_known() {
            text.unknown = true;
            return;
        }
        if let Some(string) = value.as_str() {
            text.push(string);
            return;
        }
        match convert(&value, &Type::String) {
            Ok(string) => text.push(string.as_str().unwrap_or_default()),
            Err(error) => {
                fail(format!("Cannot include the given value in a string template: {}.", error.message));
            }
        }
    }

    fn directive(&mut self, part: &TemplatePart, expr: &Expr, locals: Locals<'_>) -> Value {
        match part {
            TemplatePart::If { condition, then, otherwise, span } => {
                let then = |me: &mut Self| me.template_parts(then, *span, expr, locals);
                let otherwise = |me: &mut Self| me.template_parts(otherwise, *span, expr, locals);
                self.template_if(condition, then, otherwise, *span, locals)
            }
            TemplatePart::For { key, value, collection, body, span } => {
                let names = (key.as_ref(), value);
                self.template_for(names, collection, *span, locals, &mut |me, locals| {
                    me.template_parts(body, *span, expr, locals)
                })
            }
            TemplatePart::Literal(text, _) => Value::string(text),
            TemplatePart::Interpolation(inner) => self.eval(inner, locals),
        }
    }
}

impl Text {
    fn push(&mut self, text: &str) {
        if !self.unknown && !self.failed {
            self.text.push_str(text);
        }
    }

    fn finish(self) -> Value {
        if !self.unknown {
            return Value::string(&self.text).with_marks(self.marks);
        }
        let mut facts = Refinement::not_null();
        if !self.failed && !self.text.is_empty() {
            let mut end = self.text.len().min(MAX_PREFIX);
            while !self.text.is_char_boundary(end) {
                end -= 1;
            }
            facts.string_prefix = Refinement::prefix(self.text.get(..end).unwrap_or_default()).string_prefix;
        }
        Value::unknown_refined(Type::String, facts).with_marks(self.marks)
    }
}

fn directive_span(part: &TemplatePart) -> Span {
    match part {
        TemplatePart::Literal(_, span) | TemplatePart::If { span, .. } | TemplatePart::For { span, .. } => *span,
        TemplatePart::Interpolation(inner) => inner.span,
    }
}
