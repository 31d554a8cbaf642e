//! Addresses from text, as the command line and state files have them.

mod literal;
mod provider;
mod resource;
#[cfg(test)]
mod tests;
mod traversal;

use std::fmt;
use std::str::FromStr;

use crate::{
    AbsProviderConfig, AbsResource, AbsResourceInstance, ConfigResource, LocalProviderConfig, ModuleInstance,
    ModulePath, Name, Provider, Resource,
};

pub use literal::quote;
pub use traversal::is_identifier;

/// Why a text is not an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The headline of a diagnostic about it: `Invalid address`.
    pub summary: String,
    /// What is wrong, in sentences.
    pub message: String,
    /// Byte offset in the text.
    pub offset: usize,
}

impl ParseError {
    fn new(summary: &str, message: impl Into<String>, offset: usize) -> Self {
        Self { summary: summary.to_owned(), message: message.into(), offset }
    }

    fn address(message: impl Into<String>, offset: usize) -> Self {
        Self::new("Invalid address", message, offset)
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ParseError {}

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

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Module(module) => module.fmt(f),
            Self::Resource(resource) => resource.fmt(f),
            Self::Instance(instance) => instance.fmt(f),
        }
    }
}

impl Target {
    /// The module instance it is in, or is.
    #[must_use]
    pub fn module(&self) -> &ModuleInstance {
        match self {
            Self::Module(module) => module,
            Self::Resource(resource) => &resource.module,
            Self::Instance(instance) => &instance.module,
        }
    }
}

impl FromStr for Target {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        resource::target(text)
    }
}

impl FromStr for AbsResourceInstance {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        match resource::target(text)? {
            Target::Instance(instance) => Ok(instance),
            Target::Resource(resource) => Ok(resource.instance(None)),
            Target::Module(_) => Err(ParseError::address(
                "A resource instance address is required here. The module path must be followed by a resource instance \
                 specification.",
                0,
            )),
        }
    }
}

impl FromStr for AbsResource {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        match resource::target(text)? {
            Target::Resource(resource) => Ok(resource),
            Target::Instance(_) => Err(ParseError::address(
                "A resource address is required. This instance key identifies only one resource instance.",
                text.rfind('[').unwrap_or(0),
            )),
            Target::Module(_) => Err(ParseError::address(
                "A resource address is required here. The module path must be followed by a resource specification.",
                0,
            )),
        }
    }
}

impl FromStr for Resource {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let absolute: AbsResource = text.parse()?;
        if absolute.module.is_root() {
            Ok(absolute.resource)
        } else {
            Err(ParseError::address("A resource of this module is required here, without a module path.", 0))
        }
    }
}

impl FromStr for ConfigResource {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let absolute: AbsResource = text.parse()?;
        let module = without_keys(&absolute.module)?;
        Ok(Self { module, resource: absolute.resource })
    }
}

fn without_keys(module: &ModuleInstance) -> Result<ModulePath, ParseError> {
    if module.0.iter().any(|step| step.key.is_some()) {
        return Err(ParseError::address("Module instance keys are not allowed here.", 0));
    }
    Ok(module.path())
}

impl FromStr for ModuleInstance {
    type Err = ParseError;
    /// The empty text is the root.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        if text.is_empty() {
            return Ok(Self::root());
        }
        match resource::target(text)? {
            Target::Module(module) => Ok(module),
            Target::Resource(_) | Target::Instance(_) => Err(ParseError::new(
                "Invalid module instance address",
                "The module instance address is followed by additional invalid content.",
                0,
            )),
        }
    }
}

impl FromStr for ModulePath {
    type Err = ParseError;
    /// The empty text is the root.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        without_keys(&text.parse()?)
    }
}

impl FromStr for AbsProviderConfig {
    type Err = ParseError;
    /// Also reads the forms of old state files: `provider.aws`, `module.a.provider.aws.west`. They stand for providers of
    /// the namespace `-`.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        provider::absolute(text)
    }
}

impl FromStr for LocalProviderConfig {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let (local_name, alias) = match text.split_once('.') {
            Some((name, alias)) => (name, Some(alias)),
            None => (text, None),
        };
        for (part, offset) in [(Some(local_name), 0), (alias, local_name.len() + 1)] {
            if !part.is_none_or(traversal::is_identifier) {
                return Err(ParseError::new(
                    "Invalid provider configuration address",
                    "The provider type name must either stand alone or be followed by an alias name separated with a dot.",
                    offset,
                ));
            }
        }
        Ok(Self { local_name: Name::from(local_name), alias: alias.map(Name::from) })
    }
}

impl FromStr for Provider {
    type Err = ParseError;
    /// A source address as configurations have it: `aws`, `hashicorp/aws`, `example.com/corp/thing`.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        provider::source(text)
    }
}
