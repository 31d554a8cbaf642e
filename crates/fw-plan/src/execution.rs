//! The execution graph of a plan: the steps of its changes, and what each waits for.
//!
//! Edges stay linear: instances wait for their resource's start point, others for its end point.

mod circular;

use std::collections::BTreeMap;

use foldhash::{HashMap, HashSet};
use fw_addr::{ConfigResource, Name, ResourceMode};
use fw_config::Config;
use fw_diag::Diagnostic;
use fw_exec::{Action, Evaluated, ExecutionGraph, NodeId, Operation, ResourceChange, Reversed};

use crate::graph::{Graph, Node, NodeIndex};

/// Builds the steps for changes in this order (their indices are what steps name); an error when they wait for each other.
pub(crate) fn build(
    graph: &Graph,
    order: &[NodeIndex],
    keep: &[bool],
    config: &Config,
    changes: &[ResourceChange],
    destroying: bool,
) -> Result<ExecutionGraph, Diagnostic> {
    let mut builder = Builder {
        steps: ExecutionGraph::default(),
        done: vec![None; graph.nodes.len()],
        by_resource: by_resource(changes),
        changes,
        config,
        destroys_any: changes.iter().any(|change| change.action.ends_object()),
        creates: HashMap::default(),
        destroys: BTreeMap::new(),
    };
    let serving = destroying.then(|| builder.serving(graph));
    for &node in order {
        if keep[node] && serving.as_ref().is_none_or(|serving| serving[node]) {
            builder.add_node(graph, node, destroying);
        }
    }
    if builder.destroys_any {
        builder.add_destroys(graph, order, keep);
    }
    builder.order_nested_data();
    let steps = builder.steps;
    circular::circular(&steps, changes).map_or(Ok(steps), Err)
}

fn by_resource(changes: &[ResourceChange]) -> HashMap<ConfigResource, Vec<usize>> {
    let mut by_resource: HashMap<_, Vec<usize>> = HashMap::default();
    for (index, change) in changes.iter().enumerate() {
        by_resource.entry(change.address.config()).or_default().push(index);
    }
    by_resource
}

struct Builder<'a> {
    steps: ExecutionGraph,
    /// The step after which a graph node is done.
    done: Vec<Option<NodeId>>,
    by_resource: HashMap<ConfigResource, Vec<usize>>,
    changes: &'a [ResourceChange],
    config: &'a Config,
    /// Whether anything is destroyed or forgotten, so that what is created has to be in order with it.
    destroys_any: bool,
    /// Creating and updating steps, by resource: change and step.
    creates: HashMap<ConfigResource, Vec<(usize, NodeId)>>,
    /// Destroying and forgetting steps, by resource.
    destroys: BTreeMap<ConfigResource, Vec<(usize, NodeId)>>,
}

