//! Provider packages on this machine: which directories are mirrors, and what they hold.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::commands::target;

/// The host whose directory marks a mirror.
const HOST: &str = "registry.terraform.io";
/// How deep below a place for optional software a mirror is looked for.
const DEPTH: usize = 3;

/// The directory where this project keeps the providers it built itself.
pub(crate) fn own() -> PathBuf {
    target().join("providers")
}

/// Every mirror: what `FORMWORK_TEST_MIRROR` lists, our own, and those found among the machine's optional software.
pub(crate) fn all() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    if let Some(listed) = env::var_os("FORMWORK_TEST_MIRROR") {
        found.extend(env::split_paths(&listed).filter(|path| path.join(HOST).is_dir()));
    }
    found.extend(Some(own()).filter(|path| path.join(HOST).is_dir()));
    for place in ["/opt", "/usr/local/share", "/usr/share/terraform", "/srv"] {
        search(Path::new(place), DEPTH, &mut found);
    }
    let mut distinct = Vec::new();
    for path in found {
        let path = path.canonicalize().unwrap_or(path);
        if !distinct.contains(&path) {
            distinct.push(path);
        }
    }
    distinct
}

fn search(directory: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    if directory.join(HOST).is_dir() {
        found.push(directory.to_owned());
        return;
    }
    if depth == 0 {
        return;
    }
    for inner in folders(directory) {
        search(&inner, depth - 1, found);
    }
}

/// The folders in a directory, sorted; none where it cannot be read.
fn folders(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut folders: Vec<PathBuf> =
        entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// What a mirror holds, as `namespace/type version`.
pub(crate) fn contents(mirror: &Path) -> Vec<String> {
    let name = |path: &Path| path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut held = Vec::new();
    for namespace in folders(&mirror.join(HOST)) {
        for kind in folders(&namespace) {
            let versions: Vec<String> = folders(&kind).iter().map(|version| name(version)).collect();
            held.push(format!("{}/{} {}", name(&namespace), name(&kind), versions.join(", ")));
        }
    }
    held
}

/// Whether one of the mirrors has a provider, given as `namespace/type`.
pub(crate) fn have(mirrors: &[PathBuf], provider: &str) -> bool {
    mirrors.iter().any(|mirror| mirror.join(HOST).join(provider).is_dir())
}

/// A CLI configuration that installs from these mirrors and nowhere else.
pub(crate) fn cli_configuration(mirrors: &[PathBuf]) -> String {
    let quoted = |path: &Path| serde_json::Value::from(path.to_string_lossy().as_ref()).to_string();
    let blocks: Vec<String> =
        mirrors.iter().map(|mirror| format!("  filesystem_mirror {{\n    path = {}\n  }}\n", quoted(mirror))).collect();
    format!("disable_checkpoint = true\nprovider_installation {{\n{}}}\n", blocks.concat())
}
