//! What expressions in the console see of resources: the objects of a state, or those that a plan leads to.

use std::collections::HashMap;
use std::rc::Rc;

use fw_addr::{AbsResource, InstanceKey, Name};
use fw_eval::{Expansion, Frame};
use fw_exec::{Action, Plan};
use fw_state::State;
use fw_value::Value;

use crate::bench::Bench;

type Instances = Vec<(Option<InstanceKey>, Value)>;

/// Objects by resource.
#[derive(Default)]
pub(crate) struct Objects {
    by_resource: HashMap<AbsResource, Instances>,
}

impl Objects {
    /// The objects of a state. Those that cannot be read stay unknown.
    pub(crate) fn of_state(state: &State, bench: &Bench<'_>) -> Self {
        let mut objects = Self::default();
        for (address, resource) in state.resources() {
            let Ok(schemas) = bench.schemas([resource.provider.provider.clone()]) else { continue };
            let Some(schemas) = schemas.get(&resource.provider.provider) else { continue };
            let kind = &address.resource.kind;
            let schema = match address.resource.mode {
                fw_addr::ResourceMode::Data => schemas.data_source(kind),
                fw_addr::ResourceMode::Managed | fw_addr::ResourceMode::Ephemeral => schemas.resource(kind),
            };
            let Some(schema) = schema else { continue };
            let ty = schema.implied_type();
            for (key, instance) in &resource.instances {
                let Some(Ok(object)) = instance.current.as_ref().map(|object| object.decode(&ty)) else { continue };
                let value = schema.block.mark_sensitive(object.value);
                objects.by_resource.entry(address.clone()).or_default().push((key.clone(), value));
            }
        }
        objects
    }

    /// What a plan leads to.
    pub(crate) fn of_plan(plan: &Plan, bench: &Bench<'_>) -> Self {
        let mut objects = Self::of_state(&plan.prior_state, bench);
        for change in plan.resource_changes.iter().filter(|change| change.deposed.is_none()) {
            let instances = objects.by_resource.entry(change.address.containing()).or_default();
            instances.retain(|(key, _)| *key != change.address.key);
            if !matches!(change.action, Action::Delete | Action::Forget) {
                instances.push((change.address.key.clone(), change.after.clone()));
            }
        }
        objects
    }

    /// Tells a frame of its objects.
    pub(crate) fn set_up(&self, frame: &Frame) {
        for resource in frame.module.resources.keys() {
            let address = AbsResource { module: frame.instance.clone(), resource: resource.clone() };
            let Some(instances) = self.by_resource.get(&address) else { continue };
            frame.set_expansion(resource, Rc::new(expansion(instances)));
            for (key, value) in instances {
                frame.set_instance(resource, key.clone(), value.clone());
            }
        }
    }
}

fn expansion(instances: &Instances) -> Expansion {
    let mut count = 0;
    let mut names: Vec<(Name, Value)> = Vec::new();
    for (key, _) in instances {
        match key {
            None => return Expansion::Single,
            Some(InstanceKey::Int(index)) => count = count.max(index.saturating_add(1)),
            Some(InstanceKey::String(name)) => names.push((Name::clone(name), Value::dynamic())),
        }
    }
    if names.is_empty() {
        return Expansion::Count(count);
    }
    names.sort_by(|a, b| a.0.cmp(&b.0));
    Expansion::ForEach(names.into())
}
