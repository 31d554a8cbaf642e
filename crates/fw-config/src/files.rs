//! Which files of a directory are configuration.

use crate::early::Early;

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

    /// What is known before they are read. Without it, only constants can say which modules there are.
    fn early(&self) -> Option<&dyn Early> {
        None
    }
}

/// The dialect of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `.tf`, `.tofu`
    Native,
    /// `.tf.json`, `.tofu.json`
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
        leave_out_hidden(&mut names);
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
    if [".tf", ".tofu"].iter().any(|suffix| name.ends_with(suffix)) {
        Some(Dialect::Native)
    } else if [".tf.json", ".tofu.json"].iter().any(|suffix| name.ends_with(suffix)) {
        Some(Dialect::Json)
    } else {
        None
    }
}

/// Suffixes of files that OpenTofu alone reads, each with that of the files they hide.
const OWN_OF_OPENTOFU: [(&str, &str); 4] = [
    (".tofu", ".tf"),
    (".tofu.json", ".tf.json"),
    (".tofutest.hcl", ".tftest.hcl"),
    (".tofutest.json", ".tftest.json"),
];

/// Whether a file is one that OpenTofu reads and terraform passes over.
#[must_use]
pub fn is_own_of_opentofu(name: &str) -> bool {
    OWN_OF_OPENTOFU.iter().any(|(own, _)| name.ends_with(own))
}

/// Leaves out the files in whose place there is one of the same name that only OpenTofu reads.
pub(crate) fn leave_out_hidden(names: &mut Vec<String>) {
    let hiding = |name: &String| {
        let (stem, own) = OWN_OF_OPENTOFU.iter().find_map(|(own, other)| Some((name.strip_suffix(other)?, own)))?;
        Some(format!("{stem}{own}"))
    };
    let all: std::collections::BTreeSet<String> = names.iter().filter(|name| is_kept(name)).cloned().collect();
    names.retain(|name| hiding(name).is_none_or(|other| !all.contains(&other)));
}

/// Whether a file is not one of those that editors leave behind.
pub(crate) fn is_kept(name: &str) -> bool {
    !(name.starts_with('.') || name.ends_with('~') || name.starts_with('#') && name.ends_with('#'))
}

fn is_override(name: &str) -> bool {
    let suffixes = [".tf", ".tf.json", ".tofu", ".tofu.json"];
    let base = suffixes.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
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

    #[test]
    fn files_of_opentofu_hide_those_of_the_same_name_and_kind() {
        let names = [
            "a.tf",
            "a.tofu",
            "b.tf.json",
            "b.tofu.json",
            "c.tf.json",
            "c.tofu",
            "d.tf",
            ".d.tofu",
            "override.tf",
            "override.tofu",
            "x_override.tofu.json",
        ];
        let files = ConfigFiles::among(names.map(str::to_owned));
        assert_eq!(files.primary, ["a.tofu", "b.tofu.json", "c.tf.json", "c.tofu", "d.tf"]);
        assert_eq!(files.overrides, ["override.tofu", "x_override.tofu.json"]);
    }
}
