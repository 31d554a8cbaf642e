//! Modules of a configuration: local ones are used where they are, packages of others are fetched side by side, and all are
//! noted in the manifest.

mod archive;
mod checksum;
mod command;
mod copy;
mod download;
mod fetch;
mod from_module;
mod netrc;
mod registry;
mod repository;
mod source_url;
mod storage;
mod subdirectory;
mod walk;

use std::path::Path;

use fw_config::manifest::{Manifest, ManifestEntry};
use fw_config::{Config, Files};
use fw_diag::{Diagnostic, Diagnostics, SourceMap};

pub use from_module::directory_from_module;

use crate::events::{Event, Events};
use crate::site::Site;
use walk::Walk;

/// Reads the configuration of the root module and of all modules it calls, installs those that are not there yet, or all
/// anew, and writes the manifest of modules.
#[must_use]
pub fn install_modules(
    site: &Site,
    files: &dyn Files,
    upgrade: bool,
    events: &dyn Events,
    sources: &SourceMap,
) -> (Config, Diagnostics) {
    let path = site.data_directory.join(Manifest::PATH);
    let known = match read_manifest(&path) {
        Ok(known) => known,
        Err(problem) => {
            return (
                Config { modules: Default::default(), tests: Default::default(), instead: Vec::new() },
                problem.into(),
            );
        }
    };
    let announce = Event::Modules { upgrade };
    let directory = site.data_directory.join("modules");
    let mut walk = Walk::new(site, directory, (known, Some(announce)), upgrade, events, sources);
    let (config, mut problems) = fw_config::load_located(".", files, sources, &mut walk);
    problems.append(std::mem::take(&mut walk.warnings));
    if config.modules.values().next().is_none_or(|root| !root.has_calls) {
        return (config, problems);
    }
    if let Err(error) = write(&path, &walk.manifest()) {
        let detail = format!("Unable to write the module manifest file: {}: {error}", site.shown(&path));
        problems.push(Diagnostic::error("Failed to update module manifest", detail));
    }
    (config, problems)
}

fn read_manifest(path: &Path) -> Result<Manifest, Diagnostic> {
    let failed = |why: String| {
        let directory = path.parent().unwrap_or(path).display();
        let detail = format!("Error reading manifest for {directory}: {why}.");
        Diagnostic::error("Failed to read modules manifest file", detail)
    };
    match std::fs::read(path) {
        Ok(text) => {
            let manifest = Manifest::parse(&text).map_err(|error| failed(error.to_string()))?;
            Ok(manifest)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Manifest::default()),
        Err(error) => Err(failed(fw_diag::system_error(&error))),
    }
}

/// The entry of the root module, which is always there.
fn root_entry() -> ManifestEntry {
    ManifestEntry { dir: ".".to_owned(), ..ManifestEntry::default() }
}

fn write(path: &Path, manifest: &Manifest) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, manifest.to_json())
}
