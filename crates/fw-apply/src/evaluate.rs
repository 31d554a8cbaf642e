//! What is done at each step, and the steps that only evaluate: variables, locals, outputs, calls, checks.

use std::rc::Rc;

use fw_addr::{ModulePath, Name};
use fw_diag::{Diagnostics, Severity};
use fw_eval::{Frame, RepetitionData};
use fw_exec::{Checkable, Evaluated, Mode, Operation};
use fw_state::{Change, CheckKind, OutputState};
use fw_value::{Marks, Value};

use crate::applier::Applier;
use crate::turn::Turn;

impl Applier<'_> {
    /// Does a step.
    pub(crate) async fn visit(&self, step: usize) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let found = &mut diagnostics;
        match &self.plan().graph.steps[step].operation {
            operation @ (Operation::ConfigureProvider(_)
            | Operation::Apply(_)
            | Operation::Destroy(_)
            | Operation::Forget(_)
            | Operation::Read(_)
            | Operation::OpenEphemeral(_)) => {
                let turn = self.turn().await;
                // It may have come long after the step was ready.
                if !self.is_halted(found) {
                    self.work(operation, &turn, found).await;
                }
            }
            Operation::Evaluate(module, what) => self.evaluate(module, what, found).await,
            Operation::Check(module, name) => self.check(module, name, found),
            Operation::ResourceReady(_)
            | Operation::DependentsDestroyed(_)
            | Operation::ResourceDone(_)
            | Operation::ModuleDone(_) => {}
        }
        diagnostics
    }

    /// Does a step that takes its turn among the limited number of them.
    async fn work(&self, operation: &Operation, turn: &Turn<'_>, found: &mut Diagnostics) {
        match operation {
            Operation::ConfigureProvider(config) => self.configure(config, found).await,
            Operation::Apply(change) => self.apply_change(*change, turn, found).await,
            Operation::Destroy(change) => self.destroy(*change, turn, found).await,
            Operation::Forget(change) => self.forget(*change, found).await,
            Operation::Read(change) => self.read(*change, found).await,
            Operation::OpenEphemeral(resource) => self.open(resource, found).await,
            Operation::Evaluate(..)
            | Operation::Check(..)
            | Operation::ResourceReady(_)
            | Operation::DependentsDestroyed(_)
            | Operation::ResourceDone(_)
            | Operation::ModuleDone(_) => {}
        }
    }

    fn destroying(&self) -> bool {
        self.plan().mode == Mode::Destroy
    }

    async fn evaluate(&self, module: &ModulePath, what: &Evaluated, found: &mut Diagnostics) {
        for frame in self.evaluator.frames(module) {
            match what {
                Evaluated::Call(name) => {
                    self.evaluator.expand_call(&frame, name, found);
                }
                // While destroying, only what the configurations of providers need is evaluated, when they ask for it.
                _ if self.destroying() => {}
                Evaluated::Variable(name) => self.variable(&frame, name, found),
                Evaluated::Local(name) => {
                    self.evaluator.local(&frame, name, found);
                }
                Evaluated::Output(name) => self.output(&frame, name, found).await,
            }
        }
    }

    fn variable(&self, frame: &Rc<Frame>, name: &Name, found: &mut Diagnostics) {
        self.evaluator.variable(frame, name, found);
        let outcomes = self.evaluator.validate_variable(frame, name, found);
        let checkable = Checkable::within(&frame.instance, &format!("var.{name}"));
        self.checks.borrow_mut().add(CheckKind::Variable, checkable, &outcomes);
    }

    async fn output(&self, frame: &Rc<Frame>, name: &Name, found: &mut Diagnostics) {
        let Some(output) = frame.module.outputs.get(name) else { return };
        let mut told = Diagnostics::new();
        if !output.preconditions.is_empty() {
            let scope = self.evaluator.scope(frame, RepetitionData::default());
            let summary = "Module output value precondition failed";
            let checkable = Checkable::within(&frame.instance, &format!("output.{name}"));
            let (rules, address) = (&output.preconditions, &checkable.address);
            let outcomes = fw_eval::check_all(rules, &scope, summary, Severity::Error, address, &mut told);
            self.checks.borrow_mut().add(CheckKind::Output, checkable, &outcomes);
        }
        if told.has_errors() {
            found.append(told);
            return;
        }
        let value = match self.planned_output(frame, name) {
            Some(planned) => planned,
            None => self.evaluator.output(frame, name, &mut told),
        };
        let failed = told.has_errors();
        found.append(told);
        if failed || !frame.instance.is_root() || value.has_mark_deep(Marks::EPHEMERAL) {
            return;
        }
        let sensitive = output.sensitive || value.has_mark_deep(Marks::SENSITIVE);
        let value = value.unmark_deep().0;
        // What is still not known, since only the state is brought up to date, is kept as a null of its type.
        let output = (!value.is_null()).then(|| OutputState { value: value.unknown_as_null(), sensitive });
        if self.state.borrow().outputs.get(&**name) != output.as_ref() {
            self.save(Change::Output { name: name.to_string(), output }, found).await;
        }
    }

    /// The value of a root output that the plan knows already.
    fn planned_output(&self, frame: &Frame, name: &Name) -> Option<Value> {
        if !frame.instance.is_root() {
            return None;
        }
        let changes = &self.plan().output_changes;
        let at = changes.binary_search_by(|change| change.name.cmp(name)).ok()?;
        let planned = &changes.get(at)?.after;
        // A change is sensitive too where the value was before, which is of no interest any more.
        (planned.is_wholly_known() && !planned.is_null()).then(|| planned.clone().unmark_deep().0)
    }

    /// The assertions of a check block: whatever fails is only a warning.
    fn check(&self, module: &ModulePath, name: &Name, found: &mut Diagnostics) {
        if self.destroying() {
            return;
        }
        for frame in self.evaluator.frames(module) {
            let Some(check) = frame.module.checks.get(name) else { continue };
            let scope = self.evaluator.scope(&frame, RepetitionData::default());
            let mut told = Diagnostics::new();
            let summary = fw_eval::CHECK_FAILED;
            let checkable = Checkable::within(&frame.instance, &format!("check.{name}"));
            let (asserts, address) = (&check.asserts, &checkable.address);
            let outcomes = fw_eval::check_all(asserts, &scope, summary, Severity::Warning, address, &mut told);
            // Only where its data could not be read, which has been told.
            found.extend(as_warnings(told).into_iter().filter(|one| one.summary != fw_eval::CHECK_UNDECIDED));
            self.checks.borrow_mut().add(CheckKind::Check, checkable, &outcomes);
        }
    }
}

/// The same, none of them an error.
pub(crate) fn as_warnings(mut told: Diagnostics) -> Diagnostics {
    for one in told.iter_mut() {
        one.severity = Severity::Warning;
    }
    told
}
