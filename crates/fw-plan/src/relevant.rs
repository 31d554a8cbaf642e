//! The attributes of other resources that changes come from, through locals, variables and outputs: what decides which
//! changes outside are worth telling.
//!
//! Works on what is written, not on values, and follows each reference of each module instance once.

use std::collections::{BTreeMap, BTreeSet};

use fw_addr::{AbsResource, AbsResourceInstance, InstanceKey, ModuleInstance, Name, Resource};
use fw_config::{Config, Module, references};
use fw_exec::{Action, OutputChange, RelevantAttribute, ResourceChange};
use fw_lang::reference::{Reference, Subject};
use fw_syntax::ast::{Step, StepKind};
use fw_syntax::{Body, BodyContent, BodySchema};
use fw_value::{Path, PathStep, Str};

/// A reference, and where it is written.
struct Found {
    module: ModuleInstance,
    /// The resource, for what `each` and `count` mean.
    resource: Option<Resource>,
    reference: Reference,
}

/// The attributes that these changes depend on, sorted. Outputs of called modules are changes of their own: no state
/// keeps them, so that they are always new. Data that is forgotten has no change and counts as well.
pub(crate) fn attributes(
    config: &Config,
    changes: &[ResourceChange],
    outputs: &[OutputChange],
    of_modules: &[(ModuleInstance, Name)],
    forgotten: impl Iterator<Item = AbsResource>,
) -> Vec<RelevantAttribute> {
    let mut search = Search { config, seen: BTreeSet::new(), pending: Vec::new(), found: BTreeMap::new() };
    let changed = changes.iter().filter(|c| c.action != Action::NoOp).map(|c| c.address.containing());
    for resource in changed.chain(forgotten).collect::<BTreeSet<_>>() {
        search.resource(&resource.module, &resource.resource, &[]);
    }
    for output in outputs.iter().filter(|change| change.action != Action::NoOp) {
        search.output(&ModuleInstance::root(), &output.name);
    }
    for (module, name) in of_modules {
        search.output(module, name);
    }
    while let Some(found) = search.pending.pop() {
        search.follow(&found);
    }
    search.found.into_values().collect()
}

struct Search<'a> {
    config: &'a Config,
    /// What has been found already, by place and text.
    seen: BTreeSet<(String, String)>,
    pending: Vec<Found>,
    found: BTreeMap<(AbsResourceInstance, String), RelevantAttribute>,
}

impl Search<'_> {
    fn module(&self, instance: &ModuleInstance) -> Option<&Module> {
        self.config.module(&instance.path())
    }

    fn add(&mut self, module: &ModuleInstance, resource: Option<&Resource>, all: Vec<Reference>) {
        for reference in all {
            let repeated = matches!(reference.subject, Subject::Each(_) | Subject::Count(_));
            let resource = resource.filter(|_| repeated).cloned();
            let place = resource.as_ref().map_or_else(|| module.to_string(), |resource| format!("{module}.{resource}"));
            if self.seen.insert((place, reference.to_string())) {
                self.note(module, &reference);
                self.pending.push(Found { module: module.clone(), resource, reference });
            }
        }
    }

    /// Keeps a reference that names a resource.
    fn note(&mut self, module: &ModuleInstance, reference: &Reference) {
        let (resource, key) = match &reference.subject {
            Subject::Resource(resource) => (resource, None),
            Subject::ResourceInstance(resource, key) => (resource, Some(key.clone())),
            _ => return,
        };
        let attribute = Path(reference.remaining.iter().map(step).collect());
        let resource = AbsResourceInstance { module: module.clone(), resource: resource.clone(), key };
        let key = (resource.clone(), attribute.to_string());
        self.found.insert(key, RelevantAttribute { resource, attribute });
    }

    fn follow(&mut self, found: &Found) {
        let Found { module, resource, reference } = found;
        match &reference.subject {
            Subject::Variable(name) => self.variable(module, name),
            Subject::Local(name) => {
                let Some(local) = self.module(module).and_then(|m| m.locals.get(name)) else { return };
                let all = references::local(local);
                self.add(module, None, all);
            }
            Subject::ModuleOutput(name, key, output) => {
                self.output(&module.child(name, key.clone()), output);
            }
            Subject::Module(name) => self.outputs(module, name, None),
            Subject::ModuleInstance(name, key) => self.outputs(module, name, key.as_ref()),
            Subject::Resource(other) | Subject::ResourceInstance(other, _) => {
                self.resource(module, other, &reference.remaining);
            }
            Subject::Each(_) | Subject::Count(_) => {
                let block = resource.as_ref().and_then(|resource| self.module(module)?.resources.get(resource));
                let Some(all) = block.map(|block| references::repetition(&block.repetition)) else { return };
                self.add(module, None, all);
            }
            _ => {}
        }
    }

    /// The argument of the call that the module comes from.
    fn variable(&mut self, module: &ModuleInstance, name: &Name) {
        let Some((caller, step)) = module.parent() else { return };
        let Some(call) = self.module(&caller).and_then(|m| m.calls.get(&step.name)) else { return };
        let (content, _, _) = call.body.partial_content(&BodySchema::new(&[(name, false)], &[]));
        let Some(all) = content.expr(name).map(references::expr) else { return };
        self.add(&caller, None, all);
    }

    fn output(&mut self, module: &ModuleInstance, name: &Name) {
        let Some(output) = self.module(module).and_then(|m| m.outputs.get(name)) else { return };
        let all = references::expr(&output.expr);
        self.add(module, None, all);
    }

    fn outputs(&mut self, caller: &ModuleInstance, name: &Name, key: Option<&InstanceKey>) {
        let callee = caller.child(name, key.cloned());
        let names: Vec<Name> = self.module(&callee).into_iter().flat_map(|m| m.outputs.keys().cloned()).collect();
        names.iter().for_each(|name| self.output(&callee, name));
    }

    /// What the part of a resource's arguments refers to that these steps lead to.
    fn resource(&mut self, module: &ModuleInstance, resource: &Resource, steps: &[Step]) {
        let Some(block) = self.module(module).and_then(|m| m.resources.get(resource)) else { return };
        let all = match steps.first().map(|step| &step.kind) {
            Some(StepKind::Attribute(name)) => in_argument(&block.body, name),
            _ => references::body(&block.body),
        };
        self.add(module, Some(resource), all);
    }
}

/// What an argument, or the blocks of this type, refer to.
fn in_argument(body: &Body, name: &str) -> Vec<Reference> {
    let (content, _, _) = body.partial_content(&BodySchema::new(&[(name, false)], &[]));
    if let Some(expr) = content.expr(name) {
        return references::expr(expr);
    }
    let labels: [&[&str]; 2] = [&[], &["key"]];
    let mut found = Vec::new();
    for labels in labels {
        let (content, _, _) = body.partial_content(&BodySchema::new(&[], &[(name, labels), ("dynamic", &["type"])]));
        let is_meant = |block: &fw_syntax::Block| {
            &*block.kind.name == name || block.labels.first().is_some_and(|label| &*label.name == name)
        };
        let blocks: Vec<_> = content.blocks.iter().filter(|block| is_meant(block)).cloned().collect();
        if !blocks.is_empty() {
            let missing = content.missing;
            let chosen = BodyContent { attributes: Vec::new(), blocks, missing };
            found.extend(references::body(&Body::Given(chosen.into())));
            break;
        }
    }
    found
}

fn step(step: &Step) -> PathStep {
    match &step.kind {
        StepKind::Attribute(name) => PathStep::Attribute(Str::clone(name)),
        StepKind::Index(key) => PathStep::Index(key.clone()),
    }
}
