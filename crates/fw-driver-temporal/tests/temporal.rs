//! Runs driven by a real Temporal server, which `FORMWORK_TEST_TEMPORAL` names or is found on the path.
#![cfg(feature = "temporal")]
#![expect(
    clippy::unwrap_used,
    clippy::clone_on_ref_ptr,
    clippy::print_stdout,
    reason = "a test that panics has failed, as it should"
)]

#[path = "../../fw-driver/tests/driver/hands.rs"]
mod hands;
#[path = "../../fw-testkit/src/servers/temporal.rs"]
#[expect(dead_code, unreachable_pub, reason = "shared with other tests")]
mod temporal;
#[path = "../../fw-run/tests/machine/world.rs"]
#[expect(dead_code, reason = "shared with the tests of the machine")]
mod world;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fw_database::runs::{self, NewRun};
use fw_database::{Database, DatabaseError, Options};
use fw_driver::{Engine, Runs, TickOptions, new_run_id};
use fw_driver_temporal::{Relay, TemporalEngine, TemporalOptions};
use fw_run::{Control, GateDef, Millis, Run, RunDef, RunId, RunStatus, StepId};

use crate::hands::{control, quick, work, worker};
use crate::temporal::Temporal;
use crate::world::user;

/// A server and the directory of its data.
struct Server {
    temporal: Temporal,
    _directory: tempfile::TempDir,
}

impl Server {
    fn start() -> Option<Self> {
        let Some(program) = Temporal::program() else {
            println!("skipped: no Temporal. Name the program in FORMWORK_TEST_TEMPORAL.");
            return None;
        };
        let directory = tempfile::tempdir().unwrap();
        Some(Self { temporal: Temporal::start(&program, directory.path()).unwrap(), _directory: directory })
    }

    async fn engine(&self, database: &Database) -> TemporalEngine {
        let options = TemporalOptions { address: self.temporal.address(), ..TemporalOptions::default() };
        let engine = TemporalEngine::start(database.clone(), options).unwrap();
        let mut tries = 0;
        while let Err(error) = engine.check().await {
            tries += 1;
            assert!(tries < 150, "Temporal does not start: {error:?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        engine
    }
}

async fn open(place: &Path) -> Database {
    let address = format!("sqlite:{}", place.join("test.db").display());
    Database::open(&address, Options::default()).await.unwrap()
}

async fn create(runs: &Runs, definition: RunDef) -> RunId {
    let new = NewRun { id: new_run_id(), definition, by: user("anna"), key: None, bound: None };
    runs.create(new).await.unwrap().id()
}

async fn until(database: &Database, run: RunId, is: impl Fn(&Run) -> bool) -> Run {
    let wait = async {
        loop {
            let row = database.read(run, |tx, run| Box::pin(runs::run(tx, run))).await;
            let run = row.unwrap_or_else(|error: DatabaseError| panic!("{error:?}")).unwrap().run;
            if is(&run) {
                return run;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(90), wait).await.expect("the run gets there")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_go_through_with_temporal_killed_in_between() {
    let Some(mut server) = Server::start() else { return };
    let directory = tempfile::tempdir().unwrap();
    let database = open(directory.path()).await;
    let engine = server.engine(&database).await;
    let relay = Relay::start(database.clone(), engine.clone(), TickOptions::default());
    let runs = Runs::new(database.clone(), Arc::new(engine.clone()));
    let control = control(database.clone());
    let cloud = tempfile::tempdir().unwrap();
    let hands: Vec<_> = (0..3)
        .map(|_| {
            let control: Arc<dyn Control> = control.clone();
            tokio::spawn(work(control, cloud.path().to_owned(), Duration::from_secs(120)))
        })
        .collect();

    // Several runs of a stack: the lock is handed on by Temporal's look at the next one.
    let mut created = Vec::new();
    for number in 0..6 {
        created.push(create(&runs, quick(GateDef::automatic(), 1 + number % 2)).await);
    }
    for run in &created {
        let run = until(&database, *run, |run| run.status().is_final()).await;
        assert_eq!(run.status(), RunStatus::Succeeded);
    }

    // A gate that nobody opens closes by Temporal's timer; another is opened while Temporal is gone.
    let expiring = create(&runs, quick(GateDef::required(Millis::seconds(2)), 11)).await;
    let gated = create(&runs, quick(GateDef::required(Millis::minutes(10)), 12)).await;
    let waiting = until(&database, gated, |run| run.status() == RunStatus::AwaitingApproval).await;
    until(&database, expiring, |run| run.status() == RunStatus::Expired).await;
    server.temporal.kill();
    let next = quick(GateDef::automatic(), 12);
    let behind = tokio::spawn({
        let runs = runs.clone();
        async move { create(&runs, next).await }
    });
    server.temporal.up().unwrap();
    runs.approve(gated, StepId(1), waiting.plan_digest(), user("anna")).await.unwrap();
    until(&database, gated, |run| run.status() == RunStatus::Succeeded).await;
    let behind = behind.await.unwrap();
    until(&database, behind, |run| run.status() == RunStatus::Succeeded).await;

    control.close();
    for hand in hands {
        hand.await.unwrap();
    }
    relay.stop().await;
    engine.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_worker_is_replaced() {
    let Some(server) = Server::start() else { return };
    let directory = tempfile::tempdir().unwrap();
    let database = open(directory.path()).await;
    let engine = server.engine(&database).await;
    let relay = Relay::start(database.clone(), engine.clone(), TickOptions::default());
    let runs = Runs::new(database.clone(), Arc::new(engine.clone()));
    let control = control(database.clone());
    let run = create(&runs, quick(GateDef::automatic(), 1)).await;
    let taken = control.next(&worker(), Duration::from_secs(10)).await.unwrap().unwrap();
    let again = control.next(&worker(), Duration::from_secs(30)).await.unwrap().unwrap();
    assert_eq!((again.ticket.run, again.ticket.attempt), (run, 2));
    assert_eq!(control.beat(&taken.ticket).await.unwrap(), fw_run::Beat::Gone);
    relay.stop().await;
    engine.stop();
}
