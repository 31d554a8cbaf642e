//! Where the state is: the backend of the configuration, as `init` has set it up, and the selected workspace.

mod messages;
mod settings;

use std::path::PathBuf;
use std::sync::Arc;

use fw_backend::{Kind, Record};
use fw_config::{Config, Module};
use fw_diag::{Diagnostic, Diagnostics};
use fw_encryption::Encryption;
use fw_ops::SavedBackend;
use fw_store::{BackendError, LocalState, StateBackend, StatePaths, StateStore, Workspaces, is_valid_workspace_name};
use fw_value::{Value, go_quoted, json};

use crate::session::Session;
use messages::{must_init_again, needs_init, type_changed};
pub(crate) use messages::{unsupported, unsupported_cloud};
pub(crate) use settings::{Override, Wanted, placed, surroundings};

/// What is said of a name in `TF_WORKSPACE` that no workspace can have.
pub(crate) const INVALID_WORKSPACE_VARIABLE: &str = "Invalid workspace name set using TF_WORKSPACE";

/// A backend that is ready for use.
#[derive(Clone, Debug)]
pub(crate) struct Backend {
    /// Its kind.
    pub(crate) kind: String,
    /// Its settings.
    pub(crate) config: Value,
    states: Arc<dyn StateBackend>,
    /// Its files, where it is "local".
    files: Option<Workspaces>,
    /// The selected workspace.
    pub(crate) workspace: String,
    /// What states are encrypted with.
    encryption: Encryption,
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
        session.encryption_of(root)?;
        if let Some(span) = root.cloud {
            return Err(unsupported_cloud().at(span).into());
        }
        let recorded = session.backend_record()?;
        let Some(block) = &root.backend else {
            return match recorded {
                None => Self::local(session),
                Some(old) => Err(needs_init(&format!("Unsetting the previously set backend \"{}\"", old.kind))),
            };
        };
        let Some(kind) = session.backend_kind(&block.kind) else {
            return Err(unsupported("Invalid backend type", block).into());
        };
        let Some(old) = recorded else {
            return Err(needs_init(&format!("Initial configuration of the requested backend \"{}\"", block.kind)));
        };
        if old.kind != *block.kind {
            return Err(type_changed(&old.kind, &block.kind));
        }
        let now = Wanted::of(session, root, &[])?;
        let config = old.value(&kind.schema()).unwrap_or_else(|| now.value.clone());
        if now.hash != old.hash && now.value != config {
            return Err(must_init_again());
        }
        Self::with(session, kind, config).map_err(|told| placed(told, None))
    }

    /// The backend of a directory whose configuration has none.
    pub(crate) fn local(session: &Session) -> Result<Self, Diagnostics> {
        let kind = session.backend_kind("local").expect("one of our own");
        let config = kind.schema().empty_value();
        Self::with(session, kind, config).map_err(|told| placed(told, None))
    }

    /// A backend with these settings, which fit its schema.
    ///
    /// # Errors
    /// When it refuses them, or no workspace can be chosen.
    pub(crate) fn with(session: &Session, kind: &dyn Kind, config: Value) -> Result<Self, fw_backend::Problems> {
        let around = surroundings(session);
        let settings = fw_backend::Settings { value: &config, around: &around };
        let files = (kind.name() == "local").then(|| fw_backend::local_workspaces(&settings));
        let states: Arc<dyn StateBackend> = kind.configure(&settings)?.into();
        let selected = session.selected_workspace().map_err(in_words_of_backends)?;
        // Who makes a backend has asked for it before, by way of the root module.
        let encryption = session.known_encryption();
        Ok(Self { kind: kind.name().to_owned(), config, states, files, workspace: selected, encryption })
    }

    /// What a saved plan remembers of it.
    pub(crate) fn saved(&self) -> SavedBackend {
        let json = |value: &Value| json::marshal(value, value.ty()).ok();
        let set = self.config.string_entries().filter(|(_, value)| !value.is_null());
        let settings = set.filter_map(|(name, value)| Some((name.to_string(), json(value)?))).collect();
        SavedBackend { kind: self.kind.clone(), settings }
    }

    /// The backend that a plan was made with, for the root module `root`: where the one of the directory does not say how
    /// states are encrypted, this one does.
    pub(crate) fn of_plan(session: &Session, saved: &SavedBackend, root: &Module) -> Result<Self, Diagnostics> {
        session.encryption()?;
        session.encryption_of(root)?;
        let unusable =
            || Diagnostics::from(Diagnostic::error("The backend of the plan cannot be used", saved.kind.as_str()));
        let kind = session.backend_kind(&saved.kind).ok_or_else(unusable)?;
        let pairs: Vec<String> =
            saved.settings.iter().map(|(name, json)| format!("{}:{json}", go_quoted(name))).collect();
        let record = Record { kind: saved.kind.clone(), config: format!("{{{}}}", pairs.join(",")), hash: 0 };
        let config = record.value(&kind.schema()).ok_or_else(unusable)?;
        Self::with(session, kind, config).map_err(|told| placed(told, None))
    }

    /// The files of the states, where the backend is "local".
    pub(crate) fn files(&self) -> Option<&Workspaces> {
        self.files.as_ref()
    }

    /// The names of all workspaces.
    pub(crate) fn workspaces(&self) -> Result<Vec<String>, BackendError> {
        self.states.workspaces()
    }

    /// Removes a workspace and its state.
    pub(crate) fn delete(&self, workspace: &str) -> Result<(), BackendError> {
        self.states.delete(workspace)
    }

    /// The state of a workspace, which is made where it is missing.
    pub(crate) fn state_of(&self, workspace: &str) -> Result<StateStore, BackendError> {
        self.states.open(workspace, self.encryption.state())
    }

    /// The state of the selected workspace, in other files where flags say so: a backend elsewhere has none.
    pub(crate) fn state(&self, flags: &StateFlags) -> Result<StateStore, Diagnostics> {
        match self.paths(flags) {
            Some(paths) => Ok(self.local_state(paths).into()),
            None => self
                .state_of(&self.workspace)
                .map_err(|error| Diagnostic::error(format!("error loading state: {error}"), "").into()),
        }
    }

    /// The state in files that belong to it.
    pub(crate) fn local_state(&self, paths: StatePaths) -> LocalState {
        LocalState::new(paths).encrypted(self.encryption.state())
    }

    /// The files of the selected workspace's state.
    pub(crate) fn paths(&self, flags: &StateFlags) -> Option<StatePaths> {
        let mut paths = self.files.as_ref()?.paths(&self.workspace);
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
        Some(paths)
    }
}

