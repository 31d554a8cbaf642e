//! Declared configuration: the files of each module, merged with their overrides, as blocks with names and meaning but
//! unevaluated expressions; and the tree of modules.
//!
//! Reads nothing itself: files come through [`Files`]. What is not supported yet is refused with a diagnostic, never ignored.

mod address;
mod assemble;
mod decode;
mod early;
mod expression;
mod files;
mod generated;
mod instead;
mod loader;
pub mod manifest;
mod model;
mod provider_source;
mod providers;
pub mod query;
pub mod references;
mod required_version;
mod source;
pub mod testing;
mod validate;
pub mod version;

use fw_lang::reference::Place;

pub use decode::implied_provider;
pub use early::{Early, EarlyScope};
pub use files::{ConfigFiles, Dialect, Files, dialect, is_own_of_opentofu};
pub use generated::generated_block;
pub use instead::stands_for;
pub use loader::{
    Locate, Resolve, Wanted, installed, load_installed, load_located, load_module, load_tree, not_installed,
};
pub use model::{
    Backend, Check, CheckRule, Config, Encryption, Import, LateCall, Lifecycle, LocalValue, Module, ModuleCall, Moved,
    MovedEndpoint, OnFailure, Output, PassedProvider, ProviderBlock, Provisioner, Removed, Repetition,
    RequiredProvider, ResourceBlock, Resources, Variable, When,
};
pub use provider_source::{SourceError, parse as parse_provider_source};
pub use providers::Requirements;
pub use source::{ModuleSource, RegistryModule, RemotePackage, clean_path};
pub use validate::{Findings, Part, validate};

/// The version of terraform whose language this is.
pub const COMPATIBLE_VERSION: &str = "1.11.4";

/// Where references of modules stand.
const PLACE: Place = Place::Module;
