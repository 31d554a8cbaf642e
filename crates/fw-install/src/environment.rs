//! What the program was started with, given as a value: nothing here reads the process's own environment.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Environment variables and directories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// The environment variables.
    pub variables: BTreeMap<String, String>,
    /// The user's home directory.
    pub home: Option<PathBuf>,
    /// Where the program was started, before any `-chdir`.
    pub working_directory: PathBuf,
}

impl Environment {
    /// A variable that is set and not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Replaces `$NAME` and `${NAME}`; what is not set becomes nothing.
    #[must_use]
    pub fn expand(&self, text: &str) -> String {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            expanded.push_str(before);
            let (name, left) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                Some(braced) => braced,
                None => {
                    let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                    after.split_at(end)
                }
            };
            expanded.push_str(self.variables.get(name).map_or("", String::as_str));
            rest = left;
        }
        expanded.push_str(rest);
        expanded
    }

    /// The directories for data of the user and of all users, as the XDG specification has them: the user's first.
    #[must_use]
    pub fn data_directories(&self) -> Vec<PathBuf> {
        let own = self
            .get("XDG_DATA_HOME")
            .map(PathBuf::from)
            .or_else(|| self.home.as_ref().map(|home| home.join(".local/share")));
        let shared = self.get("XDG_DATA_DIRS").unwrap_or("/usr/local/share:/usr/share");
        own.into_iter().chain(shared.split(':').filter(|d| !d.is_empty()).map(PathBuf::from)).collect()
    }
}
