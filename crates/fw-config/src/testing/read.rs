//! Finds the test files, and the files of mocks that they name.

use std::collections::BTreeMap;

use fw_addr::ModulePath;
use fw_diag::{Diagnostic, Diagnostics, SourceMap};

use super::{Mock, TestFile, Tests, is_test_file};
use crate::files::{Files, is_kept, leave_out_hidden};
use crate::loader::{self, read_body};
use crate::manifest::Manifest;
use crate::model::Config;
use crate::{decode, source::clean_path};

/// Reads all test files of a directory and of the directory for tests below it.
#[must_use]
pub fn read(directory: &str, test_directory: &str, files: &dyn Files, sources: &SourceMap) -> (Tests, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let files = read_files(directory, test_directory, files, sources, &mut diagnostics);
    (Tests { files, modules: BTreeMap::new() }, diagnostics)
}

/// The modules that runs execute, where the manifest says that they are.
#[must_use]
pub fn installed_modules(
    tests: &Tests,
    files: &dyn Files,
    sources: &SourceMap,
    manifest: &Manifest,
) -> (BTreeMap<ModulePath, Config>, Diagnostics) {
    let (mut modules, mut diagnostics) = (BTreeMap::new(), Diagnostics::new());
    for (path, call) in tests.calls() {
        match loader::installed(manifest)(call, &path) {
            Ok(directory) => {
                let root = loader::load_module(&directory, ModulePath::root(), files, sources);
                let below = manifest.below(&path);
                let (config, problems) = loader::load_installed(&directory, root, files, sources, &below);
                diagnostics.append(problems);
                modules.insert(path, config);
            }
            Err(problem) => diagnostics.push(problem),
        }
    }
    (modules, diagnostics)
}

fn read_files(
    directory: &str,
    test_directory: &str,
    files: &dyn Files,
    sources: &SourceMap,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, TestFile> {
    let below = clean_path(&format!("{directory}/{test_directory}"));
    let mut directories = vec![clean_path(directory)];
    directories.extend((directories[0] != below).then_some(below));
    let mut found = BTreeMap::new();
    for place in directories {
        // There need not be any tests.
        let mut names = files.list(&place).unwrap_or_default();
        names.retain(|name| is_test_file(name));
        leave_out_hidden(&mut names);
        names.sort();
        for name in names {
            let path = clean_path(&format!("{place}/{name}"));
            let Some(body) = read_body(&path, files, sources, diagnostics) else { continue };
            let (mut file, problems) = decode::test_file(&path, &body, sources);
            diagnostics.append(problems);
            mock_files(&mut file, directory, files, sources, diagnostics);
            found.insert(path, file);
        }
    }
    found
}

/// Adds what the files say that mocks take their values from.
fn mock_files(
    file: &mut TestFile,
    directory: &str,
    files: &dyn Files,
    sources: &SourceMap,
    diagnostics: &mut Diagnostics,
) {
    for provider in file.providers.values_mut() {
        let Some((source, span)) = provider.mock_source.take() else { continue };
        let place = clean_path(&format!("{directory}/{source}"));
        let Ok(mut names) = files.list(&place) else {
            let detail = format!("Failed to read the mock provider data directory {source}.");
            diagnostics.push(Diagnostic::error("Failed to read mock data directory", detail).at(span));
            continue;
        };
        names.retain(|name| is_kept(name) && (name.ends_with(".tfmock.hcl") || name.ends_with(".tfmock.json")));
        names.sort();
        let mut merged = Mock::default();
        for name in names {
            let path = clean_path(&format!("{place}/{name}"));
            let Some(body) = read_body(&path, files, sources, diagnostics) else { continue };
            let (mock, problems) = decode::mock_file(&body, sources);
            diagnostics.append(problems);
            merge(&mut merged, mock, sources, diagnostics);
        }
        if let Some(own) = provider.mock.take() {
            provider.mock = Some(laid_over(merged, &own).into());
        }
    }
}

/// What files say together; none may say something again.
fn merge(into: &mut Mock, from: Mock, sources: &SourceMap, diagnostics: &mut Diagnostics) {
    for (key, one) in from.types {
        if let Some(first) = into.types.get(&key) {
            let block = if key.0 == fw_addr::ResourceMode::Data { "mock_data" } else { "mock_resource" };
            let detail =
                format!("A {block} block for {} has already been defined at {}.", key.1, sources.describe(first.span));
            diagnostics.push(Diagnostic::error(format!("Duplicate {block} block"), detail).at(one.span));
            continue;
        }
        into.types.insert(key, one);
    }
    into.overrides.extend(from.overrides);
}

/// What the block itself says counts more than the files.
fn laid_over(mut files: Mock, own: &Mock) -> Mock {
    files.during = own.during;
    files.types.extend(own.types.iter().map(|(key, one)| (key.clone(), one.clone())));
    for one in &own.overrides {
        files.overrides.retain(|other| other.target != one.target);
        files.overrides.push(one.clone());
    }
    files
}
