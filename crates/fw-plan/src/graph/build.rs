//! Builds the graph from the configuration and the state.

use std::collections::{BTreeMap, BTreeSet};

use fw_addr::{AbsProviderConfig, ConfigResource, LocalProviderConfig, ModulePath, Name};
use fw_config::{Config, Module, ModuleCall, references};
use fw_lang::reference::{Reference, Subject};
use fw_state::State;

use super::{Graph, Node, NodeIndex};

/// The graph of everything declared, and of every object of the state that has no declaration.
pub(crate) fn build(config: &Config, state: &State) -> Graph {
    let mut graph = Graph::default();
    let resources: usize = config.modules.values().map(|module| module.resources.len()).sum();
    graph.nodes.reserve(resources);
    graph.needs.reserve(resources);
    for module in config.modules.values() {
        add_nodes(&mut graph, module);
    }
    let orphans = orphans(config, state);
    for resource in orphans.keys() {
        graph.add(Node::Orphan(resource.clone()));
    }
    add_providers(&mut graph, config, &orphans);
    for module in config.modules.values() {
        connect_module(&mut graph, config, module);
    }
    for (resource, providers) in &orphans {
        let node = graph.add(Node::Orphan(resource.clone()));
        for provider in providers {
            graph.connect(node, &Node::Provider(provider.clone()));
        }
        // What is left of a module is a part of it.
        if let Some(done) = graph.find(&Node::ModuleDone(resource.module.clone())) {
            graph.needs[done].push(node);
        }
    }
    for import in &config.root().imports {
        if let Some(node) = graph.find(&Node::Resource(import.target.clone())) {
            connect_references(&mut graph, node, &ModulePath::root(), &references::import(import));
        }
    }
    graph.sort_needs();
    graph
}

/// Resources of the state without a block, and the provider configurations their objects belong to.
fn orphans(config: &Config, state: &State) -> BTreeMap<ConfigResource, BTreeSet<AbsProviderConfig>> {
    let mut orphans: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (address, resource) in state.resources() {
        let declared = config.modules.get(&address.module.path());
        if declared.is_none_or(|m| !m.resources.contains_key(&address.resource)) {
            orphans.entry(address.config()).or_default().insert((*resource.provider).clone());
        }
    }
    orphans
}

fn add_nodes(graph: &mut Graph, module: &Module) {
    let path = &module.path;
    graph.add(Node::ModuleStart(path.clone()));
    graph.add(Node::ModuleDone(path.clone()));
    for name in module.variables.keys() {
        graph.add(Node::Variable(path.clone(), Name::clone(name)));
    }
    for name in module.locals.keys() {
        graph.add(Node::Local(path.clone(), Name::clone(name)));
    }
    for name in module.calls.keys() {
        graph.add(Node::Call(path.clone(), Name::clone(name)));
    }
    for resource in module.resources.keys() {
        graph.add(Node::Resource(ConfigResource { module: path.clone(), resource: resource.clone() }));
    }
    for name in module.outputs.keys() {
        graph.add(Node::Output(path.clone(), Name::clone(name)));
    }
    for name in module.checks.keys() {
        graph.add(Node::Check(path.clone(), Name::clone(name)));
    }
}

/// Provider configurations that something uses, and what their own expressions refer to.
fn add_providers(graph: &mut Graph, config: &Config, orphans: &BTreeMap<ConfigResource, BTreeSet<AbsProviderConfig>>) {
    let mut used: BTreeSet<AbsProviderConfig> = orphans.values().flatten().cloned().collect();
    for module in config.modules.values() {
        let named: BTreeSet<_> = module.resources.values().map(|resource| &resource.provider_config).collect();
        used.extend(named.into_iter().map(|named| config.resolve_provider(&module.path, named)));
    }
    for provider in &used {
        graph.add(Node::Provider(provider.clone()));
    }
    for provider in &used {
        let node = graph.add(Node::Provider(provider.clone()));
        if let Some(block) = config.provider_block(provider) {
            connect_references(graph, node, &provider.module, &references::provider(block));
        }
    }
}

