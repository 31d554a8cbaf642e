//! What conditions say, gathered by configuration object.

use std::collections::BTreeMap;

use fw_addr::{ModuleInstance, Name};
use fw_config::CheckRule;
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
pub(crate) struct CheckTable(BTreeMap<(String, CheckKindOrder), Vec<CheckObject>>);

/// [`CheckKind`] with an order, so that results come sorted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    /// Adds the outcomes of one object. Without any conditions there is nothing to say.
    pub(crate) fn add(&mut self, kind: CheckKind, (config, address): (String, String), outcomes: &[Outcome]) {
        if outcomes.is_empty() {
            return;
        }
        let failure_messages = outcomes.iter().filter_map(|o| match o {
            Outcome::Fail(message) => Some(message.clone()),
            Outcome::Pass | Outcome::Unknown | Outcome::Error => None,
        });
        let failure_messages: Vec<_> = failure_messages.collect();
        let status = outcomes.iter().map(status_of).max_by_key(|s| rank(*s)).unwrap_or(CheckStatus::Pass);
        let objects = self.0.entry((config, kind.into())).or_default();
        match objects.iter_mut().find(|o| o.address == address) {
            // Preconditions and postconditions of one instance come one after the other.
            Some(object) => {
                if rank(status) > rank(object.status) {
                    object.status = status;
                }
                object.failure_messages.extend(failure_messages);
            }
            None => objects.push(CheckObject { address, status, failure_messages }),
        }
    }

    /// All results, sorted by address.
    pub(crate) fn results(&self) -> CheckResults {
        let all = self.0.iter().map(|((config_address, kind), objects)| CheckResult {
            kind: (*kind).into(),
            config_address: config_address.clone(),
            status: objects.iter().map(|o| o.status).max_by_key(|s| rank(*s)).unwrap_or(CheckStatus::Pass),
            objects: Some(objects.clone()),
        });
        CheckResults(all.collect())
    }
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
