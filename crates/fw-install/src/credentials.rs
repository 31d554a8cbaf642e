//! Where tokens of hosts are kept: `login` puts them there, `logout` takes them away.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fw_diag::system_error;
use serde_json::{Map, Value as Json, json};

use crate::cli_config::{CliConfig, CredentialsHelper, Token, credentials_file, normal_host};
use crate::environment::Environment;
use crate::http::credentials::HelperPrograms;

/// Who keeps the token of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// A file that the user writes.
    User,
    /// The file that `login` writes, at this path.
    File(PathBuf),
    /// The helper program of this name.
    Helper(String),
    /// Nobody does yet; it would be put into this file.
    Nobody(PathBuf),
}

/// The tokens that can be changed.
#[derive(Debug)]
pub struct CredentialsStore {
    file: PathBuf,
    known: Vec<String>,
    helper: Option<CredentialsHelper>,
    programs: HelperPrograms,
}

impl CredentialsStore {
    /// Those of a user.
    ///
    /// # Errors
    /// When the user has no home directory.
    pub fn new(config: &CliConfig, environment: &Environment) -> Result<Self, String> {
        let file = credentials_file(environment).ok_or("cannot find the home directory of the user")?;
        Ok(Self {
            file,
            known: config.credentials.keys().cloned().collect(),
            helper: config.credentials_helper.clone(),
            programs: HelperPrograms::new(environment),
        })
    }

    /// Who keeps the token of a host.
    #[must_use]
    pub fn keeper(&self, host: &str) -> Keeper {
        if self.known.iter().any(|known| known == host) {
            let in_file = read(&self.file).is_ok_and(|document| key_of(&document, host).is_some());
            return if in_file { Keeper::File(self.file.clone()) } else { Keeper::User };
        }
        match &self.helper {
            Some(helper) => Keeper::Helper(helper.name.clone()),
            None => Keeper::Nobody(self.file.clone()),
        }
    }

    /// Keeps a token.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn store(&self, host: &str, token: &Token) -> Result<(), String> {
        self.update(host, Some(token))
    }

    /// Forgets the token of a host.
    ///
    /// # Errors
    /// When it stays.
    pub fn forget(&self, host: &str) -> Result<(), String> {
        self.update(host, None)
    }

    fn update(&self, host: &str, token: Option<&Token>) -> Result<(), String> {
        match (self.keeper(host), &self.helper) {
            (Keeper::User, _) => Err(format!("cannot change credentials for {host}: they are in a file of the user")),
            (Keeper::Helper(_), Some(helper)) => self.tell(helper, host, token),
            _ => rewrite(&self.file, host, token),
        }
    }

    fn tell(&self, helper: &CredentialsHelper, host: &str, token: Option<&Token>) -> Result<(), String> {
        let (name, program) = self.programs.find(helper)?;
        let failed = |error: std::io::Error| format!("failed to run the credentials helper {name}: {error}");
        let mut child = Command::new(&program)
            .args(&helper.arguments)
            .args([if token.is_some() { "store" } else { "forget" }, host])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        if let (Some(mut input), Some(Token(token))) = (child.stdin.take(), token) {
            input.write_all(json!({ "token": token }).to_string().as_bytes()).map_err(failed)?;
        }
        let output = child.wait_with_output().map_err(failed)?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("error in {name}: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }
}

/// The file's document; an empty one where there is no file.
fn read(file: &Path) -> Result<Map<String, Json>, String> {
    let failed = |why: String| format!("cannot read {}: {why}", file.display());
    match std::fs::read(file) {
        Ok(text) if text.is_empty() => Ok(Map::new()),
        Ok(text) => serde_json::from_slice(&text).map_err(|error| failed(error.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Map::new()),
        Err(error) => Err(failed(system_error(&error))),
    }
}

/// The name under which a document has the token of a host.
fn key_of(document: &Map<String, Json>, host: &str) -> Option<String> {
    let hosts = document.get("credentials")?.as_object()?;
    hosts.keys().find(|name| normal_host(name).is_some_and(|name| name == host)).cloned()
}

/// Changes the token of a host and leaves all else as it was.
fn rewrite(file: &Path, host: &str, token: Option<&Token>) -> Result<(), String> {
    let mut document = read(file)?;
    while let Some(key) = key_of(&document, host) {
        document.get_mut("credentials").and_then(Json::as_object_mut).map(|hosts| hosts.shift_remove(&key));
    }
    let hosts = document.entry("credentials").or_insert_with(|| json!({}));
    let Some(hosts) = hosts.as_object_mut() else {
        return Err(format!(
            "credentials file {} has invalid value for \"credentials\" property: must be a JSON object",
            file.display()
        ));
    };
    if let Some(Token(token)) = token {
        hosts.insert(host.to_owned(), json!({ "token": token }));
    }
    document.sort_keys();
    let text = serde_json::to_string_pretty(&document).map_err(|error| error.to_string())?;
    let failed =
        |error: std::io::Error| format!("cannot create temporary file to update credentials: {}", system_error(&error));
    // Temporary files are for their owner only, and the secret must never be seen by anybody else.
    let directory = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory).map_err(failed)?;
    let mut temporary =
        tempfile::Builder::new().prefix("credentials.tfrc.json").tempfile_in(directory).map_err(failed)?;
    temporary.write_all(text.as_bytes()).map_err(failed)?;
    let moved = temporary.persist(file);
    moved.map(drop).map_err(|error| format!("failed to replace {}: {}", file.display(), system_error(&error.error)))
}
