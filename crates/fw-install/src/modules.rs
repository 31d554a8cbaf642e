//! Modules of a configuration: local ones are used where they are, and noted in the manifest.

use std::path::Path;

use fw_config::manifest::{Manifest, ManifestEntry};
use fw_config::{Config, Files, ModuleCall, ModuleSource};
use fw_diag::{Diagnostic, Diagnostics, SourceMap};

use crate::events::{Event, Events};
use crate::site::Site;

/// Reads the configuration of the root module and of all modules it calls, and writes the manifest of modules. Sources that
/// are not local are refused, until they are supported.
#[must_use]
pub fn install_modules(
    site: &Site,
    files: &dyn Files,
    upgrade: bool,
    events: &dyn Events,
    sources: &SourceMap,
) -> (Config, Diagnostics) {
    let path = site.data_directory.join(Manifest::PATH);
    let known = std::fs::read(&path).ok().and_then(|text| Manifest::parse(&text).ok()).unwrap_or_default();
    let (config, mut problems) = fw_config::load_tree(".", files, sources, &|call, _| Err(not_supported(call)));
    if config.root().calls.is_empty() {
        return (config, problems);
    }
    events.event(&Event::Modules { upgrade });
    let manifest: Manifest = config.modules.values().map(|module| entry(&config, module)).collect();
    for entry in manifest.entries().filter(|entry| !entry.key.is_empty()) {
        let unchanged = known.entries().any(|other| other == entry);
        if upgrade || !unchanged {
            events.event(&Event::Module { key: entry.key.clone(), directory: entry.dir.clone() });
        }
    }
    if !problems.has_errors()
        && let Err(error) = write(&path, &manifest)
    {
        let detail = format!("Unable to write {}: {error}.", site.shown(&path));
        problems.push(Diagnostic::error("Failed to update module manifest", detail));
    }
    (config, problems)
}

fn entry(config: &Config, module: &fw_config::Module) -> ManifestEntry {
    // The address as it is understood, which may differ from what is written.
    let source = config.call_of(&module.path).map(|(_, call)| call.address.to_string()).unwrap_or_default();
    ManifestEntry { key: Manifest::key(&module.path), source, version: String::new(), dir: module.directory.clone() }
}

fn not_supported(call: &ModuleCall) -> Diagnostic {
    let kind = match &call.address {
        ModuleSource::Registry(_) => "a module registry",
        ModuleSource::Remote(_) | ModuleSource::Local(_) => "a remote package",
    };
    let detail = format!(
        "The module \"{}\" comes from {kind}, \"{}\". Only local modules, whose addresses start with \"./\" or \"../\", are \
         supported so far. Copy the module next to your configuration and use its path.",
        call.name, call.source
    );
    Diagnostic::error("Module source not supported yet", detail).at(call.source_span)
}

fn write(path: &Path, manifest: &Manifest) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, manifest.to_json())
}
