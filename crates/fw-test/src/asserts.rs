//! Assertions of a run, and its outputs: looked at when its plan or apply is done, while everything can still be evaluated.

use std::cell::RefCell;
use std::sync::Arc;

use fw_addr::Name;
use fw_config::testing::Run;
use fw_config::{CheckRule, Module};
use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_eval::{Evaluator, RepetitionData};
use fw_lang::reference::{Place, Subject, references};
use fw_value::convert::convert;
use fw_value::{Content, Marks, Type, Value};

use crate::Status;
use crate::answers::{Answers, Known, Site};

/// What was seen when a plan or an apply was done.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// What the assertions say.
    pub(crate) diagnostics: Diagnostics,
    /// Pass, fail or error.
    pub(crate) status: Status,
    /// The values of the outputs.
    pub(crate) outputs: Vec<(Name, Value)>,
}

/// Watches a plan and an apply.
pub(crate) struct Watching<'a> {
    run: &'a Run,
    known: &'a Known<'a>,
    seen: RefCell<Seen>,
}

impl<'a> Watching<'a> {
    pub(crate) fn new(run: &'a Run, known: &'a Known<'a>) -> Self {
        Self { run, known, seen: RefCell::default() }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.take()
    }

    fn look(&self, evaluator: &Evaluator<'_>) {
        let root = evaluator.root();
        let mut ignored = Diagnostics::new();
        let outputs: Vec<(Name, Value)> = root
            .module
            .outputs
            .keys()
            .map(|name| (Name::clone(name), evaluator.output(&root, name, &mut ignored)))
            .collect();
        let mut seen = Seen { status: Status::Pass, outputs, ..Seen::default() };
        for rule in &self.run.asserts {
            let status = self.assert(rule, evaluator, &seen.outputs, &mut seen.diagnostics);
            seen.status = seen.status.max(status);
        }
        self.seen.replace(seen);
    }

    fn assert(
        &self,
        rule: &CheckRule,
        evaluator: &Evaluator<'_>,
        outputs: &[(Name, Value)],
        told: &mut Diagnostics,
    ) -> Status {
        let root = evaluator.root();
        let mut answers = Answers::new();
        let mut problems = Diagnostics::new();
        let mut found = references(&rule.condition, Place::Test, &mut problems);
        found.extend(references(&rule.error_message, Place::Test, &mut problems));
        for reference in found {
            match &reference.subject {
                Subject::Output(name) => {
                    let value = outputs.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone());
                    let Some(value) = value else { continue };
                    answers.insert(reference.subject, value);
                }
                // The module's own are better known there.
                Subject::Variable(name) if root.module.variables.contains_key(name) => {}
                Subject::Variable(name) if !self.known.variables.contains_key(name) => {
                    problems.push(undeclared_variable(&root.module, name, reference.span));
                }
                Subject::Local(name) if !root.module.locals.contains_key(name) => {
                    let detail = format!("A local value with the name \"{name}\" has not been declared.");
                    problems.push(Diagnostic::error("Reference to undeclared local value", detail).at(reference.span));
                }
                Subject::Check(_) => {
                    let detail = "The \"check\" object can only be referenced from an \"expect_failures\" attribute within a \
                                  Terraform testing \"run\" block.";
                    let problem = Diagnostic::error("Reference to \"check\" in invalid context", detail);
                    problems.push(problem.at(reference.span));
                }
                _ => self.known.look_up(reference, Site::Assert, &mut answers, &mut problems),
            }
        }
        if problems.has_errors() {
            told.append(problems);
            return Status::Error;
        }
        let scope = evaluator.scope(&root, RepetitionData::default()).with_answers(Some(Arc::new(answers)));
        decide(rule, &scope, told)
    }
}

