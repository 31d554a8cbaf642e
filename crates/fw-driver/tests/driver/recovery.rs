//! A start with many open runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use fw_database::runs::NewRun;
use fw_database::{Database, Options};
use fw_driver::{Embedded, EmbeddedOptions, NoEngine, Runs, new_run_id};
use fw_run::Control;

use crate::hands::{control, worker};
use crate::world::{recipe, user};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_runs_go_on_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", directory.path().join("test.db").display());
    let database = Database::open(&address, Options::default()).await.unwrap();
    let runs = Runs::new(database.clone(), Arc::new(NoEngine));
    let create = |_| {
        let new =
            NewRun { id: new_run_id(), definition: recipe().plan_only(), by: user("anna"), key: None, bound: None };
        let runs = runs.clone();
        async move { runs.create(new).await.unwrap() }
    };
    let count = 500;
    assert_eq!(futures::stream::iter(0..count).map(create).buffer_unordered(64).count().await, count);
    let first = control(database.clone());
    let mut taken = Vec::new();
    for _ in 0..20 {
        taken.push(first.next(&worker(), Duration::ZERO).await.unwrap().unwrap().ticket);
    }
    // Closed with nobody told: as after a kill.
    database.close().await;
    let started = Instant::now();
    let database = Database::open(&address, Options::default()).await.unwrap();
    let engine = Embedded::start(database.clone(), EmbeddedOptions::default()).await.unwrap();
    let second = control(database);
    let mut again = 0;
    for _ in 0..count {
        let next = second.next(&worker(), Duration::from_secs(10)).await.unwrap().expect("a step");
        again += usize::from(next.ticket.attempt == 2);
    }
    assert_eq!(again, taken.len(), "what the dead had is given out again");
    println!("{count} open runs were given out anew in {:?}", started.elapsed());
    engine.stop().await;
}
