//! Definitions, reports and ids for tests.

use fw_run::{
    AccountId, Actor, ChangeCounts, Digest, Failure, FailureKind, GateDef, LabelSet, LockMode, MachineVersion, Millis,
    OnFail, PlanOptions, PlanRef, PlanReport, Purpose, Recipe, Retry, RunDef, RunId, RunIf, RunInput, Settings, Source,
    SourceFormat, StackId, StepDef, StepId, StepKind, StepReport, Time, WorkerId,
};
use uuid::Uuid;

pub(crate) const START: Time = Time(1_700_000_000_000);

pub(crate) fn run_id(n: u128) -> RunId {
    RunId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n))
}

pub(crate) fn worker(n: u128) -> WorkerId {
    WorkerId::new(Uuid::from_u128(n))
}

pub(crate) fn user(name: &str) -> Actor {
    Actor::User { name: name.to_owned() }
}

pub(crate) fn labels(text: &str) -> LabelSet {
    text.parse().unwrap()
}

pub(crate) fn input() -> RunInput {
    let source = Source { object: Digest::of(b"source"), format: SourceFormat::Files, directory: String::new() };
    RunInput { source, variables: None, lock_file: None, settings: Settings::default() }
}

pub(crate) fn recipe() -> Recipe {
    Recipe {
        account: AccountId::new(Uuid::from_u128(1)),
        stack: StackId::new(Uuid::from_u128(2)),
        purpose: Purpose::Update,
        input: input(),
        plan: PlanOptions::default(),
        labels: labels("aws"),
        priority: 0,
    }
}

pub(crate) fn deploy(gate: GateDef) -> RunDef {
    recipe().plan_and_apply(gate)
}

pub(crate) fn step(name: &str, kind: StepKind, needs: &[u16]) -> StepDef {
    StepDef {
        name: name.to_owned(),
        kind,
        needs: needs.iter().copied().map(StepId).collect(),
        labels: LabelSet::default(),
        timeout: Millis::minutes(10),
        retry: Retry { attempts: 2, ..Retry::none() },
        on_fail: OnFail::Stop,
        run_if: RunIf::Success,
    }
}

/// A run with every kind of step, some of them side by side.
pub(crate) fn large() -> RunDef {
    let notify = |name: &str, needs: &[u16], run_if| {
        let mut step = step(name, StepKind::Notify { channel: "c".to_owned() }, needs);
        step.run_if = run_if;
        step
    };
    let mut cost = step("cost", StepKind::Cost, &[1]);
    cost.on_fail = OnFail::Continue;
    RunDef {
        machine: MachineVersion::NEWEST,
        account: AccountId::new(Uuid::from_u128(1)),
        stack: StackId::new(Uuid::from_u128(2)),
        purpose: Purpose::Update,
        input: input(),
        steps: vec![
            step("validate", StepKind::Validate, &[]),
            step("plan", StepKind::Plan(PlanOptions::default()), &[0]),
            step("policy", StepKind::Policy { bundle: None }, &[1]),
            cost,
            step("gate", StepKind::Gate(GateDef::required(Millis::minutes(30))), &[2, 3]),
            step("apply", StepKind::Apply, &[4]),
            step("verify", StepKind::Verify, &[5]),
            step("child", StepKind::Child(Box::new(recipe().plan_only())), &[5]),
            notify("good", &[6, 7], RunIf::Success),
            notify("bad", &[6, 7], RunIf::Failure),
            notify("always", &[6, 7], RunIf::Always),
        ],
        lock: LockMode::Exclusive,
        deadline: Some(Millis::minutes(600)),
        grace: Millis::minutes(1),
        priority: 0,
    }
}

pub(crate) fn plan(content: &[u8], dangerous: &[&str], applyable: bool) -> StepReport {
    StepReport::Plan(PlanReport {
        plan: PlanRef {
            digest: Digest::of(content),
            base: None,
            applyable,
            dangerous: dangerous.iter().map(|address| (*address).to_owned()).collect(),
        },
        json: None,
        text: None,
        lock_file: None,
        counts: ChangeCounts::default(),
    })
}

pub(crate) fn applied() -> StepReport {
    StepReport::Apply { counts: ChangeCounts::default() }
}

pub(crate) fn failure(retryable: bool) -> Failure {
    Failure { kind: FailureKind::Provider, message: "it broke".to_owned(), diagnostics: None, retryable }
}
