//! Runs that start runs: steps with children, schedules.

use fw_database::DatabaseError;
use fw_database::runs::{self, ScheduleRow};
use fw_run::{Event, LockMode, Millis, RunDef, RunStatus, ScheduleId, StepId, StepKind};
use uuid::Uuid;

use crate::suite::{Bench, on};
use crate::world::{plan, recipe, run_id, step, user};

fn parent() -> RunDef {
    let mut parent = recipe().plan_only();
    let child = |stack| StepKind::Child(Box::new(on(recipe().plan_only(), 1, stack)));
    parent.lock = LockMode::None;
    parent.steps = vec![step("one", child(11), &[]), step("two", child(12), &[])];
    parent
}

pub(crate) async fn children_and_parents(bench: &Bench) {
    let run = bench.create(parent()).await;
    let worker = bench.worker("aws");
    for _ in 0..2 {
        assert_eq!(bench.status(run).await, RunStatus::Running);
        let ticket = bench.take(&worker).await.unwrap();
        assert!([run.child(StepId(0)), run.child(StepId(1))].contains(&ticket.run));
        bench.done(&ticket, plan(b"p", &[], false)).await.unwrap();
        bench.drive().await;
        bench.check(ticket.run).await;
    }
    assert_eq!(bench.status(run).await, RunStatus::Succeeded);
    bench.check(run).await;
}

pub(crate) async fn a_cancel_reaches_the_children(bench: &Bench) {
    let run = bench.create(parent()).await;
    assert_eq!(bench.tell(run, Event::CancelAsked { by: user("anna"), reason: None }).await, None);
    assert_eq!(bench.status(run).await, RunStatus::Canceling);
    bench.drive().await;
    assert_eq!(bench.status(run.child(StepId(0))).await, RunStatus::Canceled);
    assert_eq!(bench.status(run).await, RunStatus::Canceled);
}

pub(crate) async fn a_tick_makes_one_run(bench: &Bench) {
    let id = ScheduleId::new(Uuid::from_u128(77));
    let definition = recipe().plan_only();
    let tick = bench.now() + Millis::minutes(1);
    let schedule = ScheduleRow {
        id,
        account: definition.account,
        stack: definition.stack,
        name: "nightly".to_owned(),
        cron: "* * * * *".to_owned(),
        zone: "UTC".to_owned(),
        definition,
        paused: false,
        next_at: Some(tick),
        last_at: None,
        last_run: None,
        created_at: bench.now(),
    };
    let stored = bench
        .database
        .write(schedule.clone(), |tx, schedule| Box::pin(async move { runs::insert_schedule(tx, &schedule).await }));
    stored.await.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
    let due = async || {
        let due = bench.database.read(bench.now(), |tx, now| Box::pin(runs::due_schedules(tx, now, 10))).await;
        due.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"))
    };
    assert_eq!(due().await, (Vec::new(), Some(tick)));
    bench.wait(Millis::minutes(1));
    assert_eq!(due().await.0, [schedule]);
    let next = tick + Millis::minutes(1);
    let ticks = (0..8).map(|_| {
        bench.database.write((id, tick, next), |tx, (id, tick, next)| Box::pin(runs::ticked(tx, id, tick, Some(next))))
    });
    let first: Vec<Result<bool, DatabaseError>> = futures::future::join_all(ticks).await;
    assert_eq!(first.into_iter().filter(|first| *first.as_ref().unwrap()).count(), 1);
    assert_eq!(due().await, (Vec::new(), Some(next)));
    let noted = bench.database.write(id, |tx, id| Box::pin(runs::tick_made(tx, id, run_id(5)))).await;
    noted.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
    let stored = bench.database.read(id, |tx, id| Box::pin(runs::schedule(tx, id))).await;
    let stored = stored.unwrap_or_else(|error: DatabaseError| panic!("{error:?}")).unwrap();
    assert_eq!((stored.last_at, stored.last_run), (Some(tick), Some(run_id(5))));
    let paused = bench.database.write(id, |tx, id| Box::pin(runs::pause_schedule(tx, id, None))).await;
    assert!(paused.unwrap_or_else(|error: DatabaseError| panic!("{error:?}")));
    bench.wait(Millis::minutes(9));
    assert_eq!(due().await, (Vec::new(), None));
}
