//! Which nodes a plan with `-exclude` keeps: all but what is named and what follows from it.

use foldhash::HashSet;
use fw_addr::{ConfigResource, ModuleInstance, Target};
use fw_state::State;

use super::targets::names;
use super::{Graph, Node, NodeIndex, Targeted};

impl Graph {
    /// The nodes to walk. What depends on something excluded is left out with it; while destroying it is the other way
    /// round, since what stays keeps all that it depends on.
    pub(super) fn keep_others(&self, excludes: &[Target], destroying: Option<&State>) -> (Vec<bool>, Targeted) {
        let mut out: HashSet<NodeIndex> = HashSet::default();
        let mut named: Vec<NodeIndex> = Vec::new();
        for (at, node) in self.nodes.iter().enumerate() {
            let (Node::Resource(resource) | Node::Orphan(resource)) = node else { continue };
            if excludes.iter().any(|one| is_whole(one, resource)) {
                out.insert(at);
            }
            if excludes.iter().any(|one| names(one, resource)) {
                named.push(at);
            }
        }
        // Of a resource with excluded instances the others stay, unless it follows from another one.
        let followers = match destroying {
            Some(state) => self.needed(&named, state),
            None => self.followers(&named),
        };
        out.extend(followers);
        let is_kept =
            |at: &NodeIndex| matches!(self.nodes[*at], Node::Resource(_) | Node::Orphan(_)) && !out.contains(at);
        let mut keep = vec![false; self.nodes.len()];
        self.keep_needs((0..self.nodes.len()).filter(is_kept).collect(), &mut keep);
        self.keep_outputs(&mut keep);
        let left_out = out.iter().filter_map(|at| match &self.nodes[*at] {
            Node::Resource(resource) | Node::Orphan(resource) => Some(resource.clone()),
            _ => None,
        });
        (keep, Targeted { left_out: left_out.collect(), ..Targeted::default() })
    }

    /// What depends on some nodes.
    fn followers(&self, of: &[NodeIndex]) -> HashSet<NodeIndex> {
        let needed_by = self.needed_by();
        reached(of, |node| needed_by[node].to_vec())
    }

    /// What some nodes depend on, by the configuration or by what the state has recorded.
    fn needed(&self, of: &[NodeIndex], state: &State) -> HashSet<NodeIndex> {
        let recorded = super::targets::recorded_dependencies(state);
        reached(of, |node| {
            let mut next = self.needs[node].clone();
            if let Node::Resource(resource) | Node::Orphan(resource) = &self.nodes[node] {
                let stored = recorded.get(resource).into_iter().flatten();
                next.extend(stored.filter_map(|one| self.resource_node(one)));
            }
            next
        })
    }
}

/// What is reached from some nodes; one of them only if it is reached from another.
fn reached(from: &[NodeIndex], next: impl Fn(NodeIndex) -> Vec<NodeIndex>) -> HashSet<NodeIndex> {
    let mut seen = HashSet::default();
    let mut work = from.to_vec();
    while let Some(node) = work.pop() {
        work.extend(next(node).into_iter().filter(|one| *one != node && seen.insert(*one)));
    }
    seen
}

/// Whether a resource is excluded with all its instances.
fn is_whole(target: &Target, resource: &ConfigResource) -> bool {
    let without_keys = |module: &ModuleInstance| module.0.iter().all(|step| step.key.is_none());
    match target {
        Target::Module(module) => without_keys(module) && names(target, resource),
        Target::Resource(one) => without_keys(&one.module) && names(target, resource),
        Target::Instance(_) => false,
    }
}
