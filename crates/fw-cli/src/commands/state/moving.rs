//! Moving objects within a state or to another one: the operation itself, without files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fw_addr::{AbsResource, AbsResourceInstance, ConfigResource, ModuleInstance, ResourceMode, Target};
use fw_diag::{Diagnostic, Diagnostics};
use fw_state::{InstanceState, ObjectState, State};

const INVALID_SOURCE: &str = "Invalid source address";
const INVALID_TARGET: &str = "Invalid target address";

/// The states: one, or the one that objects are taken from and the one they go to.
#[derive(Clone, Debug)]
pub(crate) struct States {
    /// What is taken from.
    pub(crate) source: State,
    /// What gets them, unless it is the same.
    pub(crate) destination: Option<State>,
}

impl States {
    fn destination(&self) -> &State {
        self.destination.as_ref().unwrap_or(&self.source)
    }

    fn destination_mut(&mut self) -> &mut State {
        self.destination.as_mut().unwrap_or(&mut self.source)
    }
}

/// Something that was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    /// Its address before.
    pub(crate) from: String,
    /// Its address now.
    pub(crate) to: String,
}

/// Why nothing is moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The addresses are wrong.
    Problems(Diagnostics),
    /// The module that others would come into exists.
    ModuleExists,
}

impl From<Diagnostic> for Refusal {
    fn from(problem: Diagnostic) -> Self {
        Self::Problems(problem.into())
    }
}

/// Moves what `source` means to `destination`, which was written as `written`.
pub(crate) fn relocate(
    states: &mut States,
    source: &Target,
    destination: &Target,
    written: &str,
) -> Result<Vec<Moved>, Refusal> {
    match source {
        Target::Module(module) => modules(states, module, destination),
        Target::Resource(resource) => match states.source.resource(resource) {
            // Without keys, the resource's address is that of its only instance too.
            Some(found) if found.instances.contains_key(&None) => {
                Ok(vec![instance(states, &resource.instance(None), destination, written)?])
            }
            Some(_) => Ok(vec![whole_resource(states, resource, destination)?]),
            None => Err(no_match(source)),
        },
        Target::Instance(from) => Ok(vec![instance(states, from, destination, written)?]),
    }
}

fn no_match(source: &Target) -> Refusal {
    let detail = format!("Cannot move {source}: does not match anything in the current state.");
    Diagnostic::error(INVALID_SOURCE, detail).into()
}

fn gone(source: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(INVALID_SOURCE, format!("The current state does not contain {source}."))
}

fn modules(states: &mut States, search: &ModuleInstance, destination: &Target) -> Result<Vec<Moved>, Refusal> {
    let mut found: BTreeMap<ModuleInstance, Vec<AbsResource>> = BTreeMap::new();
    for (address, _) in states.source.resources().filter(|(address, _)| address.module.0.starts_with(&search.0)) {
        found.entry(address.module.clone()).or_default().push(address.clone());
    }
    if found.is_empty() {
        return Err(no_match(&Target::Module(search.clone())));
    }
    let Target::Module(target) = destination else {
        let detail = format!("Cannot move {search} to {destination}: the target must also be a module.");
        return Err(Diagnostic::error(INVALID_TARGET, detail).into());
    };
    let mut taken: BTreeSet<ModuleInstance> =
        states.destination().resources().map(|(address, _)| address.module.clone()).collect();
    let mut moved = Vec::with_capacity(found.len());
    for (from, addresses) in found {
        let below = from.0.get(search.0.len()..).unwrap_or_default();
        let to = ModuleInstance(target.0.iter().chain(below).cloned().collect());
        if !taken.insert(to.clone()) {
            return Err(Refusal::ModuleExists);
        }
        if states.destination.is_none() {
            taken.remove(&from);
        }
        for address in addresses {
            if let Some(resource) = states.source.remove_resource(&address) {
                let address = AbsResource { module: to.clone(), resource: address.resource };
                states.destination_mut().insert_resource(address, resource);
            }
        }
        moved.push(Moved { from: from.to_string(), to: to.to_string() });
    }
    forget_dependencies(states.destination_mut(), &Target::Module(search.clone()));
    Ok(moved)
}

