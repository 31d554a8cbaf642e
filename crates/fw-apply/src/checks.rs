//! What conditions say: those that were decided while planning, and those that could only be decided now.

use std::collections::{BTreeMap, BTreeSet};

use fw_config::CheckRule;
use fw_diag::{Diagnostics, Severity};
use fw_eval::Outcome;
use fw_lang::Scope;
use fw_state::{CheckKind, CheckObject, CheckResult, CheckResults, CheckStatus};
use fw_value::Value;

use crate::applier::{Applier, Instance};

/// Results so far.
#[derive(Default)]
pub(crate) struct CheckTable {
    /// Without a list: nothing is known of the objects.
    results: BTreeMap<(String, CheckKind), Option<Vec<CheckObject>>>,
    /// Objects of which something was decided in this apply; the first decision takes the place of "unknown".
    decided: BTreeSet<(CheckKind, String)>,
}

impl CheckTable {
    /// Starts with the objects that the plan has found, of which nothing is decided yet.
    pub(crate) fn new(planned: &CheckResults) -> Self {
        let undecided = |object: &CheckObject| CheckObject {
            address: object.address.clone(),
            status: CheckStatus::Unknown,
            failure_messages: Vec::new(),
        };
        let entry = |one: &CheckResult| {
            let objects = one.objects.as_ref().map(|objects| objects.iter().map(undecided).collect());
            ((one.config_address.clone(), one.kind), objects)
        };
        Self { results: planned.0.iter().map(entry).collect(), decided: BTreeSet::new() }
    }

    /// Adds outcomes for one object.
    pub(crate) fn add(&mut self, kind: CheckKind, config: String, address: String, outcomes: &[Outcome]) {
        let Some(status) = outcomes.iter().map(status_of).max_by_key(|s| rank(*s)) else { return };
        let first = self.decided.insert((kind, address.clone()));
        let objects = self.results.entry((config, kind)).or_default().get_or_insert_default();
        let at = objects.iter().position(|o| o.address == address).unwrap_or_else(|| {
            objects.push(CheckObject { address, status, failure_messages: Vec::new() });
            objects.len() - 1
        });
        let Some(object) = objects.get_mut(at) else { return };
        if first {
            object.status = status;
            object.failure_messages.clear();
        } else if rank(status) > rank(object.status) {
            object.status = status;
        }
        object.failure_messages.extend(outcomes.iter().filter_map(|o| match o {
            Outcome::Fail(message) => Some(message.clone()),
            Outcome::Pass | Outcome::Unknown | Outcome::Error => None,
        }));
    }

    /// All results, sorted by address.
    pub(crate) fn results(&self) -> CheckResults {
        let worst = |objects: &Vec<CheckObject>| objects.iter().map(|o| o.status).max_by_key(|s| rank(*s));
        let result =
            |((config_address, kind), objects): (&(String, CheckKind), &Option<Vec<CheckObject>>)| CheckResult {
                kind: *kind,
                config_address: config_address.clone(),
                status: objects.as_ref().map_or(CheckStatus::Unknown, |all| worst(all).unwrap_or(CheckStatus::Pass)),
                objects: objects.clone(),
            };
        CheckResults(self.results.iter().map(result).collect())
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

/// Evaluates conditions; what fails is told.
pub(crate) fn run_rules(
    rules: &[CheckRule],
    scope: &dyn Scope,
    summary: &str,
    severity: Severity,
    diagnostics: &mut Diagnostics,
) -> Vec<Outcome> {
    rules.iter().map(|rule| fw_eval::check(rule, scope, summary, severity, diagnostics)).collect()
}

impl Applier<'_> {
    /// Runs the preconditions of an instance.
    pub(crate) fn preconditions(&self, one: &Instance<'_>, diagnostics: &mut Diagnostics) {
        let rules = &one.block.lifecycle.preconditions;
        self.conditions(rules, "Resource precondition failed", one, None, diagnostics);
    }

    /// Runs the postconditions of an instance on its object.
    pub(crate) fn postconditions(&self, one: &Instance<'_>, object: &Value, diagnostics: &mut Diagnostics) {
        let rules = &one.block.lifecycle.postconditions;
        self.conditions(rules, "Resource postcondition failed", one, Some(object), diagnostics);
    }

    fn conditions(
        &self,
        rules: &[CheckRule],
        summary: &str,
        one: &Instance<'_>,
        object: Option<&Value>,
        diagnostics: &mut Diagnostics,
    ) {
        if rules.is_empty() {
            return;
        }
        let mut scope = self.evaluator.scope(&one.frame, one.repetition.clone());
        if let Some(object) = object {
            scope = scope.with_self(object.clone());
        }
        let outcomes = run_rules(rules, &scope, summary, Severity::Error, diagnostics);
        let (config, address) = (one.address.config().to_string(), one.address.to_string());
        self.checks.borrow_mut().add(CheckKind::Resource, config, address, &outcomes);
    }
}
