//! Copies of directories.

use std::fs;
use std::io;
use std::path::Path;

/// Deeper nesting is refused.
const DEEPEST: usize = 200;

/// Copies all that is in a directory to another one, which is made if need be. Links stay links.
#[cfg(not(unix))]
pub(super) fn tree(from: &Path, to: &Path) -> io::Result<()> {
    copy(from, to, &|_| true, 0)
}

/// Copies all that is in a directory to another one, which is made if need be, but not the directory of the version control.
/// Links stay links.
pub(super) fn tree_without_history(from: &Path, to: &Path) -> io::Result<()> {
    copy(from, to, &|name| name != ".git" && name != ".hg", 0)
}

/// As [`tree_without_history`], without all that is hidden.
pub(super) fn tree_without_hidden(from: &Path, to: &Path) -> io::Result<()> {
    copy(from, to, &|name| !name.starts_with('.'), 0)
}

fn copy(from: &Path, to: &Path, wanted: &dyn Fn(&str) -> bool, depth: usize) -> io::Result<()> {
    if depth > DEEPEST {
        return Err(io::Error::other("nested too deeply"));
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if !wanted(&entry.file_name().to_string_lossy()) {
            continue;
        }
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy(&path, &target, wanted, depth + 1)?;
        } else if kind.is_symlink() {
            link(&path, &target)?;
        } else {
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn link(path: &Path, target: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(fs::read_link(path)?, target)
}

#[cfg(not(unix))]
fn link(path: &Path, target: &Path) -> io::Result<()> {
    fs::copy(path, target).map(drop)
}
