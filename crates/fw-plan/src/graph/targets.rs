//! Which nodes a plan with `-target` keeps: what is named, and all that it needs.

use foldhash::{HashMap, HashSet};
use fw_addr::{AbsResourceInstance, ConfigResource, ModulePath, ResourceMode, Target};
use fw_state::State;

use super::{Graph, Node, NodeIndex};
use crate::PlanOptions;

/// What targets select.
#[derive(Default)]
pub(crate) struct Targeted {
    /// Resources that a target names itself: of these only the instances named are planned.
    pub(crate) direct: HashSet<ConfigResource>,
    /// Resources that depend on those, which are destroyed with them.
    pub(crate) dependents: HashSet<ConfigResource>,
    /// Resources that are excluded, or follow from such.
    pub(crate) left_out: HashSet<ConfigResource>,
}

impl Graph {
    /// The nodes to walk; all without targets and excludes. While destroying, what depends on a target is one too.
    pub(crate) fn keep(&self, options: &PlanOptions, destroying: Option<&State>) -> (Vec<bool>, Targeted) {
        let targets = &options.targets;
        if !options.excludes.is_empty() {
            return self.keep_others(&options.excludes, destroying);
        }
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
        if let Some(state) = destroying {
            targeted.dependents = self.dependents(&self.with_objects(&work, targets, state), state);
            let dependents = targeted.dependents.iter();
            work.extend(dependents.filter_map(|r| self.resource_node(r)));
        }
        self.keep_needs(work, &mut keep);
        self.keep_checks(&mut keep);
        self.keep_outputs(&mut keep);
        (keep, targeted)
    }

    /// The nodes to walk before a destroy that keeps `keep` is planned: with `refresh`, what is named is brought up to date;
    /// in any case all providers are made ready.
    pub(crate) fn before_destroy(&self, options: &PlanOptions, keep: &[bool], refresh: bool) -> Vec<bool> {
        let mut walked = if refresh { self.keep(options, None).0 } else { vec![false; self.nodes.len()] };
        let is_provider = |at: &NodeIndex| keep[*at] && matches!(self.nodes[*at], Node::Provider(_));
        self.keep_needs((0..self.nodes.len()).filter(is_provider).collect(), &mut walked);
        walked
    }

    /// Marks nodes and all they need.
    pub(crate) fn keep_needs(&self, mut work: Vec<NodeIndex>, keep: &mut [bool]) {
        while let Some(node) = work.pop() {
            if !std::mem::replace(&mut keep[node], true) {
                work.extend(&self.needs[node]);
            }
        }
    }

    /// Checks of modules that are needed as a whole are looked at too.
    fn keep_checks(&self, keep: &mut [bool]) {
        let is_needed = |at: NodeIndex, keep: &[bool]| {
            let Node::Check(module, _) = &self.nodes[at] else { return false };
            !keep[at] && self.find(&Node::ModuleDone(module.clone())).is_some_and(|done| keep[done])
        };
        // What a check reads may need other modules.
        loop {
            let checks: Vec<_> = (0..self.nodes.len()).filter(|at| is_needed(*at, keep)).collect();
            if checks.is_empty() {
                return;
            }
            self.keep_needs(checks, keep);
        }
    }

    pub(super) fn resource_node(&self, resource: &ConfigResource) -> Option<NodeIndex> {
        self.find(&Node::Resource(resource.clone())).or_else(|| self.find(&Node::Orphan(resource.clone())))
    }

    /// The nodes of which a target names an object that is there: with nothing to destroy, nothing has to go before.
    fn with_objects(&self, nodes: &[NodeIndex], targets: &[Target], state: &State) -> Vec<NodeIndex> {
        let named = |address: &AbsResourceInstance| targets.iter().any(|target| contains(target, address));
        let instances = state.instances().map(|(address, _, _)| address).filter(named);
        let there: HashSet<ConfigResource> = instances.map(|address| address.config()).collect();
        let is_there = |node: &NodeIndex| match &self.nodes[*node] {
            Node::Resource(resource) | Node::Orphan(resource) => there.contains(resource),
            _ => false,
        };
        nodes.iter().copied().filter(is_there).collect()
    }

    /// The resources that depend on some, by the configuration or by what the state has recorded.
    fn dependents(&self, of: &[NodeIndex], state: &State) -> HashSet<ConfigResource> {
        let needed_by = self.needed_by();
        let mut recorded: HashMap<ConfigResource, HashSet<ConfigResource>> = HashMap::default();
        for (dependent, dependencies) in recorded_dependencies(state) {
            for dependency in dependencies {
                recorded.entry(dependency).or_default().insert(dependent.clone());
            }
        }
        let mut seen: HashSet<NodeIndex> = of.iter().copied().collect();
        let mut work = of.to_vec();
        let mut dependents = HashSet::default();
        while let Some(node) = work.pop() {
            let mut next = needed_by[node].to_vec();
            if let Node::Resource(resource) | Node::Orphan(resource) = &self.nodes[node] {
                let objects = recorded.get(resource).into_iter().flatten();
                next.extend(objects.filter_map(|r| self.resource_node(r)));
            }
            for one in next.into_iter().filter(|n| seen.insert(*n)) {
                // What was read of a destroyed object stays in the state until it is read again.
                if let Node::Resource(resource) | Node::Orphan(resource) = &self.nodes[one]
                    && resource.resource.mode == ResourceMode::Managed
                {
                    dependents.insert(resource.clone());
                }
                work.push(one);
            }
        }
        dependents
    }

    /// Root outputs stay when everything they need stays, and they need something.
    pub(super) fn keep_outputs(&self, keep: &mut [bool]) {
        for (at, node) in self.nodes.iter().enumerate() {
            let Node::Output(module, _) = node else { continue };
            if !module.is_root() || keep[at] {
                continue;
            }
            let mut seen = HashSet::default();
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

/// What the objects of each resource depend on, as the state has recorded it.
pub(super) fn recorded_dependencies(state: &State) -> HashMap<ConfigResource, HashSet<ConfigResource>> {
    let mut recorded: HashMap<ConfigResource, HashSet<ConfigResource>> = HashMap::default();
    for (address, resource) in state.resources() {
        for object in resource.instances.values().filter_map(|i| i.current.as_ref()) {
            recorded.entry(address.config()).or_default().extend(object.dependencies.iter().cloned());
        }
    }
    recorded
}

/// Whether a target names a resource, or a part of it.
pub(super) fn names(target: &Target, resource: &ConfigResource) -> bool {
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
        Target::Resource(r) => r.resource == address.resource && r.module == address.module,
        Target::Instance(i) => i == address,
    }
}
