//! Modules that runs of tests execute: installed as those of the configuration are, under names of their own.

use std::collections::BTreeMap;

use fw_addr::ModulePath;
use fw_config::manifest::{Manifest, ManifestEntry};
use fw_config::testing::Tests;
use fw_config::{Config, Files, ModuleCall, ModuleSource};
use fw_diag::{Diagnostic, Diagnostics, SourceMap};

use crate::events::{Event, Events};
use crate::site::Site;

/// The modules that are installed now.
#[must_use]
pub fn installed_before(site: &Site) -> Manifest {
    let text = std::fs::read(site.data_directory.join(Manifest::PATH)).ok();
    text.and_then(|text| Manifest::parse(&text).ok()).unwrap_or_default()
}

/// What modules of tests are installed with.
pub struct InstallingTests<'a> {
    /// Where they are installed.
    pub site: &'a Site,
    /// Their files.
    pub files: &'a dyn Files,
    /// Whether all are told of, also those that were there before.
    pub upgrade: bool,
    /// The modules that were there before those of the configuration were installed.
    pub known: &'a Manifest,
}

impl InstallingTests<'_> {
    /// Reads the modules that runs execute and those that they call, and adds them to the manifest.
    #[must_use]
    pub fn modules(
        &self,
        tests: &Tests,
        events: &dyn Events,
        sources: &SourceMap,
    ) -> (BTreeMap<ModulePath, Config>, Diagnostics) {
        let (mut modules, mut problems) = (BTreeMap::new(), Diagnostics::new());
        let mut added = Vec::new();
        for (path, call) in tests.calls() {
            let ModuleSource::Local(relative) = &call.address else {
                problems.push(not_supported(call));
                continue;
            };
            let (config, told) =
                fw_config::load_tree(relative, self.files, sources, &|call, _| Err(not_supported(call)));
            problems.append(told);
            added.extend(entries(&path, call, &config));
            modules.insert(path, config);
        }
        for entry in &added {
            if self.upgrade || !self.known.entries().any(|other| other == entry) {
                events.event(&Event::Module { key: entry.key.clone(), directory: entry.dir.clone() });
            }
        }
        if !added.is_empty()
            && !problems.has_errors()
            && let Err(error) = self.write(added)
        {
            let detail = format!("Unable to write the module manifest file: {error}");
            problems.push(Diagnostic::error("Failed to update module manifest", detail));
        }
        (modules, problems)
    }

    fn write(&self, added: Vec<ManifestEntry>) -> std::io::Result<()> {
        let mut manifest = installed_before(self.site);
        let is_of_tests = |entry: &ManifestEntry| entry.key.starts_with("test.") && entry.key.contains('.');
        manifest = manifest.entries().filter(|entry| !is_of_tests(entry)).cloned().collect();
        manifest.insert(ManifestEntry { dir: ".".to_owned(), ..ManifestEntry::default() });
        added.into_iter().for_each(|entry| manifest.insert(entry));
        let path = self.site.data_directory.join(Manifest::PATH);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, manifest.to_json())
    }
}

/// The entries of a module and of all that it calls.
fn entries(path: &ModulePath, call: &ModuleCall, config: &Config) -> Vec<ManifestEntry> {
    let within = Manifest::key(path);
    let one = |module: &std::sync::Arc<fw_config::Module>| {
        let (key, source) = match config.call_of(&module.path) {
            None => (within.clone(), call.address.to_string()),
            Some((_, call)) => (format!("{within}.{}", Manifest::key(&module.path)), call.address.to_string()),
        };
        ManifestEntry { key, source, version: String::new(), dir: module.directory.clone() }
    };
    config.modules.values().map(one).collect()
}

fn not_supported(call: &ModuleCall) -> Diagnostic {
    let detail = format!(
        "The module \"{}\" comes from \"{}\". Tests can execute local modules only, whose addresses start with \"./\" or \
         \"../\".",
        call.name, call.source
    );
    Diagnostic::error("Module source not supported in tests", detail).at(call.source_span)
}
