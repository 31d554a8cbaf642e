//! What the program was started with, taken once and passed on as a value.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use fw_ops::Level;

/// Arguments, environment and directories.
#[derive(Clone, Debug, Default)]
pub struct Process {
    /// The program's name as it was called, without directories: `formwork`.
    pub program: String,
    /// The program as it was called: a path, or a name that is looked up in `PATH`.
    pub called: String,
    /// The arguments after the program.
    pub arguments: Vec<String>,
    /// The environment; what is not Unicode is left out.
    pub variables: BTreeMap<String, String>,
    /// Where it was started.
    pub directory: PathBuf,
    /// The user's home directory.
    pub home: Option<PathBuf>,
}

impl Process {
    /// What this process was started with.
    ///
    /// # Errors
    /// When the working directory is gone.
    pub fn current(arguments: impl Iterator<Item = OsString>) -> std::io::Result<Self> {
        let mut arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
        let called: String = arguments.next().unwrap_or_default();
        let program = std::path::Path::new(&called).file_stem().map(|name| name.to_string_lossy().into_owned());
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Ok(Self {
            program: program.filter(|name| !name.is_empty()).unwrap_or_else(|| "formwork".to_owned()),
            called,
            arguments: arguments.collect(),
            variables,
            directory: std::env::current_dir()?,
            home: std::env::home_dir(),
        })
    }

    /// Under the name of terraform, its files alone are configuration.
    pub(crate) fn level(&self) -> Level {
        if self.program == "terraform" { Level::Terraform } else { Level::OpenTofu }
    }

    /// An environment variable that is set and not empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}
