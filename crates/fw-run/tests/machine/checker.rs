//! The invariants that hold for every run after every event.

use std::sync::Arc;

use fw_run::{Entry, Event, Run, RunDef, RunId, StepId, StepKind, StepPhase, Time};

/// Checks a run against its whole log.
pub(crate) fn check(run: &Run, log: &[Entry]) {
    // I6: gapless, and the state is the fold of the log.
    for (index, entry) in log.iter().enumerate() {
        assert_eq!(entry.seq, index as u64 + 1, "a gap in the log");
    }
    let folded = Run::fold(run.id(), Arc::clone(run.definition()), log);
    assert_eq!(folded.state(), run.state(), "the state is not the fold of the log");
    for end in 1..=log.len() {
        check_entry(run.id(), run.definition(), &log[..end]);
    }
    if run.state().finished.is_some() {
        assert!(matches!(log.last().unwrap().event, Event::Finished { .. }), "something follows the end");
        assert_eq!(run.wake_at(), None);
        assert!(run.offers().is_empty());
        let over = |phase: &StepPhase| !matches!(phase, StepPhase::Running { .. } | StepPhase::Offered { .. });
        assert!(run.state().steps.iter().all(|step| over(&step.phase)), "something runs after the end");
    }
}

fn check_entry(id: RunId, definition: &Arc<RunDef>, log: &[Entry]) {
    let (entry, earlier) = log.split_last().unwrap();
    let before = Run::fold(id, Arc::clone(definition), earlier);
    let canceled = earlier.iter().any(|entry| matches!(entry.event, Event::CancelAsked { .. } | Event::DeadlinePassed));
    match &entry.event {
        Event::Offered { step, attempt, epoch } => {
            assert!(!canceled, "I5: an offer after the run was canceled");
            let needs = &definition.step(*step).unwrap().needs;
            let over = |need: &StepId| before.state().step(*need).unwrap().phase.is_over();
            assert!(needs.iter().all(over), "I8: an offer before what it needs is over");
            assert_eq!(*attempt, before.state().step(*step).unwrap().attempt + 1);
            if before.is_exclusive(*step) {
                assert!(*epoch > before.state().epoch, "I3: an offer under an old epoch");
                assert_eq!(at_work(&before), 0, "I10: two at work on the stack");
            }
            assert!(before.state().locked || !before.is_exclusive(*step), "I10: an offer without the lock");
        }
        Event::Begun { step, labels, .. } => {
            assert!(!canceled, "I5: a step was begun after the run was canceled");
            assert!(labels.covers(&definition.step(*step).unwrap().labels), "I7: the worker lacks a label");
            check_approved(definition, earlier, *step, entry.at);
        }
        Event::Done { step, attempt, .. } => {
            let twice = |entry: &&Entry| matches!(entry.event, Event::Done { step: other, .. } if other == *step);
            assert!(!earlier.iter().any(|entry| twice(&entry)), "I8: a step is done twice");
            assert_eq!(*attempt, before.state().step(*step).unwrap().attempt, "I11: an old attempt ends a step");
        }
        Event::StopAsked { step, .. } => {
            let phase = &before.state().step(*step).unwrap().phase;
            let StepPhase::Running { deadline, .. } = phase else { panic!("what does not run is told to stop") };
            assert!(canceled || entry.at >= *deadline, "I9: a timer fired early");
        }
        Event::Expired { step } => match before.state().step(*step).unwrap().phase {
            StepPhase::Open { deadline, .. } => assert!(entry.at >= deadline, "I9: a timer fired early"),
            _ => assert!(matches!(definition.step(*step).unwrap().kind, StepKind::Apply)),
        },
        Event::Sealed { step, losses } => {
            assert_eq!(*losses, definition.step(*step).unwrap().retry.losses, "I13: sealed too early or too late");
        }
        _ => {}
    }
    assert!(before.state().finished.is_none(), "something follows the end");
}

fn at_work(run: &Run) -> usize {
    let steps = run.definition().steps().zip(&run.state().steps);
    steps
        .filter(|((step, _), state)| {
            let at_work = matches!(state.phase, StepPhase::Offered { .. } | StepPhase::Running { .. });
            at_work && run.is_exclusive(*step)
        })
        .count()
}

/// I4: the first attempt at an apply begins under an approval of its very plan that still holds.
fn check_approved(definition: &RunDef, earlier: &[Entry], step: StepId, now: Time) {
    let again = earlier.iter().any(|entry| matches!(entry.event, Event::Begun { step: other, .. } if other == step));
    if again || !matches!(definition.step(step).unwrap().kind, StepKind::Apply) {
        return;
    }
    let plan = earlier.iter().rev().find_map(|entry| match &entry.event {
        Event::Done { report: fw_run::StepReport::Plan(report), .. } => Some(report.plan.digest),
        _ => None,
    });
    let valid = earlier.iter().any(|entry| match &entry.event {
        Event::Approved { step, plan: approved, .. } => {
            let StepKind::Gate(gate) = &definition.step(*step).unwrap().kind else { return false };
            *approved == plan && now < entry.at + gate.valid_for
        }
        _ => false,
    });
    assert!(plan.is_some() && valid, "I4: an apply without an approval");
}