fn whole_resource(states: &mut States, from: &AbsResource, destination: &Target) -> Result<Moved, Refusal> {
    let Target::Resource(to) = destination else {
        let detail = format!(
            "Cannot move {from} to {destination}: the source is a whole resource (not a resource instance) so the target \
             must also be a whole resource."
        );
        return Err(Diagnostic::error(INVALID_TARGET, detail).into());
    };
    let mut problems = check_kinds(from, to);
    if states.destination().resource(to).is_some() {
        let detail = format!("Cannot move to {to}: there is already a resource at that address in the current state.");
        problems.push(Diagnostic::error(INVALID_TARGET, detail));
    }
    if problems.has_errors() {
        return Err(Refusal::Problems(problems));
    }
    let resource = states.source.remove_resource(from).ok_or_else(|| Refusal::from(gone(from)))?;
    states.destination_mut().insert_resource(to.clone(), resource);
    forget_dependencies(states.destination_mut(), &Target::Resource(from.clone()));
    Ok(Moved { from: from.to_string(), to: to.to_string() })
}

fn instance(
    states: &mut States,
    from: &AbsResourceInstance,
    destination: &Target,
    written: &str,
) -> Result<Moved, Refusal> {
    let to = match destination {
        Target::Instance(instance) => instance.clone(),
        Target::Resource(resource) => resource.instance(None),
        Target::Module(_) => {
            let detail = format!("Cannot move {from} to {destination}: the target must also be a resource instance.");
            return Err(Diagnostic::error(INVALID_TARGET, detail).into());
        }
    };
    let mut problems = check_kinds(&from.containing(), &to.containing());
    if states.destination().instance(&to).is_some() {
        let detail =
            format!("Cannot move to {to}: there is already a resource instance at that address in the current state.");
        problems.push(Diagnostic::error(INVALID_TARGET, detail));
    }
    let provider = states.source.resource(&from.containing()).map(|resource| Arc::clone(&resource.provider));
    if states.source.instance(from).is_none() {
        problems.push(gone(from));
    }
    let (Some(provider), false) = (provider, problems.has_errors()) else {
        return Err(Refusal::Problems(problems));
    };
    let taken = states.source.remove_instance(from).unwrap_or_default();
    let state = states.destination_mut();
    // A resource that is there keeps its provider; a new one comes with that of the object.
    let provider = state.resource(&to.containing()).map_or(provider, |resource| Arc::clone(&resource.provider));
    let InstanceState { current, deposed, provider_key } = taken;
    let provider = provider.with_key(provider_key);
    if let Some(object) = current {
        state.set_object(&to, None, &provider, Some(object));
    }
    for (key, object) in deposed {
        state.set_object(&to, Some(&key), &provider, Some(object));
    }
    forget_dependencies(state, &Target::Instance(from.clone()));
    Ok(Moved { from: from.to_string(), to: written.to_owned() })
}

fn check_kinds(from: &AbsResource, to: &AbsResource) -> Diagnostics {
    let mut problems = Diagnostics::new();
    let mut refuse = |why: &str| {
        problems.push(Diagnostic::error("Invalid state move request", format!("Cannot move {from} to {to}: {why}.")));
    };
    if from.resource.mode == ResourceMode::Ephemeral || to.resource.mode == ResourceMode::Ephemeral {
        refuse("ephemeral resources are not in the state and cannot be moved");
        return problems;
    }
    if from.resource.mode != to.resource.mode {
        refuse(match from.resource.mode {
            ResourceMode::Data => "a data resource can be moved only to another data resource address",
            ResourceMode::Managed | ResourceMode::Ephemeral => {
                "a managed resource can be moved only to another managed resource address"
            }
        });
    }
    if from.resource.kind != to.resource.kind {
        refuse("resource types don't match");
    }
    problems
}

/// Objects that depend on what was moved forget all their dependencies: the next apply records them anew.
fn forget_dependencies(state: &mut State, moved: &Target) {
    let affected: Vec<_> = state
        .instances()
        .filter_map(|(address, resource, instance)| {
            let object = instance.current.as_ref()?;
            let concerned = object.dependencies.iter().any(|dependency| is_part_of(dependency, moved));
            concerned.then(|| (address, resource.provider.with_key(instance.provider_key.clone()), Arc::clone(object)))
        })
        .collect();
    for (address, provider, object) in affected {
        let free = ObjectState { dependencies: Arc::from([]), ..(*object).clone() };
        state.set_object(&address, None, &provider, Some(Arc::new(free)));
    }
}

fn is_part_of(dependency: &ConfigResource, moved: &Target) -> bool {
    match moved {
        Target::Module(module) => {
            module.0.len() <= dependency.module.0.len()
                && module
                    .0
                    .iter()
                    .zip(&*dependency.module.0)
                    .all(|(step, name)| step.key.is_none() && step.name == *name)
        }
        Target::Resource(resource) => *dependency == resource.config(),
        Target::Instance(instance) => *dependency == instance.config(),
    }
}
