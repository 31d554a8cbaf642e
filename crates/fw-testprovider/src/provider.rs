//! The provider: what each call does, beside what a script adds.

mod actions;
mod data;
mod ephemeral;
mod functions;
mod import;
mod lists;
mod performance;
mod plan;
mod read;
mod schema;
mod setup;
mod store;
mod upgrade;

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use fw_plugin_proto::tfplugin::{Diagnostic, diagnostic::Severity};
use fw_value::json::{self, Node};
use fw_value::{Path, Type, Value};
use tokio::sync::watch;
use tonic::Status;

use crate::catalogue::{Catalogue, Kind};
use crate::cloud::Cloud;
use crate::script::{Call, Scripts};
use crate::{fill, place};
use performance::Performance;

/// One provider process.
pub(crate) struct Provider {
    protocol: u32,
    catalogue: Catalogue,
    scripts: Result<Scripts, String>,
    cloud: Mutex<Cloud>,
    stopped: watch::Sender<bool>,
    log_values: bool,
}

impl Provider {
    /// Reads its environment.
    pub(crate) fn new(protocol: u32) -> Self {
        let directory = std::env::var_os("FW_TESTPROVIDER_CLOUD").filter(|d| !d.is_empty()).map(PathBuf::from);
        Self {
            protocol,
            catalogue: Catalogue::new(protocol),
            scripts: Scripts::from_environment(),
            cloud: Mutex::new(Cloud::open(directory).unwrap_or_default()),
            stopped: watch::Sender::new(false),
            log_values: std::env::var_os("FW_TESTPROVIDER_LOG_VALUES").is_some(),
        }
    }

    fn cloud(&self) -> Cloud {
        self.cloud.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn resource(&self, kind: &str) -> Result<&Kind, Status> {
        self.catalogue.resources.get(kind).ok_or_else(|| unknown_kind("resource type", kind))
    }

    fn data_source(&self, kind: &str) -> Result<&Kind, Status> {
        self.catalogue.data_sources.get(kind).ok_or_else(|| unknown_kind("data source", kind))
    }

    fn ephemeral_kind(&self, kind: &str) -> Result<&Kind, Status> {
        self.catalogue.ephemeral.get(kind).ok_or_else(|| unknown_kind("ephemeral resource type", kind))
    }

    fn list_kind(&self, kind: &str) -> Result<&Kind, Status> {
        self.catalogue.lists.get(kind).ok_or_else(|| unknown_kind("list resource", kind))
    }

    fn action(&self, kind: &str) -> Result<&Kind, Status> {
        self.catalogue.actions.get(kind).ok_or_else(|| unknown_kind("action", kind))
    }

    /// Logs a call about an object and does what scripts say before the call itself.
    async fn begin(&self, names: &[&str], kind: &str, object: &Value) -> Result<Performance, Status> {
        let name = fill::text(object, "name").or_else(|| fill::text(object, "title")).unwrap_or_default();
        let call = Call { names, kind, name };
        self.log("begin", call, object);
        let scripts = self.scripts.as_ref().map_err(|e| Status::internal(e.clone()))?;
        let steps = scripts.steps(call, fill::text(object, "script")).map_err(Status::invalid_argument)?;
        let performance = Performance::new(steps, object);
        let result = performance.before(self.stopped.subscribe()).await;
        self.log("end", call, object);
        result.map(|()| performance)
    }

    fn log(&self, moment: &str, call: Call<'_>, object: &Value) {
        let text = |text: &str| Node::String(text.to_owned());
        let mut entry = vec![
            ("call".to_owned(), text(call.names.last().copied().unwrap_or_default())),
            ("kind".to_owned(), text(call.kind)),
            ("name".to_owned(), text(call.name)),
            ("moment".to_owned(), text(moment)),
        ];
        let known = object.unknown_as_null();
        if self.log_values
            && moment == "begin"
            && let Ok(value) = json::marshal(&known, known.ty())
            && let Ok(node) = Node::parse(&value)
        {
            entry.push(("value".to_owned(), node));
        }
        let message = format!("{moment} {}", call.names.last().copied().unwrap_or_default());
        let line = Node::Object(vec![
            ("@level".to_owned(), text("debug")),
            ("@message".to_owned(), text(&message)),
            ("@module".to_owned(), text("fwtest")),
            ("kind".to_owned(), text(call.kind)),
            ("name".to_owned(), text(call.name)),
        ]);
        // A host that does not listen, or a full disk, is no reason to fail.
        drop(writeln!(std::io::stderr(), "{line}"));
        drop(self.cloud().log(&Node::Object(entry)));
    }
}

fn unknown_kind(what: &str, kind: &str) -> Status {
    Status::not_found(format!("there is no {what} {kind:?}"))
}

/// A problem with the cloud as an answer.
fn broken_cloud(error: &std::io::Error) -> Diagnostic {
    problem("The cloud is broken", &error.to_string(), None)
}

/// An error as an answer.
fn problem(summary: &str, detail: &str, path: Option<&Path>) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error as i32,
        summary: summary.to_owned(),
        detail: detail.to_owned(),
        attribute: path.map(place::to_wire),
    }
}

/// The type of the values of a kind.
fn type_of(kind: &Kind) -> Type {
    kind.schema.implied_type()
}
