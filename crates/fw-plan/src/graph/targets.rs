//! Which nodes a plan with `-target` keeps: what is named, and all that it needs.

use std::collections::HashSet;

use fw_addr::{AbsResourceInstance, ConfigResource, ModulePath, Target};

use super::{Graph, Node, NodeIndex};

/// What targets select.
#[derive(Default)]
pub(crate) struct Targeted {
    /// Resources that a target names itself: of these only the instances named are planned.
    pub(crate) direct: HashSet<ConfigResource>,
}

impl Graph {
    /// The nodes to walk; all without targets.
    pub(crate) fn keep(&self, targets: &[Target]) -> (Vec<bool>, Targeted) {
        if targets.is_empty() {
            return (vec![true; self.nodes.len()], Targeted::default());
        }
        let mut keep = vec![false; self.nodes.len()];
        let mut targeted = Targeted::default();
        let mut work: Vec<NodeIndex> = Vec::new();
        for (at, node) in self.nodes.iter().enumerate() {
            let (Node::Resource(resource) | Node::Orphan(resource)) = node else { continue };
            if targets.iter().any(|t| names(t, resource)) {
                targeted.direct.insert(resource.clone());
                work.push(at);
            }
        }
        while let Some(node) = work.pop() {
            if !std::mem::replace(&mut keep[node], true) {
                work.extend(&self.needs[node]);
            }
        }
        self.keep_outputs(&mut keep);
        (keep, targeted)
    }

    /// Root outputs stay when everything they need stays, and they need something.
    fn keep_outputs(&self, keep: &mut [bool]) {
        for (at, node) in self.nodes.iter().enumerate() {
            let Node::Output(module, _) = node else { continue };
            if !module.is_root() || keep[at] {
                continue;
            }
            let mut seen = HashSet::new();
            let mut work = vec![at];
            let (mut resources, mut all_kept) = (0, true);
            while let Some(next) = work.pop() {
                if !seen.insert(next) {
                    continue;
                }
                if let Node::Resource(_) = &self.nodes[next] {
                    resources += 1;
                    all_kept &= keep[next];
                    continue;
                }
                work.extend(&self.needs[next]);
            }
            if resources > 0 && all_kept {
                for next in seen {
                    keep[next] = true;
                }
            }
        }
    }
}

fn names(target: &Target, resource: &ConfigResource) -> bool {
    let within = |path: &ModulePath| resource.module.0.starts_with(&path.0);
    match target {
        Target::Module(module) => within(&module.path()),
        Target::Resource(r) => r.config() == *resource,
        Target::Instance(i) => i.config() == *resource,
    }
}

/// Whether a target names an instance.
pub(crate) fn contains(target: &Target, address: &AbsResourceInstance) -> bool {
    let module_contains = |module: &fw_addr::ModuleInstance| {
        module.0.len() <= address.module.0.len()
            && module.0.iter().zip(address.module.0.iter()).enumerate().all(|(i, (t, a))| {
                // The last step without a key means all instances of the call.
                t.name == a.name && (t.key == a.key || (i + 1 == module.0.len() && t.key.is_none()))
            })
    };
    match target {
        Target::Module(module) => module_contains(module),
        Target::Resource(r) => r.resource == address.resource && module_matches(&r.module, &address.module),
        Target::Instance(i) => i == address,
    }
}

fn module_matches(target: &fw_addr::ModuleInstance, module: &fw_addr::ModuleInstance) -> bool {
    target.0.len() == module.0.len()
        && target.0.iter().zip(module.0.iter()).all(|(t, a)| t.name == a.name && (t.key == a.key || t.key.is_none()))
}
