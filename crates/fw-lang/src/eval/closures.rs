//! The functions that evaluate: `try` and `can` their arguments, `templatefile` and `templatestring` templates, and the
//! console's `type`.

use std::fmt::Write as _;
use std::sync::Arc;

use fw_diag::{Diagnostic, SourceMap};
use fw_functions::CallError;
use fw_syntax::ast::{Expr, ExprKind, TemplatePart};
use fw_value::convert::convert;
use fw_value::{Marks, Str, Type, Value};

use super::call::{Argument, Calling};
use super::locals::{Bindings, Frame};
use super::{Evaluator, Locals};
use crate::describe::place_text;
use crate::reference::traversals;
use crate::templates::{self, Parsed};

/// What messages call the text given to `templatestring`.
const STRING_TEMPLATE: &str = "<templatestring argument>";

impl Evaluator<'_> {
    pub(super) fn call_try(&mut self, calling: &Calling<'_>, arguments: &[Argument<'_>]) -> Value {
        // Most of the time one succeeds, and nobody reads what was wrong with those before it.
        self.problems.be_quiet();
        let found = arguments.iter().find_map(|argument| self.attempt(argument, calling.locals));
        self.problems.be_loud();
        if let Some(value) = found {
            // While anything in it is unknown, it may still turn out not to be valid.
            return if value.is_wholly_known() { value } else { Value::dynamic() };
        }
        let message = if arguments.is_empty() {
            "at least one argument is required".to_owned()
        } else if self.problems.is_quiet() {
            String::new()
        } else {
            self.all_failures(arguments, calling.locals)
        };
        self.failed(calling, arguments, &CallError::Call(message));
        Value::dynamic()
    }

    pub(super) fn call_can(&mut self, arguments: &[Argument<'_>], locals: Locals<'_>) -> Value {
        self.problems.be_quiet();
        let value = arguments.first().and_then(|argument| self.attempt(argument, locals));
        self.problems.be_loud();
        match value {
            None => Value::bool(false),
            Some(value) if value.is_wholly_known() => Value::bool(true),
            Some(_) => Value::unknown(Type::Bool),
        }
    }

    /// The value of an argument, `None` when it fails.
    fn attempt(&mut self, argument: &Argument<'_>, locals: Locals<'_>) -> Option<Value> {
        let start = self.problems.mark();
        let value = self.argument(argument, locals);
        let failed = self.problems.failed_since(start);
        drop(self.problems.take_since(start));
        (!failed).then_some(value)
    }

    /// What is wrong with each, for people to find the one they meant to succeed.
    fn all_failures(&mut self, arguments: &[Argument<'_>], locals: Locals<'_>) -> String {
        let mut text = "no expression succeeded:\n".to_owned();
        self.inside_closure += 1;
        for argument in arguments {
            let start = self.problems.mark();
            drop(self.argument(argument, locals));
            for failure in self.problems.take_since(start).into_list() {
                let place = failure.subject.map(|span| format!(" (at {})", place_text(span, self.scope.sources())));
                let line = writeln!(text, "- {}{}\n  {}", failure.summary, place.unwrap_or_default(), failure.detail);
                debug_assert!(line.is_ok(), "writing to a string can't fail");
            }
        }
        self.inside_closure -= 1;
        text.push_str("\nAt least one expression must produce a successful result");
        text
    }

    pub(super) fn call_type_of(&mut self, arguments: &[Argument<'_>], locals: Locals<'_>) -> Value {
        let Some(argument) = arguments.first() else { return Value::dynamic() };
        let value = self.argument(argument, locals);
        if value.is_null() && *value.ty() == Type::Dynamic {
            return Value::string("null").with_marks(Marks::TYPE);
        }
        Value::string(crate::format::type_text(value.ty())).with_marks(Marks::TYPE)
    }

    pub(super) fn call_template_file(&mut self, calling: &Calling<'_>, arguments: &[Argument<'_>]) -> Value {
        let [path, variables] = arguments else { return Value::dynamic() };
        let start = self.problems.mark();
        let path_value = self.text_argument(calling, path, "path");
        let variables_value = self.argument(variables, calling.locals);
        if self.problems.failed_since(start) {
            return Value::dynamic();
        }
        self.template_file(path_value, variables_value).unwrap_or_else(|error| {
            self.failed(calling, arguments, &error);
            Value::dynamic()
        })
    }

    fn text_argument(&mut self, calling: &Calling<'_>, argument: &Argument<'_>, parameter: &str) -> Value {
        let value = self.argument(argument, calling.locals);
        convert(&value, &Type::String).unwrap_or_else(|error| {
            self.argument_error(calling, argument, parameter, &error.message);
            Value::dynamic()
        })
    }

    fn template_file(&mut self, path: Value, variables: Value) -> Result<Value, CallError> {
        if self.in_template {
            let message = "cannot recursively call templatefile from inside another template function";
            return Err(CallError::Call(message.to_owned()));
        }
        refuse_null(0, &path)?;
        refuse_null(1, &variables)?;
        let (variables, marks) = variables.unmark_deep();
        let marks = marks | path.marks();
        let functions = self.scope.functions();
        let unknown = Ok(Value::dynamic().with_marks(marks));
        let (Some(name), Some(file)) = (path.as_str(), functions.builtin("file")) else { return unknown };
        if !variables.is_known() {
            return unknown;
        }
        let content = file.call_converted(vec![path.clone().unmark().0], functions.environment())?;
        let Some(text) = content.as_shared_str() else { return unknown };
        let (parsed, sources) = self.parsed(name, text);
        let Some(template) = parsed.expr else { return Err(CallError::Call(first_of(&parsed, &sources))) };
        self.render(&template, &variables, &sources).map(|value| value.with_marks(marks))
    }

    pub(super) fn call_template_string(&mut self, calling: &Calling<'_>, arguments: &[Argument<'_>]) -> Value {
        let [template, variables] = arguments else { return Value::dynamic() };
        let start = self.problems.mark();
        let text = match self.template_text(template, calling.locals) {
            Ok(text) => text,
            Err(message) => {
                self.argument_error(calling, template, "template", &message);
                Value::unknown(Type::String)
            }
        };
        let variables_value = self.argument(variables, calling.locals);
        if self.problems.failed_since(start) {
            return Value::dynamic();
        }
        self.template_string(&text, variables_value).unwrap_or_else(|error| {
            self.failed(calling, arguments, &error);
            Value::dynamic()
        })
    }

    /// The text of a template: a reference to a string. What is written in place needs no function.
    fn template_text(&mut self, argument: &Argument<'_>, locals: Locals<'_>) -> Result<Value, String> {
        if let Some(why) = not_a_reference(argument.expr()) {
            return Err(format!("invalid template expression: {why}"));
        }
        let start = self.problems.mark();
        self.inside_closure += 1;
        let value = self.argument(argument, locals);
        self.inside_closure -= 1;
        if self.problems.failed_since(start) {
            let failures = self.problems.take_since(start).into_list();
            return Err(format!("invalid template expression: {}", list_text(&failures, self.scope.sources())));
        }
        let is_text = matches!(value.ty(), Type::String | Type::Dynamic) && !value.is_null();
        if is_text { Ok(value) } else { Err("invalid template value: a string is required".to_owned()) }
    }

    fn template_string(&mut self, text: &Value, variables: Value) -> Result<Value, CallError> {
        refuse_null(1, &variables)?;
        let (variables, marks) = variables.unmark_deep();
        let marks = marks | text.marks();
        let unknown = Value::unknown(Type::String).with_marks(marks);
        let Some(text) = text.as_shared_str().filter(|_| variables.is_known()) else { return Ok(unknown) };
        let (parsed, sources) = self.parsed(STRING_TEMPLATE, text);
        let Some(template) = parsed.expr else {
            return Err(CallError::Argument(0, format!("invalid template: {}", first_of(&parsed, &sources))));
        };
        let value = self.render(&template, &variables, &sources)?;
        convert(&value, &Type::String)
            .map(|value| value.with_marks(marks))
            .map_err(|error| CallError::Call(format!("invalid template result: {}", error.message)))
    }

    fn parsed(&self, name: &str, text: &Str) -> (Parsed, Arc<SourceMap>) {
        // A map of its own: the text is no file of the configuration, and messages about it are made at once.
        match self.scope.templates() {
            Some(templates) => templates.parse(name, text),
            None => {
                let sources = Arc::new(SourceMap::new());
                (templates::parse(name, text, &sources), sources)
            }
        }
    }

    /// Evaluates a template with nothing but its variables in reach.
    fn render(&mut self, template: &Expr, variables: &Value, sources: &SourceMap) -> Result<Value, CallError> {
        if !matches!(variables.ty(), Type::Map(_) | Type::Object(_)) {
            return Err(CallError::Argument(1, "invalid vars value: must be a map".to_owned()));
        }
        let bound: Vec<(Str, Value)> = variables.string_entries().map(|(k, v)| (Str::clone(k), v.clone())).collect();
        check_names(template, &bound, sources)?;
        let frame = Frame { bindings: Bindings::Template(&bound), around: None };
        let (was_in_template, start) = (self.in_template, self.problems.mark());
        self.in_template = true;
        self.inside_closure += 1;
        let value = self.eval(template, Some(&frame));
        self.inside_closure -= 1;
        self.in_template = was_in_template;
        if self.problems.failed_since(start) {
            let failures = self.problems.take_since(start).into_list();
            return Err(CallError::Call(list_text(&failures, Some(sources))));
        }
        Ok(value)
    }
}

