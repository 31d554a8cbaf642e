//! Other states, as `terraform_remote_state` reads them.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use fw_backend::{Kind, Problem, Problems, Settings, Surroundings};
use fw_builtin_provider::{RemoteState, RemoteStates};
use fw_diag::Severity;
use fw_encryption::Encryption;
use fw_provider::{ProviderDiagnostic, ProviderDiagnostics};
use fw_store::{Cipher, DEFAULT_WORKSPACE};
use fw_value::{Marks, Path, Str, Type, Value};

use crate::session::Session;

/// States of all kinds of backends, seen from the root module.
pub(crate) struct BackendStates {
    kinds: Vec<&'static dyn Kind>,
    around: Arc<Surroundings>,
    encryption: Encryption,
}

impl BackendStates {
    /// States seen from the root module.
    pub(crate) fn new(session: &Session) -> Self {
        let around = Surroundings { root: session.surroundings.root.clone(), ..crate::backend::surroundings(session) };
        let kinds = fw_backend::own_kinds().iter().chain(&session.backends).copied().collect();
        // Commands that read no state of their own, tests above all, read others in plain text only.
        Self { kinds, around: Arc::new(around), encryption: session.known_encryption() }
    }

    /// A kind, and the settings as its schema has them.
    fn prepare(&self, backend: &str, config: &Value) -> Result<(&'static dyn Kind, Value), ProviderDiagnostics> {
        let wrong = |attribute: &str, detail: String| vec![problem("Invalid backend configuration", detail, attribute)];
        let Some(kind) = self.kinds.iter().copied().find(|kind| kind.name() == backend) else {
            return Err(wrong("backend", format!("There is no backend type named \"{backend}\".")));
        };
        let missing = kind.required().iter().find(|name| config.attr(name).is_none());
        if let Some(name) = missing.filter(|_| matches!(config.ty(), Type::Object(_))) {
            let why = format!("attribute \"{name}\" is required");
            return Err(wrong(
                "config",
                format!("The given configuration is not valid for backend \"{backend}\": {why}."),
            ));
        }
        let fits = kind.schema().coerce_value(config);
        let value = fits.map_err(|error| {
            let why = if error.path.is_root() { error.message } else { format!("{}: {}", error.path, error.message) };
            let detail = format!("The given configuration is not valid for backend \"{backend}\": {why}.");
            wrong("config", detail)
        })?;
        Ok((kind, value))
    }
}

/// How the encryption of other states names an instance of the data source: `a[0]`, `m[1].a` in a module.
fn name_of(reader: &str) -> String {
    let name = reader.replacen("data.terraform_remote_state.", "", 1);
    name.strip_prefix("module.").map(str::to_owned).unwrap_or(name)
}

fn problem(summary: &str, detail: String, attribute: &str) -> ProviderDiagnostic {
    let attribute = Some(Path::root().attribute(attribute));
    ProviderDiagnostic { severity: Severity::Error, summary: summary.to_owned(), detail, attribute }
}

fn told(problems: Problems) -> ProviderDiagnostics {
    let one = |problem: Problem| ProviderDiagnostic {
        severity: problem.severity,
        summary: problem.summary,
        detail: problem.detail,
        // A path within the settings is no path within the data source: it leads to the whole.
        attribute: Some(problem.path.unwrap_or_else(|| Path::root().attribute("config"))),
    };
    problems.into_iter().map(one).collect()
}

#[async_trait]
impl RemoteStates for BackendStates {
    async fn validate(&self, backend: &str, config: &Value) -> ProviderDiagnostics {
        match self.prepare(backend, config) {
            Ok((kind, value)) => told(kind.check(&Settings { value: &value, around: &self.around })),
            Err(problems) => problems,
        }
    }

    async fn read(
        &self,
        backend: &str,
        config: &Value,
        workspace: Option<&str>,
        reader: &str,
    ) -> Result<RemoteState, ProviderDiagnostics> {
        let (kind, value) = self.prepare(backend, config)?;
        let around = Arc::clone(&self.around);
        let cipher = self.encryption.remote_state(&name_of(reader));
        let workspace = workspace.filter(|name| !name.is_empty()).unwrap_or(DEFAULT_WORKSPACE).to_owned();
        // Backends wait for their answers, which has no place among tasks.
        let (send, receive) = tokio::sync::oneshot::channel();
        let reading = move || drop(send.send(read(kind, &value, &around, (&workspace, cipher))));
        let started = std::thread::Builder::new().name("remote state".to_owned()).spawn(reading);
        let failed = |why: String| vec![problem("Error loading state error", why, "config")];
        started.map_err(|error| failed(error.to_string()))?;
        receive.await.unwrap_or_else(|_| Err(failed("the state was not read".to_owned())))
    }
}

fn read(
    kind: &dyn Kind,
    value: &Value,
    around: &Surroundings,
    (workspace, cipher): (&str, Option<Arc<dyn Cipher>>),
) -> Result<RemoteState, ProviderDiagnostics> {
    let backend = kind.configure(&Settings { value, around }).map_err(told)?;
    let failed = |why: String| vec![problem(&why, String::new(), "config")];
    let mut store = backend.open(workspace, cipher).map_err(|error| {
        let why = format!("error loading the remote state: {error}");
        vec![problem("Error loading state error", why, "backend")]
    })?;
    let (state, _) = store.read().map_err(|error| failed(error.chain()))?;
    Ok(state.map(|state| {
        let marked = state.outputs.into_iter().map(|(name, output)| {
            let marks = if output.sensitive { Marks::SENSITIVE } else { Marks::NONE };
            (Str::from(name), output.value.with_marks(marks))
        });
        marked.collect::<BTreeMap<_, _>>()
    }))
}
