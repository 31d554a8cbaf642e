//! References and static steps, and access by a key that must be evaluated. A reference to one instance asks the scope
//! for that instance alone, wherever the key comes from.

use fw_addr::{InstanceKey, Name};
use fw_diag::{Diagnostics, Span};
use fw_syntax::ast::{Expr, ExprKind, Step, StepKind, Traversal};
use fw_value::{Content, Value};

use super::locals::{Found, find};
use super::{Evaluator, Locals, problem};
use crate::access;
use crate::reference::{Subject, parse};

/// The value of a traversal, wherever its root leads.
pub(super) fn evaluate(evaluator: &mut Evaluator<'_>, traversal: &Traversal, expr: &Expr, locals: Locals<'_>) -> Value {
    match find(&traversal.root.name, locals) {
        Found::Local(value) => evaluator.steps(value.clone(), &traversal.steps, expr, locals),
        Found::Reference => evaluator.reference(traversal, expr, locals),
        Found::Nothing => {
            evaluator.error(expr, locals, || {
                let detail = format!("There is no variable named {}.", crate::quote::go(&traversal.root.name));
                problem("Unknown variable", detail, traversal.root.span, expr.span)
            });
            Value::dynamic()
        }
    }
}

/// What a reference leads to.
enum Part {
    Known(Value),
    /// So many steps into that.
    Of {
        whole: Subject,
        steps: usize,
    },
}

