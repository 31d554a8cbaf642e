//! Steps at work: input, journal, states, ends, and what becomes of those who come too late.

use fw_database::{DatabaseError, runs};
use fw_run::{
    ControlError, Digest, Event, Finish, GateDef, Intent, JournalRow, JournalWrite, Millis, NewState, OpAction, OpKey,
    Outcome, Payload, Recovery, Resolution, RunStatus, StateRef, StepId, Ticket, UnknownOperation,
};

use crate::suite::{Bench, LEASE, on, stack};
use crate::world::{applied, deploy, failure, plan, recipe, user};

fn intent(op: &str) -> JournalWrite {
    JournalWrite::Intent(Intent {
        op: OpKey(op.to_owned()),
        action: OpAction::Create,
        address: "a.b".to_owned(),
        resource_type: "a".to_owned(),
        provider: "p".to_owned(),
        recovery: Recovery::Refresh,
        detail: None,
    })
}

fn change(op: &str) -> JournalWrite {
    let change = Payload::Inline("{}".to_owned());
    JournalWrite::Change { op: Some(OpKey(op.to_owned())), completes: true, change }
}

fn state(content: &[u8], base: Option<&StateRef>, folded: u64) -> NewState {
    NewState {
        digest: Digest::of(content),
        base: base.map(|base| base.id),
        lineage: "l".to_owned(),
        serial: 1,
        resources: 1,
        folded,
    }
}

async fn newest(bench: &Bench, number: u128) -> Option<StateRef> {
    let newest = bench.database.read(stack(number), |tx, stack| Box::pin(runs::newest_state(tx, stack))).await;
    newest.unwrap_or_else(|error: DatabaseError| panic!("{error:?}")).map(|row| row.reference())
}

/// What somebody who works on the stack now would read.
async fn journal(bench: &Bench, ticket: &Ticket) -> Vec<JournalRow> {
    let run = ticket.run;
    let read = bench.database.read((), move |tx, ()| Box::pin(runs::journal(tx, stack(2), Some(run), 0))).await;
    let entries = read.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
    assert!(entries.is_sorted_by(|a, b| a.position < b.position));
    entries.into_iter().map(|entry| entry.row).collect()
}

/// A run whose apply a worker has.
async fn applying(bench: &Bench) -> Ticket {
    bench.create(on(deploy(GateDef::automatic()), 1, 2)).await;
    let ticket = bench.take(&bench.worker("aws")).await.unwrap();
    bench.done(&ticket, plan(b"p", &[], true)).await.unwrap();
    bench.take(&bench.worker("aws")).await.unwrap()
}

pub(crate) async fn a_run_from_start_to_end(bench: &Bench) {
    let ticket = applying(bench).await;
    assert_eq!(ticket.plan, Some(Digest::of(b"p")));
    let input =
        bench.database.read(ticket.clone(), |tx, ticket| Box::pin(async move { runs::step_input(tx, &ticket).await }));
    let input = input.await.unwrap_or_else(|error: DatabaseError| panic!("{error:?}")).unwrap();
    assert_eq!(input.plan.unwrap().digest, Digest::of(b"p"));
    assert_eq!(input.state, None);
    bench.write(&ticket, vec![intent("one")]).await.unwrap();
    let last = bench.write(&ticket, vec![change("one"), intent("two"), change("two")]).await.unwrap();
    assert_eq!(last, 4);
    let done = Outcome::Done { report: applied() };
    let finish = Finish { outcome: done, state: Some(state(b"s", None, last)) };
    assert_eq!(bench.finish(&ticket, finish).await, Ok(RunStatus::Succeeded));
    assert_eq!(newest(bench, 2).await.unwrap().digest, Digest::of(b"s"));
    assert_eq!(bench.count("SELECT count(*) FROM applies").await, 1);
    assert_eq!(bench.count("SELECT count(*) FROM journal").await, 0, "all of it is in the state");
    assert_eq!(bench.count("SELECT count(*) FROM stack_heads WHERE run IS NOT NULL").await, 0);
    bench.check(ticket.run).await;
}

