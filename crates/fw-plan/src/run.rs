//! The whole of planning and of validating: from input to outcome.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use fw_addr::{AbsResource, AbsResourceInstance, ConfigResource, ModulePath, Name};
use fw_config::{Config, Part};
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::{Evaluator, Phase, VariableSource};
use fw_exec::{Action, Basis, CheckTable, Kinds, Mode, Plan, ResourceChange};
use fw_provider::ImportTarget;
use fw_state::State;

use crate::ephemeral::Ephemeral;
use crate::generate::Places;
use crate::graph::{self, Graph, Node, NodeIndex};
use crate::moves::Moves;
use crate::planner::{Planner, Stage};
use crate::{PlanInput, PlanOptions};

/// A plan, perhaps partial, and what was found on the way.
#[derive(Debug)]
pub struct PlanOutcome {
    /// The plan; with errors it holds what could be planned.
    pub plan: Plan,
    /// Whether planning came to a result that says something, if only in part.
    pub has_plan: bool,
    /// Errors and warnings, in the order of the configuration.
    pub diagnostics: Diagnostics,
}

/// Makes a plan.
pub async fn plan(input: &PlanInput<'_>) -> PlanOutcome {
    let Some((config, places)) = crate::generate::with_places(input) else {
        return plan_with(input, Places::default()).await;
    };
    let basis = Basis { config: &config, ..input.basis };
    plan_with(&PlanInput { basis, state: Arc::clone(&input.state), ..*input }, places).await
}

/// Makes a plan; in the places there are blocks only once they are generated.
async fn plan_with(input: &PlanInput<'_>, places: Places) -> PlanOutcome {
    let mut told = Diagnostics::new();
    let mut state = (*input.state).clone();
    let moves = Moves::apply(input.basis.config, &mut state, input.basis.sources);
    if let Some(problem) = moves.beyond(&input.options.targets) {
        told.push(problem);
        told.push(targeting_warning(input.options));
        return refused(input, told);
    }
    let graph = graph::build(input.basis.config, &state);
    let order = match graph.order() {
        Ok(order) => order,
        Err(cycles) => {
            told.append(cycles);
            return refused(input, told);
        }
    };
    let destroying = (input.options.mode == Mode::Destroy).then_some(&state);
    let (keep, targeted) = graph.keep(input.options, destroying);
    if input.options.is_partial() {
        told.push(targeting_warning(input.options));
    }
    let before_destroy = destroying.map(|_| graph.before_destroy(input.options, &keep, !input.only_destroys()));
    let planning = input.options.mode == Mode::Normal || input.options.mode == Mode::Destroy && !input.only_destroys();
    let stage = if planning { Stage::Plan } else { Stage::Refresh };
    let looked_at = before_destroy.as_deref().unwrap_or(&keep);
    let mut planner = new_planner(input, (Phase::Plan, Some(looked_at)), graph, &order, state, &mut told);
    planner.moves = moves;
    planner.targeted = targeted;
    planner.places = places;
    planner.stage.set(stage);
    let mut wrong = planner.missing_providers();
    wrong.append(crate::removed::still_declared(input.basis.config));
    if input.options.mode == Mode::Normal && !wrong.has_errors() {
        crate::imports::without_configuration(&planner, &mut wrong);
    }
    let is_wrong = wrong.has_errors();
    told.append(wrong);
    if is_wrong {
        return refused(input, told);
    }
    if input.only_destroys() {
        planner.already_refreshed.set(true);
    }
    let walked = planner.renewing(planner.walk(before_destroy.as_ref().unwrap_or(&keep))).await;
    if before_destroy.is_none() {
        told.append(walked);
    } else if walked.has_errors() || told.has_errors() {
        told.append(walked);
        told.append(planner.close_ephemeral().await);
        return refused(input, told);
    } else {
        // What would be planned otherwise, and warnings about that, are of no interest.
        planner.already_refreshed.set(true);
        planner.stage.set(Stage::Plan);
        if !input.only_destroys() {
            planner.moves.settle();
        }
        told.append(planner.renewing(planner.destroy_everything()).await);
    }
    told.append(planner.close_ephemeral().await);
    planner.check_forced(&mut told);
    told.extend(planner.forgetting());
    let reviewed = planner.moves.review(input.basis.config, &planner.evaluator, input.basis.sources);
    if reviewed.has_errors() {
        // What follows from moves that can't be is of no interest.
        return refused(input, reviewed);
    }
    told.append(reviewed);
    finish(input, planner, &order, &keep, told)
}

