//! Which resources a resource depends on, through whatever stands between them: local values, variables and outputs of
//! modules, provider configurations, `depends_on`. What follows from other dependencies is left out.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use fw_addr::{AbsProviderConfig, ConfigResource, ModulePath, Name};
use fw_config::{Config, Module, references};
use fw_lang::reference::{Reference, Subject};

/// Resources with those they depend on.
pub(crate) type Dependencies = BTreeMap<ConfigResource, BTreeSet<ConfigResource>>;

/// Something that other things depend on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Node {
    Resource(ConfigResource),
    Variable(ModulePath, Name),
    Local(ModulePath, Name),
    Output(ModulePath, Name),
    /// All of a called module.
    Call(ModulePath),
    /// What decides whether and how often a called module is there.
    Expansion(ModulePath),
    Provider(AbsProviderConfig),
}

/// The direct dependencies of all resources of a configuration.
pub(crate) fn of(config: &Config) -> Dependencies {
    let mut found = Dependencies::new();
    for module in config.modules.values() {
        for resource in module.resources.keys() {
            let resource = ConfigResource { module: module.path.clone(), resource: resource.clone() };
            let targets = nearest(config, &resource);
            found.insert(resource, targets);
        }
    }
    reduced(found)
}

/// The resources that are reached from one without passing another.
fn nearest(config: &Config, from: &ConfigResource) -> BTreeSet<ConfigResource> {
    let start = Node::Resource(from.clone());
    let mut seen = HashSet::from([start.clone()]);
    let mut waiting = needs(config, &start);
    let mut targets = BTreeSet::new();
    while let Some(node) = waiting.pop() {
        if !seen.insert(node.clone()) {
            continue;
        }
        match node {
            Node::Resource(resource) => {
                targets.insert(resource);
            }
            other => waiting.extend(needs(config, &other)),
        }
    }
    targets
}

fn needs(config: &Config, node: &Node) -> Vec<Node> {
    let within = |path: &ModulePath, found: Vec<Reference>| nodes(path, &found);
    match node {
        Node::Resource(resource) => resource_needs(config, resource),
        Node::Variable(path, name) => {
            let Some((parent, call)) = config.call_of(path) else { return Vec::new() };
            let arguments = references::call_arguments(call);
            let own = arguments.into_iter().filter(|(argument, _)| **argument == **name).flat_map(|(_, found)| found);
            let mut all = nodes(&parent.path, &own.collect::<Vec<_>>());
            all.push(Node::Expansion(path.clone()));
            all
        }
        Node::Local(path, name) => {
            let local = config.module(path).and_then(|module| module.locals.get(name));
            local.map(|local| within(path, references::local(local))).unwrap_or_default()
        }
        Node::Output(path, name) => {
            let output = config.module(path).and_then(|module| module.outputs.get(name));
            let mut all = output.map(|output| within(path, references::output(output))).unwrap_or_default();
            all.push(Node::Expansion(path.clone()));
            all
        }
        Node::Call(path) => call_needs(config, path),
        Node::Expansion(path) => {
            let Some((parent, call)) = config.call_of(path) else { return Vec::new() };
            let mut all = nodes(&parent.path, &references::call(call));
            all.push(Node::Expansion(parent.path.clone()));
            all
        }
        Node::Provider(address) => {
            let block = config.provider_block(address);
            block.map(|block| within(&address.module, references::provider(block))).unwrap_or_default()
        }
    }
}

fn resource_needs(config: &Config, resource: &ConfigResource) -> Vec<Node> {
    let Some(block) = config.module(&resource.module).and_then(|module| module.resources.get(&resource.resource))
    else {
        return Vec::new();
    };
    let mut all = nodes(&resource.module, &references::resource(block));
    all.push(Node::Expansion(resource.module.clone()));
    all.push(Node::Provider(config.resolve_provider(&resource.module, &block.provider_config)));
    all
}

/// All resources and outputs of a called module and of those it calls.
fn call_needs(config: &Config, path: &ModulePath) -> Vec<Node> {
    let Some(module) = config.module(path) else { return Vec::new() };
    let mut all: Vec<Node> = contents(module).collect();
    all.extend(module.calls.keys().map(|name| Node::Call(path.child(name))));
    all.push(Node::Expansion(path.clone()));
    all
}

fn contents(module: &Module) -> impl Iterator<Item = Node> {
    let path = &module.path;
    let resources = module.resources.keys();
    let resources = resources.map(|resource| ConfigResource { module: path.clone(), resource: resource.clone() });
    let outputs = module.outputs.keys().map(|name| Node::Output(path.clone(), Name::clone(name)));
    resources.map(Node::Resource).chain(outputs)
}

fn nodes(path: &ModulePath, found: &[Reference]) -> Vec<Node> {
    let node = |reference: &Reference| match &reference.subject {
        Subject::Variable(name) => Some(Node::Variable(path.clone(), Name::clone(name))),
        Subject::Local(name) => Some(Node::Local(path.clone(), Name::clone(name))),
        Subject::Module(name) | Subject::ModuleInstance(name, _) => Some(Node::Call(path.child(name))),
        Subject::ModuleOutput(name, _, output) => Some(Node::Output(path.child(name), Name::clone(output))),
        Subject::Resource(resource) | Subject::ResourceInstance(resource, _) => {
            Some(Node::Resource(ConfigResource { module: path.clone(), resource: resource.clone() }))
        }
        Subject::Path(_)
        | Subject::Terraform(_)
        | Subject::Count(_)
        | Subject::Each(_)
        | Subject::SelfObject
        | Subject::Output(_)
        | Subject::Run(_)
        | Subject::Check(_) => None,
    };
    found.iter().filter_map(node).collect()
}

/// Leaves out the dependencies that follow from others.
fn reduced(all: Dependencies) -> Dependencies {
    let mut reduced = Dependencies::new();
    let mut reachable = Reachable { all: &all, known: HashMap::new() };
    for (from, targets) in &all {
        let mut further: HashSet<&ConfigResource> = HashSet::new();
        for target in targets {
            further.extend(reachable.from(target));
        }
        let kept = targets.iter().filter(|target| !further.contains(target)).cloned().collect();
        reduced.insert(from.clone(), kept);
    }
    reduced
}

/// What is reached from each resource, found once.
struct Reachable<'a> {
    all: &'a Dependencies,
    known: HashMap<&'a ConfigResource, HashSet<&'a ConfigResource>>,
}

impl<'a> Reachable<'a> {
    fn from(&mut self, start: &'a ConfigResource) -> &HashSet<&'a ConfigResource> {
        if !self.known.contains_key(start) {
            let mut seen = HashSet::new();
            let mut waiting: Vec<&ConfigResource> = self.all.get(start).into_iter().flatten().collect();
            while let Some(next) = waiting.pop() {
                if seen.insert(next) {
                    waiting.extend(self.all.get(next).into_iter().flatten());
                }
            }
            self.known.insert(start, seen);
        }
        &self.known[start]
    }
}
