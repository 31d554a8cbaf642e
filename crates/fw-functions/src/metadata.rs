//! What `metadata functions` tells of the functions.

use fw_value::Type;

use crate::deferred;
use crate::function::{Function, Parameter};
use crate::registry::all;

/// A function, for people and editors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionDescription {
    /// Its name; it can also be called with `core::` before it.
    pub name: &'static str,
    /// What it does, in Markdown.
    pub description: &'static str,
    /// The type of its result; [`Type::Dynamic`] where it depends on the arguments.
    pub return_type: Type,
    /// Its positional parameters.
    pub parameters: Vec<ParameterDescription>,
    /// The parameter for all further arguments.
    pub variadic: Option<ParameterDescription>,
}

/// A parameter, for people and editors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterDescription {
    /// Its name.
    pub name: &'static str,
    /// What to give, where the name does not say it all; else empty.
    pub description: &'static str,
    /// The type arguments are converted to.
    pub ty: Type,
    /// Whether null may be given.
    pub nullable: bool,
}

/// All functions that can be used, sorted by name; without those that are there only to say that they are gone.
#[must_use]
pub fn metadata() -> Vec<FunctionDescription> {
    let usable = all().iter().filter(|function| !matches!(function.name, "list" | "map"));
    let mut described: Vec<_> = usable.map(describe).chain(deferred::descriptions()).collect();
    described.sort_by_key(|function| function.name);
    described
}

fn describe(function: &Function) -> FunctionDescription {
    FunctionDescription {
        name: function.name,
        description: function.description,
        return_type: function.general_result_type(),
        parameters: function.parameters.iter().map(describe_parameter).collect(),
        variadic: function.variadic.as_ref().map(describe_parameter),
    }
}

fn describe_parameter(parameter: &Parameter) -> ParameterDescription {
    ParameterDescription {
        name: parameter.name,
        description: parameter.description,
        ty: parameter.ty.clone(),
        nullable: parameter.allow_null,
    }
}
