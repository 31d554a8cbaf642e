//! The execution graph: every operation of an apply and what it waits for.

use fw_addr::{AbsProviderConfig, ConfigResource, ModulePath, Name};

/// Index of a step in its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Evaluate a provider configuration and configure a process with it.
    ConfigureProvider(AbsProviderConfig),
    /// Create or update: the change with this index in [`crate::Plan::resource_changes`].
    Apply(u32),
    /// Destroy the prior or deposed object of the change with this index.
    Destroy(u32),
    /// Remove the object of the change with this index from the state.
    Forget(u32),
    /// Read the data source of the change with this index.
    Read(u32),
    /// Open all instances of an ephemeral resource; they are closed when nothing that depends on the resource is left to do.
    OpenEphemeral(ConfigResource),
    /// Evaluate a local, variable or output in all instances of its module; wait point for what refers to it.
    Evaluate(ModulePath, Evaluated),
    /// Run the conditions of a check block.
    Check(ModulePath, Name),
    /// All that a resource needs is done: the point its instances wait for.
    ResourceReady(ConfigResource),
    /// All objects that depended on a resource's objects are destroyed: the point its own destructions (or changes) wait for.
    DependentsDestroyed(ConfigResource),
    /// All instances of a resource are done: the point that others wait for, so that edges stay linear.
    ResourceDone(ConfigResource),
    /// All in a module is done: the point that `depends_on = [module.x]` waits for.
    ModuleDone(ModulePath),
}

/// What an [`Operation::Evaluate`] evaluates.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Evaluated {
    /// `variable`, with its validations.
    Variable(Name),
    /// A name of `locals`.
    Local(Name),
    /// `output`, with its preconditions; in the root its value goes to the state.
    Output(Name),
    /// `count` or `for_each` of a module call.
    Call(Name),
}

/// One operation and what must be done before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What is done.
    pub operation: Operation,
    /// Steps that must have succeeded. A step with a failed dependency is skipped.
    pub after: Vec<NodeId>,
}

/// The edges of a graph of numbered nodes, the other way round: for each node those that have an edge to it, in order.
/// Two allocations, whatever the size.
#[derive(Clone, Debug)]
pub struct Reversed {
    /// Where the sources of a node begin; one more at the end.
    starts: Vec<usize>,
    sources: Vec<usize>,
}

impl Reversed {
    /// Of a graph with so many nodes, and the targets of the edges of each.
    #[must_use]
    pub fn of<I: Iterator<Item = usize>>(nodes: usize, targets: impl Fn(usize) -> I) -> Self {
        let mut starts = vec![0; nodes + 1];
        for target in (0..nodes).flat_map(&targets) {
            starts[target + 1] += 1;
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut sources = vec![0; starts[nodes]];
        for source in 0..nodes {
            for target in targets(source) {
                sources[next[target]] = source;
                next[target] += 1;
            }
        }
        Self { starts, sources }
    }
}

impl std::ops::Index<usize> for Reversed {
    type Output = [usize];

    fn index(&self, node: usize) -> &[usize] {
        &self.sources[self.starts[node]..self.starts[node + 1]]
    }
}

/// All steps of an apply. Acyclic; the planner has checked it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExecutionGraph {
    /// The steps; [`NodeId`] is the index.
    pub steps: Vec<Step>,
}

impl ExecutionGraph {
    /// Adds a step.
    ///
    /// # Panics
    /// At four billion steps.
    pub fn add(&mut self, operation: Operation) -> NodeId {
        self.steps.push(Step { operation, after: Vec::new() });
        NodeId(u32::try_from(self.steps.len() - 1).expect("fewer than four billion steps"))
    }

    /// Makes `step` wait for `dependency`.
    pub fn wait(&mut self, step: NodeId, dependency: NodeId) {
        self.steps[step.0 as usize].after.push(dependency);
    }

    /// Steps that wait for each other; empty when there is an order for all of them.
    #[must_use]
    pub fn circular(&self) -> Vec<NodeId> {
        let after = |step: usize| self.steps[step].after.iter().map(|needed| needed.0 as usize);
        let backward = Reversed::of(self.steps.len(), after);
        let forward = Reversed::of(self.steps.len(), |step| backward[step].iter().copied());
        // What is left when all that waits for nothing is taken away, and then all that nothing waits for.
        let mut left = vec![true; self.steps.len()];
        take_away(&forward, &backward, &mut left);
        take_away(&backward, &forward, &mut left);
        let numbers = (0_u32..).zip(left).filter(|(_, left)| *left);
        numbers.map(|(number, _)| NodeId(number)).collect()
    }
}

fn take_away(needs: &Reversed, needed_by: &Reversed, left: &mut [bool]) {
    let mut waiting: Vec<usize> =
        (0..left.len()).map(|node| needs[node].iter().filter(|n| left[**n]).count()).collect();
    let mut ready: Vec<usize> = (0..left.len()).filter(|n| left[*n] && waiting[*n] == 0).collect();
    while let Some(node) = ready.pop() {
        left[node] = false;
        // What was taken away before waits for nothing any more.
        for &next in needed_by[node].iter().filter(|next| left[**next]) {
            waiting[next] -= 1;
            if waiting[next] == 0 {
                ready.push(next);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_on_a_cycle_is_circular() {
        let mut graph = ExecutionGraph::default();
        let [before, a, b, after] = [0, 1, 2, 3].map(|n| graph.add(Operation::Apply(n)));
        graph.wait(a, before);
        graph.wait(b, a);
        graph.wait(after, b);
        assert_eq!(graph.circular(), []);
        graph.wait(a, b);
        let beside = graph.add(Operation::Apply(4));
        graph.wait(after, beside);
        assert_eq!(graph.circular(), [a, b]);
    }
}
