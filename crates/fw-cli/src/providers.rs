//! Where the programs of providers are: installed and locked, overridden for development, or running already.

use std::collections::{BTreeMap, BTreeSet};

use fw_addr::Provider;
use fw_config::Config;
use fw_diag::{Diagnostic, Diagnostics};
use fw_install::{LockFile, check_providers_of_state, check_selections, requirements, selected_programs};
use fw_ops::ProviderSource;

use crate::session::Session;

impl Session {
    /// The warning that some providers are not what they seem.
    pub(crate) fn development_overrides(&self) -> Option<Diagnostic> {
        fw_install::development_overrides_warning(&self.site())
    }

    /// The programs of all providers that a configuration and a state need.
    pub(crate) fn provider_sources(
        &self,
        config: &Config,
        of_state: BTreeSet<Provider>,
    ) -> Result<BTreeMap<Provider, ProviderSource>, Diagnostics> {
        let mut found = self.running_providers()?;
        let required = requirements(config, of_state.iter().cloned())?;
        if required.keys().all(|provider| provider.is_builtin() || found.contains_key(provider)) {
            return Ok(found);
        }
        let site = self.site();
        let locks = LockFile::load(&self.surroundings.root, &self.sources)?;
        check_selections(&site, &requirements(config, [])?, &locks)?;
        check_providers_of_state(&site, &of_state, &locks)?;
        for (provider, program) in selected_programs(&site, &locks)? {
            let content_hash = program.hash.map(|hash| hash.0);
            found.entry(provider).or_insert(ProviderSource::Program { path: program.path, content_hash });
        }
        Ok(found)
    }

    /// Those of `TF_REATTACH_PROVIDERS`.
    fn running_providers(&self) -> Result<BTreeMap<Provider, ProviderSource>, Diagnostics> {
        let Some(text) = self.surroundings.variable("TF_REATTACH_PROVIDERS") else { return Ok(BTreeMap::new()) };
        let wrong = |why: String| {
            let detail = format!("The environment variable TF_REATTACH_PROVIDERS cannot be used: {why}.");
            Diagnostics::from(Diagnostic::error("Invalid format for TF_REATTACH_PROVIDERS", detail))
        };
        let mut running = BTreeMap::new();
        for (address, plugin) in fw_plugin_host::parse_reattach(text).map_err(wrong)? {
            let provider = address.parse::<Provider>().map_err(|error| wrong(error.to_string()))?;
            running.insert(provider, ProviderSource::Running(plugin));
        }
        Ok(running)
    }
}
