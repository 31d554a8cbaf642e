//! What follows for each resource from its place in the graph: transitive dependencies, and whether it must be created
//! before its predecessor is destroyed.

use std::rc::Rc;
use std::sync::Arc;

use foldhash::HashMap;
use fw_addr::{ConfigResource, ResourceMode};
use fw_config::{Config, references};
use fw_lang::reference::Subject;

use crate::graph::{Graph, Node, NodeIndex};
use crate::planner::ResourceFacts;

/// Computes the facts of all resources. `order` lists nodes after all they need; `looked_at`, those a plan looks at.
pub(crate) fn facts(
    graph: &Graph,
    order: &[NodeIndex],
    config: &Config,
    looked_at: Option<&[bool]>,
) -> HashMap<ConfigResource, ResourceFacts> {
    let closures = closures(graph, order);
    let created_first = crate::created_first::by_block(graph, order, config, looked_at);
    let independent = closures.iter().all(|closure| closure.is_empty());
    let ranks = if independent { Vec::new() } else { ranks(graph) };
    let named = |set: &[NodeIndex]| -> Arc<[ConfigResource]> {
        let mut all = set.to_vec();
        all.sort_unstable_by_key(|n| ranks[*n]);
        all.iter().filter_map(|n| resource_of(&graph.nodes[*n]).cloned()).collect()
    };
    // Many resources share one set; each is named once.
    let mut shared: HashMap<*const NodeIndex, Arc<[ConfigResource]>> = HashMap::default();
    let mut facts = HashMap::default();
    facts.reserve(graph.nodes.len());
    for (at, node) in graph.nodes.iter().enumerate() {
        let Node::Resource(resource) = node else { continue };
        let set = &closures[at];
        let dependencies = Arc::clone(shared.entry(set.as_ptr()).or_insert_with(|| named(set)));
        let explicit = if resource.resource.mode == ResourceMode::Data {
            named(&explicit(graph, &closures, config, resource))
        } else {
            Arc::from([])
        };
        let create_before_destroy = created_first[at];
        facts.insert(resource.clone(), ResourceFacts { dependencies, explicit, create_before_destroy });
    }
    facts
}

/// The place of each resource node in the order of addresses as text.
fn ranks(graph: &Graph) -> Vec<usize> {
    let mut resources: Vec<NodeIndex> =
        (0..graph.nodes.len()).filter(|n| resource_of(&graph.nodes[*n]).is_some()).collect();
    resources.sort_by_cached_key(|n| graph.nodes[*n].to_string());
    let mut ranks = vec![0; graph.nodes.len()];
    for (rank, node) in resources.into_iter().enumerate() {
        ranks[node] = rank;
    }
    ranks
}

fn resource_of(node: &Node) -> Option<&ConfigResource> {
    match node {
        Node::Resource(resource) | Node::Orphan(resource) => Some(resource),
        _ => None,
    }
}

/// For each node the resources it depends on, transitively, as sorted node numbers. Nodes with one and the same set share it.
fn closures(graph: &Graph, order: &[NodeIndex]) -> Vec<Rc<[NodeIndex]>> {
    let empty: Rc<[NodeIndex]> = Rc::from([]);
    let mut closures = vec![Rc::clone(&empty); graph.nodes.len()];
    for &node in order {
        let is_stored = |n: NodeIndex| resource_of(&graph.nodes[n]).is_some();
        let needs = &graph.needs[node];
        let parts: Vec<NodeIndex> =
            needs.iter().copied().filter(|n| is_stored(*n) || !closures[*n].is_empty()).collect();
        closures[node] = match parts.as_slice() {
            [] => Rc::clone(&empty),
            [only] if !is_stored(*only) => Rc::clone(&closures[*only]),
            several => {
                let mut all: Vec<NodeIndex> = Vec::new();
                for part in several {
                    all.extend(closures[*part].iter());
                    if is_stored(*part) {
                        all.push(*part);
                    }
                }
                all.sort_unstable();
                all.dedup();
                all.into()
            }
        };
    }
    closures
}

/// What `depends_on` of a data source, and of the calls around it, names: a resource alone, anything else with all that it
/// depends on. What the block itself refers to of managed resources counts too.
fn explicit(graph: &Graph, closures: &[Rc<[NodeIndex]>], config: &Config, resource: &ConfigResource) -> Vec<NodeIndex> {
    let mut named = Vec::new();
    let mut module = Some(resource.module.clone());
    while let Some(path) = module {
        let start = graph.find(&Node::ModuleStart(path.clone()));
        let needs = start.map(|s| graph.needs[s].as_slice()).unwrap_or_default();
        named.extend(needs.iter().filter(|n| !matches!(graph.nodes[**n], Node::ModuleStart(_))));
        module = path.parent().map(|(parent, _)| parent);
    }
    if let Some(block) = config.modules.get(&resource.module).and_then(|m| m.resources.get(&resource.resource)) {
        named.extend(graph.depends_on(&resource.module, &block.depends_on));
        let referred = references::resource(block);
        let direct =
            referred.iter().filter(|r| matches!(r.subject, Subject::Resource(_) | Subject::ResourceInstance(..)));
        named.extend(graph.depends_on(&resource.module, direct));
    }
    let mut all = Vec::new();
    for node in named {
        match resource_of(&graph.nodes[node]) {
            Some(_) => all.push(node),
            None => all.extend(closures[node].iter()),
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}
