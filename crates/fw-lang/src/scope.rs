//! What evaluation asks of its surroundings.

use fw_addr::{InstanceKey, Name, Resource};
use fw_diag::{Diagnostics, SourceMap, Span};
use fw_functions::{CallError, Environment, Function};
use fw_value::{Type, Value};

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

    /// One output of a module, or of one instance of it, so that nothing else of the module is evaluated. `None`: not
    /// offered, the evaluator takes the whole call and steps into it.
    fn module_output(
        &self,
        _name: &Name,
        _key: Option<&InstanceKey>,
        _output: &Name,
        _span: Span,
        _diagnostics: &mut Diagnostics,
    ) -> Option<Value> {
        None
    }

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

/// What the name of a function of a provider means.
#[derive(Clone, Debug, PartialEq)]
pub enum ProviderFunction {
    /// There is no such provider, or it cannot be asked.
    NoProvider,
    /// The provider has no such function.
    NoFunction,
    /// A function.
    Known(Signature),
}

/// What a function of a provider takes and gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// Names and types of the parameters.
    pub parameters: Vec<(String, Type)>,
    /// Takes the rest of the arguments.
    pub variadic: Option<(String, Type)>,
    /// The type of the result.
    pub result: Type,
}

/// The functions of a scope.
pub trait Functions {
    /// A built-in function by its bare name.
    fn builtin(&self, name: &str) -> Option<&Function>;

    /// Calls `provider::local_name::function` with arguments that fit its parameters. `None`: there is no such provider or
    /// function.
    fn call_provider(&self, provider: &str, function: &str, arguments: &[Value]) -> Option<Result<Value, CallError>>;

    /// What `provider::local_name::function` is. The arguments of a call are counted and converted by it.
    fn provider_function(&self, provider: &str, function: &str) -> ProviderFunction {
        let _ = (provider, function);
        ProviderFunction::NoProvider
    }

    /// All built-in names, for "Did you mean …?".
    fn names(&self) -> Vec<&str>;

    /// Files, clock, randomness.
    fn environment(&self) -> &dyn Environment;
}
