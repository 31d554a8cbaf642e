//! The files of a configuration as they were when it was loaded.

use std::collections::{BTreeMap, BTreeSet};

use crate::early::KnownSources;
use fw_config::manifest::{Manifest, ManifestEntry};
use fw_config::{Config, Early, Files, ModuleCall, clean_path};
use fw_diag::{Diagnostics, SourceMap};
use serde::{Deserialize, Serialize};

/// All files of all modules, with the directories that module calls lead to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    modules: Vec<ManifestEntry>,
    /// Texts by path.
    files: BTreeMap<String, String>,
}

impl Snapshot {
    /// The files that a configuration was loaded from, in the texts that were loaded.
    #[must_use]
    pub fn of(config: &Config, sources: &SourceMap) -> Self {
        let directories: BTreeSet<String> = config.modules.values().map(|m| clean_path(&m.directory)).collect();
        let modules = config.modules.values().map(|module| ManifestEntry {
            key: Manifest::key(&module.path),
            source: module.source.clone(),
            version: String::new(),
            dir: module.directory.clone(),
        });
        let mut files = BTreeMap::new();
        for file in sources.files() {
            let (directory, name) = split(&file.name);
            if fw_config::dialect(name).is_some() && directories.contains(&clean_path(directory)) {
                files.insert(clean_path(&file.name), file.text.to_string());
            }
        }
        Self { modules: modules.collect(), files }
    }

    /// The configuration.
    #[must_use]
    pub fn load(&self, map: &SourceMap) -> (Config, Diagnostics) {
        let manifest: Manifest = self.modules.iter().cloned().collect();
        let resolve = |call: &ModuleCall, path: &fw_addr::ModulePath| {
            let entry = manifest.get(path).ok_or_else(|| fw_config::not_installed(call))?;
            Ok(entry.dir.clone())
        };
        let sources = |called: &fw_addr::ModulePath| manifest.get(called).map(|entry| entry.source.clone());
        let files = Loading { snapshot: self, known: KnownSources::new(&sources) };
        let root = manifest.get(&fw_addr::ModulePath::root()).map_or(".", |entry| &entry.dir);
        fw_config::load_tree(root, &files, map, &resolve)
    }
}

/// The files, while they are read.
struct Loading<'a> {
    snapshot: &'a Snapshot,
    known: KnownSources<'a>,
}

impl Files for Loading<'_> {
    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        self.snapshot.list(directory)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.snapshot.read(path)
    }

    fn early(&self) -> Option<&dyn Early> {
        Some(&self.known)
    }
}

/// Directory and name of a path.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or((".", path))
}

impl Files for Snapshot {
    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        let directory = clean_path(directory);
        let here = self.files.keys().map(|path| split(path)).filter(|(d, _)| clean_path(d) == directory);
        Ok(here.map(|(_, name)| name.to_owned()).collect())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let text = self.files.get(&clean_path(path)).ok_or("the saved plan does not have this file")?;
        Ok(text.clone().into_bytes())
    }
}
