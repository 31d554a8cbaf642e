//! Whether a definition can be run at all.

use std::collections::BTreeSet;

use super::{LockMode, MachineVersion, RunDef, StepKind};
use crate::StepId;

/// How many steps a run may have.
const MOST_STEPS: usize = 500;
/// How deep runs may start runs.
const MOST_LEVELS: usize = 4;

/// Why a definition can't be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunDefError {
    /// Made by a newer program.
    #[error("version {0} of the run machine is not known")]
    Machine(u16),
    /// None or too many steps.
    #[error("a run has 1 to {MOST_STEPS} steps")]
    Steps,
    /// Two steps have the same name, or one has none.
    #[error("the name `{0}` of a step is empty or used twice")]
    Name(String),
    /// A step needs itself, a later one, or one that does not exist.
    #[error("the step `{0}` needs one that does not come before it")]
    Needs(String),
    /// There are several plan or apply steps.
    #[error("the run has more than one {0} step")]
    Several(&'static str),
    /// Something that works on a plan has none, or an apply has no gate.
    #[error("the step `{step}` does not come after a {missing} step")]
    Missing {
        /// The step.
        step: String,
        /// What is missing.
        missing: &'static str,
    },
    /// A run that changes the stack must hold its lock.
    #[error("a run with an apply step holds the lock of its stack")]
    Unlocked,
    /// A number that makes no sense.
    #[error("the step `{0}` has no attempts, approvers or time")]
    Zero(String),
    /// A child belongs to somebody else.
    #[error("the child `{0}` belongs to another account")]
    Account(String),
    /// A child's definition is wrong.
    #[error("the child `{step}`: {error}")]
    Child {
        /// The step.
        step: String,
        /// Why.
        error: Box<Self>,
    },
    /// Runs that start runs that start runs.
    #[error("runs start runs in more than {MOST_LEVELS} levels")]
    Levels,
}

impl RunDef {
    /// Checks the definition.
    ///
    /// # Errors
    /// What is wrong with it first.
    pub fn check(&self) -> Result<(), RunDefError> {
        self.check_level(0)
    }

    fn check_level(&self, level: usize) -> Result<(), RunDefError> {
        if self.machine > MachineVersion::NEWEST || self.machine.0 == 0 {
            return Err(RunDefError::Machine(self.machine.0));
        }
        if self.steps.is_empty() || self.steps.len() > MOST_STEPS {
            return Err(RunDefError::Steps);
        }
        if level >= MOST_LEVELS {
            return Err(RunDefError::Levels);
        }
        let mut names = BTreeSet::new();
        for (id, step) in self.steps() {
            if step.name.is_empty() || !names.insert(step.name.as_str()) {
                return Err(RunDefError::Name(step.name.clone()));
            }
            if step.needs.iter().any(|need| *need >= id) {
                return Err(RunDefError::Needs(step.name.clone()));
            }
            self.check_step(id, level)?;
        }
        self.check_single("plan", |kind| matches!(kind, StepKind::Plan(_)))?;
        self.check_single("apply", |kind| matches!(kind, StepKind::Apply))
    }

    fn check_single(&self, name: &'static str, is: fn(&StepKind) -> bool) -> Result<(), RunDefError> {
        if self.steps.iter().filter(|step| is(&step.kind)).count() > 1 {
            return Err(RunDefError::Several(name));
        }
        Ok(())
    }

    fn check_step(&self, id: StepId, level: usize) -> Result<(), RunDefError> {
        let Some(step) = self.step(id) else { return Ok(()) };
        let zero = step.retry.attempts == 0 || step.retry.losses == 0 || step.timeout.0 == 0;
        let gate_zero = matches!(&step.kind, StepKind::Gate(gate) if gate.approvers == 0 || gate.valid_for.0 == 0);
        if zero || gate_zero {
            return Err(RunDefError::Zero(step.name.clone()));
        }
        let missing = |missing| Err(RunDefError::Missing { step: step.name.clone(), missing });
        let plan_before = || self.before(id).any(|step| matches!(step, StepKind::Plan(_)));
        match &step.kind {
            StepKind::Apply if self.lock == LockMode::None => Err(RunDefError::Unlocked),
            StepKind::Policy { .. } | StepKind::Cost | StepKind::Apply if !plan_before() => missing("plan"),
            StepKind::Apply if !self.before(id).any(|step| matches!(step, StepKind::Gate(_))) => missing("gate"),
            StepKind::Child(child) if child.account != self.account => Err(RunDefError::Account(step.name.clone())),
            StepKind::Child(child) => child
                .check_level(level + 1)
                .map_err(|error| RunDefError::Child { step: step.name.clone(), error: Box::new(error) }),
            StepKind::Validate
            | StepKind::Plan(_)
            | StepKind::Policy { .. }
            | StepKind::Cost
            | StepKind::Gate(_)
            | StepKind::Apply
            | StepKind::Verify
            | StepKind::Notify { .. } => Ok(()),
        }
    }

    /// What every step does that has to be over before this one.
    fn before(&self, id: StepId) -> impl Iterator<Item = &StepKind> {
        let mut wanted: BTreeSet<StepId> = self.step(id).map(|step| step.needs.clone()).into_iter().flatten().collect();
        let mut found = Vec::new();
        // Steps need earlier ones only, so the greatest one left is never wanted again.
        while let Some(step) = wanted.pop_last().and_then(|id| self.step(id)) {
            wanted.extend(&step.needs);
            found.push(&step.kind);
        }
        found.into_iter()
    }
}
