//! The installed packages that the lock file has selected, checked before they are used.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use fw_addr::Provider;
use fw_diag::{Diagnostic, Diagnostics};

use crate::hash::Hash;
use crate::lock_file::LockFile;
use crate::site::{Requirements, Site};

/// The program of an installed provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The program.
    pub path: PathBuf,
    /// The checked hash of its package; none for development overrides, which change at any time.
    pub hash: Option<Hash>,
}

/// The programs of all providers that the lock file has selected and of development overrides. Reattached ones are not
/// among them.
///
/// # Errors
/// When a package is missing or is not the one that was locked.
pub fn selected_programs(site: &Site, locks: &LockFile) -> Result<BTreeMap<Provider, Program>, Diagnostics> {
    Err(Diagnostic::error("Not there yet", "").into())
}

/// Whether the lock file has selections for all that the configuration needs.
///
/// # Errors
/// When `init` must be run first.
pub fn check_selections(site: &Site, requirements: &Requirements, locks: &LockFile) -> Result<(), Diagnostics> {
    Err(Diagnostic::error("Not there yet", "").into())
}
