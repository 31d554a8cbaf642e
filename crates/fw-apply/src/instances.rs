//! Which instances resources have and what expressions see of them before anything is applied.
//!
//! The plan has decided on the instances, so `count` and `for_each` of resources are not evaluated to find them; only
//! `each.value` is looked up when an instance is applied.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use fw_addr::{AbsResource, AbsResourceInstance, InstanceKey, ModuleInstance, Name, Resource, ResourceMode};
use fw_config::{Config, Repetition, ResourceBlock};
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::{Expansion, Frame, RepetitionData};
use fw_exec::{Action, Plan, ResourceChange, marked};
use fw_provider::Providers;
use fw_state::State;
use fw_value::{Type, Value};

use crate::applier::{Applier, Instance};

/// The instances of the plan by resource, to set up frames with.
pub(crate) struct Planned<'a> {
    by_resource: HashMap<AbsResource, Vec<&'a ResourceChange>>,
    /// Objects of the state of which the plan has no change: data read while planning, and what targets leave out.
    unchanged: HashMap<AbsResource, Vec<(Option<InstanceKey>, Value)>>,
    /// Types of the objects that resources would have, where none are made.
    absent: HashMap<Resource, Type>,
    refreshing: bool,
    destroying: bool,
}

impl<'a> Planned<'a> {
    /// From a plan and what its prior state has beside it.
    pub(crate) fn new(
        plan: &'a Plan,
        unchanged: HashMap<AbsResource, Vec<(Option<InstanceKey>, Value)>>,
        absent: HashMap<Resource, Type>,
    ) -> Self {
        let mut by_resource: HashMap<_, Vec<_>> = HashMap::new();
        for change in plan.resource_changes.iter().filter(|c| c.deposed.is_none()) {
            by_resource.entry(change.address.containing()).or_default().push(change);
        }
        let refreshing = plan.mode == fw_exec::Mode::RefreshOnly;
        Self { by_resource, unchanged, absent, refreshing, destroying: plan.mode == fw_exec::Mode::Destroy }
    }

    /// Tells a frame which instances its resources have, and the values of those to which nothing happens.
    pub(crate) fn set_up(&self, frame: &Frame) {
        let stored = frame.module.resources.iter().filter(|(resource, _)| resource.mode != ResourceMode::Ephemeral);
        for (resource, block) in stored {
            let address = AbsResource { module: frame.instance.clone(), resource: resource.clone() };
            let changes = self.by_resource.get(&address).map(Vec::as_slice).unwrap_or_default();
            let here: Vec<_> = changes.iter().filter(|change| self.is_seen(change)).collect();
            let unchanged = self.unchanged.get(&address).map(Vec::as_slice).unwrap_or_default();
            let keys = here.iter().map(|c| c.address.key.as_ref()).chain(unchanged.iter().map(|(key, _)| key.as_ref()));
            let absent = self.absent.get(resource).map(|ty| Value::unknown(ty.clone()));
            match expansion(&block.repetition, keys) {
                Some(expansion) => frame.set_expansion(resource, Rc::new(expansion)),
                None if absent.is_some() && self.refreshing => {
                    frame.set_expansion(resource, Rc::new(Expansion::Single));
                }
                None => continue,
            }
            if let Some(absent) = absent {
                frame.set_missing(resource, absent);
            }
            for (key, value) in unchanged {
                frame.set_instance(resource, key.clone(), value.clone());
            }
            for change in here {
                let value = if self.destroying { &change.before } else { &change.after };
                // What is not known yet is set by the step that finds out.
                if change.action == Action::NoOp || self.destroying {
                    frame.set_instance(resource, change.address.key.clone(), value.clone());
                }
            }
        }
    }

    /// Whether expressions see an instance. While everything is destroyed they see what was there, since configurations
    /// of providers may be made from it.
    fn is_seen(&self, change: &ResourceChange) -> bool {
        self.destroying || !matches!(change.action, Action::Delete | Action::Forget)
    }
}

/// The expansion with these keys; `None` where nothing is known about it.
fn expansion<'k>(repetition: &Repetition, keys: impl Iterator<Item = Option<&'k InstanceKey>>) -> Option<Expansion> {
    let keys: Vec<_> = keys.collect();
    let texts = || keys.iter().filter_map(|key| if let Some(InstanceKey::String(s)) = key { Some(s) } else { None });
    let numbers = || keys.iter().filter_map(|key| if let Some(InstanceKey::Int(n)) = key { Some(*n) } else { None });
    match repetition {
        Repetition::Single => keys.contains(&None).then_some(Expansion::Single),
        Repetition::Enabled(_) if keys.contains(&None) => Some(Expansion::Single),
        Repetition::Enabled(_) => Some(Expansion::Disabled),
        Repetition::Count(_) => Some(Expansion::Count(numbers().max().map_or(0, |n| n.saturating_add(1)))),
        Repetition::ForEach(_) => {
            let mut elements: Vec<_> = texts().map(|key| (Name::clone(key), Value::dynamic())).collect();
            elements.sort_by(|a, b| a.0.cmp(&b.0));
            Some(Expansion::ForEach(elements.into()))
        }
    }
}

