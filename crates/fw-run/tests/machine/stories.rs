//! Usual runs, step by step.

use fw_run::{
    Approval, Attention, Digest, Entry, Event, GateDef, LockMode, Loss, Millis, OpAction, OpKey, Refusal, Resolution,
    Run, RunDef, RunDefError, RunStatus, StepId, StepKind, StepPhase, StepReport, StopReason, Time, UnknownOperation,
};

use crate::checker::check;
use crate::world::{START, applied, deploy, failure, labels, large, plan, recipe, run_id, step, user, worker};

/// A run that is told something and looked at.
struct Story {
    run: Run,
    log: Vec<Entry>,
    now: Time,
}

impl Story {
    fn of(definition: RunDef) -> Self {
        let (run, entry) = Run::create(run_id(1), definition, user("anna"), START).unwrap();
        let mut story = Self { run, log: vec![entry], now: START };
        story.look();
        if story.run.definition().lock == LockMode::Exclusive {
            story.tell(Event::Locked { epoch: 5 });
        }
        story
    }

    fn look(&mut self) {
        let advanced = self.run.advance(self.now, []);
        self.log.extend(advanced.entries);
        check(&self.run, &self.log);
    }

    #[track_caller]
    fn tell(&mut self, event: Event) {
        let advanced = self.run.advance(self.now, [event]);
        assert!(advanced.refused.is_empty(), "refused: {:?}", advanced.refused);
        self.log.extend(advanced.entries);
        check(&self.run, &self.log);
    }

    #[track_caller]
    fn refused(&mut self, event: Event) -> Refusal {
        let before = self.run.clone();
        let refused = self.run.advance(self.now, [event]).refused;
        assert_eq!(self.run, before, "what is refused changes nothing");
        refused.first().expect("it was refused").1
    }

    fn wait(&mut self, duration: Millis) {
        self.now = self.now + duration;
        self.look();
    }

    #[track_caller]
    fn begin(&mut self, step: u16) -> u32 {
        let offers = self.run.offers();
        let offer = offers.iter().find(|offer| offer.step.0 == step).expect("the step is offered");
        let (worker, labels) = (worker(7), labels("aws,linux"));
        self.tell(Event::Begun { step: StepId(step), attempt: offer.attempt, worker, labels });
        offer.attempt
    }

    #[track_caller]
    fn finish(&mut self, step: u16, report: StepReport) {
        let attempt = self.begin(step);
        self.tell(Event::Done { step: StepId(step), attempt, report });
    }

    fn status(&self) -> RunStatus {
        self.run.status()
    }

    fn phase(&self, step: u16) -> &StepPhase {
        &self.run.state().step(StepId(step)).unwrap().phase
    }
}

fn approved(content: &[u8], by: &str) -> Event {
    Event::Approved { step: StepId(1), plan: Some(Digest::of(content)), by: user(by) }
}

#[test]
fn an_automatic_run_goes_through() {
    let mut story = Story::of(deploy(GateDef::automatic()));
    assert_eq!(story.status(), RunStatus::Queued);
    story.finish(0, plan(b"p", &[], true));
    assert_eq!(story.run.offers().len(), 1);
    story.finish(2, applied());
    assert_eq!(story.status(), RunStatus::Succeeded);
}

#[test]
fn a_run_waits_for_the_lock() {
    let (mut run, _) = Run::create(run_id(1), deploy(GateDef::automatic()), user("anna"), START).unwrap();
    assert!(run.wants_lock());
    assert!(run.advance(START, []).entries.is_empty());
    run.advance(START, [Event::Locked { epoch: 1 }]);
    assert!(!run.wants_lock());
    assert_eq!(run.offers().len(), 1);
    assert_eq!(run.offers()[0].epoch, 2);
}

#[test]
fn a_plan_only_run_needs_no_lock() {
    let mut story = Story::of(recipe().plan_only());
    story.finish(0, plan(b"p", &["aws_instance.a"], true));
    assert_eq!(story.status(), RunStatus::Succeeded);
}

