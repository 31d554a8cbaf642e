//! Checksums of provider packages: `h1:` over the files of an unpacked package, `zh:` over an archive.

mod cache;

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

pub use cache::HashCache;

/// A checksum with its scheme, as lock files have it: `h1:…`, `zh:…`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub String);

impl Hash {
    /// That of an archive with this SHA-256 sum in hexadecimal digits.
    #[must_use]
    pub fn of_archive_sum(hexadecimal: &str) -> Self {
        Self(format!("zh:{}", hexadecimal.to_ascii_lowercase()))
    }

    /// Whether it is over the files of an unpacked package.
    #[must_use]
    pub fn is_h1(&self) -> bool {
        self.0.starts_with("h1:")
    }

    /// Whether it is over an archive.
    #[must_use]
    pub fn is_zh(&self) -> bool {
        self.0.starts_with("zh:")
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Archives with more in them are refused, be they ever so small: several times the largest packages that are known.
pub(crate) const UNPACKED_LIMIT: u64 = 8 << 30;

/// The hash of an unpacked package: over the sorted names of its files and their sums.
///
/// # Errors
/// When a file cannot be read.
pub fn of_directory(directory: &Path) -> io::Result<Hash> {
    let root = directory.canonicalize()?;
    let mut files = Vec::new();
    collect(&root, &root, 0, &mut files)?;
    let mut sums = Vec::with_capacity(files.len());
    for (name, path) in files {
        sums.push((name, hex::encode(sha256(&mut File::open(path)?)?)));
    }
    Ok(combine(sums))
}

/// The hash that an archive's content has when it is unpacked.
///
/// # Errors
/// When the archive cannot be read, or is larger than any package.
pub fn of_archive_content(archive: &Path) -> io::Result<Hash> {
    let mut zip = zip::ZipArchive::new(File::open(archive)?).map_err(io::Error::other)?;
    let mut sums = Vec::with_capacity(zip.len());
    let mut left = UNPACKED_LIMIT;
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).map_err(io::Error::other)?;
        if !file.is_dir() {
            let name = file.name().map_err(io::Error::other)?.into_owned();
            let mut limited = (&mut file).take(left);
            sums.push((name, hex::encode(sha256(&mut limited)?)));
            left = limited.limit();
            if left == 0 {
                return Err(io::Error::other(format!("the archive has more than {UNPACKED_LIMIT} bytes in it")));
            }
        }
    }
    Ok(combine(sums))
}

/// The hash of an archive itself.
///
/// # Errors
/// When it cannot be read.
pub fn of_archive(archive: &Path) -> io::Result<Hash> {
    Ok(Hash::of_archive_sum(&hex::encode(sha256(&mut File::open(archive)?)?)))
}

fn combine(mut sums: Vec<(String, String)>) -> Hash {
    sums.sort();
    let mut all = Sha256::new();
    for (name, sum) in sums {
        all.update(format!("{sum}  {name}\n"));
    }
    Hash(format!("h1:{}", STANDARD.encode(all.finalize())))
}

/// All files below a directory with their names relative to it, directories being those of the archive.
fn collect(root: &Path, directory: &Path, depth: usize, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    const DEEPEST: usize = 100;
    if depth > DEEPEST {
        return Err(io::Error::other(format!("{} is nested too deeply", directory.display())));
    }
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            collect(root, &path, depth + 1, files)?;
            continue;
        }
        let relative = path.strip_prefix(root).map_err(io::Error::other)?;
        let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        files.push((parts.join("/"), path));
    }
    Ok(())
}

/// The SHA-256 sum of what a reader gives.
pub(crate) fn sha256(reader: &mut impl Read) -> io::Result<[u8; 32]> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(hasher.finalize().into()),
            read => hasher.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}

/// Whether a package in a directory has one of the hashes; archives have other sums, so only `h1:` counts.
///
/// # Errors
/// When a file of the package cannot be read.
pub fn matches_any(directory: &Path, hashes: &BTreeSet<Hash>, cache: &HashCache) -> io::Result<bool> {
    if !hashes.iter().any(Hash::is_h1) {
        return Ok(false);
    }
    Ok(hashes.contains(&cache.of_directory(directory)?))
}
