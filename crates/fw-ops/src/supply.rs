//! Running providers for the engine: built in, reattached, or started as plugin processes; each process is used for one
//! configuration only, and a process started for its schemas serves the first configuration that wants one. What a plan has
//! configured serves the apply that follows, if the configuration has the same values then.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fw_addr::{AbsProviderConfig, Provider as ProviderAddress};
use fw_builtin_provider::{Builtin, RemoteStates};
use fw_diag::{Diagnostic, Diagnostics};
use fw_plugin_host::{CallSink, LogSink, Plugin, Reattach, SchemaCache, StartOptions};
use fw_provider::{Provider, ProviderDiagnostics, ProviderSchemas, Providers};
use fw_value::Value;

/// Where the program of a provider is.
#[derive(Clone, Debug)]
pub enum ProviderSource {
    /// A program on this machine, and a hash of its content when it is known and does not change under us.
    Program {
        /// The plugin's program.
        path: PathBuf,
        /// Names its schemas in the cache.
        content_hash: Option<String>,
    },
    /// A plugin that somebody else has started.
    Running(Reattach),
}

/// How plugin processes are started.
#[derive(Clone)]
pub struct SupplyOptions {
    /// All providers that may be used, but the built-in one.
    pub sources: BTreeMap<ProviderAddress, ProviderSource>,
    /// The hidden mode of our own program that ties plugins to us.
    pub launcher: Option<fw_plugin_host::Launcher>,
    /// The environment plugins are started with.
    pub environment: fw_plugin_host::Environment,
    /// Where plugins are started.
    pub directory: PathBuf,
    /// Whether connections are encrypted.
    pub tls: bool,
    /// Where schemas are kept between runs.
    pub schema_cache: Option<PathBuf>,
    /// Takes what plugins log.
    pub log: Option<LogSink>,
    /// Reads other states, for `terraform_remote_state`.
    pub remote_states: Arc<dyn RemoteStates>,
}

/// A supply of providers for one operation.
pub struct Supply {
    options: SupplyOptions,
    calls: Option<CallSink>,
    builtin: Arc<Builtin>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    schemas: HashMap<ProviderAddress, Arc<ProviderSchemas>>,
    /// Started, and not given to any configuration yet.
    spare: HashMap<ProviderAddress, Arc<Plugin>>,
    /// Given to a configuration that has not been configured (validated, say); goes to the same one again.
    reserved: HashMap<AbsProviderConfig, Arc<Plugin>>,
    /// Configured with these values, and what they said.
    configured: HashMap<AbsProviderConfig, Configured>,
    running: Vec<Arc<Plugin>>,
}

struct Configured {
    value: Value,
    told: ProviderDiagnostics,
    plugin: Arc<Plugin>,
}

impl Supply {
    /// A supply; nothing is started yet.
    #[must_use]
    pub fn new(options: SupplyOptions) -> Self {
        let random = || {
            let mut bytes = [0; 16];
            crate::disk::random_bytes(&mut bytes);
            bytes
        };
        let builtin = Arc::new(Builtin::new(random, Arc::clone(&options.remote_states)));
        Self { options, calls: None, builtin, held: Mutex::default() }
    }

