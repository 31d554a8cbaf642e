//! `local`: states in files, which `fw-store` looks after. Here are its settings.

use std::path::PathBuf;

use fw_schema::Block;
use fw_store::Workspaces;

use crate::{Attributes, Configured, Kind, Problem, Problems, Settings};

/// The kind.
pub(crate) struct Local;

impl Kind for Local {
    fn name(&self) -> &'static str {
        "local"
    }

    fn schema(&self) -> Block {
        Attributes::new().texts(&["path", "workspace_dir"]).block()
    }

    fn check(&self, settings: &Settings<'_>) -> Problems {
        let wrong = |summary: &str, name: &str| {
            Problem::at(name, summary, format!("The \"{name}\" attribute value must not be empty."))
        };
        let path = wrong("Invalid local state file path", "path");
        let directory = wrong("Invalid local workspace directory path", "workspace_dir");
        let given = [("path", path), ("workspace_dir", directory)];
        given.into_iter().filter(|(name, _)| settings.text(name) == Some("")).map(|(_, problem)| problem).collect()
    }

    fn configure(&self, settings: &Settings<'_>) -> Configured {
        Ok(Box::new(local_workspaces(settings)))
    }
}

/// Where the states of a backend "local" are.
#[must_use]
pub fn local_workspaces(settings: &Settings<'_>) -> Workspaces {
    let path =
        |name: &str, usual: &str| -> PathBuf { settings.around.root.join(settings.filled(name).unwrap_or(usual)) };
    Workspaces {
        default_state: path("path", "terraform.tfstate"),
        directory: path("workspace_dir", "terraform.tfstate.d"),
        data: settings.around.data.clone(),
    }
}
