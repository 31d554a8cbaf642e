//! What makes running providers of two stacks alike: the same programs, started with the same environment.

use std::collections::BTreeMap;

use fw_addr::Provider;
use fw_ops::{ProviderSource, Surroundings};

/// What kind of providers a stack has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    environment: BTreeMap<String, String>,
    programs: BTreeMap<Provider, String>,
}

impl Kind {
    pub(crate) fn new(surroundings: &Surroundings, sources: &BTreeMap<Provider, ProviderSource>) -> Self {
        // The same package may be linked into the directories of many stacks.
        let program = |source: &ProviderSource| match source {
            ProviderSource::Program { content_hash: Some(hash), .. } => hash.clone(),
            other => format!("{other:?}"),
        };
        let programs = sources.iter().map(|(provider, source)| (provider.clone(), program(source))).collect();
        Self { environment: provider_environment(surroundings), programs }
    }

    /// How many programs these are.
    pub(crate) fn programs(&self) -> usize {
        self.programs.len()
    }
}

/// What providers see of the environment: values of variables are no business of theirs, nor is where the engine keeps things.
pub(crate) fn provider_environment(surroundings: &Surroundings) -> BTreeMap<String, String> {
    let ours = |name: &str| name.starts_with("TF_VAR_") || name == "TF_DATA_DIR";
    surroundings.variables.iter().filter(|(name, _)| !ours(name)).map(|(n, v)| (n.clone(), v.clone())).collect()
}
