//! Declared configuration: the files of each module, merged with their overrides, as blocks with names and meaning but
//! unevaluated expressions; and the tree of modules.
//!
//! Reads nothing itself: files come through [`Files`]. What is not supported yet is refused with a diagnostic, never ignored.

mod model;

pub use model::{
    Backend, Check, CheckRule, Config, Import, Lifecycle, LocalValue, Module, ModuleCall, Moved, MovedEndpoint, OnFailure,
    Output, PassedProvider, ProviderBlock, Provisioner, Removed, Repetition, RequiredProvider, ResourceBlock, Variable,
    When,
};

/// Where the text of configuration comes from.
pub trait Files {
    /// Names of the regular files of a directory (not paths), or why it can't be read.
    ///
    /// # Errors
    /// A message for people.
    fn list(&self, directory: &str) -> Result<Vec<String>, String>;

    /// The bytes of a file.
    ///
    /// # Errors
    /// A message for people.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;
}