fn refuse_null(index: usize, value: &Value) -> Result<(), CallError> {
    if value.is_null() {
        return Err(CallError::Argument(index, "argument must not be null".to_owned()));
    }
    Ok(())
}

fn check_names(template: &Expr, bound: &[(Str, Value)], sources: &SourceMap) -> Result<(), CallError> {
    if let Some((name, _)) = bound.iter().find(|(name, _)| !fw_addr::is_identifier(name)) {
        return Err(CallError::Argument(
            1,
            format!(
                "invalid template variable name {}: must start with a letter, followed by zero or more letters, digits, \
                 and underscores",
                crate::quote::go(name)
            ),
        ));
    }
    for traversal in traversals(template) {
        let root = &traversal.root;
        if bound.iter().all(|(name, _)| *name != root.name) {
            let place = place_text(root.span, Some(sources));
            let name = crate::quote::go(&root.name);
            let message = format!("vars map does not contain key {name}, referenced at {place}");
            return Err(CallError::Argument(1, message));
        }
    }
    Ok(())
}

/// Why an expression is no direct reference.
fn not_a_reference(expr: &Expr) -> Option<&'static str> {
    let mut expr = expr;
    loop {
        expr = match &expr.kind {
            ExprKind::Traversal(_) => return None,
            ExprKind::Relative { source, .. } | ExprKind::Splat { source, .. } => source,
            ExprKind::Index { collection, .. } => collection,
            ExprKind::Template(template) => {
                return Some(match template.parts.as_slice() {
                    [TemplatePart::Literal(..)] => {
                        "templatestring is only for rendering templates retrieved dynamically from elsewhere, and so does \
                         not support providing a literal template; consider using a template string expression instead"
                    }
                    [TemplatePart::Interpolation(_)] => {
                        "templatestring is only for rendering templates retrieved dynamically from elsewhere; to treat the \
                         inner expression as template syntax, write the reference expression directly without any template \
                         interpolation syntax"
                    }
                    _ => {
                        "templatestring is only for rendering templates retrieved dynamically from elsewhere; to render an \
                         inline template, consider using a plain template string expression"
                    }
                });
            }
            _ => {
                return Some(
                    "must be a direct reference to a single string from elsewhere, containing valid Terraform template \
                     syntax",
                );
            }
        };
    }
}

/// Problems in one line, as a text inside another message: the first one, and how many more there are.
fn list_text(list: &[Diagnostic], sources: Option<&SourceMap>) -> String {
    let Some(first) = list.first() else { return "no diagnostics".to_owned() };
    let place = first.subject.map_or_else(String::new, |span| format!("{}: ", place_text(span, sources)));
    let text = format!("{place}{}; {}", first.summary, first.detail);
    match list.len() {
        1 => text,
        n => format!("{text}, and {} other diagnostic(s)", n - 1),
    }
}

fn first_of(parsed: &Parsed, sources: &SourceMap) -> String {
    let list: Vec<_> = parsed.diagnostics.iter().cloned().collect();
    list_text(&list, Some(sources))
}
