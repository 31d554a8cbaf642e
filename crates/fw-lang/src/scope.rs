//! What evaluation asks of its surroundings.

use fw_addr::{InstanceKey, Name, Resource};
use fw_diag::{Diagnostics, Span};
use fw_functions::{CallError, Environment, Function};
use fw_value::Value;

use crate::reference::Subject;

/// The meaning of references and functions in one place of the configuration.
pub trait Scope {
    /// The value of a subject. What can't be resolved is said in `diagnostics` and answered with an unknown value.
    /// Asked for whole resources only when an expression needs all instances.
    fn value_of(&self, subject: &Subject, span: Span, diagnostics: &mut Diagnostics) -> Value;

    /// One instance of a resource, asked when the key is only known once an expression is evaluated (`a[count.index]`).
    /// `None`: not offered, the evaluator takes the whole resource and indexes it.
    fn resource_instance(
        &self,
        resource: &Resource,
        key: &InstanceKey,
        span: Span,
        diagnostics: &mut Diagnostics,
    ) -> Option<Value>;

    /// The same for one instance of a module call.
    fn module_instance(
        &self,
        name: &Name,
        key: &InstanceKey,
        span: Span,
        diagnostics: &mut Diagnostics,
    ) -> Option<Value>;

    /// The functions that may be called.
    fn functions(&self) -> &dyn Functions;
}

/// The functions of a scope.
pub trait Functions {
    /// A built-in function, with or without the `core::` prefix.
    fn builtin(&self, name: &str) -> Option<&Function>;

    /// Calls `provider::local_name::function`. `None`: there is no such provider or function.
    fn call_provider(&self, provider: &str, function: &str, arguments: &[Value]) -> Option<Result<Value, CallError>>;

    /// All built-in names, for "Did you mean …?".
    fn names(&self) -> Vec<&str>;

    /// Files, clock, randomness.
    fn environment(&self) -> &dyn Environment;
}
