//! A plugin: a connection to a provider, the process behind it where it is ours, and what it offers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fw_plugin_proto::plugin::grpc_controller_client::GrpcControllerClient;
use fw_plugin_proto::plugin::grpc_stdio_client::GrpcStdioClient;
use fw_plugin_proto::plugin::{Empty, stdio_data};
use fw_plugin_proto::tfplugin::{
    GetProviderSchemaRequest, GetProviderSchemaResponse, GetResourceIdentitySchemasRequest,
};
use fw_provider::{Answer, IdentitySchema, ProviderDiagnostics, ProviderSchemas, SchemaTable};
use fw_schema::Schema;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::client::{Client, call};
use crate::connection::{MESSAGE_LIMIT, connect};
use crate::convert::diagnostic::{diagnostics, error, has_errors};
use crate::convert::schemas::convert;
use crate::crash;
use crate::handshake::Protocol;
use crate::logs::{Listener, LogSink};
use crate::pace::Pace;
use crate::process::Process;
use crate::reattach::Reattach;
use crate::schema_cache::{Kept, SchemaCache};
use crate::start::{self, StartError, StartOptions, Started};
use crate::timing::CallSink;

/// How long a plugin may take to end after it was asked to.
const SHUTDOWN: Duration = Duration::from_secs(2);

/// A running provider. Dropping it kills the process; [`Plugin::shutdown`] is the polite way.
pub struct Plugin {
    pub(crate) name: Arc<str>,
    pub(crate) client: Client,
    pub(crate) terraform_version: String,
    pub(crate) pace: Pace,
    calls: Option<CallSink>,
    channel: Channel,
    /// Absent for a plugin that somebody else started.
    process: Option<Process>,
    schema_cache: Option<SchemaCache>,
    schemas: OnceCell<Answer<Arc<ProviderSchemas>>>,
    output: JoinHandle<()>,
}

impl Plugin {
    /// Starts a plugin program and connects to it.
    ///
    /// # Errors
    /// When it cannot be run, does not behave like a plugin, or speaks another protocol; it does not run then.
    pub async fn start(options: StartOptions) -> Result<Self, StartError> {
        let name = options.display_name();
        let began = Instant::now();
        let Started { process, protocol, channel } = start::start(&options, &name).await?;
        let listener = Arc::clone(&process.listener);
        if let Some(calls) = &options.calls {
            calls.tell(&name, "start", began);
        }
        Ok(Self {
            calls: options.calls,
            name,
            client: Client::new(protocol, channel.clone()),
            terraform_version: options.terraform_version,
            pace: Pace::default(),
            output: tokio::spawn(read_output(channel.clone(), listener)),
            channel,
            process: Some(process),
            schema_cache: options.schema_cache,
            schemas: OnceCell::new(),
        })
    }

