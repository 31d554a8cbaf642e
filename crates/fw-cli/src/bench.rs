//! A configuration with everything that is needed to work on it: its providers, and the threads they live on.

use std::collections::BTreeSet;
use std::sync::Arc;

use fw_addr::Provider;
use fw_config::Config;
use fw_diag::Diagnostics;
use fw_install::{Environment, HashCache, Platform, Site};
use fw_ops::{Engine, ProviderSource, Runtime, Supply, SupplyOptions};
use fw_plugin_host::Launcher;
use fw_provider::Providers as _;
use fw_views::human::Schemas;

use crate::session::Session;
use crate::{EXEC_PLUGIN, remote_states};

/// A configuration, ready to be worked on.
pub(crate) struct Bench<'s> {
    session: &'s Session,
    /// The configuration.
    pub(crate) config: Config,
    /// `terraform.workspace`
    pub(crate) workspace: String,
    /// Its providers.
    pub(crate) supply: Arc<Supply>,
    /// Their threads.
    pub(crate) runtime: Runtime,
    /// How many provider calls may run at a time.
    pub(crate) parallelism: usize,
}

/// How the bench is set up.
pub(crate) struct BenchOptions<'a> {
    /// The selected workspace.
    pub(crate) workspace: &'a str,
    /// `-parallelism`
    pub(crate) parallelism: usize,
    /// Providers that the state needs.
    pub(crate) of_state: BTreeSet<Provider>,
}

impl<'s> Bench<'s> {
    /// Finds the programs of all providers; none is started yet.
    pub(crate) fn set_up(session: &'s Session, config: Config, options: BenchOptions<'_>) -> Result<Self, Diagnostics> {
        let sources = session.provider_sources(&config, options.of_state)?;
        sources.iter().for_each(|(provider, source)| log::debug!("provider {provider}: {}", described(source)));
        let supply = Supply::new(SupplyOptions {
            sources,
            launcher: Launcher::this_program(EXEC_PLUGIN),
            environment: fw_plugin_host::Environment::default(),
            directory: session.surroundings.root.clone(),
            tls: session.surroundings.variable("TF_DISABLE_PLUGIN_TLS").is_none(),
            schema_cache: Some(session.surroundings.data_directory().join("schemas")),
            log: session.logs.sink(),
            remote_states: Arc::new(remote_states::BackendStates::new(session)),
        });
        let supply = match &session.timings {
            Some(timings) => supply.telling(timings.sink()),
            None => supply,
        };
        let runtime = Runtime::start().map_err(|error| {
            Diagnostics::from(fw_diag::Diagnostic::error("Failed to start threads", error.to_string()))
        })?;
        Ok(Self {
            session,
            config,
            workspace: options.workspace.to_owned(),
            supply: Arc::new(supply),
            runtime,
            parallelism: options.parallelism,
        })
    }

    /// The engine over it.
    pub(crate) fn engine(&self) -> Engine<'_> {
        Engine {
            surroundings: &self.session.surroundings,
            config: &self.config,
            sources: &self.session.sources,
            workspace: &self.workspace,
            supply: &self.supply,
            providers: None,
            runtime: &self.runtime,
            parallelism: self.parallelism,
        }
    }

    /// The schemas of providers.
    pub(crate) fn schemas(&self, of: impl IntoIterator<Item = Provider>) -> Result<Schemas, Diagnostics> {
        let mut schemas = Schemas::new();
        for provider in of {
            let found = self.runtime.block_on(self.supply.schemas(&provider))?;
            schemas.insert(provider, found);
        }
        Ok(schemas)
    }
}

fn described(source: &ProviderSource) -> String {
    match source {
        ProviderSource::Program { path, .. } => path.display().to_string(),
        ProviderSource::Running(_) => "running already".to_owned(),
    }
}

impl Drop for Bench<'_> {
    /// Ends all plugins that are ours.
    fn drop(&mut self) {
        self.runtime.block_on(self.supply.shutdown());
    }
}

impl Session {
    /// Where providers are installed for this directory.
    pub(crate) fn site(&self) -> Site {
        let environment = self.installation_environment();
        let reattached =
            fw_install::parse_reattach(self.surroundings.variable("TF_REATTACH_PROVIDERS").unwrap_or_default());
        Site {
            root: self.surroundings.root.clone(),
            data_directory: self.surroundings.data_directory(),
            config: self.cli_config.clone(),
            platform: Platform::current(),
            reattached: reattached.map(|found| found.into_keys().collect()).unwrap_or_default(),
            hashes: HashCache::in_file(self.surroundings.data_directory().join("hashes.json")),
            environment,
        }
    }

    /// What installation is told of the environment.
    pub(crate) fn installation_environment(&self) -> Environment {
        Environment {
            variables: self.surroundings.variables.clone(),
            home: self.surroundings.home.clone(),
            working_directory: self.surroundings.started_in.clone(),
        }
    }
}
