//! Runs from start to end.

use std::sync::Arc;
use std::time::Duration;

use fw_database::runs::{NewRun, RunRow, ScheduleRow};
use fw_database::{Database, DatabaseError, Options, Signal, run_views, runs};
use fw_driver::{Embedded, EmbeddedOptions, LocalControl, NoEngine, Runs, new_run_id, now};
use fw_run::{Control, GateDef, Millis, Refusal, Run, RunDef, RunId, RunStatus, ScheduleId, StepId};

use crate::hands::{control, quick, work, worker};
use crate::postgres::Postgres;
use crate::world::{recipe, user};

struct Service {
    runs: Runs,
    engines: Vec<Embedded>,
    control: Arc<LocalControl>,
    hands: Vec<tokio::task::JoinHandle<u32>>,
    cloud: tempfile::TempDir,
}

impl Service {
    /// A service with so many engines and workers.
    async fn start(database: Database, engines: usize, hands: usize) -> Self {
        let cloud = tempfile::tempdir().unwrap();
        let control = control(database.clone());
        let mut started = Vec::new();
        for _ in 0..engines {
            started.push(Embedded::start(database.clone(), EmbeddedOptions::default()).await.unwrap());
        }
        let spawn = |_| {
            let control: Arc<dyn Control> = control.clone();
            tokio::spawn(work(control, cloud.path().to_owned(), Duration::from_secs(60)))
        };
        let hands = (0..hands).map(spawn).collect();
        Self { runs: Runs::new(database, Arc::new(NoEngine)), engines: started, control, hands, cloud }
    }

    async fn create(&self, definition: RunDef) -> RunId {
        let new = NewRun { id: new_run_id(), definition, by: user("anna"), key: None, bound: None };
        self.runs.create(new).await.unwrap().id()
    }

    async fn row(&self, run: RunId) -> RunRow {
        let row = self.runs.database().read(run, |tx, run| Box::pin(runs::run(tx, run))).await;
        row.unwrap_or_else(|error: DatabaseError| panic!("{error:?}")).unwrap()
    }

    /// Waits until a run is so.
    async fn until(&self, run: RunId, is: impl Fn(&Run) -> bool) -> Run {
        let mut signals = self.runs.database().subscribe();
        let wait = async {
            loop {
                let row = self.row(run).await;
                if is(&row.run) {
                    return row.run;
                }
                while signals.recv().await.is_ok_and(|signal| signal != Signal::Run(run)) {}
            }
        };
        tokio::time::timeout(Duration::from_secs(60), wait).await.expect("the run gets there")
    }

    async fn stop(self) -> u32 {
        self.control.close();
        let mut done = 0;
        for hand in self.hands {
            done += hand.await.unwrap();
        }
        for engine in self.engines {
            engine.stop().await;
        }
        done
    }
}

async fn sqlite(directory: &tempfile::TempDir) -> Database {
    let address = format!("sqlite:{}", directory.path().join("test.db").display());
    Database::open(&address, Options::default()).await.unwrap()
}

async fn goes_through(database: Database, engines: usize) {
    let service = Service::start(database.clone(), engines, 4).await;
    let mut created = Vec::new();
    for number in 0..12 {
        // Some stacks have several runs.
        created.push(service.create(quick(GateDef::automatic(), 10 + number % 8)).await);
    }
    for run in &created {
        let run = service.until(*run, |run| run.status().is_final()).await;
        assert_eq!(run.status(), RunStatus::Succeeded);
    }
    let output = database.read(created[0], |tx, run| Box::pin(run_views::output(tx, run, 0, 100))).await;
    let output = output.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
    assert_eq!(output.iter().map(|entry| entry.position).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(std::fs::read_dir(service.cloud.path()).unwrap().count(), 36);

    // Approval, of the right plan.
    let gated = service.create(quick(GateDef::required(Millis::minutes(5)), 50)).await;
    let waiting = service.until(gated, |run| run.status() == RunStatus::AwaitingApproval).await;
    let (plan, other) = (waiting.plan_digest(), Some(fw_run::Digest::of(b"another")));
    let wrong = service.runs.approve(gated, StepId(1), other, user("anna")).await;
    assert!(matches!(wrong, Err(fw_driver::TellError::Refused(Refusal::WrongPlan))), "{wrong:?}");
    service.runs.approve(gated, StepId(1), plan, user("anna")).await.unwrap();
    service.until(gated, |run| run.status() == RunStatus::Succeeded).await;

    // A gate that closes by time, and a cancel.
    let expiring = service.create(quick(GateDef::required(Millis(300)), 51)).await;
    let canceled = service.create(quick(GateDef::required(Millis::minutes(5)), 52)).await;
    service.until(canceled, |run| run.status() == RunStatus::AwaitingApproval).await;
    service.runs.cancel(canceled, user("anna"), None).await.unwrap();
    service.until(canceled, |run| run.status() == RunStatus::Canceled).await;
    service.until(expiring, |run| run.status() == RunStatus::Expired).await;

    // A schedule whose tick is now.
    let id = ScheduleId::new(uuid::Uuid::now_v7());
    let definition = recipe().plan_only();
    let schedule = ScheduleRow {
        id,
        account: definition.account,
        stack: definition.stack,
        name: "s".to_owned(),
        cron: "0 0 1 1 *".to_owned(),
        zone: "Europe/Vienna".to_owned(),
        definition,
        paused: false,
        next_at: Some(now()),
        last_at: None,
        last_run: None,
        created_at: now(),
    };
    let stored =
        database.write(schedule, |tx, schedule| Box::pin(async move { runs::insert_schedule(tx, &schedule).await }));
    stored.await.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
    let ticked = async {
        loop {
            let row = database.read(id, |tx, id| Box::pin(runs::schedule(tx, id))).await;
            let row = row.unwrap_or_else(|error: DatabaseError| panic!("{error:?}")).unwrap();
            if let Some(run) = row.last_run {
                assert!(row.next_at.unwrap() > now());
                return run;
            }
            tokio::task::yield_now().await;
        }
    };
    let run = tokio::time::timeout(Duration::from_secs(30), ticked).await.expect("the tick comes");
    service.until(run, |run| run.status() == RunStatus::Succeeded).await;
    let done = service.stop().await;
    // A worker that was slow may have been given up; then the step was done twice.
    assert!(done > 12 * 2 + 2 + 2, "{done}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_go_through_on_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    goes_through(sqlite(&directory).await, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_go_through_on_postgresql_with_two_engines() {
    let Some(postgres) = Postgres::start().await else { return };
    goes_through(postgres.database().await, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_worker_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let service = Service::start(sqlite(&directory).await, 1, 0).await;
    let run = service.create(quick(GateDef::automatic(), 1)).await;
    let taken = service.control.next(&worker(), Duration::from_secs(10)).await.unwrap().unwrap();
    assert_eq!(taken.ticket.attempt, 1);
    // It says nothing. The next one gets the step once the lease is over.
    let again = service.control.next(&worker(), Duration::from_secs(30)).await.unwrap().unwrap();
    assert_eq!((again.ticket.run, again.ticket.attempt), (run, 2));
    assert_eq!(service.control.beat(&taken.ticket).await.unwrap(), fw_run::Beat::Gone);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_a_service_that_closes() {
    let directory = tempfile::tempdir().unwrap();
    let service = Service::start(sqlite(&directory).await, 1, 4).await;
    let stopped = tokio::time::timeout(Duration::from_secs(10), service.stop()).await;
    assert_eq!(stopped.expect("the workers come back at once"), 0);
}
