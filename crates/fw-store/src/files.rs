//! Files beside a state, and writing that survives a crash.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::StoreError;

/// A hidden file beside the state: `.terraform.tfstate.lock.info`.
pub(crate) fn beside(state: &Path, suffix: &str) -> PathBuf {
    let name = state.file_name().unwrap_or_default().to_string_lossy();
    let mut hidden = OsString::from(".");
    hidden.push(name.strip_prefix('.').unwrap_or(&name));
    hidden.push(suffix);
    state.with_file_name(hidden)
}

/// Makes a file whole or not at all: written elsewhere, synced, renamed.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".tmp");
    let temporary = path.with_file_name(name);
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(content)?;
        file.sync_data()?;
        std::fs::rename(&temporary, path)?;
        sync_directory(path)
    };
    write().map_err(|source| {
        // What is left of the attempt is of no use; that it cannot be removed changes nothing.
        drop(std::fs::remove_file(&temporary));
        StoreError::io("write", path)(source)
    })
}

/// Makes the entry of a file in its directory durable.
pub(crate) fn sync_directory(path: &Path) -> std::io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    File::open(directory(path))?.sync_all()
}

/// The directory of a file, `.` where its path has none.
pub(crate) fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Replaces the content of an open file, keeping the file itself: its lock, and whoever waits for it, are bound to it.
/// The old content is overwritten from the start and only then cut off, so that the file is never shorter than it must be.
pub(crate) fn overwrite(file: &mut File, content: &[u8]) -> std::io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    file.write_all(content)?;
    file.set_len(u64::try_from(content.len()).unwrap_or(u64::MAX))?;
    file.sync_data()
}

/// Removes a file that may not be there.
pub(crate) fn remove(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StoreError::io("remove", path)(error)),
        _ => Ok(()),
    }
}

/// The bytes of a file; none where there is no file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, StoreError> {
    match std::fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read.map_err(StoreError::io("read", path)),
    }
}
