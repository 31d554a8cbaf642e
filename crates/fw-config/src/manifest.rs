//! The manifest of installed modules, `.terraform/modules/modules.json`: which directory each module call uses.

use std::collections::BTreeMap;

use fw_addr::ModulePath;
use serde::{Deserialize, Serialize};

/// One installed module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ManifestEntry {
    /// Names of the calls from the root, joined by dots; empty for the root.
    pub key: String,
    /// The source address, normalised.
    pub source: String,
    /// The version that was chosen, for registry modules.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// The directory, relative to the root module's.
    pub dir: String,
}

/// All installed modules by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    entries: BTreeMap<String, ManifestEntry>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    modules: Vec<ManifestEntry>,
}

impl Manifest {
    /// The path of the manifest within the data directory (`.terraform`).
    pub const PATH: &'static str = "modules/modules.json";

    /// The key of a module.
    #[must_use]
    pub fn key(path: &ModulePath) -> String {
        path.0.join(".")
    }

    /// Reads the text of a manifest.
    ///
    /// # Errors
    /// When it is not a manifest.
    pub fn parse(text: &[u8]) -> Result<Self, serde_json::Error> {
        let document: Document = serde_json::from_slice(text)?;
        Ok(document.modules.into_iter().collect())
    }

    /// The text of the manifest, as terraform writes it.
    #[must_use]
    pub fn to_json(&self) -> String {
        let document = Document { modules: self.entries.values().cloned().collect() };
        let text = serde_json::to_string(&document).expect("strings only");
        // As Go's encoder does; these characters occur nowhere but in strings.
        text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
    }

    /// The entry of a module.
    #[must_use]
    pub fn get(&self, path: &ModulePath) -> Option<&ManifestEntry> {
        self.entries.get(&Self::key(path))
    }

    /// The modules that the one at a path leads to, as if that were the root.
    #[must_use]
    pub fn below(&self, path: &ModulePath) -> Self {
        let prefix = format!("{}.", Self::key(path));
        let inner = |entry: &ManifestEntry| {
            let key = entry.key.strip_prefix(&prefix)?.to_owned();
            Some(ManifestEntry { key, ..entry.clone() })
        };
        self.entries().filter_map(inner).collect()
    }

    /// Adds or replaces an entry.
    pub fn insert(&mut self, entry: ManifestEntry) {
        self.entries.insert(entry.key.clone(), entry);
    }

    /// All entries, sorted by key.
    pub fn entries(&self) -> impl Iterator<Item = &ManifestEntry> {
        self.entries.values()
    }
}

impl FromIterator<ManifestEntry> for Manifest {
    fn from_iter<I: IntoIterator<Item = ManifestEntry>>(all: I) -> Self {
        Self { entries: all.into_iter().map(|e| (e.key.clone(), e)).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Manifest, ManifestEntry};

    #[test]
    fn reads_and_writes_as_terraform() {
        let text = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"a","Source":"registry.terraform.io/x/y/z","Version":"1.2.3","Dir":".terraform/modules/a"},{"Key":"a.b","Source":"./b?x=1\u00262","Dir":"a/b"}]}"#;
        let manifest = Manifest::parse(text.as_bytes()).unwrap();
        assert_eq!(manifest.to_json(), text);
        let path = fw_addr::ModulePath::root().child("a").child("b");
        assert_eq!(manifest.get(&path).map(|e| e.dir.as_str()), Some("a/b"));
    }

    #[test]
    fn missing_fields_are_empty() {
        let manifest = Manifest::parse(br#"{"Modules":[{"Key":"x","Dir":"y"}]}"#).unwrap();
        let expected = ManifestEntry { key: "x".into(), dir: "y".into(), ..ManifestEntry::default() };
        assert_eq!(manifest.entries().collect::<Vec<_>>(), [&expected]);
        assert!(Manifest::parse(b"[]").is_err());
    }
}