/// What the `import` command left behind.
#[derive(Debug)]
pub struct ImportOutcome {
    /// The state, with the imported object unless there were errors.
    pub state: Arc<State>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// Imports one object to an address that has a block, as the `import` command does. Of the configuration only what the
/// provider needs is evaluated.
pub async fn import(input: &PlanInput<'_>, address: &AbsResourceInstance, target: ImportTarget) -> ImportOutcome {
    let mut told = Diagnostics::new();
    let mut state = (*input.state).clone();
    let moves = Moves::apply(input.basis.config, &mut state, input.basis.sources);
    told.extend(moves.broken().cloned());
    let graph = graph::build(input.basis.config, &state);
    let unchanged = |diagnostics| ImportOutcome { state: Arc::clone(&input.state), diagnostics };
    let order = match graph.order() {
        Ok(order) => order,
        Err(cycles) => {
            told.append(cycles);
            return unchanged(told);
        }
    };
    let mut planner = new_planner(input, (Phase::Plan, None), graph, &order, state, &mut told);
    planner.moves = moves;
    if told.has_errors() {
        return unchanged(told);
    }
    planner.stage.set(Stage::Refresh);
    told.append(planner.import_one(address, target).await);
    told.append(planner.close_ephemeral().await);
    if told.has_errors() {
        return unchanged(told);
    }
    ImportOutcome { state: planner.imported_state(), diagnostics: told }
}

/// Checks a configuration without a state: every expression, and every body by its provider.
pub async fn validate(input: &PlanInput<'_>) -> Diagnostics {
    let findings = fw_config::validate(input.basis.config);
    if findings.fundamental.has_errors() {
        return findings.fundamental;
    }
    let fw_config::Findings { fundamental: mut told, general, by_block } = findings;
    told.append(general);
    let graph = graph::build(input.basis.config, &State::new());
    let order = match graph.order() {
        Ok(order) => order,
        Err(cycles) => {
            told.append(cycles);
            return told;
        }
    };
    let keep = vec![true; graph.nodes.len()];
    let mut planner = new_planner(input, (Phase::Validate, None), graph, &order, State::new(), &mut told);
    planner.stage.set(Stage::Validate);
    for (module, part, found) in by_block {
        let node = part_node(input.basis.config, module, part);
        if let Some(node) = planner.graph.find(&node) {
            planner.wrong.entry(node).or_default().append(found);
        }
    }
    told.append(planner.walk(&keep).await);
    told
}

/// Where a part of a module stands in the graph.
fn part_node(config: &Config, module: ModulePath, part: Part) -> Node {
    match part {
        Part::Variable(name) => Node::Variable(module, name),
        Part::Local(name) => Node::Local(module, name),
        Part::Resource(resource) => Node::Resource(ConfigResource { module, resource }),
        Part::Call(name) => Node::Call(module, name),
        Part::Check(name) => Node::Check(module, name),
        Part::Output(name) => Node::Output(module, name),
        Part::Provider(local) => Node::Provider(config.resolve_provider(&module, &local)),
    }
}

fn new_planner<'a>(
    input: &'a PlanInput<'a>,
    (phase, looked_at): (Phase, Option<&[bool]>),
    graph: Graph,
    order: &[NodeIndex],
    state: State,
    told: &mut Diagnostics,
) -> Planner<'a> {
    let root = input.basis.config.root();
    let variables = fw_eval::prepare_root_variables(root, input.basis.variables, phase, input.basis.sources, told);
    let root_variable_spans = input
        .basis
        .variables
        .iter()
        .filter_map(|(name, given)| match given.source {
            VariableSource::File(span) => Some((Name::clone(name), span)),
            VariableSource::Argument
            | VariableSource::Environment
            | VariableSource::Prompt
            | VariableSource::Program => None,
        })
        .collect();
    let settings = input.basis.settings(phase, root_variable_spans);
    // What is given is known, so an unknown value stands for one that was refused.
    let refused = variables.iter().filter(|(_, value)| phase == Phase::Plan && !value.is_wholly_known());
    let refused = refused.filter_map(|(name, _)| graph.find(&Node::Variable(ModulePath::root(), Name::clone(name))));
    Planner {
        input,
        succeeded: RefCell::default(),
        refused: refused.collect(),
        wrong: HashMap::default(),
        evaluator: Evaluator::new(input.basis.config, settings, variables),
        // Who only validates does not look at them.
        resources: match phase {
            Phase::Validate => HashMap::default(),
            Phase::Plan | Phase::Apply => crate::facts::facts(&graph, order, input.basis.config, looked_at),
        },
        graph,
        moves: Moves::default(),
        stored: by_config(&state),
        prior: RefCell::new(state),
        forgotten_data: RefCell::default(),
        changes: RefCell::default(),
        pending: RefCell::default(),
        drift: RefCell::default(),
        checks: RefCell::new(CheckTable::default()),
        failed_checks: RefCell::default(),
        kinds: Kinds::new(&input.basis, phase),
        imports: RefCell::default(),
        places: Places::default(),
        permits: tokio::sync::Semaphore::new(input.options.parallelism.max(1)),
        stage: Cell::new(Stage::Plan),
        targeted: graph::Targeted::default(),
        ephemeral: Ephemeral::default(),
        already_refreshed: Cell::new(false),
    }
}

