//! Provider configurations of all modules by the keys under which documents name them, and which of another module
//! stands behind one that a module only takes over.

use std::collections::BTreeMap;

use fw_addr::{LocalProviderConfig, ModulePath, Provider};
use fw_config::{Module, ProviderBlock, Requirements};

use super::expressions;
use crate::json::PlanDocument;
use crate::json::writer::Writer;

/// One provider configuration.
struct Entry<'a> {
    name: String,
    full_name: String,
    alias: String,
    version_constraint: String,
    module: String,
    block: Option<(&'a ProviderBlock, Provider)>,
    /// The key of the configuration in an outer module that this one is.
    parent: Option<String>,
}

/// A configuration without a block.
struct Bare<'b> {
    name: &'b str,
    provider: &'b Provider,
    constraint: &'b str,
}

/// All of them.
pub(super) struct ProviderConfigs<'a> {
    document: &'a PlanDocument<'a>,
    entries: BTreeMap<String, Entry<'a>>,
}

/// The key of a configuration: with its module, where that is not the root.
fn key_of(provider: &str, module: &ModulePath) -> String {
    if module.is_root() { provider.to_owned() } else { format!("{module}:{provider}") }
}

/// Finds all of them. Modules come before those they call.
pub(super) fn collect<'a>(document: &'a PlanDocument<'a>) -> ProviderConfigs<'a> {
    let mut all = ProviderConfigs { document, entries: BTreeMap::new() };
    for module in document.config.modules.values() {
        let requirements = module.requirements();
        all.add_blocks(module, &requirements);
        all.add_required(module, &requirements);
        all.add_passed(module);
    }
    all
}

impl<'a> ProviderConfigs<'a> {
    fn constraint(&self, provider: &Provider, requirements: &Requirements) -> String {
        let texts: Vec<&str> = requirements.get(provider).into_iter().flatten().map(|(text, _)| &**text).collect();
        if texts.is_empty() { String::new() } else { (self.document.constraints)(&texts) }
    }

    fn add_blocks(&mut self, module: &'a Module, requirements: &Requirements) {
        for (address, block) in &module.providers {
            let provider = module.provider_of(&address.local_name);
            let entry = Entry {
                name: address.local_name.to_string(),
                full_name: provider.to_string(),
                alias: address.alias.as_ref().map(ToString::to_string).unwrap_or_default(),
                version_constraint: self.constraint(&provider, requirements),
                module: module.path.to_string(),
                block: Some((block, provider)),
                parent: None,
            };
            self.entries.insert(key_of(&address.to_string(), &module.path), entry);
        }
    }

    /// What a module says or implies that it needs, unless there is a block for it.
    fn add_required(&mut self, module: &Module, requirements: &Requirements) {
        for required in module.required_providers.values() {
            let constraint = self.constraint(&required.source, requirements);
            let bare = Bare { name: &required.name, provider: &required.source, constraint: &constraint };
            for alias in &required.configuration_aliases {
                self.add_bare(module, &alias.to_string(), &bare, None);
            }
            self.add_inherited(module, &bare);
        }
        for provider in requirements.keys() {
            self.add_inherited(module, &Bare { name: &provider.kind, provider, constraint: "" });
        }
    }

    fn add_inherited(&mut self, module: &Module, bare: &Bare<'_>) {
        let full_name = bare.provider.to_string();
        let parent = module.path.parent().and_then(|(outer, _)| self.source_of(key_of(bare.name, &outer), &full_name));
        self.add_bare(module, bare.name, bare, parent);
    }

    fn add_bare(&mut self, module: &Module, local: &str, bare: &Bare<'_>, parent: Option<String>) {
        self.entries.entry(key_of(local, &module.path)).or_insert_with(|| Entry {
            name: bare.name.to_owned(),
            full_name: bare.provider.to_string(),
            alias: String::new(),
            version_constraint: bare.constraint.to_owned(),
            module: module.path.to_string(),
            block: None,
            parent,
        });
    }

    /// What the calls of a module pass on.
    fn add_passed(&mut self, module: &Module) {
        for (call, child) in self.document.config.children(module) {
            for passed in &call.providers {
                let full_name = child.provider_of(&passed.inside.local_name).to_string();
                let parent = self.source_of(key_of(&passed.outside.to_string(), &module.path), &full_name);
                let name = passed.inside.to_string();
                let key = key_of(&name, &child.path);
                let entry = Entry {
                    name,
                    full_name,
                    alias: String::new(),
                    version_constraint: String::new(),
                    module: child.path.to_string(),
                    block: None,
                    parent,
                };
                self.entries.insert(key, entry);
            }
        }
    }

    /// The outermost configuration of the provider that can be reached from this key.
    fn source_of(&self, key: String, full_name: &str) -> Option<String> {
        let mut found = None;
        let mut next = Some(key);
        while let Some(key) = next.take() {
            let Some(entry) = self.entries.get(&key).filter(|entry| entry.full_name == full_name) else { break };
            next.clone_from(&entry.parent);
            found = Some(key);
        }
        found
    }

    /// The key under which a resource of a module names its provider configuration.
    pub(super) fn key_for(&self, module: &ModulePath, config: &LocalProviderConfig) -> String {
        let key = key_of(&config.to_string(), module);
        let parent = self.entries.get(&key).and_then(|entry| entry.parent.as_ref());
        parent.cloned().unwrap_or(key)
    }

    /// Writes those that are not taken over from an outer module.
    pub(super) fn write(&self, w: &mut Writer) {
        let mut own = self.entries.iter().filter(|(_, entry)| entry.parent.is_none()).peekable();
        if own.peek().is_some() {
            w.key("provider_config").object(|w| own.for_each(|(key, entry)| self.write_entry(entry, w.key(key))));
        }
    }

    fn write_entry(&self, entry: &Entry<'_>, w: &mut Writer) {
        w.object(|w| {
            w.text_if_any("name", &entry.name);
            w.text_if_any("full_name", &entry.full_name);
            w.text_if_any("alias", &entry.alias);
            w.text_if_any("version_constraint", &entry.version_constraint);
            w.text_if_any("module_address", &entry.module);
            if let Some((block, provider)) = &entry.block
                && let Some(offered) = self.document.schemas.get(provider)
            {
                expressions::write_member("expressions", &block.body, &offered.provider.block, w);
            }
        });
    }
}
