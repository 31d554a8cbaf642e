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
/// What is longer than the old content is written first: on a full disk that fails, and the file gets its old length again.
/// What remains takes no more room. The old content is cut off only in the end, so that the file is never shorter than it
/// must be.
pub(crate) fn overwrite(file: &mut File, content: &[u8]) -> std::io::Result<()> {
    let before = file.metadata()?.len();
    let room = usize::try_from(before).unwrap_or(usize::MAX).min(content.len());
    let (head, tail) = content.split_at(room);
    if !tail.is_empty() {
        file.seek(SeekFrom::Start(before))?;
        // Some file systems only find out later that there is no room.
        if let Err(error) = file.write_all(tail).and_then(|()| file.sync_data()) {
            file.set_len(before)?;
            return Err(error);
        }
    }
    file.seek(SeekFrom::Start(0))?;
    file.write_all(head)?;
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

/// Gives a file another name beside its old one, which is free then.
pub(crate) fn put_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}", uuid::Uuid::new_v4().simple()));
    let kept = path.with_file_name(name);
    std::fs::rename(path, &kept).map_err(StoreError::io("put aside", path))?;
    Ok(kept)
}

/// Makes the directory of a file, for its owner's eyes only.
pub(crate) fn make_private_directory(path: &Path) -> Result<(), StoreError> {
    let directory = directory(path);
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(StoreError::io("create", directory))
}

/// The bytes of a file; none where there is no file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, StoreError> {
    match std::fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read.map_err(StoreError::io("open", path)),
    }
}