fn in_words_of_backends(told: Diagnostics) -> fw_backend::Problems {
    let of = |one: Diagnostic| fw_backend::Problem { detail: one.detail, ..fw_backend::Problem::error(one.summary) };
    told.into_iter().map(of).collect()
}

impl Session {
    /// The backend of the directory, as `init` has set it up. The root module that says which is kept for
    /// [`Self::load`].
    pub(crate) fn backend(&self) -> Result<Backend, Diagnostics> {
        let (root, told) = fw_ops::project::load_root(&self.surroundings, &self.sources);
        if told.has_errors() {
            return Err(told);
        }
        let backend = Backend::of(self, &root);
        self.root.replace(Some((root, told)));
        backend
    }

    /// The configuration: the root module and all modules it calls.
    pub(crate) fn load(&self) -> (Config, Diagnostics) {
        let (surroundings, sources) = (&self.surroundings, &self.sources);
        let root = self.root.take().unwrap_or_else(|| fw_ops::project::load_root(surroundings, sources));
        fw_ops::project::load_below(root, surroundings, sources)
    }

    /// The same with the tests, of which some may be in a directory of their own.
    pub(crate) fn load_with_tests(&self, below: &str) -> (Config, Diagnostics) {
        fw_ops::project::add_tests(self.load(), &self.surroundings, &self.sources, below)
    }

    /// A kind of backend.
    pub(crate) fn backend_kind(&self, name: &str) -> Option<&'static dyn Kind> {
        let all = fw_backend::own_kinds().iter().chain(&self.backends);
        all.copied().find(|kind| kind.name() == name)
    }

    /// What `init` has remembered of the backend.
    pub(crate) fn backend_record(&self) -> Result<Option<Record>, Diagnostics> {
        Record::load(&self.surroundings.data_directory()).map_err(|error| {
            let detail =
                format!("The record of the backend in {} cannot be read: {}.", error.path.display(), error.why);
            Diagnostic::error("Error loading the backend configuration", detail).into()
        })
    }

    /// Remembers a backend, or that there is none any more.
    pub(crate) fn record_backend(&self, record: Option<&Record>) -> Result<(), Diagnostics> {
        Record::save(record, &self.surroundings.data_directory()).map_err(|error| {
            let detail =
                format!("The record of the backend in {} cannot be written: {}.", error.path.display(), error.why);
            Diagnostic::error("Error saving the backend configuration", detail).into()
        })
    }

    /// The workspace that is selected, or that `TF_WORKSPACE` says.
    pub(crate) fn selected_workspace(&self) -> Result<String, Diagnostics> {
        let overridden = self.surroundings.variable("TF_WORKSPACE");
        let name = plain_workspaces(self)
            .selected(overridden)
            .map_err(|error| Diagnostic::error("Failed to read the selected workspace", error.chain()))?;
        if overridden.is_some() && !is_valid_workspace_name(&name) {
            return Err(Diagnostic::error(INVALID_WORKSPACE_VARIABLE, "").into());
        }
        Ok(name)
    }
}

/// The workspaces of a directory whose configuration has no backend. What is selected is the same with any.
pub(crate) fn plain_workspaces(session: &Session) -> Workspaces {
    Workspaces {
        default_state: PathBuf::from("terraform.tfstate"),
        directory: PathBuf::from("terraform.tfstate.d"),
        data: session.surroundings.data_directory(),
    }
}
