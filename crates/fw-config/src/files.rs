//! Which files of a directory are configuration.

/// Where the text of configuration comes from.
pub trait Files {
    /// Names of the regular files of a directory (not paths), or why it can't be read.
    ///
    /// # Errors
    /// A message for people.
    fn list(&self, directory: &str) -> Result<Vec<String>, String>;

    /// The bytes of a file.
    ///
    /// # Errors
    /// A message for people.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;
}

/// The dialect of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `.tf`
    Native,
    /// `.tf.json`
    Json,
}

/// The configuration files of a directory, each kind in name order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigFiles {
    /// What is read first.
    pub primary: Vec<String>,
    /// What is laid over it afterwards.
    pub overrides: Vec<String>,
}

impl ConfigFiles {
    /// Sorts out the names of a directory.
    #[must_use]
    pub fn among(names: impl IntoIterator<Item = String>) -> Self {
        let mut files = Self::default();
        let mut names: Vec<String> = names.into_iter().filter(|n| dialect(n).is_some()).collect();
        names.sort();
        for name in names {
            if is_override(&name) { files.overrides.push(name) } else { files.primary.push(name) }
        }
        files
    }

    /// Whether there is no configuration at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.primary.is_empty() && self.overrides.is_empty()
    }
}

/// The dialect of a configuration file; `None` for other files and those that editors leave behind.
#[must_use]
pub fn dialect(name: &str) -> Option<Dialect> {
    if !is_kept(name) {
        return None;
    }
    if name.ends_with(".tf") {
        Some(Dialect::Native)
    } else if name.ends_with(".tf.json") {
        Some(Dialect::Json)
    } else {
        None
    }
}

/// Whether a file is not one of those that editors leave behind.
pub(crate) fn is_kept(name: &str) -> bool {
    !(name.starts_with('.') || name.ends_with('~') || name.starts_with('#') && name.ends_with('#'))
}

fn is_override(name: &str) -> bool {
    let base = name.strip_suffix(".tf").or_else(|| name.strip_suffix(".tf.json")).unwrap_or(name);
    base == "override" || base.ends_with("_override")
}

#[cfg(test)]
mod tests {
    use super::ConfigFiles;

    #[test]
    fn names_are_sorted_out() {
        let names = [
            "b.tf",
            "a.tf.json",
            "x_override.tf",
            "override.tf.json",
            ".hidden.tf",
            "a.tf~",
            "#a.tf#",
            "a.txt",
            "notoverride.tf",
        ];
        let files = ConfigFiles::among(names.map(str::to_owned));
        assert_eq!(files.primary, ["a.tf.json", "b.tf", "notoverride.tf"]);
        assert_eq!(files.overrides, ["override.tf.json", "x_override.tf"]);
    }
}
