//! Unpacking of packages: what is in an archive ends up in the directory as plain files and directories, wherever it says
//! that it wants to be, links come out as files, and there is a limit to all.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;
use tar::EntryType;
use zip::ZipArchive;

use crate::http::PACKAGE_LIMIT;

/// More files than any package has.
const MOST_FILES: usize = 1_000_000;

/// How an archive is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Zip,
    TarGzip,
    TarBzip2,
    TarXz,
    /// One file alone, which is no package; the name of the kind.
    Single(&'static str),
}

/// By the ends of names, longer ones first.
const FORMATS: [(&str, Format); 11] = [
    ("tar.bz2", Format::TarBzip2),
    ("tar.tbz2", Format::TarBzip2),
    ("tar.gz", Format::TarGzip),
    ("tar.xz", Format::TarXz),
    ("tbz2", Format::TarBzip2),
    ("tgz", Format::TarGzip),
    ("txz", Format::TarXz),
    ("zip", Format::Zip),
    ("bz2", Format::Single("bzip2")),
    ("gz", Format::Single("gzip")),
    ("xz", Format::Single("xz")),
];

impl Format {
    /// The format that is asked for, else that of the path. `false` asks for none.
    pub(super) fn of(asked: &str, path: &str) -> Option<Self> {
        let find = |fits: &dyn Fn(&str) -> bool| FORMATS.iter().find(|(name, _)| fits(name)).map(|(_, format)| *format);
        match asked {
            "" => find(&|name| path.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'))),
            asked => find(&|name| name == asked),
        }
    }

    /// Unpacks an archive into a directory that does not exist yet.
    pub(super) fn unpack(self, archive: &Path, into: &Path) -> Result<(), String> {
        fs::create_dir_all(into).map_err(|error| fw_diag::system_error(&error))?;
        let open = || File::open(archive).map(BufReader::new).map_err(|error| fw_diag::system_error(&error));
        let mut unpacking = Unpacking { into, archive, left: PACKAGE_LIMIT, files: 0 };
        match self {
            Self::Zip => unpacking.zip(open()?),
            Self::TarGzip => unpacking.tar(MultiGzDecoder::new(open()?)),
            Self::TarBzip2 => unpacking.tar(MultiBzDecoder::new(open()?)),
            Self::TarXz => unpacking.tar(XzReader::new(open()?, true)),
            Self::Single(kind) => Err(format!("{kind}-compressed files can only unarchive to a single file")),
        }
    }
}

/// An archive on its way.
struct Unpacking<'a> {
    into: &'a Path,
    archive: &'a Path,
    left: u64,
    files: usize,
}

impl Unpacking<'_> {
    fn zip(&mut self, archive: impl Read + io::Seek) -> Result<(), String> {
        let mut zip = ZipArchive::new(archive).map_err(|error| error.to_string())?;
        for index in 0..zip.len() {
            let mut entry = zip.by_index(index).map_err(|error| error.to_string())?;
            let name = entry.name().map_err(|error| error.to_string())?.into_owned();
            let (is_directory, mode) = (entry.is_dir(), entry.unix_mode().unwrap_or(0o644));
            self.entry(&name, is_directory, mode, &mut entry)?;
        }
        self.done()
    }

    fn tar(&mut self, archive: impl Read) -> Result<(), String> {
        let mut tar = tar::Archive::new(archive);
        for entry in tar.entries().map_err(|error| error.to_string())? {
            let mut entry = entry.map_err(|error| error.to_string())?;
            let kind = entry.header().entry_type();
            if matches!(kind, EntryType::XGlobalHeader | EntryType::XHeader) {
                continue;
            }
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let mode = entry.header().mode().unwrap_or(0o644);
            self.entry(&name, kind == EntryType::Directory, mode, &mut entry)?;
        }
        self.done()
    }

    fn done(&self) -> Result<(), String> {
        if self.files == 0 { Err(format!("empty archive: {}", self.archive.display())) } else { Ok(()) }
    }

    fn entry(&mut self, name: &str, is_directory: bool, mode: u32, content: &mut dyn Read) -> Result<(), String> {
        let path = self.into.join(within(name)?);
        let failed = |error: io::Error| fw_diag::system_error(&error);
        if is_directory {
            return fs::create_dir_all(path).map_err(failed);
        }
        self.files += 1;
        if self.files > MOST_FILES {
            return Err(format!("the archive has more than {MOST_FILES} files"));
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        // As nothing but plain files and directories is ever made, no path leads elsewhere.
        let mut file = File::create(&path).map_err(failed)?;
        let written = io::copy(&mut content.take(self.left), &mut file).map_err(failed)?;
        self.left -= written;
        if self.left == 0 {
            return Err("the archive has more in it than any package".to_owned());
        }
        set_mode(&file, mode).map_err(failed)
    }
}

/// The path of an entry below the directory.
fn within(name: &str) -> Result<PathBuf, String> {
    let steps = || name.split(['/', '\\']);
    if steps().any(|step| step == "..") {
        return Err(format!("entry contains '..': {name}"));
    }
    let path: PathBuf = name.split('/').filter(|step| !matches!(*step, "" | ".")).collect();
    if name.contains('\0') { Err(format!("invalid name {name:?}")) } else { Ok(path) }
}

#[cfg(unix)]
fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    // Whatever the archive says, we must be able to read it and to remove it.
    file.set_permissions(fs::Permissions::from_mode(mode & 0o777 | 0o600))
}

#[cfg(not(unix))]
fn set_mode(_file: &File, _mode: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
