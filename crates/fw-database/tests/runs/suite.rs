//! The suite, and what its cases share: a database, a clock that is set by hand, ids.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use fw_database::runs::{self, CreateRefusal, NewRun, Taken};
use fw_database::{Database, DatabaseError, Options, args, run_views};
use fw_run::{
    AccountId, ControlError, Event, Finish, JournalWrite, Loss, Millis, NewState, Outcome, Refusal, Run, RunDef, RunId,
    RunStatus, StackId, StateVersionId, StepReport, Ticket, Time, WorkerInfo,
};
use uuid::Uuid;

use crate::postgres::Postgres;
use crate::{frame, queue, relatives, work, world};

pub(crate) const LEASE: Millis = Millis::seconds(20);

/// A database, a clock, and ids that grow.
#[derive(Clone)]
pub(crate) struct Bench {
    pub(crate) database: Database,
    pub(crate) clock: Arc<AtomicI64>,
    ids: Arc<AtomicU64>,
}

impl Bench {
    pub(crate) fn on(database: Database) -> Self {
        Self { database, clock: Arc::new(AtomicI64::new(world::START.0)), ids: Arc::new(AtomicU64::new(1)) }
    }

    pub(crate) fn now(&self) -> Time {
        Time(self.clock.load(Ordering::Relaxed))
    }

    pub(crate) fn wait(&self, duration: Millis) {
        self.clock.fetch_add(duration.0.try_into().unwrap(), Ordering::Relaxed);
    }

    pub(crate) fn id(&self) -> u128 {
        u128::from(self.ids.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn worker(&self, labels: &str) -> WorkerInfo {
        WorkerInfo {
            id: world::worker(self.id()),
            name: "w".to_owned(),
            labels: world::labels(labels),
            version: "1".to_owned(),
            slots: 1,
            account: None,
        }
    }

    pub(crate) async fn try_create(
        &self,
        definition: RunDef,
        key: Option<&str>,
        bound: Option<u32>,
    ) -> Result<Run, CreateRefusal> {
        let id = world::run_id(self.id());
        let new = NewRun { id, definition, by: world::user("anna"), key: key.map(ToOwned::to_owned), bound };
        self.database.write((new, self.now()), |tx, (new, now)| Box::pin(runs::create(tx, new, now))).await
    }

    pub(crate) async fn create(&self, definition: RunDef) -> RunId {
        self.try_create(definition, None, None).await.unwrap().id()
    }

    pub(crate) async fn try_take(&self, worker: &WorkerInfo) -> Result<Option<Taken>, DatabaseError> {
        let arguments = (worker.clone(), self.now());
        let taken = self
            .database
            .write(arguments, |tx, (worker, now)| Box::pin(async move { runs::take(tx, &worker, now, LEASE).await }));
        taken.await
    }

    pub(crate) async fn take(&self, worker: &WorkerInfo) -> Option<Ticket> {
        self.try_take(worker).await.unwrap().map(|taken| taken.ticket)
    }

    pub(crate) async fn finish(&self, ticket: &Ticket, finish: Finish) -> Result<RunStatus, ControlError> {
        let version = StateVersionId::new(Uuid::from_u128(self.id()));
        let arguments = (ticket.clone(), finish, version, self.now());
        let finished = self.database.write(arguments, |tx, (ticket, finish, id, now)| {
            Box::pin(async move { runs::finish(tx, &ticket, finish, id, now).await })
        });
        match finished.await {
            Ok(result) => result.map(|run| run.status()),
            Err(DatabaseError::Refused(text)) => Err(ControlError::Refused(text)),
            Err(error) => panic!("{error:?}"),
        }
    }

    pub(crate) async fn done(&self, ticket: &Ticket, report: StepReport) -> Result<RunStatus, ControlError> {
        self.finish(ticket, Finish { outcome: Outcome::Done { report }, state: None }).await
    }

    pub(crate) async fn write(&self, ticket: &Ticket, writes: Vec<JournalWrite>) -> Result<u64, ControlError> {
        let arguments = (ticket.clone(), writes, self.now());
        let written = self.database.write(arguments, |tx, (ticket, writes, now)| {
            Box::pin(async move { runs::write_journal(tx, &ticket, writes, now).await })
        });
        match written.await {
            Ok(result) => result,
            Err(DatabaseError::Refused(text)) => Err(ControlError::Refused(text)),
            Err(error) => panic!("{error:?}"),
        }
    }

    pub(crate) async fn save(&self, ticket: &Ticket, stack: StackId, state: NewState) -> Result<(), ControlError> {
        let id = StateVersionId::new(Uuid::from_u128(self.id()));
        let arguments = (ticket.clone(), stack, id, state, self.now());
        let saved = self.database.write(arguments, |tx, (ticket, stack, id, state, now)| {
            Box::pin(async move { runs::save_state(tx, Some(&ticket), stack, id, &state, now).await })
        });
        saved.await.map_err(|error: DatabaseError| panic!("{error:?}")).unwrap().map(|_row| ())
    }

    pub(crate) async fn tell(&self, run: RunId, event: Event) -> Option<Refusal> {
        let arguments = (run, event, self.now());
        let told = self.database.write(arguments, |tx, (run, event, now)| {
            Box::pin(async move { runs::advance(tx, run, now, vec![event]).await })
        });
        let told: Result<_, DatabaseError> = told.await;
        told.unwrap().expect("there is such a run").1.refused.first().map(|(_, refusal)| *refusal)
    }

    /// What an engine does: leases, inboxes, timers.
    pub(crate) async fn drive(&self) {
        loop {
            let now = self.now();
            let (due, _) = self.database.read(now, |tx, now| Box::pin(runs::due(tx, now, 100))).await.unwrap();
            let silent = self.database.read(now, |tx, now| Box::pin(runs::expired_leases(tx, now, 100))).await;
            let (silent, _) = silent.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
            if due.is_empty() && silent.is_empty() {
                return;
            }
            for attempt in silent {
                let lost = self.database.write((attempt, now), |tx, (attempt, now)| {
                    Box::pin(runs::lose(tx, attempt, Loss::Silence, Some(now), now))
                });
                lost.await.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
            }
            for run in due {
                self.advance(run).await;
            }
        }
    }

    pub(crate) async fn advance(&self, run: RunId) {
        let advanced = self.database.write((run, self.now()), |tx, (run, now)| {
            Box::pin(async move { runs::advance(tx, run, now, Vec::new()).await.map(|_| ()) })
        });
        advanced.await.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
    }

    pub(crate) async fn run(&self, run: RunId) -> Run {
        let row = self.database.read(run, |tx, run| Box::pin(runs::run(tx, run))).await;
        row.unwrap_or_else(|error: DatabaseError| panic!("{error:?}")).expect("there is such a run").run
    }

    pub(crate) async fn status(&self, run: RunId) -> RunStatus {
        self.run(run).await.status()
    }

    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        let row = self.database.read(sql, |tx, sql| Box::pin(tx.row(sql, args![]))).await;
        row.unwrap_or_else(|error: DatabaseError| panic!("{error:?}")).unwrap().int(0).unwrap()
    }

    /// I6, on what is stored.
    pub(crate) async fn check(&self, id: RunId) {
        let run = self.run(id).await;
        let log = self.database.read(id, |tx, id| Box::pin(run_views::entries(tx, id, 0, 100_000))).await;
        let log = log.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
        for (index, entry) in log.iter().enumerate() {
            assert_eq!(entry.seq, u64::try_from(index).unwrap() + 1, "a gap in the log");
        }
        let folded = Run::fold(id, Arc::clone(run.definition()), &log);
        assert_eq!(folded.state(), run.state(), "the state is not the fold of the log");
    }
}

pub(crate) fn stack(n: u128) -> StackId {
    StackId::new(Uuid::from_u128(n))
}

pub(crate) fn on(mut definition: RunDef, account: u128, stack_number: u128) -> RunDef {
    definition.account = AccountId::new(Uuid::from_u128(account));
    definition.stack = stack(stack_number);
    definition
}

type Case = for<'b> fn(&'b Bench) -> Pin<Box<dyn Future<Output = ()> + Send + 'b>>;

