//! The model: resources, their instances, root outputs.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use fw_addr::{AbsProviderConfig, AbsResource, AbsResourceInstance, InstanceKey, ModuleInstance, Name, ResourceMode};
use fw_value::Value;

use crate::{COMPATIBLE_VERSION, CheckResults, ObjectState};

/// A whole state. Cloning is cheap; the first change after it copies the map of resources, not the objects.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The version that wrote it, as the file says.
    pub terraform_version: String,
    /// Grows with every persisted change.
    pub serial: u64,
    /// Made once for each new state: only states of one lineage may be compared by serial. Empty before the first write.
    pub lineage: String,
    /// Outputs of the root module.
    pub outputs: BTreeMap<String, OutputState>,
    /// What the conditions of the last run said; `None` where no run has recorded any.
    pub check_results: Option<CheckResults>,
    resources: Arc<BTreeMap<AbsResource, Arc<ResourceState>>>,
}

/// One root output.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputState {
    /// The value; never unknown, marked sensitive only through [`Self::sensitive`].
    pub value: Value,
    /// Whether it must not be shown.
    pub sensitive: bool,
}

/// A resource in one module instance.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceState {
    /// The provider configuration that manages it, without a key: these are noted with the instances.
    pub provider: Arc<AbsProviderConfig>,
    /// Its instances; only `None` without `count` and `for_each`.
    pub instances: BTreeMap<Option<InstanceKey>, InstanceState>,
}

/// One instance: at most one current object, and objects that wait for their destruction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InstanceState {
    /// The object the configuration is about.
    pub current: Option<Arc<ObjectState>>,
    /// Objects replaced by a newer one and not yet destroyed.
    pub deposed: BTreeMap<DeposedKey, Arc<ObjectState>>,
    /// Which of the resource's provider configurations manages it, where that has `for_each`.
    pub provider_key: Option<Name>,
}

impl InstanceState {
    /// Whether there is no object at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.current.is_none() && self.deposed.is_empty()
    }

    /// The current object or the deposed one with this key.
    #[must_use]
    pub fn object(&self, deposed: Option<&DeposedKey>) -> Option<&Arc<ObjectState>> {
        match deposed {
            None => self.current.as_ref(),
            Some(key) => self.deposed.get(key),
        }
    }
}

/// Names a deposed object among those of its instance: eight hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeposedKey(Arc<str>);

impl DeposedKey {
    /// From 32 random bits; callers choose others while the key is taken.
    #[must_use]
    pub fn new(bits: u32) -> Self {
        Self(format!("{bits:08x}").into())
    }

    /// From text, which must have eight characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 8).then(|| Self(text.into()))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeposedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    /// An empty state without lineage.
    #[must_use]
    pub fn new() -> Self {
        Self {
            terraform_version: COMPATIBLE_VERSION.to_owned(),
            serial: 0,
            lineage: String::new(),
            outputs: BTreeMap::new(),
            check_results: None,
            resources: Arc::default(),
        }
    }

