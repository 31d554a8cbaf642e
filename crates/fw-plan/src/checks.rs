//! What conditions say, gathered by configuration object.

use std::collections::{BTreeMap, HashSet};

use fw_addr::{ModuleInstance, Name};
use fw_config::{CheckRule, Config, ResourceBlock};
use fw_diag::{Diagnostic, Diagnostics, Severity};
use fw_eval::{Frame, Outcome, RepetitionData};
use fw_exec::Mode;
use fw_lang::Scope;
use fw_state::{CheckKind, CheckObject, CheckResult, CheckResults, CheckStatus};
use fw_value::Value;

use crate::planner::{Planner, Stage};
use crate::resources::Wanted;

/// Results so far, by kind and configuration address.
#[derive(Default)]
pub(crate) struct CheckTable {
    results: BTreeMap<(String, CheckKindOrder), Vec<CheckObject>>,
    /// Objects of which something was decided; the first decision takes the place of "unknown".
    decided: HashSet<(CheckKindOrder, String)>,
}

/// [`CheckKind`] with an order, so that results come sorted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct CheckKindOrder(u8);

impl From<CheckKind> for CheckKindOrder {
    fn from(kind: CheckKind) -> Self {
        Self(match kind {
            CheckKind::Resource => 0,
            CheckKind::Output => 1,
            CheckKind::Check => 2,
            CheckKind::Variable => 3,
        })
    }
}

impl From<CheckKindOrder> for CheckKind {
    fn from(order: CheckKindOrder) -> Self {
        match order.0 {
            0 => Self::Resource,
            1 => Self::Output,
            2 => Self::Check,
            _ => Self::Variable,
        }
    }
}

/// `name` in a module instance: `module.a[0].output.x`.
pub(crate) fn in_module(module: &ModuleInstance, name: &str) -> String {
    if module.is_root() { name.to_owned() } else { format!("{module}.{name}") }
}

impl CheckTable {
    /// Announces the objects of something with conditions, none of which is decided.
    pub(crate) fn expect(&mut self, kind: CheckKind, config: String, addresses: impl IntoIterator<Item = String>) {
        let undecided = |address| CheckObject { address, status: CheckStatus::Unknown, failure_messages: Vec::new() };
        self.results.entry((config, kind.into())).or_insert_with(|| addresses.into_iter().map(undecided).collect());
    }

    /// Adds the outcomes of one object. Without any conditions there is nothing to say.
    pub(crate) fn add(&mut self, kind: CheckKind, (config, address): (String, String), outcomes: &[Outcome]) {
        let Some(status) = outcomes.iter().map(status_of).max_by_key(|s| rank(*s)) else { return };
        let failure_messages = outcomes.iter().filter_map(|o| match o {
            Outcome::Fail(message) => Some(message.clone()),
            Outcome::Pass | Outcome::Unknown | Outcome::Error => None,
        });
        let first = self.decided.insert((kind.into(), address.clone()));
        let objects = self.results.entry((config, kind.into())).or_default();
        let at = objects.iter().position(|o| o.address == address).unwrap_or_else(|| {
            objects.push(CheckObject { address, status, failure_messages: Vec::new() });
            objects.len() - 1
        });
        let Some(object) = objects.get_mut(at) else { return };
        // Preconditions and postconditions of one instance come one after the other.
        if first || rank(status) > rank(object.status) {
            object.status = status;
        }
        object.failure_messages.extend(failure_messages);
    }

    /// All results, sorted by address: also of what has conditions but was never come to.
    pub(crate) fn results(&self, declared: impl IntoIterator<Item = (CheckKind, String)>) -> CheckResults {
        let found = self.results.iter().map(|((config_address, kind), objects)| CheckResult {
            kind: (*kind).into(),
            config_address: config_address.clone(),
            status: objects.iter().map(|o| o.status).max_by_key(|s| rank(*s)).unwrap_or(CheckStatus::Pass),
            objects: Some(objects.clone()),
        });
        let missing = declared
            .into_iter()
            .filter(|(kind, config_address)| !self.results.contains_key(&(config_address.clone(), (*kind).into())));
        let missing = missing.map(|(kind, config_address)| CheckResult {
            kind,
            config_address,
            status: CheckStatus::Unknown,
            objects: None,
        });
        let mut all: Vec<CheckResult> = found.chain(missing).collect();
        all.sort_by_cached_key(|one| (one.config_address.clone(), CheckKindOrder::from(one.kind)));
        CheckResults(all)
    }
}

/// Everything that has conditions, by its address in the configuration.
fn declared(config: &Config) -> impl Iterator<Item = (CheckKind, String)> + '_ {
    config.modules.iter().flat_map(|(path, module)| {
        let within = |name: String| if path.is_root() { name } else { format!("{path}.{name}") };
        let resources = module.resources.values().filter(|r| has_conditions(r)).map(|r| r.resource.to_string());
        let outputs = module.outputs.values().filter(|o| !o.preconditions.is_empty());
        let variables = module.variables.values().filter(|v| !v.validations.is_empty());
        let resources = resources.map(|name| (CheckKind::Resource, name));
        let outputs = outputs.map(|o| (CheckKind::Output, format!("output.{}", o.name)));
        let checks = module.checks.keys().map(|name| (CheckKind::Check, format!("check.{name}")));
        let variables = variables.map(|v| (CheckKind::Variable, format!("var.{}", v.name)));
        let all = resources.chain(outputs).chain(checks).chain(variables);
        all.map(move |(kind, name)| (kind, within(name))).collect::<Vec<_>>()
    })
}

