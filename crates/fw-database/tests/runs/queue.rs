//! Who gets which step, for how long, and how long the queue is.

use std::collections::BTreeMap;

use fw_database::DatabaseError;
use fw_database::runs::{self, CreateRefusal};
use fw_run::{AccountId, Event, GateDef, Loss, Millis, RunStatus, StepPhase};
use uuid::Uuid;

use crate::suite::{Bench, LEASE, on};
use crate::world::{deploy, labels, plan, recipe, user};

pub(crate) async fn workers_get_what_they_can_do(bench: &Bench) {
    let mut needy = recipe();
    needy.labels = labels("aws,gpu");
    let needy = bench.create(needy.plan_only()).await;
    let simple = bench.create(recipe().plan_only()).await;
    let worker = bench.worker("aws,linux");
    assert_eq!(bench.take(&worker).await.unwrap().run, simple);
    assert!(bench.take(&worker).await.is_none());
    assert!(bench.take(&bench.worker("linux")).await.is_none());
    let seen = bench.database.write((worker, bench.now()), |tx, (worker, now)| {
        Box::pin(async move { runs::seen(tx, &worker, false, now).await })
    });
    seen.await.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
    let unserved = bench.database.read(bench.now(), |tx, now| Box::pin(runs::unserved(tx, now))).await;
    let unserved = unserved.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
    assert_eq!(unserved, [(labels("aws,gpu"), 1)]);
    let able = bench.worker("linux,gpu,aws");
    assert_eq!(bench.take(&able).await.unwrap().run, needy);
}

pub(crate) async fn accounts_take_turns(bench: &Bench) {
    let mut of = BTreeMap::new();
    for (account, priority) in [(1, 0), (1, 0), (1, 9), (1, 0), (2, 0), (3, 0), (2, 0)] {
        let mut definition = on(recipe().plan_only(), account, 1);
        definition.priority = priority;
        of.insert(bench.create(definition).await, (account, priority));
        bench.wait(Millis(1));
    }
    let worker = bench.worker("aws");
    let mut order = Vec::new();
    while let Some(ticket) = bench.take(&worker).await {
        bench.wait(Millis(1));
        order.push(of[&ticket.run]);
        bench.done(&ticket, plan(b"p", &[], false)).await.unwrap();
    }
    assert_eq!(order, [(1, 9), (2, 0), (3, 0), (1, 0), (2, 0), (1, 0), (1, 0)]);
}

pub(crate) async fn the_queue_has_a_bound(bench: &Bench) {
    for _ in 0..3 {
        bench.try_create(recipe().plan_only(), None, Some(3)).await.unwrap();
    }
    let full = bench.try_create(recipe().plan_only(), None, Some(3)).await;
    assert!(matches!(full, Err(CreateRefusal::Full { depth: 3, .. })), "{full:?}");
    // What a worker has taken is no longer queued.
    bench.take(&bench.worker("aws")).await.unwrap();
    bench.try_create(recipe().plan_only(), None, Some(3)).await.unwrap();
}

pub(crate) async fn figures_of_the_queue(bench: &Bench) {
    let first = bench.create(recipe().plan_only()).await;
    bench.wait(Millis::seconds(10));
    let second = bench.create(recipe().plan_only()).await;
    bench.wait(Millis::seconds(20));
    assert_eq!(bench.take(&bench.worker("aws")).await.unwrap().run, first);
    let metrics = bench.database.read((), |tx, ()| Box::pin(runs::metrics(tx))).await;
    let metrics = metrics.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
    assert_eq!((metrics.enqueued, metrics.dequeued, metrics.depth), (2, 1, 1));
    assert_eq!(metrics.average_wait, Millis::seconds(30));
    assert_eq!(metrics.oldest.unwrap().0, second);
}

