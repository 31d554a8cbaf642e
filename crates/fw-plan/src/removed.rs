//! `removed` blocks: which objects they are about, and that those are not declared any more.

use fw_addr::{ConfigResource, ModuleInstance, ModulePath, Name};
use fw_config::{Config, MovedEndpoint, Removed};
use fw_diag::{Diagnostic, Diagnostics};

/// The `removed` block that names a resource, or a module it is in.
pub(crate) fn block_of<'c>(config: &'c Config, resource: &ConfigResource) -> Option<&'c Removed> {
    let blocks = config.modules.values().flat_map(|m| m.removed.iter().map(move |r| (&m.path, r)));
    let names = |module: &ModulePath, removed: &Removed| match &removed.from {
        MovedEndpoint::Module(inner) => resource.module.0.starts_with(&below(module, inner).0),
        MovedEndpoint::Resource(inner, r, _) => below(module, inner) == resource.module && *r == resource.resource,
    };
    blocks.into_iter().find_map(|(module, removed)| names(module, removed).then_some(removed))
}

fn below(module: &ModulePath, inner: &ModuleInstance) -> ModulePath {
    ModulePath(module.0.iter().cloned().chain(inner.0.iter().map(|s| Name::clone(&s.name))).collect())
}

/// What is said to be removed and still declared.
pub(crate) fn still_declared(config: &Config) -> Diagnostics {
    let mut told = Diagnostics::new();
    for module in config.modules.values() {
        for removed in &module.removed {
            let (what, address, span) = match &removed.from {
                MovedEndpoint::Module(inner) => {
                    let path = below(&module.path, inner);
                    let call = path.parent().and_then(|(parent, name)| config.modules.get(&parent)?.calls.get(name));
                    ("module", path.to_string(), call.map(|c| c.span))
                }
                MovedEndpoint::Resource(inner, resource, _) => {
                    let address = ConfigResource { module: below(&module.path, inner), resource: resource.clone() };
                    let block = config.modules.get(&address.module).and_then(|m| m.resources.get(resource));
                    ("resource", address.to_string(), block.map(|b| b.span))
                }
            };
            let Some(span) = span else { continue };
            let detail = format!(
                "This statement declares that {address} was removed, but it is still declared in configuration."
            );
            told.push(Diagnostic::error(format!("Removed {what} still exists"), detail).at(span));
        }
    }
    told
}
