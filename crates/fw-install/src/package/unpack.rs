//! Unpacking archives that others made: no file may end up outside the directory, none may be a link, and what comes out
//! has a limit however small the archive is.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::read::ZipFile;

use crate::error::FetchError;

/// Packages have a few files; an archive with more than this is none.
const MOST_FILES: usize = 100_000;

/// Unpacks an archive into an empty directory.
pub(crate) fn unpack(archive: &Path, into: &Path, limit: u64) -> Result<(), FetchError> {
    let file = File::open(archive).map_err(FetchError::io("open", archive))?;
    let mut zip = ZipArchive::new(file).map_err(|error| FetchError::Unpack(error.to_string()))?;
    if zip.len() > MOST_FILES {
        return Err(FetchError::Unpack(format!("the archive has more than {MOST_FILES} files")));
    }
    let mut left = limit;
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).map_err(|error| FetchError::Unpack(error.to_string()))?;
        left = unpack_entry(&mut entry, into, left)?;
    }
    Ok(())
}

/// Unpacks one file or directory; gives back how many bytes there may still be.
fn unpack_entry<R: Read>(entry: &mut ZipFile<'_, R>, into: &Path, left: u64) -> Result<u64, FetchError> {
    let name = entry.name().map_err(|error| FetchError::Unpack(error.to_string()))?.into_owned();
    let Some(relative) = safe_path(&name) else {
        return Err(FetchError::Unpack(format!(
            "the archive has a file \"{name}\", which would be outside the package"
        )));
    };
    let path = into.join(relative);
    if entry.is_dir() {
        return fs::create_dir_all(&path).map_err(FetchError::io("create", &path)).map(|()| left);
    }
    let mode = entry.unix_mode();
    if mode.is_some_and(|mode| !matches!(mode & FILE_TYPE, 0 | REGULAR_FILE)) {
        return Err(FetchError::Unpack(format!("the archive has a link or special file \"{name}\"")));
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(FetchError::io("create", parent))?;
    }
    // A second file of the same name is refused rather than laid over the first.
    let mut file = File::create_new(&path).map_err(FetchError::io("create", &path))?;
    let written = io::copy(&mut entry.take(left), &mut file)
        .map_err(|error| FetchError::Unpack(format!("\"{name}\": {error}")))?;
    if written >= left {
        return Err(FetchError::Unpack("the archive has more in it than any provider package".to_owned()));
    }
    set_mode(&file, mode, &name).map_err(FetchError::io("change the mode of", &path))?;
    Ok(left - written)
}

const FILE_TYPE: u32 = 0o170_000;
const REGULAR_FILE: u32 = 0o100_000;

/// The path within the package, if it stays there.
fn safe_path(name: &str) -> Option<PathBuf> {
    let name = name.strip_suffix('/').unwrap_or(name);
    let is_safe = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
    name.split('/').all(is_safe).then(|| name.split('/').collect())
}

#[cfg(unix)]
fn set_mode(file: &File, mode: Option<u32>, name: &str) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    // Archives made on systems without modes have none; the program must be one all the same.
    let is_program = name.starts_with("terraform-provider-");
    let mode = mode.map_or(0o644, |mode| mode & 0o777) | if is_program { 0o755 } else { 0o600 };
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_file: &File, _mode: Option<u32>, _name: &str) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(files: &[(&str, &[u8])]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut zip = zip::ZipWriter::new(file.reopen().unwrap());
        for (name, content) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap();
        file
    }

    fn refusal(files: &[(&str, &[u8])], limit: u64) -> String {
        let outer = tempfile::tempdir().unwrap();
        let into = outer.path().join("inner");
        fs::create_dir(&into).unwrap();
        let error = unpack(archive(files).path(), &into, limit).unwrap_err().to_string();
        assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 1, "nothing beside the directory");
        error
    }

    #[test]
    fn files_come_out_and_the_program_can_be_started() {
        let into = tempfile::tempdir().unwrap();
        unpack(archive(&[("terraform-provider-x_v1", b"x"), ("docs/a.md", b"a")]).path(), into.path(), 100).unwrap();
        assert_eq!(fs::read(into.path().join("docs/a.md")).unwrap(), b"a");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |name: &str| fs::metadata(into.path().join(name)).unwrap().permissions().mode() & 0o111;
            assert_eq!((mode("terraform-provider-x_v1"), mode("docs/a.md")), (0o111, 0));
        }
    }

    #[test]
    fn no_file_leaves_the_directory() {
        for name in ["../evil", "a/../../evil", "/evil", "..\\evil", "a//b", "C:evil"] {
            assert!(refusal(&[(name, b"x")], 100).contains("outside the package"), "{name}");
        }
    }

    #[test]
    fn no_archive_is_too_large_when_unpacked() {
        let zeros = vec![0; 1 << 20];
        assert!(refusal(&[("a", &zeros), ("b", &zeros)], (1 << 20) + 10).contains("more in it"));
    }

    #[test]
    fn what_is_no_archive_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "PK nonsense").unwrap();
        let into = tempfile::tempdir().unwrap();
        assert!(unpack(file.path(), into.path(), 100).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut zip = zip::ZipWriter::new(file.reopen().unwrap());
        zip.add_symlink("a", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        zip.finish().unwrap();
        let into = tempfile::tempdir().unwrap();
        assert!(unpack(file.path(), into.path(), 100).unwrap_err().to_string().contains("link"));
    }
}