fn by_config(state: &State) -> HashMap<ConfigResource, Vec<AbsResource>> {
    let mut by_config: HashMap<_, Vec<AbsResource>> = HashMap::default();
    for (address, _) in state.resources() {
        by_config.entry(address.config()).or_default().push(address.clone());
    }
    by_config
}

fn targeting_warning(options: &PlanOptions) -> Diagnostic {
    let detail = if options.excludes.is_empty() {
        "You are creating a plan with the -target option, which means that the result of this plan may not represent all of \
         the changes requested by the current configuration.\n\nThe -target option is not for routine use, and is provided \
         only for exceptional situations such as recovering from errors or mistakes, or when Terraform specifically suggests \
         to use it as part of an error message."
    } else {
        "You are creating a plan with either the -target option or the -exclude option, which means that the result of this \
         plan may not represent all of the changes requested by the current configuration.\n\nThe -target and -exclude \
         options are not for routine use, and are provided only for exceptional situations such as recovering from errors or \
         mistakes, or when Terraform specifically suggests to use it as part of an error message."
    };
    Diagnostic::warning("Resource targeting is in effect", detail)
}

impl Planner<'_> {
    /// Names the objects that stay without being managed any more.
    fn forgetting(&self) -> Option<Diagnostic> {
        let changes = self.changes.borrow();
        let forgotten = changes.values().filter(|c| matches!(c.action, Action::Forget | Action::CreateThenForget));
        let lines: Vec<String> = forgotten.map(|c| format!(" - {}\n", c.address)).collect();
        let detail = format!(
            "If you apply this plan, Terraform will discard its tracking information for the following objects, but it will \
             not delete them:\n{}\nAfter applying this plan, Terraform will no longer manage these objects. You will need to \
             import them into Terraform to manage them again.",
            lines.concat()
        );
        let summary = "Some objects will no longer be managed by Terraform";
        (!lines.is_empty()).then(|| Diagnostic::warning(summary, detail))
    }

    /// Plans the destruction of every object of the state that targets do not leave out.
    async fn destroy_everything(&self) -> Diagnostics {
        let mut told = Diagnostics::new();
        self.changes.borrow_mut().clear();
        let addresses: Vec<_> = self.prior.borrow().instances().map(|(address, _, _)| address).collect();
        let mut needed: HashSet<ConfigResource> = HashSet::default();
        let mut all_found = Vec::new();
        let targeted = &self.targeted;
        let named = |resource: &ConfigResource| {
            self.input.options.targets.is_empty() && !targeted.left_out.contains(resource)
                || targeted.direct.contains(resource)
                || targeted.dependents.contains(resource)
        };
        for address in addresses {
            if !named(&address.config()) || !self.is_targeted(&address) {
                continue;
            }
            let declared = self
                .input
                .basis
                .config
                .modules
                .get(&address.module.path())
                .and_then(|m| m.resources.get(&address.resource));
            let mut found = self.orphan_instance_for_destroy(&address).await;
            if let Some(block) = declared
                && block.lifecycle.prevent_destroy
            {
                found.push(crate::resources::prevented(&address, block));
            }
            if found.has_errors() {
                let object = self.prior.borrow().current(&address).map(|object| Arc::clone(&object.dependencies));
                needed.extend(object.iter().flat_map(|dependencies| dependencies.iter().cloned()));
            }
            all_found.push((address.config(), found));
        }
        // What can't be destroyed keeps what it depends on, which nobody comes to.
        told.extend(all_found.into_iter().filter(|(one, _)| !needed.contains(one)).flat_map(|(_, found)| found));
        self.changes.borrow_mut().retain(|(address, _), _| !needed.contains(&address.config()));
        told
    }
}

