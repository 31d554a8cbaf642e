//! Which objects of a state an address means.

use fw_addr::{AbsResourceInstance, ModuleInstance, Target};
use fw_diag::Diagnostic;
use fw_state::State;

/// Whether a module instance is, or is inside of, the one that is meant; without a key on its last step the address means
/// all instances of the call.
pub(crate) fn contains(meant: &ModuleInstance, module: &ModuleInstance) -> bool {
    let (Some((last, before)), Some(same)) = (meant.0.split_last(), module.0.get(..meant.0.len())) else {
        return meant.is_root();
    };
    let Some((other, leading)) = same.split_last() else { return false };
    leading == before && other.name == last.name && (last.key.is_none() || last.key == other.key)
}

/// The resource instances that an address means, in order.
pub(crate) fn instances(state: &State, target: &Target) -> Vec<AbsResourceInstance> {
    match target {
        Target::Module(meant) => {
            state.instances().map(|(address, ..)| address).filter(|a| contains(meant, &a.module)).collect()
        }
        Target::Resource(resource) => state
            .resource(resource)
            .map(|found| found.instances.keys().map(|key| resource.instance(key.clone())).collect())
            .unwrap_or_default(),
        Target::Instance(instance) => state.instance(instance).map(|_| instance.clone()).into_iter().collect(),
    }
}

/// The resource instances that an address means; an error where there are none.
pub(crate) fn existing_instances(state: &State, target: &Target) -> Result<Vec<AbsResourceInstance>, Diagnostic> {
    let found = instances(state, target);
    if found.is_empty() { Err(unknown(target)) } else { Ok(found) }
}

fn unknown(target: &Target) -> Diagnostic {
    match target {
        Target::Module(_) => Diagnostic::error(
            "Unknown module",
            format!(
                "The current state contains no module at {target}. If you've just added this module to the configuration, \
                 you must run \"terraform apply\" first to create the module's entry in the state."
            ),
        ),
        Target::Resource(_) => Diagnostic::error(
            "Unknown resource",
            format!(
                "The current state contains no resource {target}. If you've just added this resource to the \
                 configuration, you must run \"terraform apply\" first to create the resource's entry in the state."
            ),
        ),
        Target::Instance(_) => Diagnostic::error(
            "Unknown resource instance",
            format!(
                "The current state contains no resource instance {target}. If you've just added its resource to the \
                 configuration or have changed the count or for_each arguments, you must run \"terraform apply\" first to \
                 update the resource's entry in the state."
            ),
        ),
    }
}
