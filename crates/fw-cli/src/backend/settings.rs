//! The settings of the backend "local".

use std::collections::BTreeMap;
use std::path::PathBuf;

use fw_config::Backend;
use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_schema::{Attribute, Block};
use fw_store::Workspaces;
use fw_value::{Type, go_quoted};

use crate::session::Session;

/// `backend "local" { … }`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LocalSettings {
    /// The state of the default workspace.
    pub(crate) path: Option<String>,
    /// The directory of the other workspaces' states.
    pub(crate) workspace_dir: Option<String>,
}

impl LocalSettings {
    /// The settings in a configuration.
    pub(crate) fn of(backend: &Backend) -> Result<Self, Diagnostics> {
        let mut told = Diagnostics::new();
        let value = fw_lang::decode(&backend.body, &schema(), fw_lang::constants(), &mut told);
        if told.has_errors() {
            return Err(told);
        }
        let text = |name: &str| value.attr_ref(name).and_then(|v| v.as_str().map(str::to_owned));
        let settings = Self { path: text("path"), workspace_dir: text("workspace_dir") };
        settings.check(Some(backend.span))?;
        Ok(settings)
    }

    /// Whether the settings can be used.
    pub(crate) fn check(&self, span: Option<Span>) -> Result<(), Diagnostics> {
        let wrong = |summary: &str, name: &str| {
            let detail = format!("The \"{name}\" attribute value must not be empty.");
            let problem = Diagnostic::error(summary, detail);
            Diagnostics::from(Diagnostic { subject: span, ..problem })
        };
        if self.path.as_deref() == Some("") {
            return Err(wrong("Invalid local state file path", "path"));
        }
        if self.workspace_dir.as_deref() == Some("") {
            return Err(wrong("Invalid local workspace directory path", "workspace_dir"));
        }
        Ok(())
    }

    /// Where the states of all workspaces are.
    pub(crate) fn workspaces(&self, session: &Session) -> Workspaces {
        Workspaces {
            default_state: PathBuf::from(self.path.as_deref().unwrap_or("terraform.tfstate")),
            directory: PathBuf::from(self.workspace_dir.as_deref().unwrap_or("terraform.tfstate.d")),
            data: session.surroundings.data_directory(),
        }
    }

    /// What terraform recognises the settings by: the checksum of how it writes their values.
    pub(crate) fn hash(&self) -> u32 {
        let text = |value: &Option<String>| value.as_deref().map_or_else(|| "~".to_owned(), go_quoted);
        let bytes = format!("<\"local\";<{};{};>;>", text(&self.path), text(&self.workspace_dir));
        crc32fast::hash(bytes.as_bytes())
    }

    /// By name, without those that are not set.
    pub(crate) fn by_name(&self) -> BTreeMap<String, String> {
        let pairs = [("path", &self.path), ("workspace_dir", &self.workspace_dir)];
        pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?))).collect()
    }

    /// From [`Self::by_name`].
    pub(crate) fn from_names(settings: &BTreeMap<String, String>) -> Self {
        Self { path: settings.get("path").cloned(), workspace_dir: settings.get("workspace_dir").cloned() }
    }
}

/// What may stand in the block.
pub(crate) fn schema() -> Block {
    let text = || Attribute::optional(Type::String);
    Block { attributes: [("path".into(), text()), ("workspace_dir".into(), text())].into(), ..Block::default() }
}

/// The backends that terraform has and we have not.
const FOREIGN: &[&str] =
    &["azurerm", "consul", "cos", "gcs", "http", "inmem", "kubernetes", "oci", "oss", "pg", "remote", "s3"];

/// Says that there is no such backend, at all or here.
pub(crate) fn unsupported(summary: &str, backend: &Backend) -> Diagnostic {
    let kind = &backend.kind;
    let detail = if FOREIGN.contains(&&**kind) {
        format!("The backend \"{kind}\" is not supported by Formwork yet. Only \"local\" is.")
    } else {
        format!("There is no backend type named \"{kind}\".")
    };
    Diagnostic::error(summary, detail).at(backend.span)
}
