//! Which provider configuration a name in a module means, and which providers all modules need.

mod tree;
mod validate;

use std::collections::BTreeMap;

use fw_addr::{AbsProviderConfig, LocalProviderConfig, ModulePath, Name, Provider};
use fw_diag::Span;

use crate::model::{Config, Module, ModuleCall, PassedProvider, ProviderBlock};

pub(crate) use validate::validate;

/// Providers with the version constraints on each and where they are written; a provider that is used without any
/// constraint has an empty list.
pub type Requirements = BTreeMap<Provider, Vec<(String, Option<Span>)>>;

impl Module {
    /// The provider a local name means in this module.
    #[must_use]
    pub fn provider_of(&self, local_name: &str) -> Provider {
        self.required_providers
            .get(local_name)
            .map_or_else(|| Provider::default_of(local_name), |entry| entry.source.clone())
    }

    /// The local name that means a provider in this module, as declared or implied.
    #[must_use]
    pub fn local_name_of(&self, provider: &Provider) -> Name {
        let required = self.required_providers.values().find(|entry| entry.source == *provider);
        required.map_or_else(|| Name::clone(&provider.kind), |entry| Name::clone(&entry.name))
    }

    /// The `provider` block with this provider and alias, whatever its local name.
    #[must_use]
    pub fn provider_block(&self, provider: &Provider, alias: Option<&Name>) -> Option<&ProviderBlock> {
        self.providers.values().find(|block| {
            block.address.alias.as_ref() == alias && self.provider_of(&block.address.local_name) == *provider
        })
    }

    /// What this module alone needs.
    #[must_use]
    pub fn requirements(&self) -> Requirements {
        let mut found = Requirements::new();
        for entry in self.required_providers.values() {
            let constraints = entry.constraints.iter().map(|(text, span)| (text.clone(), Some(*span)));
            found.entry(entry.source.clone()).or_default().extend(constraints);
        }
        for block in self.providers.values() {
            if let Some((text, span)) = &block.version {
                let provider = self.provider_of(&block.address.local_name);
                found.entry(provider).or_default().push((text.clone(), Some(*span)));
            }
        }
        for import in &self.imports {
            let provider = match &import.provider {
                Some(config) => self.provider_of(&config.local_name),
                None if import.target.module.is_root() => {
                    self.provider_of(&crate::decode::implied_provider(&import.target.resource.kind).local_name)
                }
                None => continue,
            };
            found.entry(provider).or_default();
        }
        found
    }
}

impl Config {
    /// The module with this path.
    #[must_use]
    pub fn module(&self, path: &ModulePath) -> Option<&Module> {
        self.modules.get(path).map(|module| &**module)
    }

    /// The modules that a module calls, with the calls.
    pub fn children<'a>(&'a self, module: &'a Module) -> impl Iterator<Item = (&'a ModuleCall, &'a Module)> {
        module.calls.values().filter_map(|call| Some((call, self.module(&module.path.child(&call.name))?)))
    }

    /// The call that a module comes from, and the module that contains the call.
    #[must_use]
    pub fn call_of(&self, path: &ModulePath) -> Option<(&Module, &ModuleCall)> {
        let (parent, name) = path.parent()?;
        let parent = self.module(&parent)?;
        Some((parent, parent.calls.get(name)?))
    }

    /// The provider configuration that `config`, named in `module`, finally means, through the `providers` maps and
    /// inheritance of the calls above. Whether there is a `provider` block for it is told by [`Self::provider_block`];
    /// without an alias and in the root module none is needed.
    #[must_use]
    pub fn resolve_provider(&self, module: &ModulePath, config: &LocalProviderConfig) -> AbsProviderConfig {
        let provider = self
            .module(module)
            .map_or_else(|| Provider::default_of(&config.local_name), |m| m.provider_of(&config.local_name));
        self.resolve(module, &provider, config.alias.as_ref())
    }

    /// The same for a provider by its global name.
    #[must_use]
    pub fn resolve(&self, module: &ModulePath, provider: &Provider, alias: Option<&Name>) -> AbsProviderConfig {
        self.resolve_passed(module, provider, alias).0
    }

    /// The same, with the pair of a `providers` map that chooses one of its elements, and the module it is passed to.
    #[must_use]
    pub fn resolve_passed(
        &self,
        module: &ModulePath,
        provider: &Provider,
        alias: Option<&Name>,
    ) -> (AbsProviderConfig, Option<(ModulePath, &PassedProvider)>) {
        let mut chosen = None;
        let (module, provider, alias) = (module.clone(), provider.clone(), alias.cloned());
        let mut at = AbsProviderConfig { module, provider, alias, key: None };
        // Each round goes one module up, so this ends.
        while let Some((parent, call)) = self.call_of(&at.module) {
            let Some(child) = self.module(&at.module) else { return (at, chosen) };
            let passed = call.providers.iter().find(|passed| {
                passed.inside.alias == at.alias && child.provider_of(&passed.inside.local_name) == at.provider
            });
            if let Some(passed) = passed {
                if passed.key.is_some() && chosen.is_none() {
                    chosen = Some((at.module.clone(), passed));
                }
                at = AbsProviderConfig {
                    module: parent.path.clone(),
                    provider: parent.provider_of(&passed.outside.local_name),
                    alias: passed.outside.alias.clone(),
                    key: None,
                };
                continue;
            }
            // Only configurations without alias are inherited.
            if at.alias.is_some() || child.provider_block(&at.provider, None).is_some() {
                return (at, chosen);
            }
            at.module = parent.path.clone();
        }
        (at, chosen)
    }

    /// The block of a provider configuration.
    #[must_use]
    pub fn provider_block(&self, config: &AbsProviderConfig) -> Option<&ProviderBlock> {
        self.module(&config.module)?.provider_block(&config.provider, config.alias.as_ref())
    }

    /// The providers that all modules together need, those of tests among them.
    #[must_use]
    pub fn required_providers(&self) -> Requirements {
        let mut all = Requirements::new();
        let of_tests = self.tests.modules.values().flat_map(|config| config.modules.values());
        for module in self.modules.values().chain(of_tests) {
            for (provider, constraints) in module.requirements() {
                all.entry(provider).or_default().extend(constraints);
            }
        }
        all
    }
}
