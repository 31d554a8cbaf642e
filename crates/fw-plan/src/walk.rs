//! Walks the graph: a node runs when all it needs has run, nodes that are ready run side by side, and what needs a failed
//! node is skipped.

use std::collections::BTreeMap;

use futures::StreamExt;
use futures::future::{Either, LocalBoxFuture, join_all, select};
use futures::stream::{self, FuturesUnordered};
use fw_diag::Diagnostics;
use fw_exec::{CancelLevel, Reversed};

use crate::graph::NodeIndex;
use crate::planner::Planner;

impl Planner<'_> {
    /// How many visits are under way at a time: more than ever ask providers at once, few enough to keep memory small.
    fn under_way(&self) -> usize {
        self.input.options.parallelism.saturating_mul(2).max(64)
    }

    /// Does pieces of work side by side, a bounded number at a time. Diagnostics come in the order of the pieces.
    pub(crate) async fn side_by_side<F: Future<Output = Diagnostics>>(
        &self,
        mut work: impl Iterator<Item = F>,
    ) -> Diagnostics {
        let Some(first) = work.next() else { return Diagnostics::new() };
        let Some(second) = work.next() else { return first.await };
        let numbered = [first, second]
            .into_iter()
            .chain(work)
            .enumerate()
            .map(|(number, piece)| async move { (number, piece.await) });
        let mut found = BTreeMap::new();
        let mut done = stream::iter(numbered).buffer_unordered(self.under_way());
        while let Some((number, diagnostics)) = done.next().await {
            if !diagnostics.is_empty() {
                found.insert(number, diagnostics);
            }
        }
        found.into_values().flatten().collect()
    }

    /// Visits every node that `keep` keeps. Diagnostics come in the order of nodes, whatever order they ran in.
    pub(crate) async fn walk(&self, keep: &[bool]) -> Diagnostics {
        let count = self.graph.nodes.len();
        let needed_by = self.graph.needed_by();
        let mut waiting: Vec<usize> =
            self.graph.needs.iter().map(|needs| needs.iter().filter(|n| keep[**n]).count()).collect();
        let mut failed: Vec<bool> = (0..count).map(|node| self.refused.contains(&node)).collect();
        self.succeeded.replace(vec![false; count]);
        let mut found: BTreeMap<NodeIndex, Diagnostics> = BTreeMap::new();
        let mut ready: Vec<NodeIndex> = (0..count).filter(|n| keep[*n] && waiting[*n] == 0).collect();
        ready.reverse();
        let mut running: FuturesUnordered<LocalBoxFuture<'_, (Option<NodeIndex>, Diagnostics)>> =
            FuturesUnordered::new();
        let mut level = CancelLevel::Run;
        loop {
            while running.len() < self.under_way() {
                let Some(node) = ready.pop() else { break };
                if failed[node] || self.input.basis.cancel.is_cancelled() {
                    failed[node] = true;
                    Self::finish(node, &needed_by, keep, &mut waiting, &mut failed, &mut ready);
                    continue;
                }
                running.push(Box::pin(async move { (Some(node), self.visit(node).await) }));
            }
            let (node, diagnostics) =
                match select(Box::pin(self.input.basis.cancel.beyond(level)), running.next()).await {
                    Either::Left((CancelLevel::Abort, _)) => break,
                    Either::Left((asked, _)) => {
                        level = asked;
                        running.push(Box::pin(self.stop_providers()));
                        continue;
                    }
                    Either::Right((Some((Some(node), diagnostics)), _)) => (node, diagnostics),
                    Either::Right((Some((None, _)), _)) => continue,
                    Either::Right((None, _)) => break,
                };
            failed[node] = diagnostics.has_errors();
            self.succeeded.borrow_mut()[node] = !failed[node];
            if !diagnostics.is_empty() {
                found.insert(node, diagnostics);
            }
            Self::finish(node, &needed_by, keep, &mut waiting, &mut failed, &mut ready);
        }
        found.into_values().flatten().collect()
    }

    /// Asks all providers to end what they are doing soon.
    async fn stop_providers(&self) -> (Option<NodeIndex>, Diagnostics) {
        let providers = self.kinds.all();
        join_all(providers.iter().map(|provider| provider.stop())).await;
        (None, Diagnostics::new())
    }

    fn finish(
        node: NodeIndex,
        needed_by: &Reversed,
        keep: &[bool],
        waiting: &mut [usize],
        failed: &mut [bool],
        ready: &mut Vec<NodeIndex>,
    ) {
        for next in needed_by[node].iter().filter(|n| keep[**n]) {
            failed[*next] |= failed[node];
            waiting[*next] -= 1;
            if waiting[*next] == 0 {
                ready.push(*next);
            }
        }
    }
}
