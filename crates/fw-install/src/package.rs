//! Packages on disk: directories of installed ones, and the program in a package.

mod unpack;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use fw_addr::Provider;
use tempfile::{NamedTempFile, TempDir};

use crate::error::FetchError;
use crate::platform::Platform;
use crate::version::Version;

pub(crate) use unpack::unpack;

/// A directory of unpacked packages for one platform, `HOST/NAMESPACE/TYPE/VERSION/OS_ARCH`: that of installed packages
/// or the shared cache.
#[derive(Clone, Debug)]
pub(crate) struct PackageDirectory {
    pub(crate) base: PathBuf,
    pub(crate) platform: Platform,
}

/// What the names of directories begin with in which a package is put together.
const STAGING: &str = ".new";

/// What the names of files begin with that a package is downloaded to.
const DOWNLOAD: &str = ".download";

/// How often a package is put in its place while other processes do the same.
const MOST_ATTEMPTS: u32 = 20;

impl PackageDirectory {
    fn parent_of(&self, provider: &Provider, version: &Version) -> PathBuf {
        let mut path = self.base.join(&*provider.host);
        path.extend([&*provider.namespace, &*provider.kind, version.to_string().as_str()]);
        path
    }

    /// Where a package is, if it is there.
    pub(crate) fn path_of(&self, provider: &Provider, version: &Version) -> PathBuf {
        self.parent_of(provider, version).join(self.platform.to_string())
    }

    /// The directory of an installed package.
    pub(crate) fn installed(&self, provider: &Provider, version: &Version) -> Option<PathBuf> {
        Some(self.path_of(provider, version)).filter(|path| path.is_dir())
    }

    /// To be held while packages are put here, so that nobody takes what is half done for a leftover. Whoever finds nobody
    /// else here first removes what killed processes have left behind. `None` where directories cannot be locked.
    pub(crate) fn occupy(&self) -> Option<File> {
        fs::create_dir_all(&self.base).ok()?;
        let directory = File::open(&self.base).ok()?;
        if directory.try_lock().is_ok() {
            // HOST/NAMESPACE/TYPE/VERSION
            sweep(&self.base, 4);
        }
        directory.lock_shared().ok().map(|()| directory)
    }

    /// Held while a package is put in its place: of several processes that have the same package, only the first does it,
    /// and the others find it there. `None` where directories cannot be locked.
    pub(crate) fn turn(&self, provider: &Provider, version: &Version) -> Option<File> {
        let directory = File::open(self.parent_of(provider, version)).ok()?;
        directory.lock().ok().map(|()| directory)
    }

    /// A file to download a package to.
    pub(crate) fn download(&self) -> Result<NamedTempFile, FetchError> {
        fs::create_dir_all(&self.base).map_err(FetchError::io("create", &self.base))?;
        let file = tempfile::Builder::new().prefix(DOWNLOAD).tempfile_in(&self.base);
        file.map_err(FetchError::io("create a file in", &self.base))
    }

    /// A directory to put a package together in, next to where it will be, so that it can be moved there at once.
    pub(crate) fn staging(&self, provider: &Provider, version: &Version) -> Result<TempDir, FetchError> {
        let parent = self.parent_of(provider, version);
        fs::create_dir_all(&parent).map_err(FetchError::io("create", &parent))?;
        let made = tempfile::Builder::new().prefix(STAGING).tempdir_in(&parent);
        made.map_err(FetchError::io("create a directory in", &parent))
    }

    /// Moves a package from its staging directory to its place; whatever was there is replaced.
    pub(crate) fn place(
        &self,
        provider: &Provider,
        version: &Version,
        staging: TempDir,
    ) -> Result<PathBuf, FetchError> {
        let path = self.path_of(provider, version);
        open_to_all(staging.path()).map_err(FetchError::io("change the mode of", staging.path()))?;
        let mut attempts = 0;
        loop {
            self.clear(provider, version, &path)?;
            match fs::rename(staging.path(), &path) {
                Ok(()) => break,
                // Another process has put its package there since.
                Err(_) if attempts < MOST_ATTEMPTS && path.exists() => attempts += 1,
                Err(error) => return Err(FetchError::io("move a package to", &path)(error)),
            }
        }
        // What was moved away must not be cleaned up.
        let _moved = staging.keep();
        Ok(path)
    }

    /// Makes a package of another directory available here, by a link or, where there are none, as a copy.
    pub(crate) fn link(&self, provider: &Provider, version: &Version, target: &Path) -> Result<PathBuf, FetchError> {
        let path = self.path_of(provider, version);
        let same = |a: &Path, b: &Path| matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b);
        let is_link = path.symlink_metadata().is_ok_and(|found| found.is_symlink());
        if !is_link && same(&path, target) {
            return Ok(path);
        }
        let target = std::path::absolute(target).map_err(FetchError::io("resolve", target))?;
        let staging = self.staging(provider, version)?;
        self.clear(provider, version, &path)?;
        let made = make_link(&target, &path);
        // Another process may have made it at the same time.
        if made.is_err() && !same(&path, &target) {
            copy(&target, staging.path(), 0).map_err(FetchError::io("copy", &target))?;
            return self.place(provider, version, staging);
        }
        Ok(path)
    }

    /// Removes what is in a package's place. A directory is moved away first: another process may be using it, and at no
    /// moment shall half a package be there.
    fn clear(&self, provider: &Provider, version: &Version, path: &Path) -> Result<(), FetchError> {
        match path.symlink_metadata() {
            Err(_) => Ok(()),
            Ok(found) if !found.is_dir() => {
                absent_is_fine(fs::remove_file(path)).map_err(FetchError::io("remove", path))
            }
            Ok(_) => {
                let aside = self.staging(provider, version)?;
                absent_is_fine(fs::rename(path, aside.path().join("old"))).map_err(FetchError::io("remove", path))
            }
        }
    }
}

/// Removes what was to become a package, down to this depth. What cannot be removed does no harm.
fn sweep(directory: &Path, depth: usize) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && name.starts_with(STAGING) => drop(fs::remove_dir_all(path)),
            Ok(kind) if kind.is_file() && name.starts_with(DOWNLOAD) => drop(fs::remove_file(path)),
            Ok(kind) if kind.is_dir() && depth > 0 => sweep(&path, depth - 1),
            _ => {}
        }
    }
}

/// What is to be removed may be removed by another process just now.
fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    result.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

#[cfg(unix)]
fn make_link(target: &Path, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn make_link(_target: &Path, _path: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Temporary directories are for their owner only; packages are for everybody.
#[cfg(unix)]
fn open_to_all(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(directory, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn open_to_all(_directory: &Path) -> io::Result<()> {
    Ok(())
}

fn copy(from: &Path, to: &Path, depth: usize) -> io::Result<()> {
    const DEEPEST: usize = 100;
    if depth > DEEPEST {
        return Err(io::Error::other("nested too deeply"));
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&target)?;
            copy(&entry.path(), &target, depth + 1)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The plugin's program in an unpacked package: `terraform-provider-TYPE`, with whatever after `_` or `.`.
pub(crate) fn program(directory: &Path, provider: &Provider) -> Option<PathBuf> {
    let prefix = format!("terraform-provider-{}", provider.kind);
    let mut names: Vec<_> = fs::read_dir(directory).ok()?.filter_map(|entry| Some(entry.ok()?.file_name())).collect();
    names.sort();
    let is_program = |name: &std::ffi::OsString| {
        let name = name.to_string_lossy();
        let rest = name.strip_prefix(&prefix);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['_', '.'])) && directory.join(&*name).is_file()
    };
    names.into_iter().find(is_program).map(|name| directory.join(name))
}