#[test]
fn nothing_to_apply_needs_no_approval() {
    let mut story = Story::of(deploy(GateDef::required(Millis::minutes(1))));
    story.finish(0, plan(b"p", &[], false));
    assert_eq!(story.status(), RunStatus::Succeeded);
    assert_eq!(*story.phase(2), StepPhase::Skipped);
}

#[test]
fn a_gate_takes_the_approval_of_its_plan_only() {
    let mut story = Story::of(deploy(GateDef::required(Millis::minutes(10))));
    story.finish(0, plan(b"p", &[], true));
    assert_eq!(story.status(), RunStatus::AwaitingApproval);
    assert_eq!(story.refused(approved(b"other", "anna")), Refusal::WrongPlan);
    assert!(story.run.offers().is_empty());
    story.tell(approved(b"p", "anna"));
    assert_eq!(story.refused(approved(b"p", "berta")), Refusal::NotOpen);
    story.finish(2, applied());
    assert_eq!(story.status(), RunStatus::Succeeded);
}

#[test]
fn two_approvers_are_two_people() {
    let gate = GateDef { approvers: 2, ..GateDef::required(Millis::minutes(10)) };
    let mut story = Story::of(deploy(gate));
    story.finish(0, plan(b"p", &[], true));
    story.tell(approved(b"p", "anna"));
    assert_eq!(story.refused(approved(b"p", "anna")), Refusal::Twice);
    assert!(story.run.offers().is_empty());
    story.tell(approved(b"p", "berta"));
    assert_eq!(story.run.offers().len(), 1);
}

#[test]
fn an_approval_comes_too_late() {
    let mut story = Story::of(deploy(GateDef::required(Millis::minutes(10))));
    story.finish(0, plan(b"p", &[], true));
    assert_eq!(story.run.wake_at(), Some(story.now + Millis::minutes(10)));
    story.wait(Millis::minutes(10));
    assert_eq!(story.status(), RunStatus::Expired);
}

#[test]
fn an_approved_plan_is_not_begun_in_time() {
    let mut story = Story::of(deploy(GateDef::required(Millis::minutes(10))));
    story.finish(0, plan(b"p", &[], true));
    story.tell(approved(b"p", "anna"));
    assert_eq!(story.run.wake_at(), Some(story.now + Millis::minutes(10)));
    story.now = story.now + Millis::minutes(10);
    let late = Event::Begun { step: StepId(2), attempt: 1, worker: worker(7), labels: labels("aws") };
    assert_eq!(story.run.accepts(&late, story.now), Err(Refusal::Expired));
    story.look();
    assert_eq!(story.status(), RunStatus::Expired);
}

#[test]
fn dangerous_changes_are_refused_or_need_a_person() {
    let refuse = GateDef { dangerous: Attention::Refuse, ..GateDef::automatic() };
    let mut story = Story::of(deploy(refuse));
    story.finish(0, plan(b"p", &["aws_instance.a"], true));
    assert_eq!(story.status(), RunStatus::Refused);

    let ask = GateDef { approval: Approval::WhenDangerous, ..GateDef::automatic() };
    let mut story = Story::of(deploy(ask.clone()));
    story.finish(0, plan(b"p", &["aws_instance.a"], true));
    assert_eq!(story.status(), RunStatus::AwaitingApproval);
    let mut story = Story::of(deploy(ask));
    story.finish(0, plan(b"p", &[], true));
    assert_eq!(story.run.offers().len(), 1);
}

#[test]
fn a_rejected_plan_is_the_end() {
    let mut story = Story::of(deploy(GateDef::required(Millis::minutes(10))));
    story.finish(0, plan(b"p", &[], true));
    story.tell(Event::Rejected { step: StepId(1), by: user("anna"), reason: Some("no".to_owned()) });
    assert_eq!(story.status(), RunStatus::Rejected);
}

