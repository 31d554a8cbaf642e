//! The planner while it works: what all parts of it share.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use fw_addr::{AbsResource, AbsResourceInstance, ConfigResource, ResourceMode};
use fw_diag::Diagnostics;
use fw_eval::{Evaluator, Frame};
use fw_exec::{CheckTable, Kinds, ResourceChange};
use fw_state::{DeposedKey, State};

use crate::graph::{Graph, Node, NodeIndex, Targeted};
use crate::moves::Moves;
use crate::{PlanInput, PlanOptions};

/// Everything the nodes of one walk share.
pub(crate) struct Planner<'a> {
    pub(crate) input: &'a PlanInput<'a>,
    pub(crate) evaluator: Evaluator<'a>,
    pub(crate) graph: Graph,
    /// By node: whether it has run, and without errors.
    pub(crate) succeeded: RefCell<Vec<bool>>,
    /// The nodes of root variables whose values can't be.
    pub(crate) refused: HashSet<NodeIndex>,
    /// What is wrong with nodes before anything is evaluated.
    pub(crate) wrong: HashMap<NodeIndex, Diagnostics>,
    /// What follows from the graph for each resource.
    pub(crate) resources: HashMap<ConfigResource, ResourceFacts>,
    pub(crate) moves: Moves,
    /// The state as refreshed so far; what changes start from.
    pub(crate) prior: RefCell<State>,
    /// Data that only leaves the state, since all is destroyed.
    pub(crate) forgotten_data: RefCell<Vec<AbsResourceInstance>>,
    pub(crate) changes: RefCell<BTreeMap<ChangeKey, Box<ResourceChange>>>,
    /// Config resources that have a change that is not "nothing", or whose instances failed.
    pub(crate) pending: RefCell<BTreeSet<ConfigResource>>,
    pub(crate) drift: RefCell<BTreeMap<ChangeKey, ResourceChange>>,
    pub(crate) checks: RefCell<CheckTable>,
    /// Checks whose nested data could not be read.
    pub(crate) failed_checks: RefCell<HashSet<(fw_addr::ModuleInstance, fw_addr::Name)>>,
    pub(crate) kinds: Kinds<'a>,
    pub(crate) imports: RefCell<BTreeMap<AbsResourceInstance, crate::imports::PlannedImport>>,
    /// Resources whose configuration is generated.
    pub(crate) places: crate::generate::Places,
    pub(crate) permits: tokio::sync::Semaphore,
    pub(crate) stage: Cell<Stage>,
    pub(crate) targeted: Targeted,
    /// Resources of the state by their place in the configuration.
    pub(crate) stored: HashMap<ConfigResource, Vec<AbsResource>>,
    pub(crate) ephemeral: crate::ephemeral::Ephemeral,
    /// Set once a walk before this one has refreshed everything.
    pub(crate) already_refreshed: Cell<bool>,
}

/// What the walk is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Check the configuration alone.
    Validate,
    /// Plan changes; before a destroy is planned, those there would be otherwise, which shows what data can't be read.
    Plan,
    /// Only refresh: with `-refresh-only`, and before a destroy where nothing is to be refreshed.
    Refresh,
}

/// Names a change: the instance, and which of its objects.
pub(crate) type ChangeKey = (AbsResourceInstance, Option<DeposedKey>);

/// What follows for a resource from its place in the graph.
#[derive(Clone, Debug, Default)]
pub(crate) struct ResourceFacts {
    /// All resources it depends on, transitively, as states record them.
    pub(crate) dependencies: Arc<[ConfigResource]>,
    /// Of a data source: what must not be about to change for it to be read in the plan.
    pub(crate) explicit: Arc<[ConfigResource]>,
    /// Whether it must be created before its predecessor is destroyed, by its own configuration or a dependent's.
    pub(crate) create_before_destroy: bool,
}

impl Planner<'_> {
    /// Runs a provider call as one of the limited number that may run at a time.
    pub(crate) async fn limited<T>(&self, call: impl Future<Output = T>) -> T {
        let permit = self.permits.acquire().await.expect("the semaphore is never closed");
        let answer = call.await;
        drop(permit);
        answer
    }

    /// What follows from the graph for a resource; nothing for one that is only in the state.
    pub(crate) fn facts(&self, resource: &ConfigResource) -> ResourceFacts {
        self.resources.get(resource).cloned().unwrap_or_default()
    }

    /// Whether a node has run, and without errors.
    pub(crate) fn has_run(&self, node: &Node) -> bool {
        let succeeded = self.succeeded.borrow();
        self.graph.find(node).and_then(|node| succeeded.get(node)).copied().unwrap_or(false)
    }

    /// Records a change.
    pub(crate) fn record(&self, mut change: ResourceChange) {
        change.before = crate::saved_value::saved(change.before);
        change.after = crate::saved_value::saved(change.after);
        if change.action != fw_exec::Action::NoOp {
            self.pending.borrow_mut().insert(change.address.config());
        }
        self.changes.borrow_mut().insert((change.address.clone(), change.deposed.clone()), Box::new(change));
    }

    /// Whether objects of the state are read again.
    pub(crate) fn refreshes(&self) -> bool {
        self.input.options.refresh && !self.already_refreshed.get()
    }

    /// Whether any of these resources has a change that was planned. Reading data changes nothing.
    pub(crate) fn any_pending(&self, resources: &[ConfigResource]) -> bool {
        let pending = self.pending.borrow();
        resources.iter().any(|r| r.resource.mode == ResourceMode::Managed && pending.contains(r))
    }

    /// The frames of a module, all expanded by the time a node of it runs.
    pub(crate) fn frames(&self, module: &fw_addr::ModulePath) -> Vec<Rc<Frame>> {
        self.evaluator.frames(module)
    }

    /// Whether an instance is among what was asked for. What is only needed by a target is kept with all its instances.
    pub(crate) fn is_targeted(&self, address: &AbsResourceInstance) -> bool {
        let PlanOptions { targets, excludes, .. } = self.input.options;
        if excludes.iter().any(|one| crate::graph::target_contains(one, address)) {
            return false;
        }
        targets.is_empty()
            || !self.targeted.direct.contains(&address.config())
            || targets.iter().any(|t| crate::graph::target_contains(t, address))
    }
}
