//! Where the state is: the backend of the configuration, which must be "local", and the selected workspace.

mod record;
mod settings;

use std::path::PathBuf;

use fw_config::Module;
use fw_diag::{Diagnostic, Diagnostics};
use fw_ops::Disk;
use fw_store::{StatePaths, Workspaces, is_valid_workspace_name};

use crate::session::Session;
pub(crate) use record::Record;
pub(crate) use settings::{LocalSettings, unsupported};

/// What is said of a name in `TF_WORKSPACE` that no workspace can have.
pub(crate) const INVALID_WORKSPACE_VARIABLE: &str = "Invalid workspace name set using TF_WORKSPACE";

/// A backend that is ready for use.
#[derive(Clone, Debug)]
pub(crate) struct Backend {
    /// Its settings.
    pub(crate) settings: LocalSettings,
    /// The workspaces of the directory.
    pub(crate) workspaces: Workspaces,
    /// The selected one.
    pub(crate) workspace: String,
}

/// Which files of a state a command was told to use instead.
#[derive(Clone, Debug, Default)]
pub(crate) struct StateFlags {
    /// `-state`
    pub(crate) state: Option<PathBuf>,
    /// `-state-out`
    pub(crate) state_out: Option<PathBuf>,
    /// `-backup`; `-` for none.
    pub(crate) backup: Option<String>,
}

impl Backend {
    /// The backend of the directory, as `init` has set it up.
    ///
    /// # Errors
    /// When it must be set up first, or cannot be used.
    pub(crate) fn of(session: &Session, root: &Module) -> Result<Self, Diagnostics> {
        if let Some(span) = root.cloud {
            return Err(unsupported_cloud().at(span).into());
        }
        let recorded = Record::load(session)?;
        let configured = match &root.backend {
            Some(backend) if &*backend.kind != "local" => {
                return Err(unsupported("Invalid backend type", backend).into());
            }
            other => other.as_ref(),
        };
        let settings = match (configured, recorded) {
            (None, None) => LocalSettings::default(),
            (None, Some(old)) => {
                return Err(needs_init(&format!("Unsetting the previously set backend \"{}\"", old.kind)));
            }
            (Some(backend), None) => {
                return Err(needs_init(&format!(
                    "Initial configuration of the requested backend \"{}\"",
                    backend.kind
                )));
            }
            (Some(backend), Some(old)) => {
                if old.kind != *backend.kind {
                    let reason = format!("Backend type changed from \"{}\" to \"{}\"", old.kind, backend.kind);
                    return Err(needs_init(&reason));
                }
                let now = LocalSettings::of(backend)?;
                if now.hash() != old.hash && now != old.settings {
                    return Err(must_init_again());
                }
                old.settings
            }
        };
        Self::with(session, settings)
    }

    /// A backend with these settings.
    ///
    /// # Errors
    /// When no workspace can be chosen.
    pub(crate) fn with(session: &Session, settings: LocalSettings) -> Result<Self, Diagnostics> {
        let workspaces = settings.workspaces(session);
        let overridden = session.surroundings.variable("TF_WORKSPACE");
        let workspace = workspaces.selected(overridden).map_err(|error| {
            Diagnostics::from(Diagnostic::error("Failed to read the selected workspace", error.chain()))
        })?;
        if overridden.is_some() && !is_valid_workspace_name(&workspace) {
            return Err(Diagnostic::error(INVALID_WORKSPACE_VARIABLE, "").into());
        }
        Ok(Self { settings, workspaces, workspace })
    }

    /// The files of the selected workspace's state.
    #[must_use]
    pub(crate) fn paths(&self, flags: &StateFlags) -> StatePaths {
        let mut paths = self.workspaces.paths(&self.workspace);
        if let Some(state) = &flags.state {
            paths = StatePaths::of(state.clone());
        }
        if let Some(out) = &flags.state_out {
            paths.write.clone_from(out);
            paths.backup = Some(StatePaths::backup_of(out));
        }
        match flags.backup.as_deref() {
            None | Some("") => {}
            Some("-") => paths.backup = None,
            Some(path) => paths.backup = Some(PathBuf::from(path)),
        }
        paths
    }
}

impl Session {
    /// The root module alone: enough for commands that only look at the state.
    pub(crate) fn root_module(&self) -> Result<Module, Diagnostics> {
        let files = Disk::new(&self.surroundings.root);
        let (module, told) = fw_config::load_module(".", fw_addr::ModulePath::root(), &files, &self.sources);
        if told.has_errors() { Err(told) } else { Ok(module) }
    }

    /// The backend of the directory, as `init` has set it up.
    pub(crate) fn backend(&self) -> Result<Backend, Diagnostics> {
        Backend::of(self, &self.root_module()?)
    }
}

/// HCP Terraform is none of ours.
pub(crate) fn unsupported_cloud() -> Diagnostic {
    let detail = "The \"cloud\" block keeps states in HCP Terraform, which Formwork does not support. Use a \"local\" backend \
                  instead.";
    Diagnostic::error("Unsupported backend type", detail)
}

const ABOUT: &str = "The \"backend\" is the interface that Terraform uses to store state,\nperform operations, etc. If this \
    message is showing up, it means that the\nTerraform configuration you're using is using a custom configuration for\nthe \
    Terraform backend.\n\nChanges to backend configurations require reinitialization. This allows\nTerraform to set up the \
    new configuration, copy existing state, etc. Please run\n\"terraform init\" with either the \"-reconfigure\" or \
    \"-migrate-state\" flags to\nuse the current configuration.\n\nIf the change reason above is incorrect, please verify \
    your configuration\nhasn't changed and try again. At this point, no changes to your existing\nconfiguration or state \
    have been made.";

fn needs_init(reason: &str) -> Diagnostics {
    let summary = "Backend initialization required, please run \"terraform init\"";
    Diagnostic::error(summary, format!("Reason: {reason}\n\n{ABOUT}")).into()
}

fn must_init_again() -> Diagnostics {
    let summary = "Backend initialization required: please run \"terraform init\"";
    Diagnostic::error(summary, format!("Reason: Backend configuration block has changed\n\n{ABOUT}")).into()
}

/// The workspaces of the working directory, which must have been initialised where the configuration has a backend.
pub(crate) fn workspaces(session: &Session) -> Result<Workspaces, Diagnostics> {
    session.backend().map(|backend| backend.workspaces)
}

/// The workspaces of a directory whose configuration has no backend.
pub(crate) fn plain_workspaces(session: &Session) -> Workspaces {
    LocalSettings::default().workspaces(session)
}
