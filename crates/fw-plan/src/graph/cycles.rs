//! Cycles and the order of nodes. Iterative: configurations can be deep.

use fw_diag::{Diagnostic, Diagnostics};

use super::{Graph, Node, NodeIndex};

impl Graph {
    /// The nodes, each after all it needs; or what the cycles are.
    pub(crate) fn order(&self) -> Result<Vec<NodeIndex>, Diagnostics> {
        let needed_by = self.needed_by();
        let mut waiting: Vec<usize> = self.needs.iter().map(Vec::len).collect();
        let mut ready: std::collections::VecDeque<NodeIndex> =
            (0..self.nodes.len()).filter(|n| waiting[*n] == 0).collect();
        let mut order = Vec::with_capacity(self.nodes.len());
        while let Some(node) = ready.pop_front() {
            order.push(node);
            for next in &needed_by[node] {
                waiting[*next] -= 1;
                if waiting[*next] == 0 {
                    ready.push_back(*next);
                }
            }
        }
        if order.len() == self.nodes.len() {
            return Ok(order);
        }
        Err(self.components().into_iter().filter(|c| c.len() > 1).map(|c| self.cycle(c)).collect())
    }

    fn cycle(&self, mut nodes: Vec<NodeIndex>) -> Diagnostic {
        nodes.sort_unstable();
        // Points that things of a module wait for say nothing to the reader.
        let told = |n: &NodeIndex| !matches!(self.nodes[*n], Node::ModuleStart(_));
        let names: Vec<String> = nodes.into_iter().filter(told).map(|n| self.nodes[n].to_string()).collect();
        Diagnostic::error(format!("Cycle: {}", names.join(", ")), "")
    }

    /// Strongly connected components (Tarjan's algorithm with an explicit stack).
    fn components(&self) -> Vec<Vec<NodeIndex>> {
        const UNSEEN: usize = usize::MAX;
        let count = self.nodes.len();
        let (mut number, mut low) = (vec![UNSEEN; count], vec![0; count]);
        let (mut on_stack, mut stack) = (vec![false; count], Vec::new());
        let (mut next, mut found) = (0, Vec::new());
        for start in 0..count {
            if number[start] != UNSEEN {
                continue;
            }
            let mut work = vec![(start, 0)];
            while let Some((node, edge)) = work.pop() {
                if edge == 0 {
                    number[node] = next;
                    low[node] = next;
                    next += 1;
                    stack.push(node);
                    on_stack[node] = true;
                }
                if let Some(&target) = self.needs[node].get(edge) {
                    work.push((node, edge + 1));
                    if number[target] == UNSEEN {
                        work.push((target, 0));
                    } else if on_stack[target] {
                        low[node] = low[node].min(number[target]);
                    }
                    continue;
                }
                for target in &self.needs[node] {
                    if on_stack[*target] {
                        low[node] = low[node].min(low[*target]);
                    }
                }
                if low[node] == number[node] {
                    let mut component = Vec::new();
                    while let Some(member) = stack.pop() {
                        on_stack[member] = false;
                        component.push(member);
                        if member == node {
                            break;
                        }
                    }
                    found.push(component);
                }
            }
        }
        found
    }
}
