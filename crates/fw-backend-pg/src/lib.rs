//! The backend `pg`: states are rows of a table of PostgreSQL; locks are advisory ones and end with the connection.
//!
//! Schema, table, sequence, index and locks are terraform's.

mod address;
mod client;
mod database;

use std::sync::Arc;

use fw_backend::{Attributes, Configured, Kind, Problem, Problems, Settings, Threads};
use fw_schema::Block;
use fw_store::{BackendError, DEFAULT_WORKSPACE, RemoteBackend, RemoteStates, StateClient};

use client::Client;
use database::Database;

/// The kind.
pub struct Postgres;

impl Kind for Postgres {
    fn name(&self) -> &'static str {
        "pg"
    }

    fn schema(&self) -> Block {
        Attributes::new()
            .texts(&["conn_str", "schema_name"])
            .flags(&["skip_schema_creation", "skip_table_creation", "skip_index_creation"])
            .block()
    }

    fn configure(&self, settings: &Settings<'_>) -> Configured {
        let address = settings.text_or("conn_str", &["PG_CONN_STR"]).unwrap_or_default();
        let options = address::options(address, settings.around).map_err(failed)?;
        let schema = settings.text_or("schema_name", &["PG_SCHEMA_NAME"]).unwrap_or("terraform_remote_state");
        let skips = |what: &str| {
            let variable = format!("PG_SKIP_{}_CREATION", what.to_uppercase());
            let name = format!("skip_{what}_creation");
            settings.flag_or(&name, &variable).map(|skip| skip.unwrap_or(false))
        };
        let (schemas, tables, indices) = (skips("schema")?, skips("table")?, skips("index")?);
        let threads = Arc::new(Threads::start().map_err(failed)?);
        let database = Database::new(options, schema, threads);
        database.prepare(!schemas, !tables, !indices).map_err(failed)?;
        Ok(Box::new(RemoteBackend::new(Box::new(States(database)), &settings.around.data)))
    }
}

fn failed(why: String) -> Problems {
    vec![Problem::error(why)]
}

#[derive(Debug)]
struct States(Database);

impl RemoteStates for States {
    fn title(&self) -> &'static str {
        "Postgres"
    }

    fn workspaces(&self) -> Result<Vec<String>, BackendError> {
        let mut names = self.0.names().map_err(BackendError::Failed)?;
        names.insert(0, DEFAULT_WORKSPACE.to_owned());
        Ok(names)
    }

    fn client(&self, workspace: &str) -> Result<Box<dyn StateClient>, BackendError> {
        Ok(Box::new(Client::new(self.0.clone(), workspace)))
    }

    fn delete(&self, workspace: &str) -> Result<(), BackendError> {
        self.0.delete(workspace).map_err(BackendError::Failed)
    }

    fn place(&self, workspace: &str) -> String {
        format!("pg {} {workspace}", self.0.place())
    }
}
