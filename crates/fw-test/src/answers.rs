//! What references in test files mean: values of variables of the file and from outside, and outputs of runs before.

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_addr::{Name, ResourceMode};
use fw_config::ProviderBlock;
use fw_config::testing::{Command, TestFile};
use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_eval::{Evaluator, RepetitionData};
use fw_lang::reference::{Reference, Subject};
use fw_ops::Engine;
use fw_syntax::ast::Expr;
use fw_value::Value;

/// Values by what names them.
pub(crate) type Answers = BTreeMap<Subject, Value>;

/// Where an expression stands, which decides what it may refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    /// In `variables` of the file.
    FileVariables,
    /// In `variables` of a run.
    RunVariables,
    /// In a provider block.
    Provider,
    /// In an assertion.
    Assert,
}

/// Outputs of a run that has ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) outputs: Value,
    pub(crate) command: Command,
}

/// All that references in a file can mean at some moment.
pub(crate) struct Known<'a> {
    pub(crate) file: &'a TestFile,
    pub(crate) runs: &'a BTreeMap<Name, Ended>,
    pub(crate) variables: &'a BTreeMap<Name, Value>,
}

impl Known<'_> {
    /// Finds what a reference means, and keeps it; says why it means nothing.
    pub(crate) fn look_up(&self, reference: Reference, site: Site, answers: &mut Answers, told: &mut Diagnostics) {
        match &reference.subject {
            Subject::Run(name) if site != Site::FileVariables => {
                if let Some(value) = self.run(name, &reference, site, told) {
                    answers.insert(reference.subject, value);
                }
            }
            Subject::Variable(name) => match self.variables.get(name) {
                Some(value) => {
                    answers.insert(reference.subject, value.clone());
                }
                None if site == Site::Assert => {}
                None => told.push(unavailable_variable(name, site, reference.span)),
            },
            _ if site == Site::Assert => {}
            Subject::Run(_) => {
                let detail = "You can not reference run blocks from within the file variables block.";
                told.push(Diagnostic::error("Invalid reference", detail).at(reference.span));
            }
            _ => told.push(Diagnostic::error("Invalid reference", elsewhere(site)).at(reference.span)),
        }
    }

    fn run(&self, name: &Name, reference: &Reference, site: Site, told: &mut Diagnostics) -> Option<Value> {
        let Some(ended) = self.runs.get(name) else {
            let declared = self.file.runs.iter().any(|run| run.name == *name);
            let detail = if !declared {
                format!(
                    "The run block \"{name}\" does not exist within this test file. You can only reference run blocks that are \
                     in the same test file and will execute before {}.",
                    before(site)
                )
            } else {
                format!(
                    "The run block \"{name}\" has not executed yet. You can only reference run blocks that are in the same \
                     test file and will execute before {}.",
                    before(site)
                )
            };
            let summary =
                if declared { "Reference to unavailable run block" } else { "Reference to unknown run block" };
            told.push(Diagnostic::error(summary, detail).at(reference.span));
            return None;
        };
        if site != Site::Assert
            && ended.command == Command::Plan
            && let Some(fw_syntax::ast::StepKind::Attribute(output)) = reference.remaining.first().map(|s| &s.kind)
            && ended.outputs.attr(output).is_some_and(|value| !value.is_wholly_known())
        {
            let span = reference.remaining.first().map_or(reference.span, |step| reference.span.to(step.span));
            let detail = format!(
                "The value for run.{name}.{output} is unknown. Run block \"{name}\" is executing a \"plan\" operation, and the \
                 specified output value is only known after apply."
            );
            told.push(Diagnostic::error("Reference to unknown value", detail).at(span));
            return None;
        }
        Some(ended.outputs.clone())
    }
}

fn before(site: Site) -> &'static str {
    if site == Site::Provider { "the provider is required" } else { "the current run block" }
}

fn unavailable_variable(name: &Name, site: Site, span: Span) -> Diagnostic {
    let whose = match site {
        Site::Provider => "provider configuration",
        Site::FileVariables => "context. Variables defined at the file level cannot reference each other,",
        Site::RunVariables | Site::Assert => "run block",
    };
    let detail = format!(
        "The input variable \"{name}\" is not available to the current {whose}. You can only reference variables defined at the \
         file or global levels."
    );
    Diagnostic::error("Reference to unavailable variable", detail).at(span)
}

fn elsewhere(site: Site) -> &'static str {
    match site {
        Site::FileVariables => "You can only reference global variables from within the file variables block.",
        Site::Provider => {
            "You can only reference run blocks and variables from within a provider block of a test file."
        }
        Site::RunVariables | Site::Assert => {
            "You can only reference earlier run blocks, file level, and global variables while defining variables from inside a \
             run block."
        }
    }
}

/// The references of a provider block of a test file.
pub(crate) fn of_provider(block: &ProviderBlock) -> Vec<Reference> {
    let mut found = fw_config::references::provider(block);
    for reference in &mut found {
        // They were read as those of a module, which knows no runs.
        if let Subject::Resource(resource) = &reference.subject
            && resource.mode == ResourceMode::Managed
            && &*resource.kind == "run"
        {
            reference.subject = Subject::Run(Name::clone(&resource.name));
        }
    }
    found
}

/// Evaluates an expression of which all references are answered.
pub(crate) fn evaluate(engine: &Engine<'_>, expr: &Expr, answers: Answers, told: &mut Diagnostics) -> Value {
    engine.with_settings(|settings| {
        let evaluator = Evaluator::new(engine.config, settings, BTreeMap::new());
        let scope = evaluator.scope(&evaluator.root(), RepetitionData::default()).with_answers(Some(Arc::new(answers)));
        fw_lang::evaluate(expr, &scope, told)
    })
}
