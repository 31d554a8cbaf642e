//! Expressions where nothing may be referred to and no function called: defaults, settings that must be known early.

use fw_addr::{InstanceKey, Name, Resource};
use fw_diag::{Diagnostics, Span};
use fw_functions::{CallError, Environment, Function};
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
        self
    }
}

/// Never asked: no function can be called.
impl Environment for Nothing {
    fn read_file(&self, _: &str) -> Result<Vec<u8>, String> {
        Err("no files here".to_owned())
    }

    fn file_exists(&self, _: &str) -> Result<bool, String> {
        Err("no files here".to_owned())
    }

    fn files_below(&self, _: &str) -> Result<Vec<String>, String> {
        Err("no files here".to_owned())
    }

    fn absolute(&self, path: &str) -> String {
        path.to_owned()
    }

    fn home(&self) -> Option<String> {
        None
    }

    fn now(&self) -> Option<(i64, u32)> {
        None
    }

    fn plan_time(&self) -> Option<(i64, u32)> {
        None
    }

    fn random(&self, _: &mut [u8]) -> Option<()> {
        None
    }
}
