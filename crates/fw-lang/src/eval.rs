//! Evaluation of expressions.
//!
//! Two kinds of problems are kept apart. What is wrong with a *reference* (nothing of that name, or its own evaluation
//! failed) is always said, even where the value is not used in the end: in the branch of a conditional not taken, or
//! inside `try`. What is wrong with the *use* of values is said only when nothing caught it, and not at all when a
//! reference was already wrong.

mod call;
mod closures;
mod collection;
mod conditional;
mod for_expr;
mod locals;
mod operator;
mod problems;
mod splat;
mod template;
mod traversal;

use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_syntax::ast::{Expr, ExprKind, Traversal};
use fw_syntax::deep;
use fw_value::convert::convert;
use fw_value::{Type, Value};

pub(crate) use locals::{Bindings, Frame, Locals};
use problems::Problems;

use crate::Scope;
use crate::describe::{Telling, full_message, values_of};

/// The value of an expression; unknown where `diagnostics` say why there is none.
#[must_use]
pub fn evaluate(expr: &Expr, scope: &dyn Scope, diagnostics: &mut Diagnostics) -> Value {
    evaluate_in(expr, None, scope, diagnostics)
}

/// The value of an expression as a value of a type, converted where needed.
#[must_use]
pub fn evaluate_as(expr: &Expr, ty: &Type, scope: &dyn Scope, diagnostics: &mut Diagnostics) -> Value {
    let mut evaluator = Evaluator::new(scope);
    let value = evaluator.eval(expr, None);
    let failed = evaluator.references.has_errors();
    let converted = if failed { Err(None) } else { convert(&value, ty).map_err(Some) };
    let value = converted.unwrap_or_else(|error| {
        if let Some(error) = error {
            evaluator.error(expr, None, || {
                Diagnostic::error(
                    "Incorrect value type",
                    format!("Invalid expression value: {}.", full_message(&error)),
                )
                .at(expr.span)
            });
        }
        Value::unknown(ty.without_optional())
    });
    evaluator.finish(diagnostics);
    value
}

/// [`evaluate`] with names bound around the expression.
pub(crate) fn evaluate_in(expr: &Expr, locals: Locals<'_>, scope: &dyn Scope, diagnostics: &mut Diagnostics) -> Value {
    // What most arguments are needs no evaluator.
    if let ExprKind::Literal(value) = &expr.kind {
        return value.clone();
    }
    let mut evaluator = Evaluator::new(scope);
    let value = evaluator.eval(expr, locals);
    let failed = evaluator.references.has_errors();
    evaluator.finish(diagnostics);
    if failed { Value::dynamic() } else { value }
}

/// One evaluation of one whole expression.
pub(crate) struct Evaluator<'s> {
    scope: &'s dyn Scope,
    /// Problems of references.
    references: Diagnostics,
    /// Problems of the use of values.
    problems: Problems,
    /// Inside `try` or a template rendered by a function: how deep.
    inside_closure: usize,
    /// Inside a template rendered by a function, which may not render files.
    in_template: bool,
}

impl<'s> Evaluator<'s> {
    pub(crate) fn new(scope: &'s dyn Scope) -> Self {
        Self {
            scope,
            references: Diagnostics::new(),
            problems: Problems::default(),
            inside_closure: 0,
            in_template: false,
        }
    }

    /// The value of a traversal, if it has one.
    pub(crate) fn quietly(traversal: &Traversal, locals: Locals<'_>, scope: &'s dyn Scope) -> Option<Value> {
        let mut evaluator = Self::new(scope);
        evaluator.problems.be_quiet();
        let start = evaluator.problems.mark();
        let expr = Expr::default();
        let value = evaluator.traversal(traversal, &expr, locals);
        (!evaluator.references.has_errors() && !evaluator.problems.failed_since(start)).then_some(value)
    }

    pub(crate) fn finish(self, diagnostics: &mut Diagnostics) {
        let failed = self.references.has_errors();
        diagnostics.append(self.references);
        if !failed {
            diagnostics.extend(self.problems.into_list());
        }
    }

    /// Tells references and the rest apart; returns whether there were errors.
    pub(crate) fn finish_apart(self, references: &mut Diagnostics, problems: &mut Diagnostics) -> bool {
        let failed = self.references.has_errors();
        for diagnostic in self.references {
            if !references.iter().any(|known| *known == diagnostic) {
                references.push(diagnostic);
            }
        }
        if failed {
            return true;
        }
        let found = self.problems.into_list();
        let wrong = found.iter().any(Diagnostic::is_error);
        problems.extend(found);
        wrong
    }

    pub(crate) fn eval(&mut self, expr: &Expr, locals: Locals<'_>) -> Value {
        match &expr.kind {
            ExprKind::Literal(value) => value.clone(),
            ExprKind::Traversal(traversal) => self.traversal(traversal, expr, locals),
            ExprKind::SplatItem => locals::splat_item(locals),
            _ => deep::guard(|| self.eval_compound(expr, locals)),
        }
    }

    fn eval_compound(&mut self, expr: &Expr, locals: Locals<'_>) -> Value {
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::Traversal(_) | ExprKind::SplatItem => self.eval(expr, locals),
            ExprKind::Template(template) => self.template(template, expr, locals),
            ExprKind::Relative { source, steps } => self.relative(source, steps, expr, locals),
            ExprKind::Index { collection, key, brackets } => self.index(collection, key, *brackets, expr, locals),
            ExprKind::Splat { source, each, marker, .. } => self.splat(source, each, *marker, expr, locals),
            ExprKind::Call(call) => self.call(call, expr, locals),
            ExprKind::Conditional(conditional) => self.conditional(conditional, expr, locals),
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right, expr, locals),
            ExprKind::Unary { op, operand, .. } => self.unary(*op, operand, expr, locals),
            ExprKind::Tuple(items) => {
                let values: Vec<_> = items.iter().map(|item| self.eval(item, locals)).collect();
                Value::tuple(values)
            }
            ExprKind::Object(items) => self.object(items, locals),
            ExprKind::For(each) => self.for_expr(each, expr, locals),
            ExprKind::Parentheses(inner) => self.eval(inner, locals),
        }
    }

    /// Records a problem found in `expr`, with the values of the references in it.
    fn error(&mut self, expr: &Expr, locals: Locals<'_>, build: impl FnOnce() -> Diagnostic) {
        let scope = self.scope;
        self.problems.error(|| {
            let mut diagnostic = build();
            diagnostic.values = values_of(expr, locals, scope, Telling::default());
            diagnostic
        });
    }

    /// The same, where the place alone is known.
    fn plain_error(&mut self, build: impl FnOnce() -> Diagnostic) {
        self.problems.error(build);
    }

    /// A problem of a reference; the same one is said once.
    fn reference_problem(&mut self, diagnostic: Diagnostic) {
        if !self.references.iter().any(|known| *known == diagnostic) {
            self.references.push(diagnostic);
        }
    }

    fn traversal(&mut self, traversal: &Traversal, expr: &Expr, locals: Locals<'_>) -> Value {
        traversal::evaluate(self, traversal, expr, locals)
    }
}

/// A diagnostic with its two places.
fn problem(summary: &str, detail: impl Into<String>, subject: Span, context: Span) -> Diagnostic {
    Diagnostic::error(summary, detail).at(subject).within(context)
}