    /// The same, which also tells how long calls to plugins that it starts take.
    #[must_use]
    pub fn telling(self, calls: CallSink) -> Self {
        Self { calls: Some(calls), ..self }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a process of each program, for whoever configures a provider first.
    ///
    /// # Errors
    /// When one cannot be started; the others may run all the same.
    pub async fn start_spares(&self) -> Result<(), Diagnostics> {
        let programs =
            self.options.sources.iter().filter(|(_, source)| matches!(source, ProviderSource::Program { .. }));
        let start = async |provider: &ProviderAddress| {
            let plugin = self.launch(provider).await?;
            self.held().spare.insert(provider.clone(), plugin);
            Ok(())
        };
        let started = futures::future::join_all(programs.map(|(provider, _)| start(provider))).await;
        started.into_iter().collect()
    }

    /// A configuration was only validated: its process may be configured by whoever starts it next.
    pub fn release_validated(&self) {
        let mut held = self.held();
        let reserved = std::mem::take(&mut held.reserved);
        held.spare.extend(reserved.into_iter().map(|(config, plugin)| (config.provider, plugin)));
    }

    /// What has been configured so far is nobody's to configure again.
    pub(crate) fn retire_configured(&self) {
        self.held().reserved.clear();
    }

    /// All processes, to tell them to stop.
    #[must_use]
    pub fn running(&self) -> Vec<Arc<Plugin>> {
        self.held().running.clone()
    }

    /// Ends all processes that are ours.
    pub async fn shutdown(&self) {
        let running = std::mem::take(&mut self.held().running);
        futures::future::join_all(running.iter().map(|p| p.shutdown())).await;
    }

    fn cache_of(&self, content_hash: Option<&String>) -> Option<SchemaCache> {
        let directory = self.options.schema_cache.clone()?;
        Some(SchemaCache { directory, key: content_hash?.clone() })
    }

    async fn launch(&self, provider: &ProviderAddress) -> Result<Arc<Plugin>, Diagnostics> {
        let log = self.options.log.clone();
        let name = provider.for_display();
        let started = match self.options.sources.get(provider) {
            None => return Err(not_installed(provider)),
            Some(ProviderSource::Running(to)) => Plugin::attach(&name, to.clone(), log).await,
            Some(ProviderSource::Program { path, content_hash }) => {
                let mut start = StartOptions::new(path);
                start.environment = self.options.environment.clone();
                start.directory = Some(self.options.directory.clone());
                start.tls = self.options.tls;
                start.schema_cache = self.cache_of(content_hash.as_ref());
                start.log = log;
                start.calls.clone_from(&self.calls);
                start.launcher.clone_from(&self.options.launcher);
                Plugin::start(start).await
            }
        };
        let plugin = Arc::new(started.map_err(|e| failed_to_start(provider, &e.describe()))?);
        self.held().running.push(Arc::clone(&plugin));
        Ok(plugin)
    }

    fn cached_schemas(&self, provider: &ProviderAddress) -> Option<Arc<ProviderSchemas>> {
        let Some(ProviderSource::Program { content_hash, .. }) = self.options.sources.get(provider) else {
            return None;
        };
        self.cache_of(content_hash.as_ref())?.load().map(Arc::new)
    }
}

fn not_installed(provider: &ProviderAddress) -> Diagnostics {
    let detail = format!(
        "The configuration or the state needs the provider {provider}, which is not installed. To install all providers that \
         are needed, run:\n  formwork init"
    );
    Diagnostic::error("Provider not installed", detail).into()
}

fn failed_to_start(provider: &ProviderAddress, why: &str) -> Diagnostics {
    let detail = format!(
        "Could not load the schema for provider {provider}: failed to instantiate provider \"{provider}\" to obtain schema: {why}."
    );
    Diagnostic::error("Failed to load plugin schemas", detail).into()
}

#[async_trait::async_trait(?Send)]
impl Providers for Supply {
    async fn schemas(&self, provider: &ProviderAddress) -> Result<Arc<ProviderSchemas>, Diagnostics> {
        if provider.is_builtin() {
            return Ok(self.builtin.offered());
        }
        if let Some(known) = self.held().schemas.get(provider) {
            return Ok(Arc::clone(known));
        }
        let schemas = match self.cached_schemas(provider) {
            Some(cached) => cached,
            None => {
                let plugin = self.launch(provider).await?;
                let answer = plugin.schemas().await;
                self.held().spare.insert(provider.clone(), plugin);
                let errors: Vec<String> =
                    answer.diagnostics.iter().map(|d| format!("{}: {}", d.summary, d.detail)).collect();
                answer.value.ok_or_else(|| failed_to_start(provider, &errors.join("; ")))?
            }
        };
        self.held().schemas.insert(provider.clone(), Arc::clone(&schemas));
        Ok(schemas)
    }

    async fn start(&self, config: &AbsProviderConfig) -> Result<Arc<dyn Provider>, Diagnostics> {
        if config.provider.is_builtin() {
            let builtin = Arc::clone(&self.builtin);
            return Ok(builtin);
        }
        let spare = self.held().spare.remove(&config.provider);
        let plugin = match spare {
            Some(spare) => spare,
            None => self.launch(&config.provider).await?,
        };
        self.held().reserved.insert(config.clone(), Arc::clone(&plugin));
        Ok(plugin)
    }

    fn configured(&self, config: &AbsProviderConfig, value: &Value, told: &ProviderDiagnostics) {
        let ours = matches!(self.options.sources.get(&config.provider), Some(ProviderSource::Program { .. }));
        let mut held = self.held();
        // Whoever runs a provider elsewhere sees that it is configured for each walk, as terraform does it.
        if let (true, Some(plugin)) = (ours && value.is_wholly_known(), held.reserved.remove(config)) {
            let configured = Configured { value: value.clone(), told: told.clone(), plugin };
            held.configured.insert(config.clone(), configured);
        }
    }

    fn again(&self, config: &AbsProviderConfig, value: &Value) -> Option<(Arc<dyn Provider>, ProviderDiagnostics)> {
        let held = self.held();
        let found =
            held.configured.get(config).filter(|found| found.value == *value && found.plugin.pid().is_some())?;
        let provider: Arc<dyn Provider> = Arc::<Plugin>::clone(&found.plugin);
        Some((provider, found.told.clone()))
    }
}
