//! The embedded engine: one task that keeps all runs of a database going.
//!
//! It holds nothing that matters. Everything it does is found in the database anew: runs whose time has come or that were
//! told something, workers that are silent, ticks. Several servers may run one each on the same database.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, Stream, StreamExt};
use fw_database::{Database, DatabaseError, Dialect, Signal, runs};
use fw_run::{Loss, RunId, StepId, Time};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use crate::{Engine, EngineError, TickOptions, new_run_id, now, tick};

/// How the engine works.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddedOptions {
    /// It looks at the database this often even if nothing was heard.
    pub look_again: Duration,
    /// It looks for stranded runs this often.
    pub sweep_every: Duration,
    /// How many runs it advances at the same time.
    pub parallel: usize,
    /// How ticks are handled.
    pub ticks: TickOptions,
}

impl Default for EmbeddedOptions {
    fn default() -> Self {
        Self {
            look_again: Duration::from_secs(5),
            sweep_every: Duration::from_secs(60),
            parallel: 64,
            ticks: TickOptions::default(),
        }
    }
}

/// How many rows are looked at in one go.
const PAGE: u32 = 500;
/// A pause after a failure, so that a database that is gone is not asked all the time.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

/// The running engine.
pub struct Embedded {
    stop: Arc<watch::Sender<bool>>,
    task: JoinHandle<()>,
}

/// The running engine, for who makes runs.
#[derive(Clone)]
pub struct EmbeddedHandle(Arc<watch::Sender<bool>>);

impl Embedded {
    /// Gives up what workers of an earlier life of this process had, then starts the task.
    ///
    /// # Errors
    /// The database is gone.
    pub async fn start(database: Database, options: EmbeddedOptions) -> Result<Self, DatabaseError> {
        give_up_orphans(&database).await?;
        let (stop, stopped) = watch::channel(false);
        let signals = database.subscribe();
        let task = tokio::spawn(drive(database, options, signals, stopped));
        Ok(Self { stop: Arc::new(stop), task })
    }

    /// For who makes runs.
    #[must_use]
    pub fn handle(&self) -> EmbeddedHandle {
        EmbeddedHandle(Arc::clone(&self.stop))
    }

    /// Stops after what is under way.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if self.task.await.is_err() {
            tracing::error!("the embedded engine has panicked");
        }
    }
}

#[async_trait]
impl Engine for EmbeddedHandle {
    fn name(&self) -> &'static str {
        "embedded"
    }

    /// It sees the database by itself.
    async fn ensure(&self, _run: RunId) -> Result<(), EngineError> {
        Ok(())
    }

    async fn check(&self) -> Result<(), EngineError> {
        // The task holds the other end.
        if self.0.is_closed() { Err(EngineError("it has ended".into())) } else { Ok(()) }
    }
}

/// Gives up what workers of an earlier life of this process had. Where several servers may share the database, the others'
/// workers are alive: there their leases run out.
///
/// # Errors
/// The database is gone.
pub async fn give_up_orphans(database: &Database) -> Result<(), DatabaseError> {
    if database.dialect() == Dialect::Postgres {
        return Ok(());
    }
    let orphans = database.read((), |tx, ()| Box::pin(runs::orphaned_leases(tx))).await?;
    lose_all(database, orphans, Loss::Restart, None, EmbeddedOptions::default().parallel).await
}

async fn drive(
    database: Database,
    options: EmbeddedOptions,
    mut signals: broadcast::Receiver<Signal>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut swept: Option<tokio::time::Instant> = None;
    while !*stopped.borrow() {
        let sweep = swept.is_none_or(|at| at.elapsed() >= options.sweep_every);
        if sweep {
            swept = Some(tokio::time::Instant::now());
        }
        let wait = match round(&database, options, sweep).await {
            Ok(next) => until(next, options.look_again),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, cause, "the embedded engine could not go on; it tries again");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = due(&mut signals) => {}
            () = tokio::time::sleep(wait) => {}
            changed = stopped.changed() => if changed.is_err() { return },
        }
    }
}

fn until(next: Option<Time>, most: Duration) -> Duration {
    next.map_or(most, |next| (next - now()).duration().min(most))
}

/// Does what is to be done now. Returns when there will be more.
async fn round(database: &Database, options: EmbeddedOptions, sweep: bool) -> Result<Option<Time>, DatabaseError> {
    if sweep {
        let stranded = database.read((), |tx, ()| Box::pin(runs::stranded(tx, PAGE))).await?;
        if !stranded.is_empty() {
            tracing::warn!(count = stranded.len(), "stranded runs were found");
        }
        advance_all(database, stranded, options.parallel).await?;
    }
    loop {
        let at = now();
        let (due, next_due) = database.read(at, |tx, at| Box::pin(runs::due(tx, at, PAGE))).await?;
        let (silent, next_silent) = database.read(at, |tx, at| Box::pin(runs::expired_leases(tx, at, PAGE))).await?;
        let (ticks, next_tick) = database.read(at, |tx, at| Box::pin(runs::due_schedules(tx, at, PAGE))).await?;
        if due.is_empty() && silent.is_empty() && ticks.is_empty() {
            return Ok([next_due, next_silent, next_tick].into_iter().flatten().min());
        }
        lose_all(database, silent, Loss::Silence, Some(at), options.parallel).await?;
        advance_all(database, due, options.parallel).await?;
        for schedule in ticks {
            let arguments = (schedule, new_run_id(), options.ticks, at);
            let ticked = database.write(arguments, |tx, (schedule, run, options, at)| {
                Box::pin(async move { tick(tx, &schedule, run, options, at).await })
            });
            let _run: Option<RunId> = ticked.await?;
        }
    }
}

async fn advance_all(database: &Database, due: Vec<RunId>, parallel: usize) -> Result<(), DatabaseError> {
    let mut advanced = stream::iter(due)
        .map(|run| {
            database.write((run, now()), |tx, (run, now)| {
                Box::pin(async move { runs::advance(tx, run, now, Vec::new()).await.map(|_| ()) })
            })
        })
        .buffer_unordered(parallel);
    all_of(&mut advanced).await
}

async fn lose_all(
    database: &Database,
    attempts: Vec<(RunId, StepId, u32)>,
    why: Loss,
    silent_at: Option<Time>,
    parallel: usize,
) -> Result<(), DatabaseError> {
    let mut lost = stream::iter(attempts)
        .map(|attempt| {
            database.write((attempt, why, silent_at, now()), |tx, (attempt, why, silent_at, now)| {
                Box::pin(runs::lose(tx, attempt, why, silent_at, now))
            })
        })
        .buffer_unordered(parallel);
    all_of(&mut lost).await
}

/// Waits for all, so that those which fail do not keep the others from being done. The first failure is returned.
async fn all_of(results: &mut (impl Stream<Item = Result<(), DatabaseError>> + Unpin)) -> Result<(), DatabaseError> {
    let mut first = Ok(());
    while let Some(result) = results.next().await {
        first = first.and(result);
    }
    first
}

/// Returns when there may be something to do.
async fn due(signals: &mut broadcast::Receiver<Signal>) {
    loop {
        match signals.recv().await {
            Ok(Signal::Due) | Err(broadcast::error::RecvError::Lagged(_)) => return,
            Ok(Signal::Work | Signal::Run(_) | Signal::Stack(_) | Signal::Revoked) => {}
            // No signal will come any more; the task looks now and then.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
