//! Where the configuration keeps its states: the settings of the `local` backend, in the configuration and as `init` has
//! saved them. Other backends are refused by name.

use std::path::PathBuf;

use fw_config::Module;
use fw_diag::{Diagnostic, Diagnostics};
use fw_ops::Disk;
use fw_store::Workspaces;
use serde::{Deserialize, Serialize};

use crate::session::Session;

/// Settings of the `local` backend.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct LocalSettings {
    /// The state of the default workspace, if not `terraform.tfstate`.
    pub(crate) path: Option<String>,
    /// What holds the directories of the other workspaces, if not `terraform.tfstate.d`.
    pub(crate) workspace_dir: Option<String>,
}

impl LocalSettings {
    /// The workspaces that these settings mean, in a session's directory.
    pub(crate) fn workspaces(&self, session: &Session) -> Workspaces {
        let plain = plain_workspaces(session);
        let set = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Workspaces {
            default_state: set(&self.path).map_or(plain.default_state, |path| session.surroundings.resolve(path)),
            directory: set(&self.workspace_dir).map_or(plain.directory, |path| session.surroundings.resolve(path)),
            data: plain.data,
        }
    }
}

/// A `backend` block of the root module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Configured {
    /// `backend "local"`.
    Local(LocalSettings),
    /// Another kind, by name.
    Other(String),
    /// `cloud`.
    Cloud,
}

/// What `init` has saved in the data directory, in the form of terraform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Saved {
    version: u64,
    #[serde(default)]
    terraform_version: String,
    backend: Option<SavedBackend>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SavedBackend {
    #[serde(rename = "type")]
    kind: String,
    config: serde_json::Value,
    #[serde(default)]
    hash: u64,
}

impl Saved {
    /// What is to be saved for these settings.
    pub(crate) fn local(settings: &LocalSettings) -> Self {
        let config = serde_json::json!({ "path": settings.path, "workspace_dir": settings.workspace_dir });
        let backend = SavedBackend { kind: "local".to_owned(), config, hash: 0 };
        Self { version: 3, terraform_version: fw_state::COMPATIBLE_VERSION.to_owned(), backend: Some(backend) }
    }

    /// The kind of the backend.
    pub(crate) fn kind(&self) -> Option<&str> {
        self.backend.as_ref().map(|backend| backend.kind.as_str())
    }

    /// The settings, where it is the local backend.
    pub(crate) fn settings(&self) -> Option<LocalSettings> {
        let backend = self.backend.as_ref().filter(|backend| backend.kind == "local")?;
        serde_json::from_value(backend.config.clone()).ok()
    }

    /// Reads what is saved; `None` where nothing is.
    pub(crate) fn load(session: &Session) -> Result<Option<Self>, Diagnostics> {
        let failed =
            |why: String| Diagnostics::from(Diagnostic::error("Failed to load the backend configuration", why));
        match std::fs::read(Self::path(session)) {
            Ok(bytes) => {
                let saved: Self = serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string()))?;
                Ok(Some(saved).filter(|saved| saved.backend.is_some()))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error.to_string())),
        }
    }

    /// Writes it.
    pub(crate) fn save(&self, session: &Session) -> std::io::Result<()> {
        let path = Self::path(session);
        std::fs::create_dir_all(session.surroundings.data_directory())?;
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        std::fs::write(path, text)
    }

    /// The file.
    pub(crate) fn path(session: &Session) -> PathBuf {
        session.surroundings.data_directory().join("terraform.tfstate")
    }
}

/// The backend that the root module asks for; only the module's own files are read.
pub(crate) fn configured(session: &Session) -> Result<Option<Configured>, Diagnostics> {
    let files = Disk::new(&session.surroundings.root);
    let (module, problems) = fw_config::load_module(".", fw_addr::ModulePath::root(), &files, &session.sources);
    if problems.has_errors() {
        return Err(problems);
    }
    of_module(&module)
}

