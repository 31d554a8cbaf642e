//! The scriptable provider's cloud: a directory of objects that tests look into and change.

use std::path::PathBuf;

/// A cloud.
#[derive(Clone, Debug)]
pub struct Cloud {
    directory: PathBuf,
}

impl Cloud {
    /// In this directory.
    #[must_use]
    pub fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// The names of all objects: `fwtest_object.web-1`, sorted.
    ///
    /// # Panics
    /// When the directory can't be read.
    #[must_use]
    pub fn objects(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(&self.directory) else { return Vec::new() };
        let names =
            entries.map(|entry| entry.expect("the cloud can be read").file_name().to_string_lossy().into_owned());
        let mut objects: Vec<_> = names.filter_map(|name| name.strip_suffix(".json").map(str::to_owned)).collect();
        objects.sort();
        objects
    }

    /// The JSON of an object.
    ///
    /// # Panics
    /// When there is none of this name.
    #[must_use]
    pub fn read(&self, object: &str) -> String {
        std::fs::read_to_string(self.path(object)).expect("the object is there")
    }

    /// Changes an object, as somebody else would: the first `old` in its JSON becomes `new`.
    ///
    /// # Panics
    /// When there is no such object or text.
    pub fn change(&self, object: &str, old: &str, new: &str) {
        let text = self.read(object);
        assert!(text.contains(old), "{object} is {text}");
        std::fs::write(self.path(object), text.replacen(old, new, 1)).expect("the object can be written");
    }

    /// Deletes an object, as somebody else would.
    ///
    /// # Panics
    /// When there is none of this name.
    pub fn delete(&self, object: &str) {
        std::fs::remove_file(self.path(object)).expect("the object is there");
    }

    /// The calls since this was asked last, sorted, a line for each: `plan fwtest_object web`.
    ///
    /// # Panics
    /// When the log can't be emptied.
    #[must_use]
    pub fn take_calls(&self) -> String {
        let path = self.directory.join("calls.log");
        let log = std::fs::read_to_string(&path).unwrap_or_default();
        let begun = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let begun = begun.filter(|entry| entry["moment"] == "begin");
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let mut lines: Vec<_> = begun
            .map(|entry| [text(&entry["call"]), text(&entry["kind"]), text(&entry["name"])].join(" "))
            .map(|line| format!("{}\n", line.trim_end()))
            .collect();
        lines.sort();
        if path.exists() {
            std::fs::write(path, "").expect("the log can be emptied");
        }
        lines.concat()
    }

    fn path(&self, object: &str) -> PathBuf {
        self.directory.join(format!("{object}.json"))
    }
}