fn finish(
    input: &PlanInput<'_>,
    planner: Planner<'_>,
    order: &[NodeIndex],
    keep: &[bool],
    mut told: Diagnostics,
) -> PlanOutcome {
    let root_path = ModulePath::root();
    input.hooks.planned(&planner.evaluator);
    let evaluated = |path: &ModulePath, name: &Name| planner.has_run(&Node::Output(path.clone(), Name::clone(name)));
    let output_changes = planner.output_changes(|name| evaluated(&root_path, name));
    let module_outputs = planner.module_outputs(evaluated);
    let mut changes: Vec<ResourceChange> = planner.changes.take().into_values().map(|change| *change).collect();
    crate::created_first::note(&planner.graph, order, input.basis.config, &mut changes);
    // Of what is destroyed it does not matter how it has changed.
    let destroying = input.options.mode == Mode::Destroy;
    let drift: Vec<ResourceChange> = if destroying { Vec::new() } else { planner.drift.take().into_values().collect() };
    let checks = planner.check_results();
    let mut graph = fw_exec::ExecutionGraph::default();
    if !told.has_errors() {
        match crate::execution::build(&planner.graph, order, keep, input.basis.config, &changes, destroying) {
            Ok(steps) => graph = steps,
            Err(circular) => told.push(circular),
        }
    }
    let plan = Plan {
        relevant_attributes: crate::relevant::attributes(
            input.basis.config,
            &changes,
            &output_changes,
            &module_outputs,
            forgotten_data(input),
        ),
        resource_changes: changes,
        drift,
        output_changes,
        prior_state: std::sync::Arc::new(planner.prior.take()),
        forgotten_data: planner.forgotten_data.take(),
        checks,
        graph,
        errored: told.has_errors(),
        complete: !told.has_errors() && !input.options.is_partial(),
        ..empty(input)
    };
    PlanOutcome { plan, has_plan: true, diagnostics: told }
}

/// The data sources that a plan to destroy everything takes out of the state.
fn forgotten_data<'a>(input: &'a PlanInput<'_>) -> impl Iterator<Item = fw_addr::AbsResource> + 'a {
    let all = input.state.resources().map(|(address, _)| address);
    let destroying = input.options.mode == Mode::Destroy;
    all.filter(move |address| destroying && address.resource.mode == fw_addr::ResourceMode::Data).cloned()
}

/// A plan of nothing, since something is wrong before anything is planned.
#[must_use]
pub fn refused(input: &PlanInput<'_>, diagnostics: Diagnostics) -> PlanOutcome {
    let plan = Plan { errored: true, complete: false, ..empty(input) };
    PlanOutcome { plan, has_plan: false, diagnostics }
}

/// A plan of nothing, with what is known before anything is planned.
fn empty(input: &PlanInput<'_>) -> Plan {
    let is_ephemeral = |name: &Name| input.basis.config.root().variables.get(name).is_some_and(|v| v.ephemeral);
    let given: BTreeSet<&Name> = input.basis.variables.keys().collect();
    let variables: BTreeMap<Name, fw_value::Value> = input
        .basis
        .variables
        .iter()
        .filter(|(name, _)| !is_ephemeral(name))
        .map(|(name, given)| (Name::clone(name), given.value.clone()))
        .collect();
    Plan {
        mode: input.options.mode,
        variables,
        ephemeral_variables: given.into_iter().filter(|n| is_ephemeral(n)).cloned().collect(),
        targets: input.options.targets.iter().map(|t| format!("{t}")).collect(),
        excludes: input.options.excludes.iter().map(|t| format!("{t}")).collect(),
        force_replace: input.options.force_replace.clone(),
        resource_changes: Vec::new(),
        drift: Vec::new(),
        output_changes: Vec::new(),
        previous_state: Arc::clone(&input.state),
        prior_state: Arc::clone(&input.state),
        forgotten_data: Vec::new(),
        checks: fw_state::CheckResults::default(),
        relevant_attributes: Vec::new(),
        graph: fw_exec::ExecutionGraph::default(),
        timestamp: input.timestamp,
        errored: false,
        complete: !input.options.is_partial(),
    }
}
