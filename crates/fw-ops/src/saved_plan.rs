//! Plans on disk: a plan with all that is needed to apply it later as it is, whatever has become of the directory.
//!
//! The file is a zip archive of our own: the plan itself, the configuration it was made from, the lock file, the workspace
//! and the place of the state. Values of variables are in it, the sensitive ones too, so only its owner may read it;
//! values of ephemeral variables are not.

mod archive;
mod check;
mod snapshot;

use std::collections::BTreeMap;
use std::path::Path;

use fw_config::Config;
use fw_diag::{Diagnostic, Diagnostics, SourceMap};
use fw_exec::Plan;
use fw_store::Cipher;
use serde::{Deserialize, Serialize};

pub use archive::{PlanFileError, is_plan_file};
pub use snapshot::Snapshot;

/// A plan and what it was made from.
#[derive(Clone, Debug)]
pub struct SavedPlan {
    /// The plan, with the states before and after refresh in it.
    pub plan: Plan,
    /// The configuration, as its files were.
    pub snapshot: Snapshot,
    /// The text of the lock file, where there was one.
    pub lock_file: Option<String>,
    /// The workspace it was made in.
    pub workspace: String,
    /// Where the state is.
    pub backend: SavedBackend,
}

/// Where the state of a saved plan is: a kind of backend and its settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedBackend {
    /// `local`, `s3`.
    pub kind: String,
    /// As in the configuration, each as JSON: `path`, `workspace_dir`.
    pub settings: BTreeMap<String, String>,
}

impl SavedPlan {
    /// Writes the file, whole or not at all, for its owner's eyes only; encrypted if there is a cipher.
    ///
    /// # Errors
    /// When the plan cannot be encoded or the file cannot be written; as a diagnostic.
    pub fn write(&self, path: &Path, cipher: Option<&dyn Cipher>) -> Result<(), Diagnostics> {
        let failed = |why: String| {
            Diagnostic::error("Failed to write plan file", format!("The plan file could not be written: {why}."))
        };
        let mut bytes = archive::pack(self).map_err(failed)?;
        if let Some(cipher) = cipher {
            bytes = cipher.seal(&bytes).map_err(failed)?;
        }
        archive::write_private(path, &bytes).map_err(|error| failed(format!("{}: {error}", path.display())))?;
        Ok(())
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, is something else, was written by another version, or is damaged.
    pub fn read(path: &Path) -> Result<Self, PlanFileError> {
        Self::from_bytes(
            &std::fs::read(path).map_err(|source| PlanFileError::Unreadable { path: path.to_owned(), source })?,
        )
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PlanFileError> {
        archive::unpack(bytes)
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// Why the plan cannot be encoded, for people.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        archive::pack(self)
    }

    /// The configuration the plan was made from.
    #[must_use]
    pub fn configuration(&self, sources: &SourceMap) -> (Config, Diagnostics) {
        self.snapshot.load(sources)
    }
}
