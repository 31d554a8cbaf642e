//! Things of module instances, as the nested modules that documents have: each with its own things, its address and the
//! modules it calls.

use std::collections::BTreeMap;

use fw_addr::ModuleInstance;
use fw_syntax::deep;

use super::writer::Writer;

/// Things by the module instance they are in.
pub(super) struct ModuleTree<T> {
    things: Vec<T>,
    /// By address, in whose order they are written.
    children: BTreeMap<String, Self>,
}

impl<T> Default for ModuleTree<T> {
    fn default() -> Self {
        Self { things: Vec::new(), children: BTreeMap::new() }
    }
}

impl<T> ModuleTree<T> {
    /// Adds all things of one module instance.
    pub(super) fn add(&mut self, module: &ModuleInstance, things: impl IntoIterator<Item = T>) {
        let mut at = self;
        for depth in 1..=module.0.len() {
            let ancestor = ModuleInstance(module.0.iter().take(depth).cloned().collect());
            at = at.children.entry(ancestor.to_string()).or_default();
        }
        at.things.extend(things);
    }

    /// Writes the root module.
    pub(super) fn write(&self, w: &mut Writer, thing: &mut dyn FnMut(&T, &mut Writer)) {
        self.module("", w, thing);
    }

    fn module(&self, address: &str, w: &mut Writer, thing: &mut dyn FnMut(&T, &mut Writer)) {
        deep::guard(|| {
            w.object(|w| {
                if !self.things.is_empty() {
                    w.key("resources").array(|w| self.things.iter().for_each(|one| thing(one, w)));
                }
                w.text_if_any("address", address);
                if !self.children.is_empty() {
                    w.key("child_modules").array(|w| {
                        self.children.iter().for_each(|(address, child)| child.module(address, w, thing));
                    });
                }
            });
        });
    }
}

impl<T> Drop for ModuleTree<T> {
    /// Modules may be nested as deeply as an address in a file says.
    fn drop(&mut self) {
        if !self.children.is_empty() {
            let children = std::mem::take(&mut self.children);
            deep::guard(|| drop(children));
        }
    }
}
