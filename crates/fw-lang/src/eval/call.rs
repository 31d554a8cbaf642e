//! Function calls: which function, which arguments, and what is said when they do not fit.

mod callee;

use fw_diag::{Diagnostic, FunctionCall, Span};
use fw_functions::CallError;
use fw_syntax::ast::{Call, Expr, ExprKind, TemplatePart};
use fw_value::convert::convert;
use fw_value::{Type, Value};

use super::{Evaluator, Locals};
use callee::{Callee, Formal};

/// An argument: an expression, or an element of the expanded last one.
#[derive(Clone)]
pub(super) enum Argument<'e> {
    /// As written.
    Expr(&'e Expr),
    /// A value, and the expression it was expanded from.
    Value(Value, &'e Expr),
}

impl<'e> Argument<'e> {
    pub(super) fn expr(&self) -> &'e Expr {
        match self {
            Self::Expr(expr) | Self::Value(_, expr) => expr,
        }
    }

    /// Where messages about the argument point.
    fn start(&self) -> Span {
        match self {
            Self::Expr(expr) => start_of(expr),
            Self::Value(_, expr) => expr.span,
        }
    }
}

/// A call under evaluation.
pub(super) struct Calling<'e> {
    pub(super) call: &'e Call,
    pub(super) expr: &'e Expr,
    pub(super) locals: Locals<'e>,
    callee: Callee<'e>,
}

impl Calling<'_> {
    /// Where the call is, from name to closing parenthesis.
    fn span(&self) -> Span {
        self.call.name.span.to(self.call.parentheses)
    }

    /// The name and the opening parenthesis.
    fn start(&self) -> Span {
        let span = self.call.name.span.to(self.call.parentheses.at_start());
        Span { end: self.call.parentheses.start + 1, ..span }
    }

    fn close(&self) -> Span {
        Span { start: self.call.parentheses.end.saturating_sub(1), ..self.call.parentheses }
    }

    fn described(&self) -> FunctionCall {
        self.callee.described(&self.call.name.name)
    }
}

