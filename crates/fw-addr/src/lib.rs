//! Addresses of everything that has a name: immutable, cheap to clone, printed and parsed as terraform does.

mod module;
mod parse;
mod provider;
mod resource;

pub use module::{InstanceKey, ModuleInstance, ModulePath, ModuleStep};
pub use parse::{ParseError, Target, is_identifier, quote};
pub use provider::{AbsProviderConfig, LocalProviderConfig, Provider};
pub use resource::{AbsResource, AbsResourceInstance, ConfigResource, Resource, ResourceMode};

/// Names: shared strings.
pub type Name = std::sync::Arc<str>;