    /// Whether it holds neither resources nor outputs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.outputs.is_empty()
    }

    /// Whether any managed resource has an object.
    #[must_use]
    pub fn has_managed_objects(&self) -> bool {
        self.resources.iter().any(|(address, resource)| {
            address.resource.mode == ResourceMode::Managed && resource.instances.values().any(|i| !i.is_empty())
        })
    }

    /// Whether both say the same, whatever their serial, lineage and writer: if so, nothing needs to be persisted.
    #[must_use]
    pub fn same_content(&self, other: &Self) -> bool {
        let no_checks = |checks: &Option<CheckResults>| checks.as_ref().is_none_or(CheckResults::is_empty);
        (Arc::ptr_eq(&self.resources, &other.resources) || self.resources == other.resources)
            && self.outputs == other.outputs
            && (self.check_results == other.check_results
                || no_checks(&self.check_results) && no_checks(&other.check_results))
    }

    /// All resources in the order of their addresses.
    pub fn resources(&self) -> impl Iterator<Item = (&AbsResource, &ResourceState)> {
        self.resources.iter().map(|(address, resource)| (address, &**resource))
    }

    /// One resource.
    #[must_use]
    pub fn resource(&self, address: &AbsResource) -> Option<&ResourceState> {
        self.resources.get(address).map(|resource| &**resource)
    }

    /// All instances of all resources, in order.
    pub fn instances(&self) -> impl Iterator<Item = (AbsResourceInstance, &ResourceState, &InstanceState)> {
        self.resources().flat_map(|(address, resource)| {
            resource.instances.iter().map(move |(key, instance)| (address.instance(key.clone()), resource, instance))
        })
    }

    /// One instance.
    #[must_use]
    pub fn instance(&self, address: &AbsResourceInstance) -> Option<&InstanceState> {
        self.resource(&address.containing())?.instances.get(&address.key)
    }

    /// The current object of an instance.
    #[must_use]
    pub fn current(&self, address: &AbsResourceInstance) -> Option<&Arc<ObjectState>> {
        self.instance(address)?.current.as_ref()
    }

    /// Puts an object in its place, or takes it away; instances and resources left without objects disappear.
    pub fn set_object(
        &mut self,
        address: &AbsResourceInstance,
        deposed: Option<&DeposedKey>,
        provider: &AbsProviderConfig,
        object: Option<Arc<ObjectState>>,
    ) {
        let Some(object) = object else {
            self.change_instance(address, |instance| match deposed {
                None => instance.current = None,
                Some(key) => {
                    instance.deposed.remove(key);
                }
            });
            return;
        };
        let resource = self.resource_mut(&address.containing(), provider);
        let instance = resource.instances.entry(address.key.clone()).or_default();
        instance.provider_key.clone_from(&provider.key);
        match deposed {
            None => instance.current = Some(object),
            Some(key) => {
                instance.deposed.insert(key.clone(), object);
            }
        }
    }

    /// Makes the current object a deposed one under `key`. Returns whether there was one.
    pub fn depose(&mut self, address: &AbsResourceInstance, key: &DeposedKey) -> bool {
        let mut moved = false;
        self.change_instance(address, |instance| {
            if let Some(object) = instance.current.take() {
                instance.deposed.insert(key.clone(), object);
                moved = true;
            }
        });
        moved
    }

    /// Makes a deposed object current again, where there is no current one. Returns whether it did.
    pub fn restore(&mut self, address: &AbsResourceInstance, key: &DeposedKey) -> bool {
        let mut moved = false;
        self.change_instance(address, |instance| {
            if instance.current.is_none() {
                instance.current = instance.deposed.remove(key);
                moved = instance.current.is_some();
            }
        });
        moved
    }

    /// The provider configuration that manages an instance.
    #[must_use]
    pub fn provider_of(&self, address: &AbsResourceInstance) -> Option<AbsProviderConfig> {
        let resource = self.resource(&address.containing())?;
        let key = resource.instances.get(&address.key).and_then(|instance| instance.provider_key.clone());
        Some(resource.provider.with_key(key))
    }

    /// Notes which provider configuration manages a resource from now on; does nothing when it has no instance.
    pub fn set_provider(&mut self, address: &AbsResource, provider: &AbsProviderConfig) {
        if self.resource(address).is_some_and(|resource| *resource.provider != provider.whole()) {
            self.resource_mut(address, provider);
        }
    }

    /// Takes a whole resource out, with all its objects.
    pub fn remove_resource(&mut self, address: &AbsResource) -> Option<Arc<ResourceState>> {
        if !self.resources.contains_key(address) {
            return None;
        }
        Arc::make_mut(&mut self.resources).remove(address)
    }

    /// Takes one instance out, with all its objects.
    pub fn remove_instance(&mut self, address: &AbsResourceInstance) -> Option<InstanceState> {
        let mut taken = None;
        self.change_instance(address, |instance| taken = Some(std::mem::take(instance)));
        taken
    }

    /// Puts a whole resource in; an earlier one at the address is replaced. Without instances it only takes the place.
    pub fn insert_resource(&mut self, address: AbsResource, resource: Arc<ResourceState>) {
        Arc::make_mut(&mut self.resources).insert(address, resource);
    }

    /// Gives an instance another address, of the same or another resource. An object already there is replaced.
    /// Returns whether there was something to move.
    pub fn move_instance(&mut self, from: &AbsResourceInstance, to: &AbsResourceInstance) -> bool {
        let Some(provider) = self.resource(&from.containing()).map(|resource| Arc::clone(&resource.provider)) else {
            return false;
        };
        let Some(instance) = self.remove_instance(from) else { return false };
        let container = to.containing();
        let provider = self.resource(&container).map_or(provider, |resource| Arc::clone(&resource.provider));
        self.resource_mut(&container, &provider).instances.insert(to.key.clone(), instance);
        true
    }

    /// Gives a resource with all its instances another address. Returns whether there was something to move.
    pub fn move_resource(&mut self, from: &AbsResource, to: AbsResource) -> bool {
        let Some(resource) = self.remove_resource(from) else { return false };
        self.insert_resource(to, resource);
        true
    }

    /// All resources in this module instance, without those of the modules it calls.
    pub fn resources_in<'a>(
        &'a self,
        module: &'a ModuleInstance,
    ) -> impl Iterator<Item = (&'a AbsResource, &'a ResourceState)> {
        self.resources().filter(move |(address, _)| address.module == *module)
    }

    fn resource_mut(&mut self, address: &AbsResource, provider: &AbsProviderConfig) -> &mut ResourceState {
        let resources = Arc::make_mut(&mut self.resources);
        if !resources.contains_key(address) {
            let fresh = ResourceState { provider: Arc::new(provider.whole()), instances: BTreeMap::new() };
            resources.insert(address.clone(), Arc::new(fresh));
        }
        let resource = Arc::make_mut(resources.get_mut(address).expect("inserted above where it was missing"));
        let same = (&resource.provider.module, &resource.provider.provider, &resource.provider.alias)
            == (&provider.module, &provider.provider, &provider.alias);
        if !same {
            resource.provider = Arc::new(provider.whole());
        }
        resource
    }

    /// Changes an instance that exists, then removes what is left without objects.
    fn change_instance(&mut self, address: &AbsResourceInstance, change: impl FnOnce(&mut InstanceState)) {
        let container = address.containing();
        if self.instance(address).is_none() {
            return;
        }
        let resources = Arc::make_mut(&mut self.resources);
        let Some(resource) = resources.get_mut(&container).map(Arc::make_mut) else { return };
        let Some(instance) = resource.instances.get_mut(&address.key) else { return };
        change(instance);
        if instance.is_empty() {
            resource.instances.remove(&address.key);
        }
        if resource.instances.is_empty() {
            resources.remove(&container);
        }
    }
}

#[cfg(test)]
mod tests;