pub(crate) async fn a_stack_has_one_run_at_a_time(bench: &Bench) {
    let mut runs = Vec::new();
    for _ in 0..4 {
        runs.push(bench.create(on(deploy(GateDef::automatic()), 1, 2)).await);
    }
    let worker = bench.worker("aws");
    // The second one gives up waiting.
    bench.tell(runs[1], Event::CancelAsked { by: user("anna"), reason: None }).await;
    let mut order = Vec::new();
    loop {
        bench.drive().await;
        let Some(ticket) = bench.take(&worker).await else { break };
        assert!(bench.take(&worker).await.is_none(), "I10: two runs of a stack at work");
        order.push(ticket.run);
        bench.done(&ticket, plan(b"p", &[], false)).await.unwrap();
    }
    assert_eq!(order, [runs[0], runs[2], runs[3]]);
}

pub(crate) async fn the_epoch_fences(bench: &Bench) {
    let frozen = applying(bench).await;
    bench.write(&frozen, vec![intent("one")]).await.unwrap();
    bench.wait(LEASE);
    bench.drive().await;
    // It thaws before anybody else is at work, and after.
    assert_eq!(bench.write(&frozen, vec![change("one")]).await, Err(ControlError::StaleEpoch));
    bench.wait(Millis::seconds(10));
    bench.drive().await;
    let next = bench.take(&bench.worker("aws")).await.unwrap();
    assert!(next.epoch > frozen.epoch + 1);
    assert_eq!(bench.write(&frozen, vec![intent("two")]).await, Err(ControlError::StaleEpoch));
    let late = bench.save(&frozen, stack(2), state(b"old", None, 9)).await;
    assert_eq!(late, Err(ControlError::StaleEpoch));
    assert_eq!(bench.done(&frozen, applied()).await, Err(ControlError::Gone));
    assert_eq!(bench.count("SELECT count(*) FROM rejections").await, 3);
    let rows = journal(bench, &next).await;
    let late = rows.iter().filter(|row| matches!(row, JournalRow::Late(_))).count();
    assert_eq!((rows.len(), late), (3, 2), "what came too late is kept as a hint");
    bench.write(&next, vec![change("one")]).await.unwrap();
    assert_eq!(bench.done(&next, applied()).await, Ok(RunStatus::Succeeded));
    assert_eq!(newest(bench, 2).await, None);
    bench.check(next.run).await;
}

pub(crate) async fn a_journal_outlives_its_worker(bench: &Bench) {
    let first = applying(bench).await;
    bench.write(&first, vec![intent("one"), change("one"), intent("two")]).await.unwrap();
    bench.wait(LEASE);
    bench.drive().await;
    bench.wait(Millis::seconds(10));
    bench.drive().await;
    let second = bench.take(&bench.worker("aws")).await.unwrap();
    assert_eq!(journal(bench, &second).await, [intent("one"), change("one"), intent("two")].map(JournalRow::Write));
    let again = bench.write(&second, vec![change("two"), intent("one")]).await;
    assert!(matches!(again, Err(ControlError::Refused(_))), "{again:?}");
    assert_eq!(journal(bench, &second).await.len(), 3, "all of it or nothing");
    // The attempt ends with what it has; the operation stays open for the next run.
    let outcome = Outcome::Failed { failure: failure(false) };
    let finish = Finish { outcome, state: Some(state(b"s", None, 2)) };
    assert_eq!(bench.finish(&second, finish).await, Ok(RunStatus::Failed));
    let open = bench.database.read(stack(2), |tx, stack| Box::pin(runs::open_operations(tx, stack))).await;
    assert_eq!(open.unwrap_or_else(|error: DatabaseError| panic!("{error:?}")), [OpKey("two".to_owned())]);
    let next = applying(bench).await;
    assert_eq!(journal(bench, &next).await, [JournalRow::Write(intent("two"))]);
    bench.write(&next, vec![change("two")]).await.unwrap();
    assert_eq!(bench.count("SELECT count(*) FROM operations WHERE status = 'open'").await, 0);
    // What was settled was that of the run before; this one has its own of the same name, once.
    bench.write(&next, vec![intent("two"), JournalWrite::Void { op: OpKey("two".to_owned()) }]).await.unwrap();
    bench.write(&next, vec![intent("two"), change("two")]).await.unwrap();
    let again = bench.write(&next, vec![intent("two")]).await;
    assert!(matches!(again, Err(ControlError::Refused(_))), "{again:?}");
}

