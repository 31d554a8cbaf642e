//! The plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_addr::{AbsResourceInstance, Name, ResourceMode};
use fw_config::Config;
use fw_state::{CheckResults, OutputState, State};
use fw_value::{Path, Value};

use crate::{Action, ExecutionGraph, OutputChange, ResourceChange};

/// What kind of plan was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Bring the real world to the configuration.
    #[default]
    Normal,
    /// Bring the state to the real world.
    RefreshOnly,
    /// Destroy everything.
    Destroy,
}

/// An immutable plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What was asked for.
    pub mode: Mode,
    /// Root variables as given (not defaults), without ephemeral ones.
    pub variables: BTreeMap<Name, Value>,
    /// Root variables that are ephemeral and were given: they must be given again to apply.
    pub ephemeral_variables: Vec<Name>,
    /// `-target` addresses as written.
    pub targets: Vec<String>,
    /// `-exclude` addresses as written.
    pub excludes: Vec<String>,
    /// `-replace` addresses.
    pub force_replace: Vec<AbsResourceInstance>,
    /// All changes, also those of nothing, sorted by address; deposed objects after the current one.
    pub resource_changes: Vec<ResourceChange>,
    /// What changed outside of Formwork since the last run.
    pub drift: Vec<ResourceChange>,
    /// Changes of root outputs, sorted by name.
    pub output_changes: Vec<OutputChange>,
    /// The state as it was read, with `moved` blocks not applied.
    pub previous_state: Arc<State>,
    /// The state after moves and refresh: what the changes start from.
    pub prior_state: Arc<State>,
    /// Data in that state that only leaves it, since all is destroyed.
    pub forgotten_data: Vec<AbsResourceInstance>,
    /// Results of conditions and checks.
    pub checks: CheckResults,
    /// Attributes of other resources that the changes depend on.
    pub relevant_attributes: Vec<RelevantAttribute>,
    /// The order of operations.
    pub graph: ExecutionGraph,
    /// When the plan was made: seconds and nanoseconds since the Unix epoch; what `plantimestamp()` gives.
    pub timestamp: (i64, u32),
    /// Whether planning met an error; such a plan can be shown, not applied.
    pub errored: bool,
    /// Whether nothing was left out (by targets or excludes).
    pub complete: bool,
}

impl Plan {
    /// Whether something was left out on purpose.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !(self.targets.is_empty() && self.excludes.is_empty())
    }

    /// What is left of the prior state once the data that only leaves it is gone.
    #[must_use]
    pub fn starting_state(&self) -> Arc<State> {
        if self.forgotten_data.is_empty() {
            return Arc::clone(&self.prior_state);
        }
        let mut state = (*self.prior_state).clone();
        for address in &self.forgotten_data {
            drop(state.remove_instance(address));
        }
        Arc::new(state)
    }

    /// Whether applying it would do or record anything.
    #[must_use]
    pub fn is_applyable(&self) -> bool {
        if self.errored {
            return false;
        }
        let refresh_only = self.mode == Mode::RefreshOnly;
        // A plan that only refreshes can't record what is not known yet.
        let is_change = |c: &OutputChange| c.action != Action::NoOp && (!refresh_only || c.after.is_wholly_known());
        self.resource_changes.iter().any(|c| !c.is_no_op())
            || self.output_changes.iter().any(is_change)
            || refresh_only && (self.drift.iter().any(|change| change.action != Action::NoOp) || self.restates())
    }

    /// Whether the state will say other things of an object that is still the same: what it depends on, for instance.
    fn restates(&self) -> bool {
        // What was only moved is told as drift that does nothing.
        let moved: BTreeMap<_, _> =
            self.drift.iter().map(|change| (&change.address, &change.previous_address)).collect();
        self.prior_state.instances().any(|(address, _, instance)| {
            let previous = moved.get(&address).copied().unwrap_or(&address);
            let (Some(now), Some(before)) = (&instance.current, self.previous_state.current(previous)) else {
                return false;
            };
            address.resource.mode == ResourceMode::Managed
                && !Arc::ptr_eq(now, before)
                && (now.create_before_destroy != before.create_before_destroy
                    || now.dependencies != before.dependencies)
        })
    }
}

impl Plan {
    /// The state after the refresh, with the outputs whose new values are known already.
    #[must_use]
    pub fn refreshed_state(&self, config: &Config) -> State {
        let mut state = (*self.prior_state).clone();
        let is_new = |change: &&OutputChange| {
            matches!(change.action, Action::Create | Action::Update)
                && change.after.is_wholly_known()
                && !change.after.is_null()
        };
        // Before everything is destroyed it is looked at once more.
        let destroying = self.mode == Mode::Destroy;
        let is_there = |change: &&OutputChange| destroying && !change.before.is_null();
        for change in self.output_changes.iter().filter(|change| is_new(change) || is_there(change)) {
            let value = if destroying { &change.before } else { &change.after };
            let (value, _) = value.clone().unmark_deep();
            // The change is sensitive if it was or is.
            let sensitive = config.root().outputs.get(&change.name).is_some_and(|output| output.sensitive);
            state.outputs.insert(change.name.to_string(), OutputState { value, sensitive });
        }
        state
    }
}

/// An attribute that a change depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct RelevantAttribute {
    /// The resource instance (or resource, without key).
    pub resource: AbsResourceInstance,
    /// The attribute.
    pub attribute: Path,
}
