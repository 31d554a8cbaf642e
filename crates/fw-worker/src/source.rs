//! Unpacks a stack's files: only regular files and directories, only below the directory they belong to, and not more
//! than is allowed, whatever an archive says of itself.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Cursor, Read, Write};
use std::path::{Component, Path, PathBuf};

use fw_run::SourceFormat;

use crate::Limits;

/// Why files can't be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The archive is none.
    #[error("the configuration cannot be unpacked: {0}")]
    Malformed(String),
    /// A path leads elsewhere, or names no file.
    #[error("the configuration has a file with the path `{0}`, which is not a relative path without `..`")]
    Path(String),
    /// A link, a device.
    #[error("`{0}` in the configuration is neither a file nor a directory")]
    Kind(String),
    /// Too much.
    #[error("the configuration is larger than the {bytes} bytes or {entries} files that are allowed")]
    Large {
        /// Allowed.
        bytes: u64,
        /// Allowed.
        entries: u64,
    },
    /// The disk.
    #[error("the configuration cannot be written: {0}")]
    Io(#[from] io::Error),
}

/// Unpacks into a directory that is there.
pub(crate) fn unpack(format: SourceFormat, packed: &[u8], into: &Path, limits: Limits) -> Result<(), SourceError> {
    let mut unpacking = Unpacking { into, limits, bytes: 0, entries: 0 };
    match format {
        SourceFormat::Files => unpacking.files(packed),
        SourceFormat::TarGz => unpacking.tar(packed),
        SourceFormat::Zip => unpacking.zip(packed),
    }
}

fn malformed(error: impl std::fmt::Display) -> SourceError {
    SourceError::Malformed(error.to_string())
}

/// A path below a directory; `None` for the directory itself.
pub(crate) fn below(path: &str) -> Result<Option<PathBuf>, SourceError> {
    let wrong = || SourceError::Path(path.chars().take(200).collect());
    if path.contains(['\0', '\\']) {
        return Err(wrong());
    }
    let mut clean = PathBuf::new();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(name) => clean.push(name),
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::ParentDir => return Err(wrong()),
        }
    }
    Ok((!clean.as_os_str().is_empty()).then_some(clean))
}

struct Unpacking<'a> {
    into: &'a Path,
    limits: Limits,
    bytes: u64,
    entries: u64,
}

impl Unpacking<'_> {
    fn too_large(&self) -> SourceError {
        SourceError::Large { bytes: self.limits.bytes, entries: self.limits.entries }
    }

    fn entry(&mut self) -> Result<(), SourceError> {
        self.entries += 1;
        if self.entries > self.limits.entries { Err(self.too_large()) } else { Ok(()) }
    }

    fn directory(&mut self, path: &str) -> Result<(), SourceError> {
        self.entry()?;
        if let Some(path) = below(path)? {
            fs::create_dir_all(self.into.join(path))?;
        }
        Ok(())
    }

    fn file(&mut self, path: &str, content: impl Read, executable: bool) -> Result<(), SourceError> {
        self.entry()?;
        let relative = below(path)?.ok_or_else(|| SourceError::Path(path.to_owned()))?;
        let place = self.into.join(relative);
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut options = fs::File::options();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, if executable { 0o755 } else { 0o644 });
        let mut file = options.open(place)?;
        // One byte more than allowed tells that there is more.
        let left = self.limits.bytes - self.bytes;
        self.bytes += io::copy(&mut content.take(left + 1), &mut file).map_err(malformed)?;
        file.flush()?;
        if self.bytes > self.limits.bytes { Err(self.too_large()) } else { Ok(()) }
    }

    fn files(&mut self, packed: &[u8]) -> Result<(), SourceError> {
        let files: BTreeMap<String, String> = serde_json::from_slice(packed).map_err(malformed)?;
        files.iter().try_for_each(|(path, text)| self.file(path, text.as_bytes(), false))
    }

    fn tar(&mut self, packed: &[u8]) -> Result<(), SourceError> {
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(packed));
        for entry in archive.entries().map_err(malformed)? {
            let entry = entry.map_err(malformed)?;
            let path = String::from_utf8(entry.path_bytes().into_owned()).map_err(malformed)?;
            let kind = entry.header().entry_type();
            match kind {
                tar::EntryType::Directory => self.directory(&path)?,
                tar::EntryType::Regular | tar::EntryType::Continuous => {
                    let executable = entry.header().mode().is_ok_and(|mode| mode & 0o100 != 0);
                    self.file(&path, entry, executable)?;
                }
                // What archivers say of themselves.
                tar::EntryType::XGlobalHeader | tar::EntryType::XHeader => {}
                _ => return Err(SourceError::Kind(path)),
            }
        }
        Ok(())
    }

    fn zip(&mut self, packed: &[u8]) -> Result<(), SourceError> {
        let mut archive = zip::ZipArchive::new(Cursor::new(packed)).map_err(malformed)?;
        for index in 0..archive.len() {
            let entry = archive.by_index(index).map_err(malformed)?;
            let path = entry.name().map_err(malformed)?.into_owned();
            let executable = entry.unix_mode().is_some_and(|mode| mode & 0o100 != 0);
            if entry.is_dir() {
                self.directory(&path)?;
            } else if entry.is_file() {
                self.file(&path, entry, executable)?;
            } else {
                return Err(SourceError::Kind(path));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