impl Evaluator<'_> {
    /// A reference: its subject from the scope, then the steps into it.
    fn reference(&mut self, traversal: &Traversal, expr: &Expr, locals: Locals<'_>) -> Value {
        if self.scope.is_constant() {
            self.plain_error(|| {
                problem("Variables not allowed", "Variables may not be used here.", traversal.root.span, expr.span)
            });
            return Value::dynamic();
        }
        let (subject, consumed, span) = match parse(traversal, self.scope.place()) {
            Ok(parsed) => parsed,
            Err(diagnostic) => {
                self.reference_problem(*diagnostic);
                return Value::dynamic();
            }
        };
        let (value, consumed) = match self.part(&subject, span) {
            Part::Known(value) => (value, consumed),
            Part::Of { whole, steps } => (self.subject(&whole, span), consumed - steps),
        };
        let rest = traversal.steps.get(consumed..).unwrap_or_default();
        self.steps(value, rest, expr, locals)
    }

    /// A part of a resource or of a module call by itself. Where it is not offered, it is some steps into the whole, and
    /// what fails there is an error of this expression, which `try` may catch.
    fn part(&mut self, subject: &Subject, span: Span) -> Part {
        let scope = self.scope;
        let (offered, whole, steps) = match subject {
            Subject::ResourceInstance(resource, key) => {
                let offered = self.ask(|diagnostics| scope.resource_instance(resource, key, span, diagnostics));
                (offered, Subject::Resource(resource.clone()), 1)
            }
            Subject::ModuleInstance(name, Some(key)) => {
                let offered = self.ask(|diagnostics| scope.module_instance(name, key, span, diagnostics));
                (offered, Subject::Module(Name::clone(name)), 1)
            }
            Subject::ModuleOutput(name, key, output) => {
                let offered =
                    self.ask(|diagnostics| scope.module_output(name, key.as_ref(), output, span, diagnostics));
                (offered, Subject::Module(Name::clone(name)), 1 + usize::from(key.is_some()))
            }
            whole => return Part::Known(self.subject(whole, span)),
        };
        offered.map_or(Part::Of { whole, steps }, Part::Known)
    }

    /// The value of a subject; unknown after its problems were recorded.
    fn subject(&mut self, subject: &Subject, span: Span) -> Value {
        let scope = self.scope;
        self.ask(|diagnostics| Some(scope.value_of(subject, span, diagnostics))).unwrap_or_else(Value::dynamic)
    }

    /// Asks the scope something; errors make the answer unknown, so that they are not followed by more of the same.
    fn ask(&mut self, question: impl FnOnce(&mut Diagnostics) -> Option<Value>) -> Option<Value> {
        let mut diagnostics = Diagnostics::new();
        let value = question(&mut diagnostics);
        if diagnostics.is_empty() {
            return value;
        }
        let failed = diagnostics.has_errors();
        diagnostics.into_iter().for_each(|d| self.reference_problem(d));
        if failed { Some(Value::dynamic()) } else { value }
    }

    /// Static steps into a value.
    fn steps(&mut self, value: Value, steps: &[Step], expr: &Expr, locals: Locals<'_>) -> Value {
        let mut value = value;
        for step in steps {
            let next = match &step.kind {
                StepKind::Attribute(name) => access::try_attribute(&value, name, step.span),
                StepKind::Index(key) => access::try_index(&value, key, step.span),
            };
            match next {
                Ok(next) => value = next,
                Err(diagnostic) => {
                    self.error(expr, locals, || *diagnostic);
                    return Value::dynamic();
                }
            }
        }
        value
    }

    /// `source.steps` where the source is no plain traversal.
    pub(super) fn relative(&mut self, source: &Expr, steps: &[Step], expr: &Expr, locals: Locals<'_>) -> Value {
        if let ExprKind::Index { collection, key, brackets } = &source.kind
            && let Some((Subject::Module(name), span)) = self.whole_subject(collection, locals)
            && let Some((first, rest)) = steps.split_first()
            && let StepKind::Attribute(output) = &first.kind
        {
            // One output of one instance of a module.
            let key = self.eval(key, locals);
            let scope = self.scope;
            if let Some(instance) = instance_key(&key)
                && let Some(value) = self.ask(|diagnostics| {
                    let span = span.to(*brackets).to(first.span);
                    scope.module_output(&name, Some(&instance), output, span, diagnostics)
                })
            {
                return self.steps(value.with_marks(key.marks()), rest, expr, locals);
            }
            let whole = self.subject(&Subject::Module(name), span);
            let value = self.indexed(&whole, &key, *brackets, source, locals);
            return self.steps(value, steps, expr, locals);
        }
        let value = self.eval(source, locals);
        self.steps(value, steps, expr, locals)
    }

    /// `collection[key]`
    pub(super) fn index(
        &mut self,
        collection: &Expr,
        key: &Expr,
        brackets: Span,
        expr: &Expr,
        locals: Locals<'_>,
    ) -> Value {
        let Some((subject, span)) = self.whole_subject(collection, locals) else {
            let collection = self.eval(collection, locals);
            let key = self.eval(key, locals);
            return self.indexed(&collection, &key, brackets, expr, locals);
        };
        let key = self.eval(key, locals);
        let scope = self.scope;
        if let Some(instance) = instance_key(&key) {
            let span = span.to(brackets);
            let value = self.ask(|diagnostics| match &subject {
                Subject::Resource(resource) => scope.resource_instance(resource, &instance, span, diagnostics),
                Subject::Module(name) => scope.module_instance(name, &instance, span, diagnostics),
                _ => None,
            });
            if let Some(value) = value {
                return value.with_marks(key.marks());
            }
        }
        let whole = self.subject(&subject, span);
        self.indexed(&whole, &key, brackets, expr, locals)
    }

    fn indexed(&mut self, collection: &Value, key: &Value, brackets: Span, expr: &Expr, locals: Locals<'_>) -> Value {
        access::try_index(collection, key, brackets).unwrap_or_else(|diagnostic| {
            self.error(expr, locals, || *diagnostic);
            Value::dynamic()
        })
    }

    /// The resource or module call an expression names as a whole.
    fn whole_subject(&self, expr: &Expr, locals: Locals<'_>) -> Option<(Subject, Span)> {
        let ExprKind::Traversal(traversal) = &expr.kind else { return None };
        // Two steps at most name a whole resource; anything bound here is no reference.
        if !(1..=2).contains(&traversal.steps.len()) || self.scope.is_constant() {
            return None;
        }
        if !matches!(find(&traversal.root.name, locals), Found::Reference) {
            return None;
        }
        let (subject, consumed, span) = parse(traversal, self.scope.place()).ok()?;
        let whole = matches!(subject, Subject::Resource(_) | Subject::Module(_));
        (whole && consumed == traversal.steps.len()).then_some((subject, span))
    }
}

/// The instance key a value is, if it is one.
fn instance_key(value: &Value) -> Option<InstanceKey> {
    match value.content() {
        Content::String(text) => Some(InstanceKey::String(Name::clone(text))),
        Content::Number(number) => number.to_i64().map(InstanceKey::Int),
        _ => None,
    }
}