/// The backend that a root module asks for.
pub(crate) fn of_module(module: &Module) -> Result<Option<Configured>, Diagnostics> {
    if module.cloud.is_some() {
        return Ok(Some(Configured::Cloud));
    }
    let Some(backend) = &module.backend else { return Ok(None) };
    if &*backend.kind != "local" {
        return Ok(Some(Configured::Other(backend.kind.to_string())));
    }
    let mut settings = LocalSettings::default();
    let (attributes, mut problems) = backend.body.just_attributes();
    for attribute in attributes {
        let value = fw_lang::evaluate_constant(&attribute.expr, &mut problems);
        let text = value.as_str().map(str::to_owned);
        match &*attribute.name.name {
            "path" => settings.path = text,
            "workspace_dir" => settings.workspace_dir = text,
            other => {
                let detail = format!("An argument named \"{other}\" is not expected here.");
                problems.push(Diagnostic::error("Unsupported argument", detail).at(attribute.name.span));
            }
        }
    }
    if problems.has_errors() { Err(problems) } else { Ok(Some(Configured::Local(settings))) }
}

/// The workspaces of the working directory, which must have been initialised where the configuration has a backend.
pub(crate) fn workspaces(session: &Session) -> Result<Workspaces, Diagnostics> {
    let configured = configured(session)?;
    let saved = Saved::load(session)?;
    match (configured, saved) {
        (None, None) => Ok(plain_workspaces(session)),
        (None, Some(saved)) => {
            let reason = format!("Unsetting the previously set backend \"{}\"", saved.kind().unwrap_or_default());
            Err(not_initialised(",", &reason))
        }
        (Some(Configured::Cloud), _) => Err(cloud()),
        (Some(Configured::Other(kind)), None) => {
            Err(not_initialised(",", &format!("Initial configuration of the requested backend \"{kind}\"")))
        }
        (Some(Configured::Local(_)), None) => {
            Err(not_initialised(",", "Initial configuration of the requested backend \"local\""))
        }
        (Some(Configured::Other(kind)), Some(_)) => Err(unsupported(&kind)),
        (Some(Configured::Local(wanted)), Some(saved)) => match saved.settings() {
            // What is not in the configuration may have been given to `init`.
            Some(settings)
                if agrees(&wanted.path, &settings.path) && agrees(&wanted.workspace_dir, &settings.workspace_dir) =>
            {
                Ok(settings.workspaces(session))
            }
            Some(_) => Err(not_initialised(":", "Backend configuration block has changed")),
            None => {
                let kind = saved.kind().unwrap_or_default();
                Err(not_initialised(":", &format!("Backend type changed from \"{kind}\" to \"local\"")))
            }
        },
    }
}

fn agrees(wanted: &Option<String>, saved: &Option<String>) -> bool {
    wanted.is_none() || wanted == saved
}

/// The workspaces of a directory whose configuration has no backend.
pub(crate) fn plain_workspaces(session: &Session) -> Workspaces {
    Workspaces { data: session.surroundings.data_directory(), ..Workspaces::of(&session.surroundings.root) }
}

/// The refusal of a backend that there is not.
pub(crate) fn unsupported(kind: &str) -> Diagnostics {
    let detail = format!(
        "The configuration wants its state in the backend \"{kind}\". Formwork has only the backend \"local\" so far."
    );
    Diagnostic::error("Unsupported backend type", detail).into()
}

fn not_initialised(mark: &str, reason: &str) -> Diagnostics {
    let detail = format!(
        "Reason: {reason}\n\n\
         The \"backend\" is the interface that Terraform uses to store state,\n\
         perform operations, etc. If this message is showing up, it means that the\n\
         Terraform configuration you're using is using a custom configuration for\n\
         the Terraform backend.\n\n\
         Changes to backend configurations require reinitialization. This allows\n\
         Terraform to set up the new configuration, copy existing state, etc. Please run\n\
         \"terraform init\" with either the \"-reconfigure\" or \"-migrate-state\" flags to\n\
         use the current configuration.\n\n\
         If the change reason above is incorrect, please verify your configuration\n\
         hasn't changed and try again. At this point, no changes to your existing\n\
         configuration or state have been made."
    );
    Diagnostic::error(format!("Backend initialization required{mark} please run \"terraform init\""), detail).into()
}

fn cloud() -> Diagnostics {
    let detail = "Reason: Initial configuration of HCP Terraform or Terraform Enterprise.\n\n\
        Changes to the HCP Terraform configuration block require reinitialization, to discover any changes to the available \
        workspaces.\n\nTo re-initialize, run:\n  terraform init\n\n\
        Terraform has not yet made changes to your existing configuration or state.";
    let summary = "HCP Terraform or Terraform Enterprise initialization required: please run \"terraform init\"";
    Diagnostic::error(summary, detail).into()
}