fn connect_module(graph: &mut Graph, config: &Config, module: &Module) {
    let path = &module.path;
    let expansion = path.parent().map(|(parent, name)| Node::Call(parent, Name::clone(name)));
    let mut all = Vec::new();
    let mut connect = |graph: &mut Graph, node: Node, refs: &[Reference]| {
        let at = graph.add(node);
        if let Some(expansion) = &expansion {
            graph.connect(at, expansion);
        }
        connect_references(graph, at, path, refs);
        all.push(at);
        at
    };
    for (name, variable) in &module.variables {
        let at = connect(graph, Node::Variable(path.clone(), Name::clone(name)), &references::variable(variable));
        // A rule of a variable names the variable itself.
        graph.needs[at].retain(|n| *n != at);
    }
    for (name, local) in &module.locals {
        connect(graph, Node::Local(path.clone(), Name::clone(name)), &references::local(local));
    }
    for (name, output) in &module.outputs {
        let at = connect(graph, Node::Output(path.clone(), Name::clone(name)), &references::output(output));
        connect_references(graph, at, path, &output.depends_on);
    }
    for (name, check) in &module.checks {
        connect(graph, Node::Check(path.clone(), Name::clone(name)), &references::check(check));
    }
    let mut providers: BTreeMap<&LocalProviderConfig, Node> = BTreeMap::new();
    for (resource, block) in &module.resources {
        let node = Node::Resource(ConfigResource { module: path.clone(), resource: resource.clone() });
        let at = connect(graph, node, &references::resource(block));
        connect_references(graph, at, path, &block.depends_on);
        let named = &block.provider_config;
        let provider = providers.entry(named).or_insert_with(|| Node::Provider(config.resolve_provider(path, named)));
        graph.connect(at, provider);
        graph.connect(at, &Node::ModuleStart(path.clone()));
        // A check looks at what it reads first, whether its assertions name that or not.
        if let Some(check) = &block.check {
            let check = graph.add(Node::Check(path.clone(), Name::clone(check)));
            graph.needs[check].push(at);
        }
    }
    for (name, call) in &module.calls {
        let mut needed = references::repetition(&call.repetition);
        needed.extend(references::passed_keys(call));
        let at = connect(graph, Node::Call(path.clone(), Name::clone(name)), &needed);
        // Nothing in the module is looked at before.
        connect_references(graph, at, path, &call.depends_on);
        connect_call(graph, config, path, call);
    }
    let done = graph.add(Node::ModuleDone(path.clone()));
    graph.needs[done].extend(all.iter().filter(|node| !is_of_check(&graph.nodes[**node], module)));
    for name in module.calls.keys() {
        graph.connect(done, &Node::ModuleDone(path.child(name)));
    }
}

/// What is looked at when all is over: nothing can wait for that.
fn is_of_check(node: &Node, module: &Module) -> bool {
    match node {
        Node::Check(..) => true,
        Node::Resource(resource) => module.resources.get(&resource.resource).is_some_and(|block| block.check.is_some()),
        _ => false,
    }
}

/// Arguments flow into the variables of the called module; `depends_on` makes its resources wait.
fn connect_call(graph: &mut Graph, config: &Config, path: &ModulePath, call: &ModuleCall) {
    let inside = path.child(&call.name);
    if !config.modules.contains_key(&inside) {
        return;
    }
    for (name, refs) in references::call_arguments(call) {
        if let Some(variable) = graph.find(&Node::Variable(inside.clone(), name)) {
            connect_references(graph, variable, path, &refs);
        }
    }
    let start = graph.add(Node::ModuleStart(inside.clone()));
    graph.connect(start, &Node::ModuleStart(path.clone()));
    connect_references(graph, start, path, &call.depends_on);
    let done = graph.add(Node::ModuleDone(inside));
    graph.connect(done, &Node::Call(path.clone(), Name::clone(&call.name)));
}

/// A module named as a whole stands for all that is in it, not only for what its outputs need.
fn connect_references(graph: &mut Graph, node: NodeIndex, module: &ModulePath, refs: &[Reference]) {
    for reference in refs {
        if let Some(target) = subject_node(module, &reference.subject) {
            graph.connect(node, &target);
        }
    }
}

/// What has to be there before something that refers to a subject.
pub(super) fn subject_node(module: &ModulePath, subject: &Subject) -> Option<Node> {
    let within = || module.clone();
    Some(match subject {
        Subject::Variable(name) => Node::Variable(within(), Name::clone(name)),
        Subject::Local(name) => Node::Local(within(), Name::clone(name)),
        Subject::Module(name) | Subject::ModuleInstance(name, _) => Node::ModuleDone(module.child(name)),
        Subject::ModuleOutput(name, _, output) => Node::Output(module.child(name), Name::clone(output)),
        Subject::Resource(resource) | Subject::ResourceInstance(resource, _) => {
            Node::Resource(ConfigResource { module: within(), resource: resource.clone() })
        }
        Subject::Path(_)
        | Subject::Terraform(_)
        | Subject::Count(_)
        | Subject::Each(_)
        | Subject::SelfObject
        | Subject::Output(_)
        | Subject::Run(_)
        | Subject::Check(_) => return None,
    })
}
