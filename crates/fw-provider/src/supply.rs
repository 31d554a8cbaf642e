//! Where running providers come from.

use std::sync::Arc;

use fw_addr::{AbsProviderConfig, AbsResourceInstance, Provider as ProviderAddress};
use fw_diag::Diagnostics;
use fw_value::Value;

use crate::{Provider, ProviderDiagnostics, ProviderSchemas};

/// Supplies planner and applier with providers.
#[async_trait::async_trait(?Send)]
pub trait Providers {
    /// What a provider offers. May start a process of it, which [`Self::start`] then uses.
    ///
    /// # Errors
    /// Why the provider can't be had or does not answer.
    async fn schemas(&self, provider: &ProviderAddress) -> Result<Arc<ProviderSchemas>, Diagnostics>;

    /// A provider for one configuration, not configured yet.
    ///
    /// # Errors
    /// Why the provider can't be had or does not answer.
    async fn start(&self, config: &AbsProviderConfig) -> Result<Arc<dyn Provider>, Diagnostics>;

    /// Is told that the provider last started for a configuration was configured with a value, and what it said.
    fn configured(&self, _config: &AbsProviderConfig, _value: &Value, _told: &ProviderDiagnostics) {}

    /// A provider that was configured with just this value before, in a plan say, and what it said. Without one, another
    /// is started and configured.
    fn again(&self, _config: &AbsProviderConfig, _value: &Value) -> Option<(Arc<dyn Provider>, ProviderDiagnostics)> {
        None
    }

    /// What does the work for one instance instead of its provider, where something is to.
    fn stand_in(&self, _instance: &AbsResourceInstance, _provider: &Arc<dyn Provider>) -> Option<Arc<dyn Provider>> {
        None
    }
}
