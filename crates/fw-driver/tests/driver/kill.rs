//! The service as a process of its own, killed again and again: nothing is lost, nothing is applied twice.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use fw_database::runs::{self, CreateRefusal, NewRun};
use fw_database::{Database, DatabaseError, Options, args, run_views};
use fw_driver::{Embedded, EmbeddedOptions, LocalControl, NoEngine, Runs, new_run_id};
use fw_objects::Objects;
use fw_run::{Control, Entry, Event, GateDef, Run, RunStatus};

use crate::hands::{OPERATIONS, SHORT, quick, work};
use crate::world::user;

const RUNS: usize = 300;
const KILLS: u64 = 12;
const PLACE: &str = "FORMWORK_TEST_SERVICE";

async fn open(place: &Path) -> Database {
    let address = format!("sqlite:{}", place.join("test.db").display());
    Database::open(&address, Options::default()).await.unwrap()
}

/// The service: it runs in a process of its own, when the test below starts this one with a place for its files.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn service() {
    let Some(place) = env::var_os(PLACE).map(PathBuf::from) else { return };
    let database = open(&place).await;
    let objects = Objects::open(&format!("file://{}", place.join("objects").display()), None).await.unwrap();
    let control = Arc::new(LocalControl::new(database.clone(), objects, SHORT));
    let _engine = Embedded::start(database.clone(), EmbeddedOptions::default()).await.unwrap();
    let hands: Vec<_> = (0..4)
        .map(|_| {
            let control: Arc<dyn Control> = control.clone();
            tokio::spawn(work(control, place.join("cloud"), Duration::from_secs(600)))
        })
        .collect();
    let runs = Runs::new(database.clone(), Arc::new(NoEngine));
    for number in 0..RUNS {
        let definition = quick(GateDef::automatic(), 1 + (number % 60) as u128);
        let key = Some(format!("run {number}"));
        let new = NewRun { id: new_run_id(), definition, by: user("anna"), key, bound: None };
        match runs.create(new).await {
            Ok(_) | Err(CreateRefusal::Exists(_)) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    while open_runs(&database).await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    fs::write(place.join("done"), "").unwrap();
    control.close();
    for hand in hands {
        hand.await.unwrap();
    }
    database.close().await;
}

async fn open_runs(database: &Database) -> i64 {
    let sql = "SELECT count(*) FROM runs WHERE finished_at IS NULL";
    let row = database.read(sql, |tx, sql| Box::pin(tx.row(sql, args![]))).await;
    row.unwrap_or_else(|error: DatabaseError| panic!("{error:?}")).unwrap().int(0).unwrap()
}

fn start(place: &Path) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "kill::service", "--nocapture"]).env(PLACE, place);
    command.stdout(Stdio::null()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_the_service_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    fs::create_dir(place.join("cloud")).unwrap();
    for kill in 0..KILLS {
        let mut service = start(place);
        // Long enough to get somewhere; every time another moment.
        tokio::time::sleep(Duration::from_millis(150 + kill * 37 % 250)).await;
        service.kill().unwrap();
        service.wait().unwrap();
    }
    let before = open(place).await;
    let left = open_runs(&before).await;
    before.close().await;
    let started = Instant::now();
    let mut service = start(place);
    let status = tokio::task::spawn_blocking(move || service.wait().unwrap()).await.unwrap();
    assert!(status.success(), "the last service fails");
    assert!(place.join("done").exists(), "it ended early");
    println!("{left} of {RUNS} runs were open after {KILLS} kills; done after {:?}", started.elapsed());
    check(place).await;
}

async fn check(place: &Path) {
    let database = open(place).await;
    let rows = database.read((), |tx, ()| Box::pin(tx.rows("SELECT id FROM runs", args![]))).await;
    let rows = rows.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
    assert_eq!(rows.len(), RUNS);
    let mut repeated = 0;
    for row in rows {
        let id = row.parse(0).unwrap();
        let run = database.read(id, |tx, id| Box::pin(runs::run(tx, id))).await;
        let run = run.unwrap_or_else(|error: DatabaseError| panic!("{error:?}")).unwrap().run;
        assert_eq!(run.status(), RunStatus::Succeeded);
        let log = database.read(id, |tx, id| Box::pin(run_views::entries(tx, id, 0, 10_000))).await;
        let log: Vec<Entry> = log.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
        assert_eq!(Run::fold(id, run.definition().clone(), &log).state(), run.state(), "I6");
        repeated += log.iter().filter(|entry| matches!(entry.event, Event::Lost { .. })).count();
        for op in OPERATIONS {
            assert!(place.join("cloud").join(format!("{id}-{op}")).exists(), "I1: {op} was not done");
        }
    }
    let count = async |sql: &'static str| {
        let row = database.read(sql, |tx, sql| Box::pin(tx.row(sql, args![]))).await;
        row.unwrap_or_else(|error: DatabaseError| panic!("{error:?}")).unwrap().int(0).unwrap()
    };
    assert_eq!(count("SELECT count(*) FROM applies").await, RUNS as i64, "I1: each plan is applied once");
    assert_eq!(count("SELECT count(*) FROM operations WHERE status = 'done'").await, RUNS as i64 * 3);
    assert_eq!(count("SELECT count(*) FROM stack_heads WHERE run IS NOT NULL").await, 0);
    println!("{repeated} attempts were lost");
    database.close().await;
}
