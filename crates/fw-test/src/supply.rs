//! Providers, some of which are mocked, and stand-ins for the instances that a test overrides.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use fw_addr::{AbsProviderConfig, AbsResourceInstance, Provider as ProviderAddress};
use fw_config::MovedEndpoint;
use fw_config::testing::{During, Mock, Override};
use fw_diag::{Diagnostics, SourceMap};
use fw_ops::Supply;
use fw_provider::{Provider, ProviderDiagnostics, ProviderSchemas, Providers};
use fw_value::Value;

use crate::mock::{MadeUp, MockProvider};

/// The providers of a run.
pub(crate) struct Mocking<'a> {
    pub(crate) supply: &'a Supply,
    pub(crate) sources: &'a SourceMap,
    /// Those that are mocked.
    pub(crate) mocks: BTreeMap<AbsProviderConfig, Arc<Mock>>,
    /// What counts for single instances: the first that fits.
    pub(crate) overrides: Vec<(Override, During)>,
}

#[async_trait(?Send)]
impl Providers for Mocking<'_> {
    async fn schemas(&self, provider: &ProviderAddress) -> Result<Arc<ProviderSchemas>, Diagnostics> {
        self.supply.schemas(provider).await
    }

    async fn start(&self, config: &AbsProviderConfig) -> Result<Arc<dyn Provider>, Diagnostics> {
        let real = self.supply.start(config).await?;
        Ok(match self.mocks.get(config) {
            None => real,
            Some(mock) => Arc::new(MockProvider::of(mock, real, self.sources)),
        })
    }

    fn configured(&self, config: &AbsProviderConfig, value: &Value, told: &ProviderDiagnostics) {
        if !self.mocks.contains_key(config) {
            self.supply.configured(config, value, told);
        }
    }

    fn again(&self, config: &AbsProviderConfig, value: &Value) -> Option<(Arc<dyn Provider>, ProviderDiagnostics)> {
        if self.mocks.contains_key(config) { None } else { self.supply.again(config, value) }
    }

    fn stand_in(&self, instance: &AbsResourceInstance, provider: &Arc<dyn Provider>) -> Option<Arc<dyn Provider>> {
        let (one, during) = self.overrides.iter().find(|(one, _)| covers(&one.target, instance))?;
        let with = MadeUp::of(one, *during, self.sources);
        Some(Arc::new(MockProvider::overridden(with, Arc::clone(provider))))
    }
}

/// Whether an override is for an instance: keys that it leaves out stand for all.
fn covers(target: &MovedEndpoint, instance: &AbsResourceInstance) -> bool {
    let MovedEndpoint::Resource(module, resource, key) = target else { return false };
    *resource == instance.resource
        && key.as_ref().is_none_or(|key| Some(key) == instance.key.as_ref())
        && fw_config::stands_for(module, &instance.module)
}
