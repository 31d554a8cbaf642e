//! Expressions where nothing may be referred to and no function called: defaults, settings that must be known early.

use fw_addr::{InstanceKey, Name, Resource};
use fw_diag::{Diagnostics, Span};
use fw_functions::{CallError, Environment, Function, Isolated};
use fw_syntax::ast::Expr;
use fw_value::Value;

use crate::reference::Subject;
use crate::{Functions, Scope};

/// The value of an expression that must not depend on anything.
#[must_use]
pub fn evaluate_constant(expr: &Expr, diagnostics: &mut Diagnostics) -> Value {
    crate::evaluate(expr, &Nothing, diagnostics)
}

/// A scope for expressions that must not depend on anything.
#[must_use]
pub fn constants() -> &'static dyn Scope {
    &Nothing
}

/// A scope without anything in it.
struct Nothing;

impl Scope for Nothing {
    fn value_of(&self, _: &Subject, _: Span, _: &mut Diagnostics) -> Value {
        Value::dynamic()
    }

    fn resource_instance(&self, _: &Resource, _: &InstanceKey, _: Span, _: &mut Diagnostics) -> Option<Value> {
        None
    }

    fn module_instance(&self, _: &Name, _: &InstanceKey, _: Span, _: &mut Diagnostics) -> Option<Value> {
        None
    }

    fn functions(&self) -> &dyn Functions {
        self
    }

    fn is_constant(&self) -> bool {
        true
    }
}

impl Functions for Nothing {
    fn builtin(&self, _: &str) -> Option<&Function> {
        None
    }

    fn call_provider(&self, _: &str, _: &str, _: &[Value]) -> Option<Result<Value, CallError>> {
        None
    }

    fn names(&self) -> Vec<&str> {
        Vec::new()
    }

    fn environment(&self) -> &dyn Environment {
        &Isolated
    }
}
