//! What evaluation asks of its surroundings.

use fw_addr::{InstanceKey, Name, Resource};
use fw_diag::{Diagnostics, SourceMap, Span};
use fw_functions::{CallError, Environment, Function, Parameter};
use fw_value::Value;

use crate::Templates;
use crate::reference::{Place, Subject};

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

    /// Where the expressions stand.
    fn place(&self) -> Place {
        Place::Module
    }

    /// Where spans are looked up when a message must name a second place in the source.
    fn sources(&self) -> Option<&SourceMap> {
        None
    }

    /// Templates read from files and strings, parsed. Without it they are parsed with every call.
    fn templates(&self) -> Option<&Templates> {
        None
    }

    /// Whether expressions must be constant: no references and no functions at all.
    fn is_constant(&self) -> bool {
        false
    }

    /// Whether this is the console, which has the function `type`.
    fn is_console(&self) -> bool {
        false
    }
}

/// The functions of a scope.
pub trait Functions {
    /// A built-in function by its bare name.
    fn builtin(&self, name: &str) -> Option<&Function>;

    /// Calls `provider::local_name::function`. `None`: there is no such provider or function.
    fn call_provider(&self, provider: &str, function: &str, arguments: &[Value]) -> Option<Result<Value, CallError>>;

    /// The parameters of a function of a provider, so that the arguments are counted and converted before the call, with
    /// the messages of the language. `None`: not told, `call_provider` does all of it.
    fn provider_parameters(&self, provider: &str, function: &str) -> Option<(Vec<Parameter>, Option<Parameter>)> {
        let _ = (provider, function);
        None
    }

    /// All built-in names, for "Did you mean …?".
    fn names(&self) -> Vec<&str>;

    /// Files, clock, randomness.
    fn environment(&self) -> &dyn Environment;
}
