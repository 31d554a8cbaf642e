//! The workspaces of a directory: one state file each.

use std::path::{Path, PathBuf};

use crate::{StatePaths, StoreError, files};

/// The workspace that always exists.
pub const DEFAULT_WORKSPACE: &str = "default";

/// Where the states of a directory are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspaces {
    /// The state of the default workspace: `terraform.tfstate`, or the backend's `path`.
    pub default_state: PathBuf,
    /// Holds a directory for each other workspace: `terraform.tfstate.d`, or the backend's `workspace_dir`.
    pub directory: PathBuf,
    /// The working data: `.terraform`, or `TF_DATA_DIR`.
    pub data: PathBuf,
}

/// Why a workspace cannot be made or removed.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// The default one stays.
    #[error("cannot delete default state")]
    Default,
    /// The file system refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Workspaces {
    /// Those of a configuration's directory without backend settings.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        Self {
            default_state: root.join("terraform.tfstate"),
            directory: root.join("terraform.tfstate.d"),
            data: root.join(".terraform"),
        }
    }

    /// The names of all workspaces, the default one first.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn list(&self) -> Result<Vec<String>, StoreError> {
        let entries = match std::fs::read_dir(&self.directory) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(vec![DEFAULT_WORKSPACE.to_owned()]);
            }
            entries => entries.map_err(StoreError::io("list", &self.directory))?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(StoreError::io("list", &self.directory))?;
            if entry.path().is_dir()
                && let Ok(name) = entry.file_name().into_string()
            {
                names.push(name);
            }
        }
        names.sort();
        names.insert(0, DEFAULT_WORKSPACE.to_owned());
        Ok(names)
    }

    /// The files of a workspace's state.
    #[must_use]
    pub fn paths(&self, name: &str) -> StatePaths {
        StatePaths::of(if name == DEFAULT_WORKSPACE || name.is_empty() {
            self.default_state.clone()
        } else {
            self.directory.join(name).join("terraform.tfstate")
        })
    }

    /// The workspace chosen last; `overridden` is what `TF_WORKSPACE` says.
    ///
    /// # Errors
    /// When the choice cannot be read.
    pub fn selected(&self, overridden: Option<&str>) -> Result<String, StoreError> {
        if let Some(name) = overridden.filter(|name| !name.is_empty()) {
            return Ok(name.to_owned());
        }
        let bytes = files::read(&self.environment())?;
        let name = String::from_utf8_lossy(&bytes);
        let name = name.trim();
        Ok(if name.is_empty() { DEFAULT_WORKSPACE.to_owned() } else { name.to_owned() })
    }

    /// Chooses a workspace for the commands to come.
    ///
    /// # Errors
    /// When the choice cannot be written.
    pub fn select(&self, name: &str) -> Result<(), StoreError> {
        std::fs::create_dir_all(&self.data).map_err(StoreError::io("create", &self.data))?;
        files::write_whole(&self.environment(), name.as_bytes())
    }

    /// Makes the directory of a workspace.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(&self, name: &str) -> Result<(), StoreError> {
        if name == DEFAULT_WORKSPACE {
            return Ok(());
        }
        let directory = self.directory.join(name);
        std::fs::create_dir_all(&directory).map_err(StoreError::io("create", &directory))
    }

    /// Removes a workspace with its state.
    ///
    /// # Errors
    /// For the default one, and when its directory cannot be removed.
    pub fn delete(&self, name: &str) -> Result<(), WorkspaceError> {
        if name == DEFAULT_WORKSPACE || name.is_empty() {
            return Err(WorkspaceError::Default);
        }
        let directory = self.directory.join(name);
        std::fs::remove_dir_all(&directory).map_err(StoreError::io("remove", &directory))?;
        Ok(())
    }

    fn environment(&self) -> PathBuf {
        self.data.join("environment")
    }
}

/// Whether a name can be a workspace: what needs no escape in a URL's path.
#[must_use]
pub fn is_valid_workspace_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.~$&+:=@".contains(c);
    !name.is_empty() && name != "." && name != ".." && name.chars().all(plain)
}
