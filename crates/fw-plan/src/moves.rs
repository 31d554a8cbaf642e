//! `moved` blocks, and the moves that follow from adding or removing `count`: objects change their addresses before
//! anything is planned.

mod execute;
mod order;
mod statement;
mod validate;

use std::collections::BTreeSet;

use foldhash::{HashMap, HashSet};
use fw_addr::{AbsProviderConfig, AbsResource, AbsResourceInstance, ConfigResource, InstanceKey, Resource, Target};
use fw_config::{Config, Repetition};
use fw_diag::{Diagnostic, Diagnostics, SourceMap, Span};
use fw_eval::Evaluator;
use fw_state::{ResourceState, State};
use fw_value::go_quoted;

use statement::Statement;

use crate::graph::target_contains;

/// What was moved.
#[derive(Default)]
pub(crate) struct Moves {
    previous: HashMap<AbsResourceInstance, AbsResourceInstance>,
    /// Moves that change the resource type, or the provider: what the object was before.
    crossed: HashMap<AbsResourceInstance, Crossed>,
    /// Objects whose new places were taken.
    blocked: Vec<(String, String)>,
    /// Why nothing was moved: the statements go in circles.
    broken: Option<Diagnostic>,
}

/// What an object was before a move changed its type.
#[derive(Clone)]
pub(crate) struct Crossed {
    pub(crate) resource: Resource,
    pub(crate) provider: AbsProviderConfig,
    /// The `moved` block.
    pub(crate) span: Span,
}

impl Moves {
    /// Carries out all `moved` blocks on a state.
    pub(crate) fn apply(config: &Config, state: &mut State, sources: &SourceMap) -> Self {
        let mut moves = Self::default();
        let statements = statement::gather(config);
        // Where these move is said, not guessed.
        let named: HashSet<ConfigResource> = statements.iter().flat_map(Statement::resources).collect();
        let implied = implied(config, state, &named);
        let ordered = match statement::order(statements, sources) {
            Ok(ordered) => ordered,
            Err(found) => {
                moves.broken = Some(found);
                return moves;
            }
        };
        let mut blocked = Vec::new();
        for one in &ordered {
            execute::execute(one, state, &mut moves, &mut blocked);
        }
        for (from, to) in implied {
            moves.imply(state, &from, to, &mut blocked);
        }
        moves.blocked = blocked;
        moves
    }

    /// What is wrong with the statements, now that the instances are known; else which objects could not be moved.
    pub(crate) fn review(&self, config: &Config, evaluator: &Evaluator<'_>, sources: &SourceMap) -> Diagnostics {
        if let Some(broken) = &self.broken {
            return broken.clone().into();
        }
        let mut told = validate::validate(config, evaluator, sources);
        if told.is_empty() && !self.blocked.is_empty() {
            told.push(blocked_warning(&self.blocked));
        }
        told
    }

    /// Whether targets leave out what was moved, or one of its two places.
    pub(crate) fn beyond(&self, targets: &[Target]) -> Option<Diagnostic> {
        let is_left_out = |address: &&AbsResourceInstance| !targets.iter().any(|t| target_contains(t, address));
        let places = self.previous.iter().flat_map(|(now, before)| [now, before]).filter(is_left_out);
        let resources: BTreeSet<_> = places.map(|address| address.containing()).collect();
        if targets.is_empty() || resources.is_empty() {
            return None;
        }
        let options: Vec<_> =
            resources.iter().map(|resource| format!("\n  -target={}", go_quoted(&resource.to_string()))).collect();
        let detail = format!(
            "Resource instances in your current state have moved to new addresses in the latest configuration. Terraform must \
             include those resource instances while planning in order to ensure a correct result, but your -target=... \
             options do not fully cover all of those resource instances.\n\nTo create a valid plan, either remove your \
             -target=... options altogether or add the following additional target options:{}\n\nNote that adding these \
             options may include further additional resource instances in your plan, in order to respect object \
             dependencies.",
            options.concat()
        );
        Some(Diagnostic::error("Moved resource instances excluded by targeting", detail))
    }

    /// Why nothing could be moved.
    pub(crate) fn broken(&self) -> Option<&Diagnostic> {
        self.broken.as_ref()
    }

    /// Where an instance was before it was moved; itself when it was not.
    pub(crate) fn previous(&self, address: &AbsResourceInstance) -> AbsResourceInstance {
        self.previous.get(address).cloned().unwrap_or_else(|| address.clone())
    }

    /// What was moved has been looked at where it is now: nobody asks any more where it was.
    pub(crate) fn settle(&mut self) {
        self.previous.clear();
    }

    /// What an object was before a move changed its type or provider.
    pub(crate) fn crossed(&self, address: &AbsResourceInstance) -> Option<&Crossed> {
        self.crossed.get(address)
    }

    /// Moves an instance whose resource now has keys, or has none any more; unless the new place is taken.
    fn imply(
        &mut self,
        state: &mut State,
        from: &AbsResourceInstance,
        to: Option<InstanceKey>,
        blocked: &mut Vec<(String, String)>,
    ) {
        let to = from.containing().instance(to);
        if state.instance(from).is_none() {
            return;
        }
        if state.instance(&to).is_some() {
            blocked.push((from.to_string(), to.to_string()));
        } else if state.move_instance(from, &to) {
            let was = self.previous(from);
            self.previous.insert(to, was);
        }
    }

    fn record(
        &mut self,
        from: &AbsResourceInstance,
        to: &AbsResourceInstance,
        provider: &AbsProviderConfig,
        span: Span,
    ) {
        let was = self.previous(from);
        self.previous.remove(from);
        self.previous.insert(to.clone(), was);
        if from.resource.kind != to.resource.kind {
            let first = || Crossed { resource: from.resource.clone(), provider: provider.clone(), span };
            let source = self.crossed.remove(from).unwrap_or_else(first);
            self.crossed.insert(to.clone(), source);
        } else if let Some(source) = self.crossed.remove(from) {
            self.crossed.insert(to.clone(), source);
        }
    }
}

/// Objects under the other form of key (`a` and `a[0]`), which are the same ones when `count` was added or removed, even if
/// there is to be none; with the key that they get.
fn implied(
    config: &Config,
    state: &State,
    named: &HashSet<ConfigResource>,
) -> Vec<(AbsResourceInstance, Option<InstanceKey>)> {
    let first = || Some(InstanceKey::Int(0));
    let of_resource = |(address, stored): (&AbsResource, &ResourceState)| {
        let block = config.modules.get(&address.module.path())?.resources.get(&address.resource)?;
        let (from, to) = match block.repetition {
            Repetition::Single | Repetition::Enabled(_) => (first(), None),
            Repetition::Count(_) => (None, first()),
            Repetition::ForEach(_) => return None,
        };
        let is_there = stored.instances.contains_key(&from) && !named.contains(&address.config());
        is_there.then(|| (address.instance(from), to))
    };
    state.resources().filter_map(of_resource).collect()
}

fn blocked_warning(blocked: &[(String, String)]) -> Diagnostic {
    let lines: Vec<String> = blocked.iter().map(|(from, to)| format!("\n  - {from} could not move to {to}")).collect();
    let detail = format!(
        "Terraform tried to adjust resource instance addresses in the prior state based on change information recorded in \
         the configuration, but some adjustments did not succeed due to existing objects already at the intended \
         addresses:{}\n\nTerraform has planned to destroy these objects. If Terraform's proposed changes aren't \
         appropriate, you must first resolve the conflicts using the \"terraform state\" subcommands and then create a new \
         plan.",
        lines.concat()
    );
    Diagnostic::warning("Unresolved resource instance address changes", detail)
}
