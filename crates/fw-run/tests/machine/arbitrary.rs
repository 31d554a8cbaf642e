//! Arbitrary events in arbitrary order, most of them nonsense: the invariants hold all the same, and with a little care a
//! run always comes to its end.

use fw_run::{
    Digest, Entry, Event, LockMode, Loss, Millis, OpAction, OpKey, Resolution, Run, RunDef, RunStatus, StepId,
    StepKind, StepPhase, StepReport, Time, UnknownOperation,
};
use proptest::prelude::*;

use crate::checker::check;
use crate::world::{START, applied, deploy, failure, labels, large, plan, run_id, user, worker};

fn report() -> impl Strategy<Value = StepReport> {
    prop_oneof![
        Just(StepReport::Empty),
        Just(applied()),
        any::<bool>().prop_map(|passed| StepReport::Check { passed, findings: None }),
        (any::<bool>(), any::<bool>())
            .prop_map(|(dangerous, applyable)| { plan(b"p", if dangerous { &["a.b"] } else { &[] }, applyable) }),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let step = (0_u16..12).prop_map(StepId);
    let attempt = 1_u32..5;
    let digest = prop_oneof![Just(Some(Digest::of(b"p"))), Just(Some(Digest::of(b"q"))), Just(None)];
    let person = prop_oneof![Just(user("anna")), Just(user("berta"))];
    let op = || (0_u8..2).prop_map(|n| OpKey(n.to_string()));
    let unknown = op().prop_map(|op| {
        vec![UnknownOperation {
            op,
            action: OpAction::Create,
            address: "a.b".to_owned(),
            provider: "p".to_owned(),
            reason: "r".to_owned(),
        }]
    });
    let ended = prop_oneof![Just(RunStatus::Succeeded), Just(RunStatus::Failed), Just(RunStatus::Running)];
    prop_oneof![
        1 => (1_u64..9).prop_map(|epoch| Event::Locked { epoch }),
        8 => (step.clone(), attempt.clone(), any::<bool>()).prop_map(|(step, attempt, all)| Event::Begun {
            step, attempt, worker: worker(1), labels: labels(if all { "aws,linux" } else { "linux" }),
        }),
        8 => (step.clone(), attempt.clone(), report())
            .prop_map(|(step, attempt, report)| Event::Done { step, attempt, report }),
        2 => (step.clone(), attempt.clone(), any::<bool>())
            .prop_map(|(step, attempt, retryable)| Event::Failed { step, attempt, failure: failure(retryable) }),
        1 => (step.clone(), attempt.clone()).prop_map(|(step, attempt)| Event::Stopped { step, attempt }),
        1 => (step.clone(), attempt.clone()).prop_map(|(step, attempt)| Event::Returned { step, attempt }),
        2 => (step.clone(), attempt.clone(), 0_u64..2)
            .prop_map(|(step, attempt, progress)| Event::Lost { step, attempt, why: Loss::Silence, progress }),
        1 => (step.clone(), attempt, unknown)
            .prop_map(|(step, attempt, operations)| Event::ApplyUnknown { step, attempt, operations }),
        1 => (step.clone(), op()).prop_map(|(step, op)| Event::Resolved {
            step, by: user("anna"), resolutions: vec![(op, Resolution::Absent)],
        }),
        4 => (step.clone(), digest, person.clone()).prop_map(|(step, plan, by)| Event::Approved { step, plan, by }),
        1 => (step.clone(), person.clone()).prop_map(|(step, by)| Event::Rejected { step, by, reason: None }),
        1 => (step, ended).prop_map(|(step, status)| Event::ChildFinished { step, run: run_id(1).child(step), status }),
        1 => person.prop_map(|by| Event::CancelAsked { by, reason: None }),
    ]
}

fn definition() -> impl Strategy<Value = RunDef> {
    let gate = fw_run::GateDef::required(Millis::minutes(30));
    prop_oneof![Just(large()), Just(deploy(gate)), Just(deploy(fw_run::GateDef::automatic()))]
}

/// What fits the run as it is now, by the choice of `seed`: so that long runs come about.
fn fitting(run: &Run, seed: u64) -> Option<Event> {
    if run.definition().lock == LockMode::Exclusive && run.wants_lock() {
        return Some(Event::Locked { epoch: 1 });
    }
    let steps: Vec<_> = run.definition().steps().zip(&run.state().steps).collect();
    let count = steps.len();
    (0..count).map(|index| &steps[(index + seed as usize) % count]).find_map(|((step, definition), state)| {
        let (step, attempt) = (*step, state.attempt);
        match &state.phase {
            StepPhase::Offered { .. } => Some(Event::Begun { step, attempt, worker: worker(1), labels: labels("aws") }),
            StepPhase::Running { .. } if seed % 7 == 0 => {
                Some(Event::Lost { step, attempt, why: Loss::Silence, progress: seed % 2 })
            }
            StepPhase::Running { .. } if seed % 11 == 0 => {
                Some(Event::Failed { step, attempt, failure: failure(true) })
            }
            StepPhase::Running { .. } => Some(Event::Done { step, attempt, report: fit(&definition.kind) }),
            StepPhase::Open { plan, .. } => Some(Event::Approved { step, plan: *plan, by: user("anna") }),
            StepPhase::Child { run } => Some(Event::ChildFinished { step, run: *run, status: RunStatus::Succeeded }),
            StepPhase::Unknown { operations, resolved } => {
                let op = &operations.iter().find(|op| !resolved.iter().any(|(done, _)| *done == op.op))?.op;
                let resolutions = vec![(op.clone(), Resolution::Absent)];
                Some(Event::Resolved { step, by: user("anna"), resolutions })
            }
            _ => None,
        }
    })
}

fn fit(kind: &StepKind) -> StepReport {
    match kind {
        StepKind::Plan(_) => plan(b"p", &[], true),
        StepKind::Apply => applied(),
        _ => StepReport::Empty,
    }
}

struct Walk {
    run: Run,
    log: Vec<Entry>,
    now: Time,
}

impl Walk {
    fn of(definition: RunDef) -> Self {
        let (run, entry) = Run::create(run_id(1), definition, user("anna"), START).unwrap();
        Self { run, log: vec![entry], now: START }
    }

    fn advance(&mut self, event: Option<Event>) {
        let advanced = self.run.advance(self.now, event);
        if !advanced.refused.is_empty() {
            let mut other = Run::fold(self.run.id(), self.run.definition().clone(), &self.log);
            let without = other.advance(self.now, []);
            assert_eq!(without.entries, advanced.entries, "I11: what is refused changes nothing");
        }
        self.log.extend(advanced.entries);
        assert!(self.run.advance(self.now, []).entries.is_empty(), "a second look changes nothing");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn invariants_hold_whatever_comes(
        definition in definition(),
        steps in prop::collection::vec((event(), any::<u8>(), 0_u64..200, any::<u64>()), 1..60),
    ) {
        let mut walk = Walk::of(definition);
        for (event, choice, minutes, seed) in steps {
            // Twice out of three times something that fits.
            let event = if choice % 3 == 0 { Some(event) } else { fitting(&walk.run, seed) };
            walk.advance(event);
            if choice % 16 == 1 {
                walk.now = walk.now + Millis::minutes(minutes);
            }
        }
        check(&walk.run, &walk.log);
    }

    #[test]
    fn every_run_comes_to_its_end(
        definition in definition(),
        nonsense in prop::collection::vec(event(), 0..30),
        seeds in prop::collection::vec(any::<u64>(), 200),
    ) {
        let mut walk = Walk::of(definition);
        nonsense.into_iter().for_each(|event| walk.advance(Some(event)));
        for seed in seeds {
            if walk.run.state().finished.is_some() {
                break;
            }
            let event = fitting(&walk.run, seed);
            if event.is_none() {
                let wake = walk.run.wake_at().expect("I2: a run that nothing wakes");
                prop_assert!(wake > walk.now, "I9: a timer that fires for ever");
                walk.now = wake;
            }
            walk.advance(event);
        }
        prop_assert!(walk.run.state().finished.is_some(), "it does not end: {:?}", walk.run.state());
        check(&walk.run, &walk.log);
    }
}