    /// Connects to a plugin that somebody else started and will end.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn attach(name: &str, to: Reattach, log: Option<LogSink>) -> Result<Self, StartError> {
        let channel = connect(to.address, None).await.map_err(|source| StartError::Connect {
            plugin: name.to_owned(),
            stderr: String::new(),
            source,
        })?;
        let name: Arc<str> = name.into();
        let listener = Arc::new(Listener::new(Arc::clone(&name), log));
        Ok(Self {
            client: Client::new(to.protocol, channel.clone()),
            terraform_version: StartOptions::new("").terraform_version,
            pace: Pace::default(),
            calls: None,
            output: tokio::spawn(read_output(channel.clone(), listener)),
            name,
            channel,
            process: None,
            schema_cache: None,
            schemas: OnceCell::new(),
        })
    }

    /// Tells whoever wants to know that a call has ended.
    pub(crate) fn told(&self, method: &'static str, began: Instant) {
        if let Some(calls) = &self.calls {
            calls.tell(&self.name, method, began);
        }
    }

    /// The protocol it speaks.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        self.client.protocol()
    }

    /// Its process id, while it is ours and runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        let process = self.process.as_ref()?;
        if process.status().is_some() { None } else { process.pid() }
    }

    /// The text of its panic, if it had one.
    #[must_use]
    pub fn panic(&self) -> Option<String> {
        self.process.as_ref()?.listener.panic()
    }

    /// Asks it to end, and ends it when it does not. A plugin that somebody else started is left alone.
    pub async fn shutdown(&self) {
        let Some(process) = &self.process else { return };
        if process.status().is_none() {
            let mut controller = GrpcControllerClient::new(self.channel.clone());
            // The answer often does not come: the server ends while it answers.
            drop(tokio::time::timeout(SHUTDOWN, controller.shutdown(Empty {})).await);
        }
        if process.ended_within(SHUTDOWN).await.is_none() {
            process.kill().await;
        }
        process.silent_within(Duration::from_millis(100)).await;
    }

    /// Ends it now.
    pub async fn kill(&self) {
        if let Some(process) = &self.process {
            process.kill().await;
        }
    }

    pub(crate) async fn explain(&self, method: &str, status: Status) -> ProviderDiagnostics {
        crash::explain(&self.name, self.protocol(), method, status, self.process.as_ref()).await
    }

    /// What it offers; asked for once.
    pub(crate) async fn offered(&self) -> &Answer<Arc<ProviderSchemas>> {
        self.schemas.get_or_init(|| self.ask_schemas()).await
    }

    async fn ask_schemas(&self) -> Answer<Arc<ProviderSchemas>> {
        if let Some(kept) = self.schema_cache.as_ref().and_then(SchemaCache::read)
            && kept.protocol == self.protocol()
            && let Ok(schemas) = convert(kept.protocol, kept.schema, kept.identities)
        {
            return Answer { value: Some(Arc::new(schemas)), diagnostics: Vec::new() };
        }
        match self.ask_both().await {
            Ok((schema, identities, told)) => self.keep_and_convert(schema, identities, told),
            Err(diagnostics) => Answer { value: None, diagnostics },
        }
    }

    async fn ask_both(
        &self,
    ) -> Result<
        (GetProviderSchemaResponse, BTreeMap<String, fw_plugin_proto::Bytes>, ProviderDiagnostics),
        ProviderDiagnostics,
    > {
        let (schema, identities) = tokio::join!(self.ask_schema(), self.ask_identities());
        let mut schema: GetProviderSchemaResponse = schema?;
        let told = diagnostics(std::mem::take(&mut schema.diagnostics));
        if has_errors(&told) { Err(told) } else { Ok((schema, identities?, told)) }
    }

    async fn ask_schema(&self) -> Result<GetProviderSchemaResponse, ProviderDiagnostics> {
        call!(self, "GetProviderSchema", get_schema | get_provider_schema, GetProviderSchemaRequest {})
    }

    /// The identity schemas; providers from before there were identities have none.
    async fn ask_identities(&self) -> Result<BTreeMap<String, fw_plugin_proto::Bytes>, ProviderDiagnostics> {
        let request = GetResourceIdentitySchemasRequest {};
        let result = match &self.client {
            Client::V5(client) => client.clone().get_resource_identity_schemas(request).await,
            Client::V6(client) => client.clone().get_resource_identity_schemas(request).await,
        };
        match result {
            Ok(response) => {
                let response = response.into_inner();
                let told = diagnostics(response.diagnostics);
                if has_errors(&told) { Err(told) } else { Ok(response.identity_schemas) }
            }
            Err(status) if status.code() == Code::Unimplemented => Ok(BTreeMap::new()),
            Err(status) => Err(self.explain("GetResourceIdentitySchemas", status).await),
        }
    }

    fn keep_and_convert(
        &self,
        schema: GetProviderSchemaResponse,
        identities: BTreeMap<String, fw_plugin_proto::Bytes>,
        mut told: ProviderDiagnostics,
    ) -> Answer<Arc<ProviderSchemas>> {
        let optional = schema.server_capabilities.is_some_and(|c| c.get_provider_schema_optional);
        if optional && let Some(cache) = &self.schema_cache {
            let kept = Kept { protocol: self.protocol(), schema: schema.clone(), identities: identities.clone() };
            // A full or forbidden disk only costs the next run some time.
            drop(cache.write(&kept));
        }
        match convert(self.protocol(), schema, identities) {
            Ok(schemas) => Answer { value: Some(Arc::new(schemas)), diagnostics: told },
            Err(problem) => {
                told.push(error("Failed to load plugin schemas", self.bad_schema(&problem)));
                Answer { value: None, diagnostics: told }
            }
        }
    }

    fn bad_schema(&self, problem: &str) -> String {
        format!("Provider {} has an invalid schema, which is a bug in the provider: {problem}.", self.name)
    }

    /// What it offers, or why that is not known.
    pub(crate) async fn schemas_or_why(&self) -> Result<&Arc<ProviderSchemas>, ProviderDiagnostics> {
        let answer = self.offered().await;
        answer.value.as_ref().ok_or_else(|| answer.diagnostics.clone())
    }

    /// The schema of a resource type.
    pub(crate) async fn resource(&self, kind: &str) -> Result<Arc<Schema>, ProviderDiagnostics> {
        self.find(&self.schemas_or_why().await?.resources, "resource type", kind)
    }

    /// The schema of a data source.
    pub(crate) async fn data_source(&self, kind: &str) -> Result<Arc<Schema>, ProviderDiagnostics> {
        self.find(&self.schemas_or_why().await?.data_sources, "data source", kind)
    }

    /// The schema of an ephemeral resource type.
    pub(crate) async fn ephemeral(&self, kind: &str) -> Result<Arc<Schema>, ProviderDiagnostics> {
        self.find(&self.schemas_or_why().await?.ephemeral, "ephemeral resource type", kind)
    }

    /// The schema of a list of resources.
    pub(crate) async fn list_schema(&self, kind: &str) -> Result<Arc<Schema>, ProviderDiagnostics> {
        self.find(&self.schemas_or_why().await?.lists, "list resource", kind)
    }

    /// The schema of an action.
    pub(crate) async fn action(&self, kind: &str) -> Result<Arc<Schema>, ProviderDiagnostics> {
        self.find(&self.schemas_or_why().await?.actions, "action", kind)
    }

    /// The identity schema of a resource type.
    pub(crate) async fn identity(&self, kind: &str) -> Result<Arc<IdentitySchema>, ProviderDiagnostics> {
        self.find(&self.schemas_or_why().await?.identities, "identity type", kind)
    }

    fn find<T>(&self, table: &SchemaTable<T>, what: &str, kind: &str) -> Result<Arc<T>, ProviderDiagnostics> {
        table.get(kind).ok_or_else(|| match table.problem(kind) {
            Some(problem) => {
                vec![error("Failed to load plugin schemas", self.bad_schema(&format!("{kind}: {problem}")))]
            }
            None => vec![error(format!("unknown {what} \"{kind}\""), "")],
        })
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        self.output.abort();
    }
}

/// Reads what the plugin prints through the protocol. Nobody needs it, but a plugin whose output is not read may block.
async fn read_output(channel: Channel, listener: Arc<Listener>) {
    let mut client = GrpcStdioClient::new(channel).max_decoding_message_size(MESSAGE_LIMIT);
    // Plugins need not have this service.
    let Ok(stream) = client.stream_stdio(Empty {}).await else { return };
    let mut stream = stream.into_inner();
    while let Ok(Some(data)) = stream.message().await {
        match data.channel() {
            stdio_data::Channel::Stderr => {
                data.data.split(|b| *b == b'\n').filter(|line| !line.is_empty()).for_each(|line| listener.line(line));
            }
            stdio_data::Channel::Stdout | stdio_data::Channel::Invalid => listener.output(&data.data),
        }
    }
}
