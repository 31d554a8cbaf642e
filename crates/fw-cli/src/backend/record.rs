//! What `init` remembers of the backend, in `.terraform/terraform.tfstate`, in terraform's form.

use std::path::PathBuf;

use fw_diag::{Diagnostic, Diagnostics};
use serde_json::{Value as Json, json};

use super::LocalSettings;
use crate::session::Session;

/// The backend that was set up last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// `local`, or something that another program has set up.
    pub(crate) kind: String,
    /// Its settings, where it is local.
    pub(crate) settings: LocalSettings,
    /// What the configuration was recognised by.
    pub(crate) hash: u32,
}

impl Record {
    /// The backend that was set up last; `None` when there was none.
    pub(crate) fn load(session: &Session) -> Result<Option<Self>, Diagnostics> {
        let path = path(session);
        let failed = |why: String| {
            let detail = format!("The record of the backend in {} cannot be read: {why}.", path.display());
            Diagnostics::from(Diagnostic::error("Error loading the backend configuration", detail))
        };
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error.to_string())),
        };
        if bytes.is_empty() {
            return Ok(None);
        }
        let document: Json = serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string()))?;
        let Some(backend) = document.get("backend").filter(|backend| backend.is_object()) else { return Ok(None) };
        let text = |name: &str| backend.get("config")?.get(name)?.as_str().map(str::to_owned);
        let hash = backend.get("hash").and_then(Json::as_u64).and_then(|hash| u32::try_from(hash).ok());
        Ok(Some(Self {
            kind: backend.get("type").and_then(Json::as_str).unwrap_or_default().to_owned(),
            settings: LocalSettings { path: text("path"), workspace_dir: text("workspace_dir") },
            hash: hash.unwrap_or_default(),
        }))
    }

    /// Remembers a backend, or that there is none any more.
    pub(crate) fn save(record: Option<&Self>, session: &Session) -> Result<(), Diagnostics> {
        let path = path(session);
        let mut document = json!({ "version": 3, "terraform_version": fw_state::COMPATIBLE_VERSION });
        if let (Some(record), Some(members)) = (record, document.as_object_mut()) {
            let config = json!({ "path": record.settings.path, "workspace_dir": record.settings.workspace_dir });
            members.insert("backend".into(), json!({ "type": record.kind, "config": config, "hash": record.hash }));
        }
        let text = serde_json::to_string_pretty(&document).expect("texts and numbers can be written");
        let written = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, text));
        written.map_err(|error| {
            let detail = format!("The record of the backend in {} cannot be written: {error}.", path.display());
            Diagnostic::error("Error saving the backend configuration", detail).into()
        })
    }
}

fn path(session: &Session) -> PathBuf {
    session.surroundings.data_directory().join("terraform.tfstate")
}