/// Values of the objects in a plan's prior state of which it has no change. Objects that can't be read are left out:
/// nothing in the plan needs them, or it would have said so.
pub(crate) async fn unchanged(
    plan: &Plan,
    start: &State,
    providers: &dyn Providers,
) -> HashMap<AbsResource, Vec<(Option<InstanceKey>, Value)>> {
    let changed: HashSet<_> =
        plan.resource_changes.iter().filter(|c| c.deposed.is_none()).map(|c| &c.address).collect();
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    for (address, resource) in start.resources() {
        let left: Vec<_> = resource
            .instances
            .iter()
            .filter_map(|(key, instance)| Some((key, instance.current.as_ref()?)))
            .filter(|(key, _)| !changed.contains(&address.instance((*key).clone())))
            .collect();
        if left.is_empty() {
            continue;
        }
        let Ok(schemas) = providers.schemas(&resource.provider.provider).await else { continue };
        let kind = &address.resource.kind;
        let schema = match address.resource.mode {
            ResourceMode::Data => schemas.data_source(kind),
            ResourceMode::Managed | ResourceMode::Ephemeral => schemas.resource(kind),
        };
        let Some(schema) = schema else { continue };
        let ty = schema.implied_type();
        for (key, object) in left {
            if let Ok(decoded) = object.decode(&ty) {
                let value = marked(&schema.block, decoded.value);
                found.entry(address.clone()).or_default().push((key.clone(), value));
            }
        }
    }
    found
}

/// The types of what does not exist and is not made, since only the state is brought up to date or only a part is looked
/// at.
pub(crate) async fn absent(plan: &Plan, config: &Config, providers: &dyn Providers) -> HashMap<Resource, Type> {
    let mut types = HashMap::new();
    if plan.mode != fw_exec::Mode::RefreshOnly && !plan.is_partial() {
        return types;
    }
    for block in config.modules.values().flat_map(|module| module.resources.values()) {
        let Ok(schemas) = providers.schemas(&block.provider).await else { continue };
        let kind = &block.resource.kind;
        let schema = match block.resource.mode {
            ResourceMode::Data => schemas.data_source(kind),
            ResourceMode::Managed => schemas.resource(kind),
            ResourceMode::Ephemeral => None,
        };
        types.extend(schema.map(|schema| (block.resource.clone(), schema.implied_type())));
    }
    types
}

impl Applier<'_> {
    /// The frame of a module instance, for which calls on the way are expanded where that has not happened.
    pub(crate) fn frame(&self, instance: &ModuleInstance, diagnostics: &mut Diagnostics) -> Option<Rc<Frame>> {
        if let Some(frame) = self.evaluator.frame(instance) {
            return Some(frame);
        }
        let mut above = Vec::new();
        let mut at = instance.clone();
        while let Some((parent, step)) = at.parent() {
            above.push(Name::clone(&step.name));
            at = parent;
            if let Some(frame) = self.evaluator.frame(&at) {
                self.evaluator.expand_call(&frame, above.last()?, diagnostics)?;
                return if above.len() == 1 {
                    self.evaluator.frame(instance)
                } else {
                    self.frame(instance, diagnostics)
                };
            }
        }
        None
    }

    /// What is needed to evaluate something for an instance. `None`: with a diagnostic.
    pub(crate) fn instance<'i>(
        &self,
        address: &'i AbsResourceInstance,
        diagnostics: &mut Diagnostics,
    ) -> Option<Instance<'i>> {
        let before = diagnostics.len();
        let found = self.frame(&address.module, diagnostics).and_then(|frame| {
            let block = Arc::clone(frame.module.resources.get(&address.resource)?);
            let repetition = self.repetition(address, &block, &frame, diagnostics)?;
            Some(Instance { address, block, frame, repetition })
        });
        if found.is_none() && !diagnostics.iter().skip(before).any(Diagnostic::is_error) {
            let detail = format!(
                "The plan has a change for {address}, but the configuration does not have that resource instance. Make a \
                 new plan and apply that."
            );
            diagnostics.push(Diagnostic::error("Resource instance not in configuration", detail));
        }
        found
    }

    fn repetition(
        &self,
        address: &AbsResourceInstance,
        block: &ResourceBlock,
        frame: &Rc<Frame>,
        diagnostics: &mut Diagnostics,
    ) -> Option<RepetitionData> {
        match (&address.key, &block.repetition) {
            (None, _) => Some(RepetitionData::default()),
            (Some(InstanceKey::Int(index)), _) => {
                Some(RepetitionData { count_index: Some(Value::number(*index)), ..RepetitionData::default() })
            }
            (Some(InstanceKey::String(key)), Repetition::ForEach(expr)) => {
                let known = self.repetitions.borrow().get(&address.containing()).cloned();
                let all = match known {
                    Some(all) => all,
                    None => {
                        let before = diagnostics.len();
                        let scope = self.evaluator.scope(frame, RepetitionData::default());
                        let all = fw_lang::evaluate(expr, &scope, diagnostics);
                        if diagnostics.iter().skip(before).any(Diagnostic::is_error) {
                            return None;
                        }
                        self.repetitions.borrow_mut().insert(address.containing(), all.clone());
                        all
                    }
                };
                let each_key = Value::string(&**key);
                let each_value = match all.ty() {
                    Type::Set(_) => Some(each_key.clone()),
                    _ => all.map_ref(key).or_else(|| all.attr_ref(key)).cloned(),
                };
                Some(RepetitionData { each_key: Some(each_key), each_value: Some(each_value?), count_index: None })
            }
            (Some(InstanceKey::String(_)), _) => None,
        }
    }
}
