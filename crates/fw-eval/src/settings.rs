//! What evaluation is told once, at its start.

use std::collections::BTreeMap;

use fw_addr::{Name, Provider};
use fw_diag::{SourceMap, Span};
use fw_functions::{CallError, Environment};
use fw_lang::ProviderFunction;
use fw_value::Value;

/// Which walk evaluates; a few rules differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Only the configuration is known: resources are unknown, `count` and `for_each` are not expanded.
    Validate,
    /// Values of resources are planned ones.
    Plan,
    /// Values of resources are final.
    Apply,
}

/// What evaluation is told once.
pub struct Settings<'c> {
    /// Which walk it is.
    pub phase: Phase,
    /// The files, for messages that name a place in words.
    pub sources: &'c SourceMap,
    /// Where the values of root variables that came from files are written.
    pub root_variable_spans: BTreeMap<Name, Span>,
    /// `terraform.workspace`.
    pub workspace: String,
    /// `path.root`.
    pub root_directory: String,
    /// `path.cwd`.
    pub working_directory: String,
    /// Files, clock and randomness for functions.
    pub environment: &'c dyn Environment,
    /// Functions of providers.
    pub provider_functions: &'c dyn ProviderFunctions,
}

/// Functions of providers.
pub trait ProviderFunctions {
    /// What a function takes and gives.
    fn find(&self, provider: &Provider, function: &str) -> ProviderFunction;

    /// The result for arguments that fit the parameters; `None` when the provider has no such function (or is not one of the configuration's).
    fn call(&self, provider: &Provider, function: &str, arguments: &[Value]) -> Option<Result<Value, CallError>>;
}
