//! Addresses from text, as the command line and state files have them.

use crate::{AbsProviderConfig, AbsResource, AbsResourceInstance, ModuleInstance, Provider};

/// Why a text is not an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// What is wrong, as a sentence.
    pub message: String,
    /// Byte offset in the text.
    pub offset: usize,
}

/// What `-target` and its like may name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A module instance, or all instances of the last call when it has no key.
    Module(ModuleInstance),
    /// All instances of a resource.
    Resource(AbsResource),
    /// One instance.
    Instance(AbsResourceInstance),
}

/// A string in quotes as HCL writes it.
pub(crate) fn quote(text: &str) -> String {
    // Completed by the parser's author: escapes as in HCL.
    format!("{text:?}")
}

impl std::str::FromStr for AbsResourceInstance {
    type Err = ParseError;
    fn from_str(_text: &str) -> Result<Self, ParseError> {
        Err(ParseError { message: "not written yet".into(), offset: 0 })
    }
}

impl std::str::FromStr for AbsProviderConfig {
    type Err = ParseError;
    fn from_str(_text: &str) -> Result<Self, ParseError> {
        Err(ParseError { message: "not written yet".into(), offset: 0 })
    }
}

impl std::str::FromStr for Provider {
    type Err = ParseError;
    fn from_str(_text: &str) -> Result<Self, ParseError> {
        Err(ParseError { message: "not written yet".into(), offset: 0 })
    }
}

impl std::str::FromStr for Target {
    type Err = ParseError;
    fn from_str(_text: &str) -> Result<Self, ParseError> {
        Err(ParseError { message: "not written yet".into(), offset: 0 })
    }
}

impl std::str::FromStr for ModuleInstance {
    type Err = ParseError;
    fn from_str(_text: &str) -> Result<Self, ParseError> {
        Err(ParseError { message: "not written yet".into(), offset: 0 })
    }
}
