//! Remembers the hashes of unpacked packages, so that 700 MB are not read again for every command. A package counts as
//! unchanged while all its files have the same names, sizes, times of change and inodes.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::{Hash, collect, of_directory};

/// Hashes of packages by their directories, kept in a file where one is given.
#[derive(Debug)]
pub struct HashCache {
    file: Option<PathBuf>,
    known: Mutex<Option<BTreeMap<PathBuf, Entry>>>,
    /// Nanoseconds since the epoch; another one in tests, which need not wait then.
    clock: fn() -> i128,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    hash: String,
    files: Vec<Fingerprint>,
}

/// What changes when a file does: the change time cannot be set back by those who write the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Fingerprint {
    name: String,
    size: u64,
    modified: i128,
    changed: i128,
    inode: u64,
    device: u64,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    packages: BTreeMap<PathBuf, Entry>,
}

const VERSION: u32 = 1;

impl HashCache {
    /// A cache that forgets with the program.
    #[must_use]
    pub fn in_memory() -> Self {
        Self { file: None, known: Mutex::default(), clock: now }
    }

    /// A cache in a file, which need not exist.
    #[must_use]
    pub fn in_file(file: PathBuf) -> Self {
        Self { file: Some(file), ..Self::in_memory() }
    }

    /// The hash of an unpacked package, computed only when it is new or has changed.
    ///
    /// # Errors
    /// When a file of the package cannot be read.
    pub fn of_directory(&self, directory: &Path) -> io::Result<Hash> {
        let root = directory.canonicalize()?;
        let before = fingerprints(&root)?;
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = known().get_or_insert_with(|| self.load()).get(&root).cloned();
        if let Some(entry) = entry.filter(|entry| entry.files == before) {
            return Ok(Hash(entry.hash));
        }
        let hash = of_directory(&root)?;
        // Only what did not change meanwhile, and not within the resolution of times, is remembered.
        if fingerprints(&root)? == before && settled(&before, (self.clock)()) {
            let mut known = known();
            let packages = known.get_or_insert_with(|| self.load());
            packages.insert(root, Entry { hash: hash.0.clone(), files: before });
            self.save(packages);
        }
        Ok(hash)
    }

    fn load(&self) -> BTreeMap<PathBuf, Entry> {
        let read = self.file.as_ref().and_then(|file| std::fs::read(file).ok());
        let stored = read.and_then(|bytes| serde_json::from_slice::<Stored>(&bytes).ok());
        stored.filter(|stored| stored.version == VERSION).map(|stored| stored.packages).unwrap_or_default()
    }

    /// A cache that cannot be written costs time, nothing else.
    fn save(&self, packages: &BTreeMap<PathBuf, Entry>) {
        let Some(file) = &self.file else { return };
        let write = || {
            let stored = Stored { version: VERSION, packages: packages.clone() };
            let directory = file.parent().unwrap_or(Path::new("."));
            std::fs::create_dir_all(directory)?;
            let mut temporary = tempfile::NamedTempFile::new_in(directory)?;
            serde_json::to_writer(&mut temporary, &stored)?;
            temporary.persist(file)?;
            io::Result::Ok(())
        };
        drop(write());
    }
}

/// Whether all files are older than the coarsest clock of file systems can tell apart from now.
fn settled(files: &[Fingerprint], now: i128) -> bool {
    const COARSEST: i128 = 2_000_000_000;
    files.iter().all(|file| now - file.changed.max(file.modified) > COARSEST)
}

fn now() -> i128 {
    nanoseconds(std::time::SystemTime::now())
}

fn nanoseconds(time: std::time::SystemTime) -> i128 {
    let since = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i128::try_from(since.as_nanos()).unwrap_or(i128::MAX)
}

fn fingerprints(root: &Path) -> io::Result<Vec<Fingerprint>> {
    let mut files = Vec::new();
    collect(root, root, 0, &mut files)?;
    files.sort();
    files.into_iter().map(|(name, path)| fingerprint(name, &path)).collect()
}

#[cfg(unix)]
fn fingerprint(name: String, path: &Path) -> io::Result<Fingerprint> {
    use std::os::unix::fs::MetadataExt;
    let found = std::fs::metadata(path)?;
    let time = |seconds: i64, nanoseconds: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
    Ok(Fingerprint {
        name,
        size: found.len(),
        modified: time(found.mtime(), found.mtime_nsec()),
        changed: time(found.ctime(), found.ctime_nsec()),
        inode: found.ino(),
        device: found.dev(),
    })
}

#[cfg(not(unix))]
fn fingerprint(name: String, path: &Path) -> io::Result<Fingerprint> {
    let found = std::fs::metadata(path)?;
    let modified = nanoseconds(found.modified()?);
    Ok(Fingerprint { name, size: found.len(), modified, changed: modified, inode: 0, device: 0 })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn tomorrow() -> i128 {
        now() + 86_400 * 1_000_000_000
    }

    /// A package and a file for the cache, both in a temporary directory.
    fn package() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let root = tempfile::tempdir().expect("a directory");
        let package = root.path().join("package");
        fs::create_dir(&package).expect("a directory");
        fs::write(package.join("a"), "a").expect("a file");
        let file = root.path().join("cache/hashes.json");
        (root, package, file)
    }

    #[test]
    fn unchanged_packages_are_not_read_again() {
        let (_root, package, file) = package();
        let cache = || HashCache { clock: tomorrow, ..HashCache::in_file(file.clone()) };
        let hash = cache().of_directory(&package).unwrap();
        // What is remembered is taken at its word, which shows that nothing was read.
        let remembered = fs::read_to_string(&file).unwrap().replace(&hash.0, "h1:remembered");
        fs::write(&file, remembered).unwrap();
        assert_eq!(cache().of_directory(&package).unwrap().0, "h1:remembered");
        fs::write(package.join("a"), "b").unwrap();
        assert_eq!(cache().of_directory(&package).unwrap(), of_directory(&package).unwrap());
        fs::write(package.join("b"), "").unwrap();
        assert_eq!(cache().of_directory(&package).unwrap(), of_directory(&package).unwrap());
        fs::write(&file, "nonsense").unwrap();
        assert_eq!(cache().of_directory(&package).unwrap(), of_directory(&package).unwrap());
    }

    #[test]
    fn a_package_that_was_just_written_is_not_trusted_to_be_complete() {
        let (_root, package, file) = package();
        HashCache::in_file(file.clone()).of_directory(&package).unwrap();
        assert!(!file.exists());
    }
}
