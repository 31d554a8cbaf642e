//! One module instance while it is evaluated: what has been found out about it so far.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use foldhash::HashMap;
use fw_addr::{InstanceKey, ModuleInstance, Name, Resource};
use fw_config::Module;
use fw_value::Value;

use crate::{Expansion, RepetitionData};

/// One module instance.
pub struct Frame {
    /// Its address.
    pub instance: ModuleInstance,
    /// What its configuration declares.
    pub module: Arc<Module>,
    /// The calling instance and the call's `count.index` and `each`; `None` for the root.
    pub(crate) caller: Option<(Rc<Self>, RepetitionData)>,
    pub(crate) memo: RefCell<Memo>,
}

/// What has been evaluated.
#[derive(Default)]
pub(crate) struct Memo {
    pub(crate) variables: HashMap<Name, Value>,
    pub(crate) locals: HashMap<Name, Value>,
    pub(crate) outputs: HashMap<Name, Value>,
    pub(crate) calls: HashMap<Name, Rc<Expansion>>,
    pub(crate) resources: HashMap<Resource, ResourceValues>,
    pub(crate) running: Vec<Name>,
}

/// The instances of one resource.
pub(crate) struct ResourceValues {
    pub(crate) expansion: Rc<Expansion>,
    /// What was said of the one without a key.
    single: Option<Value>,
    /// What was said of those with keys.
    keyed: HashMap<InstanceKey, Value>,
    /// What expressions see of an instance of which nothing was said.
    pub(crate) missing: Value,
    /// All instances as one value, once somebody asked for it.
    pub(crate) whole: Option<Value>,
}

impl ResourceValues {
    pub(crate) fn new(expansion: Rc<Expansion>) -> Self {
        Self { expansion, single: None, keyed: HashMap::default(), missing: Value::dynamic(), whole: None }
    }

    /// What was said of an instance.
    pub(crate) fn instance(&self, key: Option<&InstanceKey>) -> Option<&Value> {
        match key {
            None => self.single.as_ref(),
            Some(key) => self.keyed.get(key),
        }
    }

    /// The keys of those of which something was said.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &InstanceKey> {
        self.keyed.keys()
    }
}

impl Frame {
    pub(crate) fn new(
        instance: ModuleInstance,
        module: Arc<Module>,
        caller: Option<(Rc<Self>, RepetitionData)>,
    ) -> Rc<Self> {
        let mut memo = Memo::default();
        memo.resources.reserve(module.resources.len());
        Rc::new(Self { instance, module, caller, memo: RefCell::new(memo) })
    }

    /// Which instances a resource has, once it was expanded.
    #[must_use]
    pub fn expansion(&self, resource: &Resource) -> Option<Rc<Expansion>> {
        self.memo.borrow().resources.get(resource).map(|r| Rc::clone(&r.expansion))
    }

    /// Says which instances a resource has, where it does not follow from the configuration (as while destroying).
    pub fn set_expansion(&self, resource: &Resource, expansion: Rc<Expansion>) {
        let values = ResourceValues::new(expansion);
        self.memo.borrow_mut().resources.insert(resource.clone(), values);
    }

    /// Says what expressions see as the value of an instance (with the marks its schema gives it). The resource must have
    /// been expanded.
    pub fn set_instance(&self, resource: &Resource, key: Option<InstanceKey>, value: Value) {
        if let Some(values) = self.memo.borrow_mut().resources.get_mut(resource) {
            match key {
                None => values.single = Some(value),
                Some(key) => drop(values.keyed.insert(key, value)),
            }
            values.whole = None;
        }
    }

    /// Says what expressions see of an instance of which nothing is said: unknown, with the type of its schema. The resource
    /// must have been expanded.
    pub fn set_missing(&self, resource: &Resource, value: Value) {
        if let Some(values) = self.memo.borrow_mut().resources.get_mut(resource) {
            values.missing = value;
        }
    }

    /// What was said of an instance.
    #[must_use]
    pub fn instance_value(&self, resource: &Resource, key: Option<&InstanceKey>) -> Option<Value> {
        self.memo.borrow().resources.get(resource)?.instance(key).cloned()
    }
}
