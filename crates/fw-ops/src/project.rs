//! A working directory: its configuration, lock file, installed providers and selected workspace.

use std::path::PathBuf;
use std::sync::Arc;

use fw_addr::ModulePath;
use fw_config::manifest::Manifest;
use fw_config::testing;
use fw_config::{Config, Module};
use fw_diag::{Diagnostics, SourceMap};

use crate::Surroundings;

/// Reads the configuration of the root module and all modules it calls.
#[must_use]
pub fn load(surroundings: &Surroundings, sources: &SourceMap) -> (Config, Diagnostics) {
    load_below(load_root(surroundings, sources), surroundings, sources)
}

/// Reads the root module alone.
#[must_use]
pub fn load_root(surroundings: &Surroundings, sources: &SourceMap) -> (Module, Diagnostics) {
    fw_config::load_module(".", ModulePath::root(), &surroundings.files(), sources)
}

/// As [`load`], with the query files of the root module.
#[must_use]
pub fn load_with_queries(surroundings: &Surroundings, sources: &SourceMap) -> (Config, Diagnostics) {
    let root = fw_config::query::load_module(".", &surroundings.files(), sources);
    load_below(root, surroundings, sources)
}

/// Reads all modules that a root module calls, which [`load_root`] has read.
#[must_use]
pub fn load_below(
    root: (Module, Diagnostics),
    surroundings: &Surroundings,
    sources: &SourceMap,
) -> (Config, Diagnostics) {
    fw_config::load_installed(".", root, &surroundings.files(), sources, &manifest(surroundings))
}

/// Adds the tests to a configuration, of which some may be in a directory of their own.
#[must_use]
pub fn add_tests(
    (mut config, problems): (Config, Diagnostics),
    surroundings: &Surroundings,
    sources: &SourceMap,
    below: &str,
) -> (Config, Diagnostics) {
    let (manifest, files) = (manifest(surroundings), surroundings.files());
    let (mut tests, mut told) = testing::read(".", below, &files, sources);
    told.append(problems);
    if !told.has_errors() {
        let (modules, problems) = testing::installed_modules(&tests, &files, sources, &manifest);
        tests.modules = modules;
        told.append(problems);
    }
    config.tests = Arc::new(tests);
    if !told.has_errors() {
        told.append(testing::mismatches(&config));
    }
    (config, told)
}

/// Where modules are installed.
#[must_use]
pub fn manifest_path(surroundings: &Surroundings) -> PathBuf {
    surroundings.data_directory().join("modules").join("modules.json")
}

fn manifest(surroundings: &Surroundings) -> Manifest {
    std::fs::read(manifest_path(surroundings)).ok().and_then(|text| Manifest::parse(&text).ok()).unwrap_or_default()
}

/// Whether there is any configuration in the root module's directory.
#[must_use]
pub fn is_empty(surroundings: &Surroundings) -> bool {
    use fw_config::Files as _;
    let names = surroundings.files().list(".").unwrap_or_default();
    fw_config::ConfigFiles::among(names).is_empty()
}
