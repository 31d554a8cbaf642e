//! The indices that make a directory of archives a network mirror, once a web server serves it.

use std::collections::BTreeMap;
use std::path::Path;

use fw_addr::Provider;
use fw_diag::{Diagnostic, Diagnostics};
use serde_json::{Map, Value, json};

use crate::filesystem::{Package, Place, search};
use crate::hash;

const FAILED: &str = "Failed to update indexes";

/// Writes the indices of all archives in a directory, also of those that were there before.
pub(super) fn update(directory: &Path) -> Diagnostics {
    let found = match search(directory) {
        Ok(found) => found,
        Err(why) => {
            let detail =
                format!("Could not scan the output directory to get package metadata for the JSON indexes: {why}.");
            return Diagnostic::error(FAILED, detail).into();
        }
    };
    let mut problems = Diagnostics::new();
    for (provider, packages) in found {
        let mut own = directory.join(&*provider.host);
        own.extend([&*provider.namespace, &*provider.kind]);
        match documents(&packages) {
            Ok(documents) => problems.extend(documents.into_iter().filter_map(|d| write(&own, &provider, &d).err())),
            Err(problem) => problems.push(problem),
        }
    }
    problems
}

/// File names with contents.
fn documents(packages: &[Package]) -> Result<Vec<(String, Value)>, Diagnostic> {
    let mut versions = Map::new();
    let mut archives: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for package in packages {
        let Place::Archive(path) = &package.place else { continue };
        let version = package.version.to_string();
        versions.insert(version.clone(), json!({}));
        archives.entry(version).or_default().insert(package.platform.to_string(), archive(package, path)?);
    }
    let mut documents = vec![("index.json".to_owned(), json!({ "versions": sorted(versions) }))];
    documents
        .extend(archives.into_iter().map(|(version, all)| (format!("{version}.json"), json!({ "archives": all }))));
    Ok(documents)
}

fn archive(package: &Package, path: &Path) -> Result<Value, Diagnostic> {
    let hash = hash::of_archive_content(path).map_err(|error| {
        let detail = format!(
            "Failed to determine a hash value for {} v{} on {}: {error}.",
            package.provider, package.version, package.platform
        );
        Diagnostic::error(FAILED, detail)
    })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(json!({ "hashes": [hash.to_string()], "url": name }))
}

/// By the bytes of the keys, as documents of mirrors are.
fn sorted(map: Map<String, Value>) -> BTreeMap<String, Value> {
    map.into_iter().collect()
}

/// Each file is replaced at once: a server may be serving the directory.
fn write(directory: &Path, provider: &Provider, (name, document): &(String, Value)) -> Result<(), Diagnostic> {
    use std::io::Write as _;
    let write = || {
        let mut file = tempfile::Builder::new().prefix(".index").tempfile_in(directory)?;
        serde_json::to_writer_pretty(&mut file, document)?;
        file.flush()?;
        super::mirroring::open_to_all(file.as_file())?;
        file.persist(directory.join(name)).map_err(|error| error.error)
    };
    write().map(drop).map_err(|error: std::io::Error| {
        Diagnostic::error(FAILED, format!("Failed to write an updated JSON index for {provider}: {error}."))
    })
}
