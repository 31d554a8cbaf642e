//! Working directories. A stack has its own, which it finds again, so that what was installed there and processes that
//! were started there can be used again; runs of a stack at the same time have different ones.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use fw_run::{StackId, WorkerId};

/// How many directories are kept that nobody works in.
const KEPT: usize = 64;

/// The working directories of a worker.
#[derive(Clone)]
pub(crate) struct Directories {
    root: PathBuf,
    /// When each was given back; `None` while somebody works in it.
    known: Arc<Mutex<BTreeMap<PathBuf, Option<Instant>>>>,
}

/// Where spare providers run until a stack's directory is theirs.
const SPARES: &str = "spares";

/// A working directory while somebody works in it.
pub(crate) struct Lease {
    directories: Directories,
    place: PathBuf,
}

impl Directories {
    /// Directories below one of its own in `all`. What processes have left there that are no more is removed.
    pub(crate) fn new(all: &Path, worker: WorkerId) -> io::Result<Self> {
        fs::create_dir_all(all)?;
        for entry in fs::read_dir(all)? {
            let entry = entry?;
            let process = entry.file_name().to_str().and_then(|name| name.split_once('.')?.0.parse::<u32>().ok());
            if process.is_some_and(|process| !is_alive(process)) {
                // Another worker that starts may be at it.
                drop(fs::remove_dir_all(entry.path()));
            }
        }
        let root = all.join(format!("{}.{worker}", std::process::id()));
        fs::create_dir_all(&root)?;
        Ok(Self { root, known: Arc::default() })
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Option<Instant>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A directory for work on a stack, with an empty tree for its files.
    pub(crate) fn lease(&self, stack: StackId) -> io::Result<Lease> {
        let place = {
            let mut known = self.known();
            let mut places = (0_u32..).map(|number| self.root.join(stack.to_string()).join(number.to_string()));
            let place = places.find(|place| !matches!(known.get(place), Some(None))).expect("numbers do not end");
            known.insert(place.clone(), None);
            place
        };
        let lease = Lease { directories: self.clone(), place };
        fs::create_dir_all(lease.tree())?;
        // The directory itself stays: warm providers run in it.
        for entry in fs::read_dir(lease.tree())? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        fs::create_dir_all(lease.data())?;
        Ok(lease)
    }

    /// An empty directory.
    pub(crate) fn spare(&self) -> io::Result<PathBuf> {
        let place = self.root.join(SPARES).join(uuid::Uuid::new_v4().to_string());
        fs::create_dir_all(&place)?;
        Ok(place)
    }

    /// Removes those that were not worked in for the longest time.
    fn tidy(&self) {
        let mut known = self.known();
        let mut idle: Vec<_> = known.iter().filter_map(|(place, since)| Some((since.as_ref()?, place))).collect();
        if idle.len() <= KEPT {
            return;
        }
        idle.sort();
        let surplus: Vec<PathBuf> = idle.iter().take(idle.len() - KEPT).map(|(_, place)| (*place).clone()).collect();
        for place in surplus {
            known.remove(&place);
            // What can't be removed now is removed when the worker starts again.
            drop(fs::remove_dir_all(&place));
        }
    }
}

impl Lease {
    /// Where the stack's files are.
    pub(crate) fn tree(&self) -> PathBuf {
        self.place.join("tree")
    }

    /// Where providers are installed.
    pub(crate) fn data(&self) -> PathBuf {
        self.place.join("data")
    }
}

/// Where that can't be known, every process may be.
fn is_alive(process: u32) -> bool {
    let processes = Path::new("/proc");
    !processes.join("self").exists() || processes.join(process.to_string()).exists()
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.directories.known().insert(self.place.clone(), Some(Instant::now()));
        self.directories.tidy();
    }
}
