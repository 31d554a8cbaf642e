//! The dependency lock file `.terraform.lock.hcl`, read and written as terraform does.

mod reader;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use fw_addr::Provider;
use fw_diag::{Diagnostic, Diagnostics, SourceMap};

use crate::hash::Hash;
use crate::version::{Constraints, Version};

/// The file's name, in the directory of the configuration.
pub const LOCK_FILE_NAME: &str = ".terraform.lock.hcl";

/// The locked selections of providers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockFile {
    /// By provider, in the order of the file.
    pub providers: BTreeMap<Provider, Lock>,
}

/// The selection of one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The selected version.
    pub version: Version,
    /// The constraints of the configuration when it was selected; for people to see what has changed.
    pub constraints: Constraints,
    /// The packages that may be installed; none means any.
    pub hashes: BTreeSet<Hash>,
}

impl LockFile {
    /// Reads the file of a directory; without one, nothing is locked.
    ///
    /// # Errors
    /// When the file cannot be read or says nonsense.
    pub fn load(directory: &Path, sources: &SourceMap) -> Result<Self, Diagnostics> {
        let path = directory.join(LOCK_FILE_NAME);
        match std::fs::read(&path) {
            Ok(bytes) => Self::parse(&shown(&path), &String::from_utf8_lossy(&bytes), sources),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Diagnostic::error(
                "Failed to read dependency lock file",
                format!("Error while reading {}: {error}.", shown(&path)),
            )
            .into()),
        }
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// When it says nonsense.
    pub fn parse(name: &str, text: &str, sources: &SourceMap) -> Result<Self, Diagnostics> {
        let (locks, problems) = reader::read(name, text, sources);
        if problems.has_errors() { Err(problems) } else { Ok(locks) }
    }

    /// Writes the file of a directory, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, directory: &Path) -> Result<(), Diagnostics> {
        let path = directory.join(LOCK_FILE_NAME);
        let write = || {
            use std::io::Write as _;
            let mut temporary =
                tempfile::Builder::new().prefix(".terraform.lock.hcl").tempfile_in(non_empty(directory))?;
            temporary.write_all(self.to_string().as_bytes())?;
            make_readable(temporary.as_file(), &path)?;
            temporary.persist(&path)?;
            std::io::Result::Ok(())
        };
        write().map_err(|error| {
            let path = shown(&path);
            let detail = format!("Error while writing new dependency lock information to {path}: {error}.");
            Diagnostics::from(Diagnostic::error("Failed to update dependency lock file", detail))
        })
    }

    /// The lock of a provider.
    #[must_use]
    pub fn get(&self, provider: &Provider) -> Option<&Lock> {
        self.providers.get(provider)
    }

    /// Whether nothing is locked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.providers.is_empty()
    }

    /// Whether both select the same packages. That other constraints have led to them makes no difference.
    #[must_use]
    pub fn same_selections(&self, other: &Self) -> bool {
        let selections = |locks: &Self| -> Vec<_> {
            let all = locks.providers.iter();
            all.map(|(provider, lock)| (provider.clone(), lock.version.clone(), lock.hashes.clone())).collect()
        };
        selections(self) == selections(other)
    }

    /// Whether both lock the same providers, whatever their versions.
    #[must_use]
    pub fn same_providers(&self, other: &Self) -> bool {
        self.providers.keys().eq(other.providers.keys())
    }
}

fn non_empty(directory: &Path) -> &Path {
    if directory.as_os_str().is_empty() { Path::new(".") } else { directory }
}

/// Temporary files are for their owner only; the lock file is for everybody, or keeps the mode it has.
#[cfg(unix)]
fn make_readable(file: &std::fs::File, path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).map_or(0o644, |found| found.permissions().mode() & 0o777);
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn make_readable(_file: &std::fs::File, _path: &Path) -> std::io::Result<()> {
    Ok(())
}

fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    text.strip_prefix("./").map_or(text.clone(), ToOwned::to_owned)
}

impl std::fmt::Display for LockFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            "# This file is maintained automatically by \"terraform init\".\n# Manual edits may be lost in future updates.\n",
        )?;
        self.providers.iter().try_for_each(|(provider, lock)| f.write_str(&block(provider, lock)))
    }
}

fn block(provider: &Provider, lock: &Lock) -> String {
    let mut out = format!("\nprovider \"{provider}\" {{\n");
    let constraints = lock.constraints.to_string();
    let written = if constraints.is_empty() {
        writeln!(out, "  version = \"{}\"", lock.version)
    } else {
        writeln!(out, "  version     = \"{}\"\n  constraints = \"{constraints}\"", lock.version)
    };
    written.expect("writing to a string");
    if !lock.hashes.is_empty() {
        out.push_str("  hashes = [\n");
        for hash in &lock.hashes {
            writeln!(out, "    \"{hash}\",").expect("writing to a string");
        }
        out.push_str("  ]\n");
    }
    out.push_str("}\n");
    out
}
