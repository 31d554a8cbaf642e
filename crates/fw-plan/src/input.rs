//! What a plan is made from.

use std::sync::Arc;

use fw_addr::{AbsResourceInstance, Target};
use fw_eval::Evaluator;
use fw_exec::{Basis, EphemeralStep, Mode};
use fw_state::{DeposedKey, State};

/// What a plan is made from.
pub struct PlanInput<'a> {
    /// The configuration, the values given to it, and the outside world.
    pub basis: Basis<'a>,
    /// The state as it was read.
    pub state: Arc<State>,
    /// What is asked for.
    pub options: &'a PlanOptions,
    /// Is told what happens.
    pub hooks: &'a dyn Hooks,
    /// When the plan is made: seconds and nanoseconds since the Unix epoch.
    pub timestamp: (i64, u32),
}

impl PlanInput<'_> {
    /// Whether it is a destroy before which nothing is refreshed or read: that was not asked for, or nothing is there.
    pub(crate) fn only_destroys(&self) -> bool {
        self.options.mode == Mode::Destroy && (!self.options.refresh || self.state.is_empty())
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// Normal, refresh only, or destroy.
    pub mode: Mode,
    /// Whether providers are asked how objects are now.
    pub refresh: bool,
    /// Only these and what they need; empty for all.
    pub targets: Vec<Target>,
    /// All but these and what depends on them; never together with targets.
    pub excludes: Vec<Target>,
    /// Instances to replace whatever they look like.
    pub force_replace: Vec<AbsResourceInstance>,
    /// How many provider calls may run at a time.
    pub parallelism: usize,
    /// Whether configuration is generated for imports without any.
    pub generate_config: bool,
}

impl PlanOptions {
    /// Whether something is left out on purpose.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !(self.targets.is_empty() && self.excludes.is_empty())
    }
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self {
            mode: Mode::Normal,
            refresh: true,
            targets: Vec::new(),
            excludes: Vec::new(),
            force_replace: Vec::new(),
            parallelism: 10,
            generate_config: false,
        }
    }
}

/// Is told what happens, for people who wait.
pub trait Hooks {
    /// An object is about to be read, the current one or a deposed one.
    fn refreshing(&self, _address: &AbsResourceInstance, _deposed: Option<&DeposedKey>, _id: Option<&str>) {}
    /// It was read.
    fn refreshed(&self, _address: &AbsResourceInstance, _deposed: Option<&DeposedKey>, _id: Option<&str>) {}
    /// A data source is about to be read.
    fn reading(&self, _address: &AbsResourceInstance) {}
    /// It was read.
    fn read(&self, _address: &AbsResourceInstance, _id: Option<&str>) {}
    /// An object is about to be imported.
    fn importing(&self, _address: &AbsResourceInstance, _id: &str) {}
    /// It was imported.
    fn imported(&self, _address: &AbsResourceInstance, _id: &str) {}
    /// Something happens to an ephemeral resource.
    fn ephemeral(&self, _address: &AbsResourceInstance, _what: EphemeralStep, _failed: bool) {}
    /// All is planned, and everything can still be evaluated.
    fn planned(&self, _evaluator: &Evaluator<'_>) {}
}

/// Hooks that do nothing.
pub struct NoHooks;

impl Hooks for NoHooks {}
