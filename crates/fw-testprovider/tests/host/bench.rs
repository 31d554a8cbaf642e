//! What the tests have in common: a running plugin with a cloud of its own, and short ways to make requests.

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex};

use fw_plugin_host::{Environment, LogRecord, Plugin, StartOptions};
use fw_provider::{
    Answer, ApplyRequest, ApplyResponse, PlanRequest, PlanResponse, PrivateData, Provider as _, ProviderDiagnostics,
    ProviderSchemas, ReadRequest, ReadResponse, proposed_new,
};
use fw_schema::Schema;
use fw_value::{Str, Value};

/// A plugin, its cloud and its log.
pub(crate) struct Bench {
    pub(crate) plugin: Plugin,
    pub(crate) cloud: tempfile::TempDir,
    pub(crate) log: Arc<Mutex<Vec<LogRecord>>>,
}

/// How to start this plugin with some environment.
pub(crate) fn options(environment: &[(&str, &str)]) -> StartOptions {
    let mut options = StartOptions::new(env!("CARGO_BIN_EXE_fw-testprovider"));
    let pairs = environment.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    options.environment = Environment::Inherit(pairs.collect());
    options
}

impl Bench {
    /// Starts a plugin with some environment.
    pub(crate) async fn start(environment: &[(&str, &str)]) -> Self {
        Self::start_with(options(environment)).await
    }

    /// Starts a plugin.
    pub(crate) async fn start_with(mut options: StartOptions) -> Self {
        let cloud = tempfile::tempdir().expect("a directory");
        let log = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&log);
        options.log = Some(Arc::new(move |record| into.lock().expect("no panic while logging").push(record)));
        let (Environment::Inherit(pairs) | Environment::Exactly(pairs)) = &mut options.environment;
        pairs.push(("FW_TESTPROVIDER_CLOUD".into(), cloud.path().into()));
        let plugin = Plugin::start(options).await.expect("a plugin");
        Self { plugin, cloud, log }
    }

    /// Starts a plugin that follows a script.
    pub(crate) async fn scripted(script: &str) -> Self {
        Self::start(&[("FW_TESTPROVIDER_SCRIPT", script)]).await
    }

    pub(crate) async fn schemas(&self) -> Arc<ProviderSchemas> {
        good(self.plugin.schemas().await)
    }

    pub(crate) async fn resource(&self, kind: &str) -> Arc<Schema> {
        self.schemas().await.resource(kind).expect("a resource type")
    }

    /// Plans a change, as an engine does.
    pub(crate) async fn plan(&self, kind: &str, prior: &Value, config: &Value) -> Answer<PlanResponse> {
        let schema = self.resource(kind).await;
        let proposed = proposed_new(&schema.block, prior, config);
        let request = PlanRequest {
            kind: kind.into(),
            prior: prior.clone(),
            proposed: if config.is_null() { config.clone() } else { proposed },
            config: config.clone(),
            private: PrivateData::from_static(b"before"),
            provider_meta: None,
            identity: None,
        };
        self.plugin.plan(request).await
    }

    /// Applies a plan.
    pub(crate) async fn apply(
        &self,
        kind: &str,
        prior: &Value,
        config: &Value,
        plan: PlanResponse,
    ) -> Answer<ApplyResponse> {
        let request = ApplyRequest {
            kind: kind.into(),
            prior: prior.clone(),
            planned: plan.planned,
            config: config.clone(),
            private: plan.private,
            provider_meta: None,
            identity: plan.identity,
        };
        self.plugin.apply(request).await
    }

    /// Plans and applies.
    pub(crate) async fn change(&self, kind: &str, prior: &Value, config: &Value) -> ApplyResponse {
        let plan = good(self.plan(kind, prior, config).await);
        good(self.apply(kind, prior, config, plan).await)
    }

    /// Makes an object.
    pub(crate) async fn create(&self, kind: &str, written: Vec<(&str, Value)>) -> Value {
        let (prior, config) = self.config(kind, written).await;
        self.change(kind, &prior, &config).await.value
    }

    /// The null object and a configuration of a resource type.
    pub(crate) async fn config(&self, kind: &str, written: Vec<(&str, Value)>) -> (Value, Value) {
        let schema = self.resource(kind).await;
        (Value::null(schema.implied_type()), body(&schema, written))
    }

    pub(crate) async fn read(&self, kind: &str, prior: &Value) -> Answer<ReadResponse> {
        let request = ReadRequest {
            kind: kind.into(),
            prior: prior.clone(),
            private: PrivateData::from_static(b"before"),
            provider_meta: None,
            identity: None,
        };
        self.plugin.read(request).await
    }

    /// The calls that the plugin logged, `call kind name`, each once.
    pub(crate) fn calls(&self) -> Vec<String> {
        calls(self.cloud.path())
    }
}

/// The calls in the log of a cloud.
pub(crate) fn calls(cloud: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(cloud.join("calls.log")).unwrap_or_default();
    let entries = text.lines().map(|line| fw_value::json::Node::parse(line).expect("a log line"));
    let word =
        |node: &fw_value::json::Node, key: &str| node.get(key).and_then(|n| n.as_str()).unwrap_or_default().to_owned();
    entries
        .filter(|entry| word(entry, "moment") == "begin")
        .map(|entry| {
            format!("{} {} {}", word(&entry, "call"), word(&entry, "kind"), word(&entry, "name")).trim_end().to_owned()
        })
        .collect()
}

/// A configuration in which this is written.
pub(crate) fn body(schema: &Schema, written: Vec<(&str, Value)>) -> Value {
    let written = Value::object(written.into_iter().map(|(name, value)| (Str::from(name), value)));
    schema.block.coerce_value(&written).expect("a configuration that fits")
}

/// The value of an answer without complaints.
pub(crate) fn good<T>(answer: Answer<T>) -> T {
    assert_eq!(answer.diagnostics, ProviderDiagnostics::new());
    answer.value.expect("an answer")
}

/// The headlines of an answer that failed.
pub(crate) fn headlines<T>(answer: &Answer<T>) -> Vec<&str> {
    answer.diagnostics.iter().map(|d| d.summary.as_str()).collect()
}

/// An attribute as text.
pub(crate) fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object.attr_ref(name).and_then(Value::as_str).unwrap_or_else(|| panic!("no text {name} in {object:?}"))
}