impl Builder<'_> {
    /// The nodes of what is changed, and all they need: where everything is destroyed, the rest may not even be possible
    /// to evaluate any more.
    fn serving(&self, graph: &Graph) -> Vec<bool> {
        let providers = self.changes.iter().map(|change| Node::Provider(change.provider.whole()));
        let resources = self.by_resource.keys();
        let nodes = resources.flat_map(|one| [Node::Resource(one.clone()), Node::Orphan(one.clone())]).chain(providers);
        let mut serving = vec![false; graph.nodes.len()];
        graph.keep_needs(nodes.filter_map(|node| graph.find(&node)).collect(), &mut serving);
        serving
    }

    fn add_node(&mut self, graph: &Graph, node: NodeIndex, destroying: bool) {
        let operation = match &graph.nodes[node] {
            Node::Variable(module, name) => Operation::Evaluate(module.clone(), Evaluated::Variable(Name::clone(name))),
            Node::Local(module, name) => Operation::Evaluate(module.clone(), Evaluated::Local(Name::clone(name))),
            Node::Output(module, name) => Operation::Evaluate(module.clone(), Evaluated::Output(Name::clone(name))),
            Node::Call(module, name) => Operation::Evaluate(module.clone(), Evaluated::Call(Name::clone(name))),
            Node::ModuleStart(module) | Node::ModuleDone(module) => Operation::ModuleDone(module.clone()),
            Node::Provider(provider) => Operation::ConfigureProvider(provider.clone()),
            Node::Check(module, name) => Operation::Check(module.clone(), Name::clone(name)),
            Node::Resource(resource) => {
                self.add_resource(graph, node, resource, destroying);
                return;
            }
            Node::Orphan(resource) => {
                self.add_resource(graph, node, resource, destroying);
                return;
            }
        };
        let step = self.steps.add(operation);
        self.wait_for_needs(graph, node, step);
        self.done[node] = Some(step);
    }

    /// Data that only checks read shows what has become of everything, so it is read last.
    fn order_nested_data(&mut self) {
        let in_check = |index: u32| {
            let change = usize::try_from(index).ok().and_then(|index| self.changes.get(index));
            let address = change.map(|change| change.address.config());
            let module = address.as_ref().and_then(|address| self.config.modules.get(&address.module));
            let block =
                module.zip(address.as_ref()).and_then(|(module, address)| module.resources.get(&address.resource));
            block.is_some_and(|block| block.check.is_some())
        };
        let (mut nested, mut others) = (Vec::new(), Vec::new());
        for (at, step) in self.steps.steps.iter().enumerate() {
            let id = NodeId(u32::try_from(at).expect("fewer than four billion steps"));
            match step.operation {
                Operation::Read(index) if in_check(index) => nested.push(id),
                Operation::Apply(_) | Operation::Read(_) | Operation::Destroy(_) | Operation::Forget(_) => {
                    others.push(id);
                }
                _ => {}
            }
        }
        if nested.is_empty() || others.is_empty() {
            return;
        }
        let done = self.steps.add(Operation::ModuleDone(fw_addr::ModulePath::root()));
        others.into_iter().for_each(|other| self.steps.wait(done, other));
        nested.into_iter().for_each(|read| self.steps.wait(read, done));
    }

    fn wait_for_needs(&mut self, graph: &Graph, node: NodeIndex, step: NodeId) {
        for needed in &graph.needs[node] {
            if let Some(done) = self.done[*needed] {
                self.steps.wait(step, done);
            }
        }
    }

    /// A start point, a step for each instance with something to do, an end point.
    fn add_resource(&mut self, graph: &Graph, node: NodeIndex, resource: &ConfigResource, destroying: bool) {
        let start = self.steps.add(Operation::ResourceReady(resource.clone()));
        self.wait_for_needs(graph, node, start);
        let end = self.steps.add(Operation::ResourceDone(resource.clone()));
        self.steps.wait(end, start);
        self.done[node] = Some(end);
        if resource.resource.mode == ResourceMode::Ephemeral {
            let step = self.steps.add(Operation::OpenEphemeral(resource.clone()));
            self.steps.wait(step, start);
            self.steps.wait(end, step);
            return;
        }
        let block = self.config.modules.get(&resource.module).and_then(|m| m.resources.get(&resource.resource));
        let has_conditions = block.is_some_and(|block| crate::checks::has_conditions(block));
        // These are read when all is over, destruction too.
        let in_check = block.is_some_and(|block| block.check.is_some());
        for index in self.by_resource.remove(resource).unwrap_or_default() {
            let change = &self.changes[index];
            let number = u32::try_from(index).expect("fewer than four billion changes");
            let (apply, destroy) = match change.action {
                Action::NoOp if destroying => (None, None),
                // Its conditions may know more once the apply has run.
                Action::NoOp => {
                    ((has_conditions || change.importing.is_some()).then_some(Operation::Apply(number)), None)
                }
                Action::Create | Action::Update => (Some(Operation::Apply(number)), None),
                Action::Read => (Some(Operation::Read(number)), None),
                Action::DeleteThenCreate | Action::CreateThenDelete => {
                    (Some(Operation::Apply(number)), Some(Operation::Destroy(number)))
                }
                Action::CreateThenForget => (Some(Operation::Apply(number)), Some(Operation::Forget(number))),
                Action::Delete => (None, Some(Operation::Destroy(number))),
                Action::Forget => (None, Some(Operation::Forget(number))),
            };
            if let Some(operation) = apply {
                let step = self.steps.add(operation);
                self.steps.wait(step, start);
                self.steps.wait(end, step);
                if self.destroys_any && !in_check {
                    self.creates.entry(resource.clone()).or_default().push((index, step));
                }
            }
            if let Some(operation) = destroy {
                let step = self.steps.add(operation);
                self.destroys.entry(resource.clone()).or_default().push((index, step));
            }
        }
    }

    /// The order of destruction comes from the dependencies that the state recorded; that of replacements from which
    /// object comes first.
    fn add_destroys(&mut self, graph: &Graph, order: &[NodeIndex], keep: &[bool]) {
        self.wait_for_providers(graph, order, keep);
        let resources: Vec<ConfigResource> = self.destroys.keys().cloned().collect();
        // Nothing of a resource is destroyed before all of what depends on it is: one wait point per resource.
        let mut gates: HashMap<ConfigResource, NodeId> = HashMap::default();
        for resource in &resources {
            let gate = self.steps.add(Operation::DependentsDestroyed(resource.clone()));
            gates.insert(resource.clone(), gate);
        }
        let mut creation_gates: HashMap<ConfigResource, NodeId> = HashMap::default();
        for resource in &resources {
            for (index, step) in self.destroys[resource].clone() {
                let change = &self.changes[index];
                self.steps.wait(step, gates[resource]);
                for dependency in change.dependencies.iter() {
                    if dependency == resource {
                        continue;
                    }
                    if let Some(gate) = gates.get(dependency) {
                        self.steps.wait(*gate, step);
                    }
                    // What a destroyed object depended on is changed only after it is gone.
                    if change.action != Action::CreateThenDelete
                        && change.deposed.is_none()
                        && let Some(creates) = self.creates.get(dependency)
                    {
                        let gate = *creation_gates
                            .entry(dependency.clone())
                            .or_insert_with(|| self.steps.add(Operation::DependentsDestroyed(dependency.clone())));
                        self.steps.wait(gate, step);
                        if self.steps.steps[gate.0 as usize].after.len() == 1 {
                            for (_, create) in creates {
                                self.steps.wait(*create, gate);
                            }
                        }
                    }
                }
            }
        }
        self.order_replacements(graph);
    }

    fn wait_for_providers(&mut self, graph: &Graph, order: &[NodeIndex], keep: &[bool]) {
        let providers: HashMap<_, NodeId> = order
            .iter()
            .filter(|n| keep[**n])
            .filter_map(|n| match &graph.nodes[*n] {
                Node::Provider(p) => Some((p, self.done[*n]?)),
                _ => None,
            })
            .collect();
        for destroys in self.destroys.values() {
            for (index, step) in destroys {
                if let Some(provider) = providers.get(&self.changes[*index].provider.whole()) {
                    self.steps.wait(*step, *provider);
                }
            }
        }
    }

    /// Of one instance, the destruction comes before the creation, or after it and after all that depends on it.
    fn order_replacements(&mut self, graph: &Graph) {
        let needed_by = graph.needed_by();
        for (resource, destroys) in self.destroys.clone() {
            let creates: HashMap<usize, NodeId> = self.creates.get(&resource).into_iter().flatten().copied().collect();
            let mut dependents: Option<Vec<NodeId>> = None;
            for (index, destroy) in destroys {
                let change = &self.changes[index];
                match change.action {
                    Action::DeleteThenCreate => {
                        if let Some(create) = creates.get(&index) {
                            self.steps.wait(*create, destroy);
                        }
                    }
                    Action::CreateThenDelete | Action::CreateThenForget => {
                        if let Some(create) = creates.get(&index) {
                            self.steps.wait(destroy, *create);
                        }
                        let dependents =
                            dependents.get_or_insert_with(|| self.dependents_of(graph, &needed_by, &resource));
                        for dependent in dependents.iter() {
                            self.steps.wait(destroy, *dependent);
                        }
                    }
                    // An object created first everywhere is also destroyed last when it is not wanted any more.
                    Action::Delete if change.create_before_destroy && change.deposed.is_none() => {
                        let dependents =
                            dependents.get_or_insert_with(|| self.dependents_of(graph, &needed_by, &resource));
                        for dependent in dependents.iter() {
                            self.steps.wait(destroy, *dependent);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// The creating steps of everything that depends on a resource.
    fn dependents_of(&self, graph: &Graph, needed_by: &Reversed, resource: &ConfigResource) -> Vec<NodeId> {
        let Some(start) = graph.find(&Node::Resource(resource.clone())) else { return Vec::new() };
        let mut seen: HashSet<NodeIndex> = std::iter::once(start).collect();
        let mut work = vec![start];
        let mut found = Vec::new();
        while let Some(node) = work.pop() {
            for next in &needed_by[node] {
                if !seen.insert(*next) {
                    continue;
                }
                work.push(*next);
                if let Node::Resource(dependent) = &graph.nodes[*next] {
                    found.extend(self.creates.get(dependent).into_iter().flatten().map(|(_, step)| *step));
                }
            }
        }
        found
    }
}