#[test]
fn cancel_while_queued_offered_gated_running() {
    let cancel = || Event::CancelAsked { by: user("anna"), reason: None };
    let (mut run, _) = Run::create(run_id(1), deploy(GateDef::automatic()), user("anna"), START).unwrap();
    run.advance(START, [cancel()]);
    assert_eq!(run.status(), RunStatus::Canceled);

    let mut story = Story::of(deploy(GateDef::automatic()));
    story.tell(cancel());
    assert_eq!(story.status(), RunStatus::Canceled);

    let mut story = Story::of(deploy(GateDef::required(Millis::minutes(10))));
    story.finish(0, plan(b"p", &[], true));
    story.tell(cancel());
    assert_eq!(story.status(), RunStatus::Canceled);

    let mut story = Story::of(deploy(GateDef::automatic()));
    story.finish(0, plan(b"p", &[], true));
    story.begin(2);
    story.tell(cancel());
    assert_eq!(story.status(), RunStatus::Canceling);
    assert!(matches!(story.phase(2), StepPhase::Running { stopping: Some(_), .. }));
    story.tell(Event::Stopped { step: StepId(2), attempt: 1 });
    assert_eq!(story.status(), RunStatus::Canceled);
}

#[test]
fn cancel_of_a_worker_that_does_not_stop() {
    let mut story = Story::of(deploy(GateDef::automatic()));
    story.begin(0);
    story.tell(Event::CancelAsked { by: user("anna"), reason: None });
    story.wait(story.run.definition().grace);
    assert_eq!(story.status(), RunStatus::Canceled);
}

#[test]
fn work_that_is_done_before_it_hears_of_the_cancel_counts() {
    let mut story = Story::of(deploy(GateDef::automatic()));
    story.finish(0, plan(b"p", &[], true));
    story.begin(2);
    story.tell(Event::CancelAsked { by: user("anna"), reason: None });
    story.tell(Event::Done { step: StepId(2), attempt: 1, report: applied() });
    assert_eq!(story.status(), RunStatus::Succeeded);
}

#[test]
fn a_step_that_takes_too_long_is_stopped_and_tried_again() {
    let mut story = Story::of(large());
    story.begin(0);
    story.wait(Millis::minutes(10));
    let StepPhase::Running { stopping: Some(stopping), .. } = story.phase(0) else { panic!("it is told to stop") };
    assert_eq!(stopping.why, StopReason::Timeout);
    story.tell(Event::Stopped { step: StepId(0), attempt: 1 });
    let StepPhase::Backoff { until } = *story.phase(0) else { panic!("it is tried again") };
    assert_eq!(until, story.now + Millis::seconds(1));
    story.wait(Millis::seconds(1));
    story.begin(0);
    story.wait(Millis::minutes(10));
    story.wait(Millis::minutes(1));
    assert_eq!(story.status(), RunStatus::Running, "the notifications of a failed run wait");
    assert!(matches!(story.phase(0), StepPhase::Failed { .. }));
}

#[test]
fn failures_are_tried_again_as_often_as_it_is_said() {
    let mut definition = large();
    definition.steps[0].retry.attempts = 3;
    let mut story = Story::of(definition);
    for wait in [1, 2] {
        let attempt = story.begin(0);
        story.tell(Event::Failed { step: StepId(0), attempt, failure: failure(true) });
        let StepPhase::Backoff { until } = *story.phase(0) else { panic!("it is tried again") };
        assert_eq!(until, story.now + Millis::seconds(wait));
        story.wait(Millis::seconds(wait));
    }
    let attempt = story.begin(0);
    story.tell(Event::Failed { step: StepId(0), attempt, failure: failure(true) });
    assert!(matches!(story.phase(0), StepPhase::Failed { .. }));
}

#[test]
fn what_can_not_be_mended_is_not_tried_again() {
    let mut story = Story::of(large());
    let attempt = story.begin(0);
    story.tell(Event::Failed { step: StepId(0), attempt, failure: failure(false) });
    assert!(matches!(story.phase(0), StepPhase::Failed { .. }));
    assert_eq!(*story.phase(5), StepPhase::Skipped);
    // Those for failures come, the others do not.
    let offered: Vec<u16> = story.run.offers().iter().map(|offer| offer.step.0).collect();
    assert_eq!(offered, [9, 10]);
    story.finish(9, StepReport::Empty);
    story.finish(10, StepReport::Empty);
    assert_eq!(story.status(), RunStatus::Failed);
}

