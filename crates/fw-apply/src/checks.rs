//! Conditions of resources, which are decided once more with final values.

use fw_config::CheckRule;
use fw_diag::{Diagnostics, Severity};
use fw_exec::Checkable;
use fw_state::CheckKind;
use fw_value::Value;

use crate::applier::{Applier, Instance};

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
        let outcomes = fw_eval::check_all(rules, &scope, summary, Severity::Error, one.address, diagnostics);
        self.checks.borrow_mut().add(CheckKind::Resource, Checkable::resource(one.address), &outcomes);
    }
}
