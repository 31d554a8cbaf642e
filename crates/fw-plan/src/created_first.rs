//! What is created before its predecessor is destroyed: what says so itself, and whatever something like that depends on.
//!
//! Blocks decide how a replacement goes. What the state says of an object looks closer: a reference to one instance asks
//! it of this one alone.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashSet};
use fw_addr::{ConfigResource, InstanceKey, ModulePath};
use fw_config::{Config, references};
use fw_exec::{Action, ResourceChange};
use fw_lang::reference::{Reference, Subject};

use crate::graph::{Graph, Node, NodeIndex};

/// For each node whether it is, by the blocks among those that are looked at.
pub(crate) fn by_block(graph: &Graph, order: &[NodeIndex], config: &Config, looked_at: Option<&[bool]>) -> Vec<bool> {
    let is_looked_at = |node: NodeIndex| looked_at.is_none_or(|looked_at| looked_at[node]);
    let says_so = |node: &Node| matches!(node, Node::Resource(resource) if says_so(config, resource));
    let mut first: Vec<bool> =
        graph.nodes.iter().enumerate().map(|(at, node)| is_looked_at(at) && says_so(node)).collect();
    for &node in order.iter().rev() {
        if first[node] {
            for needed in graph.needs[node].iter().filter(|needed| is_looked_at(**needed)) {
                first[*needed] = true;
            }
        }
    }
    first
}

fn says_so(config: &Config, resource: &ConfigResource) -> bool {
    let block = config.modules.get(&resource.module).and_then(|module| module.resources.get(&resource.resource));
    block.is_some_and(|block| block.lifecycle.create_before_destroy == Some(true))
}

/// Has the changes say of each object that will be there what the state is to say.
pub(crate) fn note(graph: &Graph, order: &[NodeIndex], config: &Config, changes: &mut [ResourceChange]) {
    let stays = |change: &ResourceChange| {
        change.deposed.is_none() && !matches!(change.action, Action::Delete | Action::Forget | Action::Read)
    };
    let mut instances: HashMap<ConfigResource, HashSet<Option<InstanceKey>>> = HashMap::default();
    for change in changes.iter().filter(|change| stays(change)) {
        instances.entry(change.address.config()).or_default().insert(change.address.key.clone());
    }
    let asked = asked(graph, order, config, &instances);
    for change in changes.iter_mut().filter(|change| stays(change)) {
        let resource = change.address.config();
        let is_asked = || {
            let asked = graph.find(&Node::Resource(resource.clone())).and_then(|node| asked.get(&node));
            asked.is_some_and(|asked| asked.has(&change.address.key))
        };
        change.create_before_destroy = says_so(config, &resource) || is_asked();
    }
}

/// Which instances of a block something depends on that is created first.
enum Asked {
    All,
    Some(HashSet<Option<InstanceKey>>),
}

impl Asked {
    fn has(&self, key: &Option<InstanceKey>) -> bool {
        match self {
            Self::All => true,
            Self::Some(keys) => keys.contains(key),
        }
    }
}

fn asked(
    graph: &Graph,
    order: &[NodeIndex],
    config: &Config,
    instances: &HashMap<ConfigResource, HashSet<Option<InstanceKey>>>,
) -> HashMap<NodeIndex, Asked> {
    let mut asked: HashMap<NodeIndex, Asked> = HashMap::default();
    for &node in order.iter().rev() {
        let asks = match &graph.nodes[node] {
            Node::Resource(resource) => says_so(config, resource),
            _ => false,
        };
        if !asks && !asked.contains_key(&node) {
            continue;
        }
        let mut single = instances_named(config, &graph.nodes[node]);
        for &needed in &graph.needs[node] {
            let keys = match &graph.nodes[needed] {
                Node::Resource(resource) => single.remove(resource).flatten().filter(|keys| {
                    // One that is not there stands for all.
                    instances.get(resource).is_some_and(|there| keys.iter().all(|key| there.contains(key)))
                }),
                _ => None,
            };
            match (asked.entry(needed).or_insert_with(|| Asked::Some(HashSet::default())), keys) {
                (Asked::All, _) => {}
                (Asked::Some(known), Some(keys)) => known.extend(keys),
                (all, None) => *all = Asked::All,
            }
        }
    }
    asked
}

/// The resources that a node refers to: by the keys of single instances, or `None`, as a whole.
fn instances_named(config: &Config, node: &Node) -> HashMap<ConfigResource, Option<BTreeSet<Option<InstanceKey>>>> {
    let mut named: HashMap<ConfigResource, Option<BTreeSet<Option<InstanceKey>>>> = HashMap::default();
    for (module, reference) in references_of(config, node) {
        let within =
            |resource: &fw_addr::Resource| ConfigResource { module: module.clone(), resource: resource.clone() };
        match &reference.subject {
            Subject::Resource(resource) => {
                named.insert(within(resource), None);
            }
            Subject::ResourceInstance(resource, key) => {
                if let Some(keys) = named.entry(within(resource)).or_insert_with(|| Some(BTreeSet::new())) {
                    keys.insert(Some(key.clone()));
                }
            }
            _ => {}
        }
    }
    named
}

/// What a node refers to, each with the module it is in.
fn references_of(config: &Config, node: &Node) -> Vec<(ModulePath, Reference)> {
    let within = |path: &ModulePath, found: Vec<Reference>| -> Vec<(ModulePath, Reference)> {
        found.into_iter().map(|reference| (path.clone(), reference)).collect()
    };
    let module = |path: &ModulePath| config.modules.get(path);
    let call_of = |path: &ModulePath| {
        let (parent, name) = path.parent()?;
        Some((module(&parent)?.calls.get(name)?, parent))
    };
    let found = match node {
        Node::Variable(path, name) => {
            let rules = module(path).and_then(|module| module.variables.get(name)).map(references::variable);
            let mut found = within(path, rules.unwrap_or_default());
            if let Some((call, parent)) = call_of(path) {
                let arguments = references::call_arguments(call).into_iter().filter(|(argument, _)| argument == name);
                found.extend(arguments.flat_map(|(_, references)| within(&parent, references)));
            }
            return found;
        }
        Node::ModuleStart(path) => {
            let Some((call, parent)) = call_of(path) else { return Vec::new() };
            return within(&parent, call.depends_on.clone());
        }
        Node::Provider(provider) => {
            let block = config.provider_block(provider);
            return within(&provider.module, block.map(references::provider).unwrap_or_default());
        }
        Node::Local(path, name) => {
            module(path).and_then(|module| module.locals.get(name)).map(|local| within(path, references::local(local)))
        }
        Node::Output(path, name) => module(path)
            .and_then(|module| module.outputs.get(name))
            .map(|output| within(path, references::output(output))),
        Node::Call(path, name) => module(path).and_then(|module| module.calls.get(name)).map(|call| {
            let mut found = references::call(call);
            found.extend(references::passed_keys(call));
            within(path, found)
        }),
        Node::Resource(resource) => module(&resource.module)
            .and_then(|module| module.resources.get(&resource.resource))
            .map(|block| within(&resource.module, references::resource(block))),
        Node::ModuleDone(_) | Node::Orphan(_) | Node::Check(..) => None,
    };
    found.unwrap_or_default()
}
