//! Documents for machines: what `show -json`, `providers schema -json`, `output -json`, `validate -json` and the other
//! `-json` forms give, equal to terraform's byte for byte, and the line-delimited stream of events.
//!
//! Documents are written straight into one text, in time linear in their size. Nothing is printed here, and no provider is
//! asked: whoever wants a document of a plan or state first loads the schemas that [`providers_of_state`] or
//! [`providers_of_plan`] name.

mod address;
mod checks;
mod configuration;
mod functions;
mod module_tree;
mod modules;
mod outputs;
mod plan;
mod schemas;
mod state;
mod stream;
mod validate;
mod value;
mod version;
mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fw_addr::Provider;
use fw_config::Config;
use fw_exec::Plan;
use fw_provider::ProviderSchemas;
use fw_state::State;

pub use functions::functions;
pub use modules::modules;
pub use outputs::{output, outputs, raw_output};
pub use plan::{PlanDocument, plan};
pub use schemas::{Offered, provider_schemas};
pub use state::state;
pub use stream::{Clock, ListedResource, Listing, Operation, Stream, TestCounts, TestProgress};
pub use validate::validate;
pub use version::{Version, version};

/// The schemas of all providers that a document needs.
pub type Schemas = BTreeMap<Provider, Arc<ProviderSchemas>>;

/// Why a document can't be written, in the words terraform gives after `Failed to marshal … to json: `.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DocumentError(pub String);

/// The providers whose schemas the document of a state needs.
#[must_use]
pub fn providers_of_state(state: &State) -> BTreeSet<Provider> {
    state.resources().map(|(_, resource)| resource.provider.provider.clone()).collect()
}

/// The providers whose schemas the document of a plan needs: those of its states, its changes and its configuration.
#[must_use]
pub fn providers_of_plan(plan: &Plan, config: &Config) -> BTreeSet<Provider> {
    let mut all = providers_of_state(&plan.prior_state);
    all.extend(plan.resource_changes.iter().chain(&plan.drift).map(|change| change.provider.provider.clone()));
    all.extend(config.required_providers().into_keys());
    for module in config.modules.values() {
        all.extend(module.resources.values().map(|block| block.provider.clone()));
        all.extend(module.providers.keys().map(|address| module.provider_of(&address.local_name)));
    }
    all
}