pub(crate) async fn a_state_follows_the_newest(bench: &Bench) {
    let ticket = applying(bench).await;
    bench.save(&ticket, stack(2), state(b"one", None, 0)).await.unwrap();
    let twice = bench.save(&ticket, stack(2), state(b"two", None, 0)).await;
    assert_eq!(twice, Err(ControlError::StateConflict));
    let base = newest(bench, 2).await;
    bench.save(&ticket, stack(2), state(b"two", base.as_ref(), 0)).await.unwrap();
    let versions = bench.database.read((), |tx, ()| Box::pin(runs::state_versions(tx, stack(2), None, 10))).await;
    let versions = versions.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
    assert_eq!(versions.iter().map(|row| row.number).collect::<Vec<_>>(), [2, 1]);
    // Somebody from outside can't, while the run holds the lock.
    let id = fw_run::StateVersionId::new(uuid::Uuid::from_u128(99));
    let outside = bench.database.write((id, bench.now()), |tx, (id, now)| {
        Box::pin(async move { runs::save_state(tx, None, stack(2), id, &state(b"x", None, 0), now).await })
    });
    let outside = outside.await.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
    assert!(matches!(outside, Err(ControlError::Refused(_))));
}

pub(crate) async fn an_end_may_be_told_twice(bench: &Bench) {
    let ticket = applying(bench).await;
    assert_eq!(bench.done(&ticket, applied()).await, Ok(RunStatus::Succeeded));
    assert_eq!(bench.done(&ticket, applied()).await, Ok(RunStatus::Succeeded));
    let finish = Finish { outcome: Outcome::Failed { failure: failure(false) }, state: None };
    assert_eq!(bench.finish(&ticket, finish).await, Err(ControlError::Gone));
    assert_eq!(bench.count("SELECT count(*) FROM applies").await, 1);
}

pub(crate) async fn unknown_operations_are_resolved(bench: &Bench) {
    let ticket = applying(bench).await;
    bench.write(&ticket, vec![intent("one"), intent("two")]).await.unwrap();
    let operation = |op: &str| UnknownOperation {
        op: OpKey(op.to_owned()),
        action: OpAction::Create,
        address: "a.b".to_owned(),
        provider: "p".to_owned(),
        reason: "r".to_owned(),
    };
    let outcome = Outcome::Unknown { operations: vec![operation("one"), operation("two")] };
    let status = bench.finish(&ticket, Finish { outcome, state: None }).await;
    assert_eq!(status, Ok(RunStatus::ApplyUnknown));
    assert!(bench.take(&bench.worker("aws")).await.is_none());
    let resolutions = vec![
        (OpKey("one".to_owned()), Resolution::Absent),
        (OpKey("two".to_owned()), Resolution::Import("i-1".to_owned())),
    ];
    let event = Event::Resolved { step: StepId(2), by: user("anna"), resolutions };
    assert_eq!(bench.tell(ticket.run, event).await, None);
    let next = bench.take(&bench.worker("aws")).await.unwrap();
    let resolved = journal(bench, &next).await;
    assert_eq!(resolved.iter().filter(|row| matches!(row, JournalRow::Resolved(_))).count(), 2);
    // What does not exist may be made.
    bench.write(&next, vec![intent("one"), change("one"), change("two")]).await.unwrap();
    assert_eq!(bench.done(&next, applied()).await, Ok(RunStatus::Succeeded));
}

pub(crate) async fn cancel_reaches_the_worker(bench: &Bench) {
    let run = bench.create(on(recipe().plan_only(), 1, 2)).await;
    let ticket = bench.take(&bench.worker("aws")).await.unwrap();
    bench.tell(run, Event::CancelAsked { by: user("anna"), reason: None }).await;
    let until = bench.now() + LEASE;
    let beat = bench.database.write((ticket.clone(), until), |tx, (ticket, until)| {
        Box::pin(async move { runs::beat(tx, &ticket, until).await })
    });
    let grace = bench.run(run).await.definition().grace;
    let beat = beat.await.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
    assert_eq!(beat, Some(Some(bench.now() + grace)));
    let finish = Finish { outcome: Outcome::Stopped, state: None };
    assert_eq!(bench.finish(&ticket, finish).await, Ok(RunStatus::Canceled));
}