macro_rules! cases {
    ($($module:ident :: $case:ident),+ $(,)?) => {
        [$((stringify!($case), (|bench| Box::pin($module::$case(bench))) as Case)),+]
    };
}

const CASES: &[(&str, Case)] = &cases![
    frame::a_failed_job_leaves_nothing,
    frame::a_panic_is_an_error_of_its_job_alone,
    frame::signals_come_after_the_commit,
    frame::values_come_back_as_they_were,
    queue::workers_get_what_they_can_do,
    queue::accounts_take_turns,
    queue::the_queue_has_a_bound,
    queue::figures_of_the_queue,
    queue::leases_end_and_are_held,
    queue::orphans_of_a_restart,
    queue::a_key_makes_one_run,
    queue::many_workers_do_each_step_once,
    relatives::children_and_parents,
    relatives::a_cancel_reaches_the_children,
    relatives::a_tick_makes_one_run,
    work::a_run_from_start_to_end,
    work::a_stack_has_one_run_at_a_time,
    work::the_epoch_fences,
    work::a_journal_outlives_its_worker,
    work::a_state_follows_the_newest,
    work::an_end_may_be_told_twice,
    work::unknown_operations_are_resolved,
    work::cancel_reaches_the_worker,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    for (name, case) in CASES {
        println!("{name}");
        let directory = tempfile::tempdir().unwrap();
        let database = sqlite(&directory).await;
        case(&Bench::on(database.clone())).await;
        database.close().await;
    }
}

pub(crate) async fn sqlite(directory: &tempfile::TempDir) -> Database {
    let address = format!("sqlite:{}", directory.path().join("test.db").display());
    Database::open(&address, Options::default()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql() {
    let Some(postgres) = Postgres::start().await else { return };
    for (name, case) in CASES {
        println!("{name}");
        let database = postgres.database().await;
        case(&Bench::on(database.clone())).await;
        database.close().await;
    }
}
