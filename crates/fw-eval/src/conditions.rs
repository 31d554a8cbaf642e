//! Conditions with an error message: `validation`, `precondition`, `postcondition`, `assert`.

use std::fmt::Display;

use fw_config::CheckRule;
use fw_diag::{Diagnostic, Diagnostics, Severity};
use fw_lang::Scope;
use fw_value::{Content, Marks, Type};

/// What is told of a check whose condition does not hold.
pub const CHECK_FAILED: &str = "Check block assertion failed";

/// What is told of a check that cannot be decided yet.
pub const CHECK_UNDECIDED: &str = "Check block assertion known after apply";

/// What a condition said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Pass,
    /// It is not known yet.
    Unknown,
    /// It does not hold; the message of the configuration.
    Fail(String),
    /// It could not be evaluated; said in the diagnostics.
    Error,
}

/// Evaluates a condition. A failed one is told in `diagnostics` with the severity given and the summary of its kind
/// (`Resource precondition failed`).
pub fn check(
    rule: &CheckRule,
    scope: &dyn Scope,
    summary: &str,
    severity: Severity,
    diagnostics: &mut Diagnostics,
) -> Outcome {
    let mut found = Diagnostics::new();
    let condition = fw_lang::evaluate_as(&rule.condition, &Type::Bool, scope, &mut found);
    let mut message_diagnostics = Diagnostics::new();
    let message = error_message(rule, scope, &mut message_diagnostics);
    if found.has_errors() {
        found.append(message_diagnostics);
        diagnostics.append(found);
        return Outcome::Error;
    }
    diagnostics.append(found);
    let outcome = match condition.content() {
        Content::Unknown(_) => {
            // Only checks: other conditions are decided before anything is built on them.
            if summary == CHECK_FAILED {
                let detail = "The condition could not be evaluated at this time, a result will be known when this plan is \
                     applied.";
                let told = Diagnostic::warning(CHECK_UNDECIDED, detail);
                let values = fw_lang::expression_values(&rule.condition, scope);
                diagnostics.push(told.at(rule.condition.span).with_values(values));
            }
            return Outcome::Unknown;
        }
        Content::Bool(true) => Outcome::Pass,
        Content::Bool(false) => Outcome::Fail(message.clone()),
        _ => {
            let detail = "Condition expression must return either true or false, not null.";
            diagnostics.push(Diagnostic::error("Invalid condition result", detail).at(rule.condition.span));
            return Outcome::Error;
        }
    };
    if message_diagnostics.has_errors() {
        diagnostics.append(message_diagnostics);
        return Outcome::Error;
    }
    diagnostics.append(message_diagnostics);
    if matches!(outcome, Outcome::Fail(_)) {
        let mut diagnostic = Diagnostic::error(summary, message).at(rule.condition.span);
        diagnostic.severity = severity;
        diagnostic.values = fw_lang::expression_values(&rule.condition, scope);
        diagnostics.push(diagnostic);
    }
    outcome
}

/// Evaluates conditions of one kind, as [`check`] does each; `object` is what they are about.
pub fn check_all(
    rules: &[CheckRule],
    scope: &dyn Scope,
    summary: &str,
    severity: Severity,
    object: &dyn Display,
    diagnostics: &mut Diagnostics,
) -> Vec<Outcome> {
    let before = diagnostics.len();
    let outcomes = rules.iter().map(|rule| check(rule, scope, summary, severity, diagnostics)).collect();
    for told in diagnostics.iter_mut().skip(before).filter(|told| told.summary == summary) {
        told.checked = Some(object.to_string().into());
    }
    outcomes
}

fn error_message(rule: &CheckRule, scope: &dyn Scope, diagnostics: &mut Diagnostics) -> String {
    let value = fw_lang::evaluate_as(&rule.error_message, &Type::String, scope, diagnostics);
    let hidden = |why: &str| format!("The error message included {why} value, so it will not be displayed.");
    let at = rule.error_message.span;
    if value.marks().contains(Marks::SENSITIVE) {
        let detail = "The error expression used to explain this condition refers to sensitive values, so Terraform will not \
             display the resulting message.\n\nYou can correct this by removing references to sensitive values, or by \
             carefully using the nonsensitive() function if the expression will not reveal the sensitive data.";
        diagnostics.push(Diagnostic::warning("Error message refers to sensitive values", detail).at(at));
        return hidden("a sensitive");
    }
    if value.marks().contains(Marks::EPHEMERAL) {
        let detail = "The error expression used to explain this condition refers to ephemeral values, so Terraform will not \
             display the resulting message.\n\nYou can correct this by removing references to ephemeral values, or by \
             carefully using the ephemeralasnull() function if the expression will not reveal the ephemeral data.";
        diagnostics.push(Diagnostic::warning("Error message refers to ephemeral values", detail).at(at));
        return hidden("an ephemeral");
    }
    match value.content() {
        Content::String(text) => text.trim().to_owned(),
        Content::Null => {
            let detail = "Unsuitable value for error message: must not be null.";
            diagnostics.push(Diagnostic::error("Invalid error message", detail).at(at));
            String::new()
        }
        _ => "(the error message is not known yet)".to_owned(),
    }
}
