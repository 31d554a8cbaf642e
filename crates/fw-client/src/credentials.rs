//! Where the client remembers servers and tokens: a file that only its owner may read.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

use fw_cli::Process;
use serde::{Deserialize, Serialize};

/// What is remembered.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Credentials {
    /// The server that is spoken to if none is named.
    pub(crate) server: Option<String>,
    /// Tokens by server.
    pub(crate) tokens: BTreeMap<String, String>,
}

impl Credentials {
    fn path(process: &Process) -> Option<PathBuf> {
        let configured = process.variable("FORMWORK_CREDENTIALS").map(PathBuf::from);
        configured.or_else(|| Some(process.home.as_ref()?.join(".formwork").join("credentials.json")))
    }

    /// What is remembered; nothing if there is no such file.
    pub(crate) fn load(process: &Process) -> Result<Self, String> {
        let Some(path) = Self::path(process) else { return Ok(Self::default()) };
        match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(format!("cannot read {}: {error}", path.display())),
        }
    }

    /// Remembers it; returns where.
    pub(crate) fn save(&self, process: &Process) -> Result<PathBuf, String> {
        let path = Self::path(process).ok_or("there is no home directory to remember the token in")?;
        let failed = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
        let directory = path.parent().ok_or("the path of the credentials has no directory")?;
        std::fs::create_dir_all(directory).map_err(failed)?;
        let text = serde_json::to_vec_pretty(self).map_err(|error| error.to_string())?;
        let beside = path.with_extension("new");
        write_private(&beside, &text).and_then(|()| std::fs::rename(&beside, &path)).map_err(failed)?;
        Ok(path)
    }
}

fn write_private(path: &std::path::Path, content: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
