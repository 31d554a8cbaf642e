//! What an operation is given of the process it runs in. Nothing below reads the environment itself, so that a service can
//! run operations of many stacks side by side.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::ConfigurationFiles;
use crate::variables::VariableArgument;

/// Whose configuration files are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// Those of terraform; files that only OpenTofu reads are passed over, as terraform does.
    Terraform,
    /// Those of OpenTofu too, which hide files of the same name.
    #[default]
    OpenTofu,
}

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
    /// Whose configuration files are read.
    pub level: Level,
    /// Values of variables that were given with the command.
    pub arguments: Vec<VariableArgument>,
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

    /// The files of configurations, seen from the root module.
    #[must_use]
    pub fn files(&self) -> ConfigurationFiles {
        ConfigurationFiles::of(self)
    }

    /// The selected workspace, or the one that `TF_WORKSPACE` says.
    #[must_use]
    pub fn workspace(&self) -> String {
        let named = self.variable("TF_WORKSPACE").map(str::to_owned);
        let selected = || std::fs::read_to_string(self.data_directory().join("environment")).ok();
        let name = named.or_else(selected).map(|name| name.trim().to_owned());
        name.filter(|name| !name.is_empty()).unwrap_or_else(|| fw_store::DEFAULT_WORKSPACE.to_owned())
    }

    /// A path as the user writes it, seen from the root module.
    #[must_use]
    pub fn resolve(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }
}
