//! The usual definitions.

use super::{
    GateDef, LockMode, MachineVersion, OnFail, PlanOptions, Purpose, Retry, RunDef, RunIf, RunInput, StepDef, StepKind,
};
use crate::{AccountId, LabelSet, Millis, StackId, StepId};

/// What differs between the usual runs.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// Whose it is.
    pub account: AccountId,
    /// The stack.
    pub stack: StackId,
    /// What it is for.
    pub purpose: Purpose,
    /// What it works on.
    pub input: RunInput,
    /// How to plan. With the mode `Destroy` an apply removes everything.
    pub plan: PlanOptions,
    /// What the workers have to have.
    pub labels: LabelSet,
    /// Higher ones come first within an account.
    pub priority: i16,
}

impl Recipe {
    /// Only a plan, without the stack's lock.
    #[must_use]
    pub fn plan_only(self) -> RunDef {
        let plan = self.step("plan", StepKind::Plan(self.plan.clone()), Vec::new());
        self.run(vec![plan], LockMode::None)
    }

    /// A plan, a gate, an apply.
    #[must_use]
    pub fn plan_and_apply(self, gate: GateDef) -> RunDef {
        let plan = self.step("plan", StepKind::Plan(self.plan.clone()), Vec::new());
        let gate = self.step("gate", StepKind::Gate(gate), vec![StepId(0)]);
        let mut apply = self.step("apply", StepKind::Apply, vec![StepId(1)]);
        apply.timeout = Millis::minutes(60 * 6);
        apply.retry = Retry { settle: Millis::seconds(10), losses: 5, ..Retry::none() };
        self.run(vec![plan, gate, apply], LockMode::Exclusive)
    }

    fn step(&self, name: &str, kind: StepKind, needs: Vec<StepId>) -> StepDef {
        StepDef {
            name: name.to_owned(),
            kind,
            needs,
            labels: self.labels.clone(),
            timeout: Millis::minutes(60),
            retry: Retry::none(),
            on_fail: OnFail::Stop,
            run_if: RunIf::Success,
        }
    }

    fn run(self, steps: Vec<StepDef>, lock: LockMode) -> RunDef {
        RunDef {
            machine: MachineVersion::NEWEST,
            account: self.account,
            stack: self.stack,
            purpose: self.purpose,
            input: self.input,
            steps,
            lock,
            deadline: None,
            grace: Millis::minutes(2),
            priority: self.priority,
        }
    }
}
