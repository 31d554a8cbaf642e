//! What an operation is given of the process it runs in. Nothing below reads the environment itself, so that a service can
//! run operations of many stacks side by side.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The outside of an operation.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Environment variables.
    pub variables: BTreeMap<String, String>,
    /// The root module's directory, absolute.
    pub root: PathBuf,
    /// Where the program was started, absolute: `path.cwd`.
    pub started_in: PathBuf,
    /// The user's home directory.
    pub home: Option<PathBuf>,
}

impl Surroundings {
    /// An environment variable that is set and not empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }

    /// Where providers, modules and the selected workspace are kept: `.terraform`, or what `TF_DATA_DIR` says.
    #[must_use]
    pub fn data_directory(&self) -> PathBuf {
        self.resolve(self.variable("TF_DATA_DIR").unwrap_or(".terraform"))
    }

    /// A path as the user writes it, seen from the root module.
    #[must_use]
    pub fn resolve(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }
}