pub(crate) async fn leases_end_and_are_held(bench: &Bench) {
    let run = bench.create(deploy(GateDef::automatic())).await;
    let ticket = bench.take(&bench.worker("aws")).await.unwrap();
    let beat = async || {
        let until = bench.now() + LEASE;
        let beat = bench.database.write((ticket.clone(), until), |tx, (ticket, until)| {
            Box::pin(async move { runs::beat(tx, &ticket, until).await })
        });
        beat.await.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"))
    };
    for _ in 0..3 {
        bench.wait(Millis::seconds(15));
        assert_eq!(beat().await, Some(None));
        bench.drive().await;
    }
    assert_eq!(bench.status(run).await, RunStatus::Running);
    bench.wait(LEASE);
    bench.drive().await;
    assert_eq!(beat().await, None);
    let again = bench.take(&bench.worker("aws")).await.unwrap();
    assert_eq!(again.attempt, 2);
    assert!(again.epoch > ticket.epoch);
}

pub(crate) async fn orphans_of_a_restart(bench: &Bench) {
    for local in [true, false] {
        let worker = bench.worker("aws");
        let seen = bench.database.write((worker.clone(), local, bench.now()), |tx, (worker, local, now)| {
            Box::pin(async move { runs::seen(tx, &worker, local, now).await })
        });
        seen.await.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
        bench.create(recipe().plan_only()).await;
        bench.take(&worker).await.unwrap();
    }
    let orphans = bench.database.read((), |tx, ()| Box::pin(runs::orphaned_leases(tx))).await;
    let orphans = orphans.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
    assert_eq!(orphans.len(), 1);
    let run = orphans[0].0;
    let lost = bench.database.write((orphans[0], bench.now()), |tx, (attempt, now)| {
        Box::pin(runs::lose(tx, attempt, Loss::Restart, None, now))
    });
    lost.await.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
    let offered = matches!(bench.run(run).await.state().steps[0].phase, StepPhase::Offered { .. });
    assert!(offered, "it is offered again at once");
}

pub(crate) async fn a_key_makes_one_run(bench: &Bench) {
    let first = bench.try_create(recipe().plan_only(), Some("k"), None).await.unwrap();
    let second = bench.try_create(recipe().plan_only(), Some("k"), None).await;
    assert!(matches!(second, Err(CreateRefusal::Exists(id)) if id == first.id()));
    // At the same time.
    let both = futures::future::join_all((0..8).map(|_| bench.try_create(recipe().plan_only(), Some("l"), None))).await;
    assert_eq!(both.iter().filter(|made| made.is_ok()).count(), 1);
}

pub(crate) async fn many_workers_do_each_step_once(bench: &Bench) {
    let mut runs = Vec::new();
    for number in 0..30 {
        // Some on the same stack, which wait for each other.
        runs.push(bench.create(on(deploy(GateDef::automatic()), 1 + number % 3, 1 + number % 20)).await);
    }
    let work = (0..8).map(|_| {
        let (bench, worker) = (bench.clone(), bench.worker("aws"));
        tokio::spawn(async move {
            let mut done = 0;
            let mut idle = 0;
            while idle < 40 {
                bench.drive().await;
                let Some(ticket) = bench.take(&worker).await else {
                    idle += 1;
                    tokio::task::yield_now().await;
                    continue;
                };
                idle = 0;
                let report = if ticket.step.0 == 0 { plan(b"p", &[], true) } else { crate::world::applied() };
                bench.done(&ticket, report).await.unwrap();
                done += 1;
            }
            done
        })
    });
    let done: u32 = futures::future::join_all(work).await.into_iter().map(Result::unwrap).sum();
    assert_eq!(done, 60);
    for run in runs {
        assert_eq!(bench.status(run).await, RunStatus::Succeeded);
        bench.check(run).await;
    }
    assert_eq!(bench.count("SELECT count(*) FROM applies").await, 30);
    assert_eq!(bench.count("SELECT count(*) FROM offers").await, 0);
    let other = AccountId::new(Uuid::from_u128(9));
    let refused = bench
        .tell(bench.create(on(recipe().plan_only(), 9, 9)).await, Event::CancelAsked { by: user("x"), reason: None });
    assert_eq!(refused.await, None);
    assert_ne!(other, AccountId::new(Uuid::from_u128(1)));
}
