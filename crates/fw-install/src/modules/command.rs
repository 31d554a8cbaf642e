//! Programs of version control, run with the environment we were given.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::environment::Environment;

/// Where programs are and what they see.
pub(super) struct Programs {
    variables: BTreeMap<String, String>,
    directory: PathBuf,
}

impl Programs {
    pub(super) fn new(environment: &Environment, directory: &Path) -> Self {
        Self { variables: environment.variables.clone(), directory: directory.to_owned() }
    }

    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// The path of a program.
    pub(super) fn find(&self, name: &str) -> Result<PathBuf, String> {
        let places = self.variables.get("PATH").map(String::as_str).unwrap_or_default();
        let found = std::env::split_paths(places).map(|place| place.join(name)).find(|path| path.is_file());
        found.ok_or_else(|| format!("{name} must be available and on the PATH"))
    }

    /// Runs a program in a directory, which is relative to the root module's, and gives back what it wrote.
    pub(super) async fn run(
        &self,
        program: &Path,
        arguments: &[&str],
        directory: &Path,
        extra: Option<(&str, &str)>,
    ) -> Result<String, String> {
        let failed = |error: std::io::Error| format!("error running {}: {error}", program.display());
        // One pipe for both, so that lines stay in their order.
        let (mut reader, writer) = std::io::pipe().map_err(failed)?;
        let mut child = {
            let mut command = tokio::process::Command::new(program);
            command
                .args(arguments)
                .current_dir(self.directory.join(directory))
                .env_clear()
                .envs(&self.variables)
                .envs(extra)
                .stdin(Stdio::null())
                .stdout(writer.try_clone().map_err(failed)?)
                .stderr(writer)
                .kill_on_drop(true);
            command.spawn().map_err(failed)?
        };
        let reading = tokio::task::spawn_blocking(move || {
            let mut text = Vec::new();
            // What a program leaves running does not concern us; neither does a broken pipe.
            drop(reader.read_to_end(&mut text));
            String::from_utf8_lossy(&text).into_owned()
        });
        let status = child.wait().await.map_err(failed)?;
        let text = reading.await.map_err(|error| error.to_string())?;
        if status.success() {
            return Ok(text);
        }
        Err(format!("{} exited with {}: {text}", program.display(), status.code().unwrap_or(-1)))
    }
}