/// Whether an assertion holds.
fn decide(rule: &CheckRule, scope: &dyn fw_lang::Scope, told: &mut Diagnostics) -> Status {
    let mut problems = Diagnostics::new();
    let condition = fw_lang::evaluate(&rule.condition, scope, &mut problems);
    let at = rule.condition.span;
    if problems.has_errors() {
        told.append(problems);
        return Status::Error;
    }
    let values = || fw_lang::expression_values(&rule.condition, scope);
    if !condition.is_known() {
        let detail = "Condition expression could not be evaluated at this time. This means you have executed a `run` block \
                      with `command = plan` and one of the values your condition depended on is not known until after the \
                      plan has been applied. Either remove this value from your condition, or execute an `apply` command \
                      from this `run` block. Alternatively, if there is an override for this value, you can make it available \
                      during the plan phase by setting `override_during = plan` in the `override_` block.";
        told.push(Diagnostic::error("Unknown condition value", detail).at(at).with_values(values()));
        return Status::Error;
    }
    let problem = match convert(&condition, &Type::Bool) {
        Ok(value) if matches!(value.content(), Content::Null) => {
            Some("Condition expression must return either true or false, not null.".to_owned())
        }
        Ok(_) => None,
        Err(error) => Some(format!("Invalid condition run value: {error}.")),
    };
    if let Some(detail) = problem {
        told.push(Diagnostic::error("Invalid condition run", detail).at(at).with_values(values()));
        return Status::Error;
    }
    let Some(message) = message(rule, scope, told) else { return Status::Error };
    if convert(&condition, &Type::Bool).is_ok_and(|condition| condition.is_true()) {
        return Status::Pass;
    }
    told.push(Diagnostic::error("Test assertion failed", message).at(at).with_values(values()));
    Status::Fail
}

/// What is said when an assertion does not hold; nothing of a message that must not be seen. `None` when something is wrong
/// with it.
fn message(rule: &CheckRule, scope: &dyn fw_lang::Scope, told: &mut Diagnostics) -> Option<String> {
    let mut problems = Diagnostics::new();
    let value = fw_lang::evaluate(&rule.error_message, scope, &mut problems);
    let at = rule.error_message.span;
    let marks = value.marks_deep();
    let unsuitable = match convert(&value.unmark_deep().0, &Type::String).map(|value| value.content().clone()) {
        Ok(Content::String(text)) if marks.is_empty() => {
            told.append(problems);
            return Some(text.trim().to_owned());
        }
        Ok(Content::Null) => "must not be null".to_owned(),
        Ok(Content::Unknown(_)) => "must be known".to_owned(),
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    if problems.has_errors() {
        told.append(problems);
        return None;
    }
    if !unsuitable.is_empty() {
        let detail = format!("Unsuitable value for error message: {unsuitable}.");
        told.push(Diagnostic::error("Invalid error message", detail).at(at));
        return None;
    }
    let (kind, function, data) = if marks.contains(Marks::SENSITIVE) {
        ("sensitive", "nonsensitive", "sensitive")
    } else {
        ("ephemeral", "ephemeralasnull", "ephemeral")
    };
    let detail = format!(
        "The error expression used to explain this condition refers to {kind} values, so Terraform will not display the \
         resulting message.\n\nYou can correct this by removing references to {kind} values, or by carefully using the \
         {function}() function if the expression will not reveal the {data} data."
    );
    told.push(Diagnostic::warning(format!("Error message refers to {kind} values"), detail).at(at));
    Some(String::new())
}

fn undeclared_variable(module: &Module, name: &str, span: Span) -> Diagnostic {
    let near = fw_syntax::suggestion(name, module.variables.keys().map(|name| &**name));
    let hint = near.map_or_else(
        || format!(" This variable can be declared with a variable \"{name}\" {{}} block."),
        |near| format!(" Did you mean \"{near}\"?"),
    );
    let detail = format!("An input variable with the name \"{name}\" has not been declared.{hint}");
    Diagnostic::error("Reference to undeclared input variable", detail).at(span)
}

impl fw_plan::Hooks for Watching<'_> {
    fn planned(&self, evaluator: &Evaluator<'_>) {
        self.look(evaluator);
    }
}

impl fw_apply::Hooks for Watching<'_> {
    fn applied(&self, evaluator: &Evaluator<'_>) {
        self.look(evaluator);
    }
}