/// Whether a resource block has any conditions.
pub(crate) fn has_conditions(block: &ResourceBlock) -> bool {
    !block.lifecycle.preconditions.is_empty() || !block.lifecycle.postconditions.is_empty()
}

fn status_of(outcome: &Outcome) -> CheckStatus {
    match outcome {
        Outcome::Pass => CheckStatus::Pass,
        Outcome::Unknown => CheckStatus::Unknown,
        Outcome::Fail(_) => CheckStatus::Fail,
        Outcome::Error => CheckStatus::Error,
    }
}

fn rank(status: CheckStatus) -> u8 {
    match status {
        CheckStatus::Pass => 0,
        CheckStatus::Unknown => 1,
        CheckStatus::Fail => 2,
        CheckStatus::Error => 3,
    }
}

impl Planner<'_> {
    /// Whether conditions count: not while the configuration alone is looked at, and not when all is to be destroyed.
    pub(crate) fn checks_conditions(&self) -> bool {
        self.stage.get() != Stage::Validate && self.input.options.mode != Mode::Destroy
    }

    /// What conditions have said by the end of a plan.
    pub(crate) fn check_results(&self) -> CheckResults {
        let config = self.input.config;
        let mut table = self.checks.borrow_mut();
        if self.input.options.mode == Mode::Destroy {
            // Nothing is checked on the way out; outputs of the root alone are come to.
            *table = CheckTable::default();
            for output in config.root().outputs.values().filter(|o| !o.preconditions.is_empty()) {
                let address = format!("output.{}", output.name);
                table.expect(CheckKind::Output, address.clone(), [address]);
            }
        } else if self.input.options.targets.is_empty() {
            for (path, module) in &config.modules {
                let frames = self.frames(path);
                for name in module.checks.keys().filter(|_| !frames.is_empty()) {
                    let addresses: Vec<_> = frames.iter().map(|frame| check_addresses(frame, name)).collect();
                    let config = addresses.first().map(|(config, _)| config.clone()).unwrap_or_default();
                    table.expect(CheckKind::Check, config, addresses.into_iter().map(|(_, address)| address));
                }
            }
        }
        table.results(declared(config))
    }

    /// A data source nested in a check block failed: so does the check.
    pub(crate) fn nested_data_failed(&self, check: &Name, one: &Wanted, told: &Diagnostics) {
        let problem = |d: &fw_diag::Diagnostic| Outcome::Fail(format!("{}: {}", d.summary, d.detail));
        let outcomes: Vec<_> = told.iter().filter(|d| d.is_error()).map(problem).collect();
        if !outcomes.is_empty() {
            self.failed_checks.borrow_mut().insert((one.frame.instance.clone(), Name::clone(check)));
        }
        self.checks.borrow_mut().add(CheckKind::Check, check_addresses(&one.frame, check), &outcomes);
    }

    /// Runs conditions of a resource instance; with `object`, `self` means it.
    pub(crate) fn resource_conditions(
        &self,
        rules: &[CheckRule],
        summary: &str,
        one: &Wanted,
        object: Option<Value>,
        told: &mut Diagnostics,
    ) {
        if rules.is_empty() || !self.checks_conditions() {
            return;
        }
        let mut scope = self.evaluator.scope(&one.frame, one.repetition.clone());
        if let Some(object) = object {
            scope = scope.with_self(object);
        }
        let severity = self.condition_severity();
        let outcomes = run(rules, &scope, summary, severity, told);
        let addresses = (one.address.config().to_string(), one.address.to_string());
        self.checks.borrow_mut().add(CheckKind::Resource, addresses, &outcomes);
    }

    /// The assertions of a check block: what fails is only a warning.
    pub(crate) fn visit_check(&self, module: &fw_addr::ModulePath, name: &Name, told: &mut Diagnostics) {
        if !self.checks_conditions() {
            return;
        }
        for frame in self.frames(module) {
            let Some(check) = frame.module.checks.get(name) else { continue };
            if self.failed_checks.borrow().contains(&(frame.instance.clone(), Name::clone(name))) {
                continue;
            }
            let scope = self.evaluator.scope(&frame, RepetitionData::default());
            let mut found = Diagnostics::new();
            let outcomes = run(&check.asserts, &scope, "Check block assertion failed", Severity::Warning, &mut found);
            told.extend(found.into_iter().map(Diagnostic::of_check));
            self.checks.borrow_mut().add(CheckKind::Check, check_addresses(&frame, name), &outcomes);
        }
    }
}

/// Of a check block: in the configuration, and in a module instance.
fn check_addresses(frame: &Frame, name: &str) -> (String, String) {
    let short = format!("check.{name}");
    let module = &frame.module.path;
    let config = if module.is_root() { short.clone() } else { format!("{module}.{short}") };
    (config, in_module(&frame.instance, &short))
}

fn run(
    rules: &[CheckRule],
    scope: &dyn Scope,
    summary: &str,
    severity: Severity,
    told: &mut Diagnostics,
) -> Vec<Outcome> {
    rules.iter().map(|rule| fw_eval::check(rule, scope, summary, severity, told)).collect()
}
