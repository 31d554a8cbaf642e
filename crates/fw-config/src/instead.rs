//! Single instances of modules that are something else than their module says, as tests have them.

use std::sync::Arc;

use fw_addr::ModuleInstance;

use crate::model::{Config, Module};

impl Config {
    /// What an instance is instead of an instance of its module, if it is.
    #[must_use]
    pub fn instead_of(&self, instance: &ModuleInstance) -> Option<&Arc<Module>> {
        self.instead.iter().find(|(address, _)| stands_for(address, instance)).map(|(_, module)| module)
    }
}

/// Whether an address means an instance: keys that it leaves out stand for all.
#[must_use]
pub fn stands_for(address: &ModuleInstance, instance: &ModuleInstance) -> bool {
    address.0.len() == instance.0.len()
        && address
            .0
            .iter()
            .zip(instance.0.iter())
            .all(|(wanted, step)| wanted.name == step.name && (wanted.key.is_none() || wanted.key == step.key))
}