impl Evaluator<'_> {
    pub(super) fn call(&mut self, call: &Call, expr: &Expr, locals: Locals<'_>) -> Value {
        if self.scope.is_constant() {
            self.plain_error(|| {
                let span = call.name.span.to(call.parentheses);
                Diagnostic::error("Function calls not allowed", "Functions may not be called here.").at(span)
            });
            return Value::dynamic();
        }
        let Some(callee) = Callee::find(&call.name.name, self.scope) else {
            self.unknown_function(call, expr, locals);
            return Value::dynamic();
        };
        let calling = Calling { call, expr, locals, callee };
        let Ok(arguments) = self.expanded(&calling) else { return Value::dynamic() };
        if !self.right_count(&calling, &arguments) {
            return Value::dynamic();
        }
        match &calling.callee {
            Callee::Try => self.call_try(&calling, &arguments),
            Callee::Can => self.call_can(&arguments, locals),
            Callee::TemplateFile => self.call_template_file(&calling, &arguments),
            Callee::TemplateString => self.call_template_string(&calling, &arguments),
            Callee::TypeOf => self.call_type_of(&arguments, locals),
            Callee::Builtin(_) | Callee::Provider { .. } => self.call_function(&calling, &arguments),
        }
    }

    fn unknown_function(&mut self, call: &Call, expr: &Expr, locals: Locals<'_>) {
        let (scope, plain) = (self.scope, self.inside_closure > 0);
        self.error(expr, locals, || {
            callee::unknown_function(&call.name.name, scope, plain)
                .at(call.name.span)
                .within(call.name.span.to(call.parentheses))
        });
    }

    /// The arguments with an expanded last one taken apart. An error: there is no value, and all has been said.
    fn expanded<'e>(&mut self, calling: &Calling<'e>) -> Result<Vec<Argument<'e>>, ()> {
        let mut arguments: Vec<_> = calling.call.args.iter().map(Argument::Expr).collect();
        if !calling.call.expand_last {
            return Ok(arguments);
        }
        let Some(last) = calling.call.args.last() else { return Ok(arguments) };
        arguments.pop();
        let start = self.problems.mark();
        let value = self.eval(last, calling.locals);
        if self.problems.failed_since(start) {
            return Err(());
        }
        let wrong = match value.ty() {
            Type::Dynamic | Type::Tuple(_) | Type::List(_) | Type::Set(_) if value.is_null() => "must not be null.",
            Type::Dynamic => return Err(()),
            Type::Tuple(_) | Type::List(_) | Type::Set(_) if !value.is_known() => return Err(()),
            Type::Tuple(_) | Type::List(_) | Type::Set(_) => {
                let marks = value.marks();
                arguments.extend(value.elements().map(|v| Argument::Value(v.clone().with_marks(marks), last)));
                return Ok(arguments);
            }
            _ => "must be of a tuple, list, or set type.",
        };
        let detail = format!("The expanding argument (indicated by ...) {wrong}");
        self.call_error(calling, last, || {
            Diagnostic::error("Invalid expanding argument value", detail).at(last.span).within(calling.span())
        });
        Err(())
    }

    fn right_count(&mut self, calling: &Calling<'_>, arguments: &[Argument<'_>]) -> bool {
        let (formals, variadic) = calling.callee.formals();
        let name = &calling.call.name.name;
        if let Some(missing) = formals.get(arguments.len()) {
            let least = if variadic.is_some() { " at least" } else { "" };
            let detail = format!(
                "Function \"{name}\" expects{least} {} argument(s). Missing value for \"{}\".",
                formals.len(),
                missing.name
            );
            self.call_error(calling, calling.expr, || {
                Diagnostic::error("Not enough function arguments", detail).at(calling.close()).within(calling.span())
            });
            return false;
        }
        let Some(extra) = arguments.get(formals.len()).filter(|_| variadic.is_none()) else { return true };
        let detail = format!("Function \"{name}\" expects only {} argument(s).", formals.len());
        self.call_error(calling, calling.expr, || {
            Diagnostic::error("Too many function arguments", detail).at(extra.start()).within(calling.span())
        });
        false
    }

    pub(super) fn argument(&mut self, argument: &Argument<'_>, locals: Locals<'_>) -> Value {
        match argument {
            Argument::Expr(expr) => self.eval(expr, locals),
            Argument::Value(value, _) => value.clone(),
        }
    }

    /// An argument as its parameter takes it.
    pub(super) fn converted_argument(
        &mut self,
        calling: &Calling<'_>,
        argument: &Argument<'_>,
        formal: &Formal<'_>,
    ) -> Value {
        let value = self.argument(argument, calling.locals);
        if *formal.ty == Type::Dynamic || value.ty() == formal.ty {
            return value;
        }
        convert(&value, formal.ty).unwrap_or_else(|error| {
            self.argument_error(calling, argument, formal.name, &error.message);
            Value::dynamic()
        })
    }

    fn call_function(&mut self, calling: &Calling<'_>, arguments: &[Argument<'_>]) -> Value {
        let start = self.problems.mark();
        let (formals, variadic) = calling.callee.formals();
        let mut values = Vec::with_capacity(arguments.len());
        for (i, argument) in arguments.iter().enumerate() {
            let Some(formal) = formals.get(i).or(variadic.as_ref()) else { break };
            values.push(self.converted_argument(calling, argument, formal));
        }
        if self.problems.failed_since(start) {
            return Value::dynamic();
        }
        let functions = self.scope.functions();
        let result = match &calling.callee {
            Callee::Builtin(function) => Some(function.call_converted(values, functions.environment())),
            Callee::Provider { provider, function, .. } => functions.call_provider(provider, function, &values),
            Callee::Try | Callee::Can | Callee::TemplateFile | Callee::TemplateString | Callee::TypeOf => None,
        };
        let Some(result) = result else {
            self.unknown_function(calling.call, calling.expr, calling.locals);
            return Value::dynamic();
        };
        result.unwrap_or_else(|error| {
            self.failed(calling, arguments, &error);
            Value::dynamic()
        })
    }

    /// What is said when a function fails.
    pub(super) fn failed(&mut self, calling: &Calling<'_>, arguments: &[Argument<'_>], error: &CallError) {
        if let CallError::Argument(index, message) = error
            && let Some(argument) = arguments.get(*index)
        {
            let name = calling.callee.parameter_name(*index);
            self.argument_error(calling, argument, &name, message);
            return;
        }
        let detail = format!("Call to function \"{}\" failed: {}.", calling.call.name.name, error.message());
        self.call_error(calling, calling.expr, || {
            Diagnostic::error("Error in function call", detail).at(calling.start()).within(calling.span())
        });
    }

    pub(super) fn argument_error(
        &mut self,
        calling: &Calling<'_>,
        argument: &Argument<'_>,
        parameter: &str,
        message: &str,
    ) {
        self.call_error(calling, argument.expr(), || {
            let detail = format!("Invalid value for \"{parameter}\" parameter: {message}.");
            Diagnostic::error("Invalid function argument", detail).at(argument.start()).within(calling.span())
        });
    }

    fn call_error(&mut self, calling: &Calling<'_>, about: &Expr, build: impl FnOnce() -> Diagnostic) {
        self.error(about, calling.locals, || {
            let mut diagnostic = build();
            diagnostic.call = Some(Box::new(calling.described()));
            diagnostic
        });
    }
}

/// The beginning of an expression, where messages about an argument point: not all of a long one.
fn start_of(expr: &Expr) -> Span {
    let first_byte = |span: Span| Span { end: (span.start + 1).min(span.end), ..span };
    let mut expr = expr;
    loop {
        expr = match &expr.kind {
            ExprKind::Binary { left, .. } => left,
            ExprKind::Conditional(conditional) => &conditional.condition,
            ExprKind::Parentheses(inner) => inner,
            ExprKind::Template(template) => match template.parts.as_slice() {
                [TemplatePart::Interpolation(_)] | [] => return expr.span,
                [TemplatePart::Interpolation(first), ..] => first,
                [
                    TemplatePart::Literal(_, span) | TemplatePart::If { span, .. } | TemplatePart::For { span, .. },
                    ..,
                ] => {
                    return *span;
                }
            },
            ExprKind::Call(call) => {
                return Span { end: call.parentheses.start + 1, ..call.name.span };
            }
            ExprKind::Index { brackets, .. } => return first_byte(*brackets),
            ExprKind::Splat { marker, .. } => return *marker,
            ExprKind::Unary { op_span, .. } => return *op_span,
            ExprKind::Tuple(_) | ExprKind::Object(_) => return first_byte(expr.span),
            ExprKind::For(each) => return each.open,
            ExprKind::Literal(_) | ExprKind::Traversal(_) | ExprKind::Relative { .. } | ExprKind::SplatItem => {
                return expr.span;
            }
        };
    }
}