#[test]
fn a_lost_apply_waits_and_gets_a_new_epoch() {
    let mut story = Story::of(deploy(GateDef::automatic()));
    story.finish(0, plan(b"p", &[], true));
    let epoch = story.run.offers()[0].epoch;
    story.begin(2);
    story.tell(Event::Lost { step: StepId(2), attempt: 1, why: Loss::Silence, progress: 0 });
    assert!(story.run.state().epoch > epoch, "who was given up must not write any more, at once");
    assert!(story.run.offers().is_empty());
    story.wait(Millis::seconds(10));
    assert!(story.run.offers()[0].epoch > epoch + 1);
    assert_eq!(story.refused(Event::Done { step: StepId(2), attempt: 1, report: applied() }), Refusal::StaleAttempt);
    story.finish(2, applied());
    assert_eq!(story.status(), RunStatus::Succeeded);
}

#[test]
fn a_step_without_progress_is_sealed() {
    let mut story = Story::of(deploy(GateDef::automatic()));
    story.finish(0, plan(b"p", &[], true));
    let lose = |story: &mut Story, progress| {
        let attempt = story.begin(2);
        story.tell(Event::Lost { step: StepId(2), attempt, why: Loss::Silence, progress });
        story.wait(Millis::seconds(10));
    };
    (0..4).for_each(|_| lose(&mut story, 0));
    // Progress begins the count anew.
    lose(&mut story, 3);
    (0..4).for_each(|_| lose(&mut story, 0));
    assert_eq!(story.status(), RunStatus::Running);
    lose(&mut story, 0);
    assert_eq!(story.status(), RunStatus::Failed);
    assert!(matches!(story.log[story.log.len() - 2].event, Event::Sealed { losses: 5, .. }));
}

#[test]
fn unknown_operations_wait_for_a_person() {
    let mut story = Story::of(deploy(GateDef::automatic()));
    story.finish(0, plan(b"p", &[], true));
    let attempt = story.begin(2);
    let operation = |op: &str| UnknownOperation {
        op: OpKey(op.to_owned()),
        action: OpAction::Create,
        address: "a.b".to_owned(),
        provider: "p".to_owned(),
        reason: "it can't be looked up".to_owned(),
    };
    let operations = vec![operation("one"), operation("two")];
    story.tell(Event::ApplyUnknown { step: StepId(2), attempt, operations });
    assert_eq!(story.status(), RunStatus::ApplyUnknown);
    let resolve = |op: &str, resolution| Event::Resolved {
        step: StepId(2),
        by: user("anna"),
        resolutions: vec![(OpKey(op.to_owned()), resolution)],
    };
    assert_eq!(story.refused(resolve("three", Resolution::Absent)), Refusal::Mismatch);
    story.tell(resolve("one", Resolution::Absent));
    assert_eq!(story.refused(resolve("one", Resolution::Absent)), Refusal::Mismatch);
    assert_eq!(story.status(), RunStatus::ApplyUnknown);
    story.tell(resolve("two", Resolution::Import("i-1".to_owned())));
    story.finish(2, applied());
    assert_eq!(story.status(), RunStatus::Succeeded);
}

#[test]
fn steps_given_back_go_on_at_once() {
    let mut story = Story::of(deploy(GateDef::automatic()));
    let attempt = story.begin(0);
    story.tell(Event::Returned { step: StepId(0), attempt });
    story.finish(0, plan(b"p", &[], true));
    assert_eq!(story.run.state().step(StepId(0)).unwrap().attempt, 2);
}

#[test]
fn a_run_that_takes_too_long_is_stopped() {
    let mut story = Story::of(large());
    story.begin(0);
    let wake = story.run.wake_at().unwrap();
    assert_eq!(wake, START + Millis::minutes(10));
    story.wait(Millis::minutes(600));
    story.wait(Millis::minutes(1));
    assert_eq!(story.status(), RunStatus::Failed);
    assert!(story.log.iter().any(|entry| entry.event == Event::DeadlinePassed));
}

