//! The file system, clock and randomness as the engine's traits want them.

use std::path::{Path, PathBuf};

use fw_config::Files;
use fw_functions::Environment;

use crate::Level;

/// Files below a directory; relative paths start there.
#[derive(Clone, Debug)]
pub struct Disk {
    base: PathBuf,
    level: Level,
}

impl Disk {
    /// Files seen from a directory.
    #[must_use]
    pub fn new(base: impl Into<PathBuf>) -> Self {
        Self { base: base.into(), level: Level::default() }
    }

    /// The same with the configuration files of a level.
    #[must_use]
    pub fn at(self, level: Level) -> Self {
        Self { level, ..self }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.base.join(path)
    }
}

impl Files for Disk {
    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        let entries = std::fs::read_dir(self.path(directory)).map_err(|e| e.to_string())?;
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|e| e.to_string())?;
            // Followed, since configurations are made of symbolic links too.
            let is_directory = std::fs::metadata(entry.path()).is_ok_and(|m| m.is_dir());
            if let (false, Ok(name)) = (is_directory, entry.file_name().into_string()) {
                names.push(name);
            }
        }
        if self.level == Level::Terraform {
            names.retain(|name| !fw_config::is_own_of_opentofu(name));
        }
        Ok(names)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.path(path)).map_err(|e| e.to_string())
    }
}

/// What functions of the language see of the outside.
#[derive(Clone, Debug)]
pub struct FunctionEnvironment {
    disk: Disk,
    home: Option<PathBuf>,
    plan_time: Option<(i64, u32)>,
    impure: bool,
}

impl FunctionEnvironment {
    /// While planning: `timestamp()` and its like are not known.
    #[must_use]
    pub fn planning(base: &Path, home: Option<&Path>, plan_time: Option<(i64, u32)>) -> Self {
        Self { disk: Disk::new(base), home: home.map(Path::to_owned), plan_time, impure: false }
    }

    /// While applying: they are what they are at that moment.
    #[must_use]
    pub fn applying(base: &Path, home: Option<&Path>, plan_time: Option<(i64, u32)>) -> Self {
        Self { impure: true, ..Self::planning(base, home, plan_time) }
    }
}

/// Seconds and nanoseconds since the Unix epoch.
#[must_use]
pub fn now() -> (i64, u32) {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos())
}

impl Environment for FunctionEnvironment {
    fn read_file(&self, path: &str) -> Result<Vec<u8>, String> {
        let found = self.disk.path(path);
        match std::fs::metadata(&found) {
            Ok(metadata) if metadata.is_dir() => Err(format!("read {path}: is a directory")),
            _ => std::fs::read(&found).map_err(|e| e.to_string()),
        }
    }

    fn file_exists(&self, path: &str) -> Result<bool, String> {
        match std::fs::metadata(self.disk.path(path)) {
            Ok(found) if found.is_file() => Ok(true),
            Ok(found) if found.is_dir() => Err(format!("{path:?} is a directory, not a file")),
            Ok(_) => Err(format!("{path} is not a regular file")),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(e) => Err(format!("failed to stat {path}: {e}")),
        }
    }

    fn files_below(&self, directory: &str) -> Result<Vec<String>, String> {
        let root = self.disk.path(directory);
        let mut found = Vec::new();
        let mut work = vec![(root, String::new(), 0)];
        while let Some((directory, prefix, depth)) = work.pop() {
            let Ok(entries) = std::fs::read_dir(&directory) else { continue };
            for entry in entries.flatten() {
                let Ok(name) = entry.file_name().into_string() else { continue };
                let relative = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
                match std::fs::metadata(entry.path()) {
                    // A link to a directory above would never end.
                    Ok(m) if m.is_dir() && depth < 64 => work.push((entry.path(), relative, depth + 1)),
                    Ok(m) if m.is_file() => found.push(relative),
                    Ok(_) | Err(_) => {}
                }
            }
        }
        found.sort();
        Ok(found)
    }

    fn absolute(&self, path: &str) -> String {
        self.disk.path(path).to_string_lossy().into_owned()
    }

    fn home(&self) -> Option<String> {
        self.home.as_ref().map(|h| h.to_string_lossy().into_owned())
    }

    fn now(&self) -> Option<(i64, u32)> {
        self.impure.then(now)
    }

    fn plan_time(&self) -> Option<(i64, u32)> {
        self.plan_time
    }

    fn random(&self, buffer: &mut [u8]) -> Option<()> {
        if !self.impure {
            return None;
        }
        random_bytes(buffer);
        Some(())
    }
}

/// Fills a buffer with random bytes from the operating system.
pub fn random_bytes(buffer: &mut [u8]) {
    getrandom::fill(buffer).expect("the operating system gives random bytes");
}