#[test]
fn a_child_is_waited_for() {
    let mut story = Story::of(large());
    story.finish(0, StepReport::Empty);
    story.finish(1, plan(b"p", &[], true));
    story.finish(2, StepReport::Check { passed: true, findings: None });
    let attempt = story.begin(3);
    // Its failure does not matter.
    story.tell(Event::Failed { step: StepId(3), attempt, failure: failure(false) });
    story.tell(Event::Approved { step: StepId(4), plan: story.run.plan_digest(), by: user("anna") });
    story.finish(5, applied());
    story.finish(6, StepReport::Empty);
    let child = run_id(1).child(StepId(7));
    assert_eq!(*story.phase(7), StepPhase::Child { run: child });
    let ended = |status| Event::ChildFinished { step: StepId(7), run: child, status };
    assert_eq!(story.refused(ended(RunStatus::Running)), Refusal::StaleAttempt);
    story.tell(ended(RunStatus::Succeeded));
    story.finish(8, StepReport::Empty);
    assert_eq!(*story.phase(9), StepPhase::Skipped);
    story.finish(10, StepReport::Empty);
    assert_eq!(story.status(), RunStatus::Succeeded);
}

#[test]
fn a_policy_that_does_not_pass_fails_the_run() {
    let mut definition = large();
    definition.steps.truncate(4);
    definition.steps.push(step("gate", StepKind::Gate(GateDef::automatic()), &[2, 3]));
    definition.steps.push(step("apply", StepKind::Apply, &[4]));
    let mut story = Story::of(definition);
    story.finish(0, StepReport::Empty);
    story.finish(1, plan(b"p", &[], true));
    story.finish(2, StepReport::Check { passed: false, findings: None });
    assert_eq!(*story.phase(3), StepPhase::Stopped, "what nobody has begun is not begun");
    assert_eq!(story.status(), RunStatus::Failed);
}

#[test]
fn a_worker_without_the_labels_gets_nothing() {
    let mut story = Story::of(deploy(GateDef::automatic()));
    let begun = Event::Begun { step: StepId(0), attempt: 1, worker: worker(1), labels: labels("linux") };
    assert_eq!(story.refused(begun), Refusal::Labels);
}

#[test]
fn a_report_fits_its_step() {
    let mut story = Story::of(deploy(GateDef::automatic()));
    let attempt = story.begin(0);
    assert_eq!(story.refused(Event::Done { step: StepId(0), attempt, report: applied() }), Refusal::Mismatch);
}

#[test]
fn the_state_survives_its_json() {
    let mut story = Story::of(large());
    story.finish(0, StepReport::Empty);
    story.begin(1);
    let json = serde_json::to_string(story.run.state()).unwrap();
    assert_eq!(serde_json::from_str::<fw_run::RunState>(&json).unwrap(), *story.run.state());
    for entry in &story.log {
        let json = serde_json::to_string(&entry.event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), entry.event);
    }
    let json = serde_json::to_string(&**story.run.definition()).unwrap();
    assert_eq!(serde_json::from_str::<RunDef>(&json).unwrap(), **story.run.definition());
}

#[test]
fn wrong_definitions_are_refused() {
    let wrong = |change: fn(&mut RunDef)| {
        let mut definition = large();
        change(&mut definition);
        definition.check().unwrap_err()
    };
    assert_eq!(wrong(|run| run.steps.clear()), RunDefError::Steps);
    assert_eq!(wrong(|run| run.steps[0].needs.push(StepId(0))), RunDefError::Needs("validate".to_owned()));
    assert_eq!(wrong(|run| run.steps[1].name = "validate".to_owned()), RunDefError::Name("validate".to_owned()));
    assert_eq!(wrong(|run| run.lock = LockMode::None), RunDefError::Unlocked);
    let missing = RunDefError::Missing { step: "apply".to_owned(), missing: "gate" };
    assert_eq!(wrong(|run| run.steps[5].needs = vec![StepId(1)]), missing);
    assert_eq!(wrong(|run| run.steps[0].retry.attempts = 0), RunDefError::Zero("validate".to_owned()));
}
