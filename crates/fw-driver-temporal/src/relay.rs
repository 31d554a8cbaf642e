//! Tells Temporal of runs that wait for something: what other runs have told them, timers and leases that are over without
//! anybody having looked, ticks of schedules. While Temporal is away, or does nothing for a run, the run is looked at here.
//! Every server runs one; they need not know of each other.

use std::collections::HashMap;
use std::time::Duration;

use fw_database::{Database, DatabaseError, Signal, runs};
use fw_driver::{EngineError, TickOptions, new_run_id, now, tick};
use fw_run::{Millis, RunId, Time};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use crate::TemporalEngine;
use crate::look::look;

/// It looks at the database this often even if nothing was heard.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// The same run is not told of again within this time.
const PATIENCE: Millis = Millis::seconds(5);
/// A run that still waits so long after it was told of first is looked at without Temporal.
const IN_VAIN: Millis = Millis::seconds(20);
/// How many rows are looked at in one go.
const PAGE: u32 = 500;

/// The running relay.
pub struct Relay {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Relay {
    /// Starts it.
    #[must_use]
    pub fn start(database: Database, engine: TemporalEngine, ticks: TickOptions) -> Self {
        let (stop, stopped) = watch::channel(false);
        let signals = database.subscribe();
        let relay = Task { database, engine, ticks, told: HashMap::new(), away: false };
        Self { stop, task: tokio::spawn(relay.run(signals, stopped)) }
    }

    /// Stops it after what is under way.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if self.task.await.is_err() {
            tracing::error!("the relay has panicked");
        }
    }
}

struct Task {
    database: Database,
    engine: TemporalEngine,
    ticks: TickOptions,
    told: HashMap<RunId, Told>,
    /// Temporal could not be told of a run last time.
    away: bool,
}

/// When Temporal was told of a run that waits.
struct Told {
    first: Time,
    last: Time,
}

impl Task {
    async fn run(mut self, mut signals: broadcast::Receiver<Signal>, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            if let Err(error) = self.round().await {
                tracing::error!(%error, "the relay could not go on; it tries again");
            }
            tokio::select! {
                () = due(&mut signals) => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
                changed = stopped.changed() => if changed.is_err() { return },
            }
        }
    }

    async fn round(&mut self) -> Result<(), DatabaseError> {
        let at = now();
        let (mut waiting, _) = self.database.read(at, |tx, at| Box::pin(runs::due(tx, at, PAGE))).await?;
        let (silent, _) = self.database.read(at, |tx, at| Box::pin(runs::expired_leases(tx, at, PAGE))).await?;
        let stranded = self.database.read((), |tx, ()| Box::pin(runs::stranded(tx, PAGE))).await?;
        let (ticks, _) = self.database.read(at, |tx, at| Box::pin(runs::due_schedules(tx, at, PAGE))).await?;
        waiting.extend(silent.into_iter().map(|(run, _, _)| run));
        waiting.extend(stranded);
        for schedule in ticks {
            let arguments = (schedule, new_run_id(), self.ticks, at);
            let ticked = self.database.write(arguments, |tx, (schedule, run, options, at)| {
                Box::pin(async move { tick(tx, &schedule, run, options, at).await })
            });
            waiting.extend(ticked.await?);
        }
        waiting.sort_unstable();
        waiting.dedup();
        self.told.retain(|run, _| waiting.binary_search(run).is_ok());
        self.tell(waiting, at).await
    }

    async fn tell(&mut self, waiting: Vec<RunId>, at: Time) -> Result<(), DatabaseError> {
        let mut reached = true;
        for run in waiting {
            let told = self.told.get(&run);
            if told.is_some_and(|told| at - told.last < PATIENCE) {
                continue;
            }
            let first = told.map_or(at, |told| told.first);
            let in_vain = at - first >= IN_VAIN;
            if in_vain {
                tracing::warn!(%run, "Temporal knows of a run but does nothing; it is looked at without");
            }
            if reached && !in_vain {
                match self.engine.tell(run).await {
                    Ok(()) => {
                        self.told.insert(run, Told { first, last: at });
                        continue;
                    }
                    Err(EngineError(error)) => {
                        reached = false;
                        if !std::mem::replace(&mut self.away, true) {
                            tracing::warn!(error, "Temporal is away; runs are looked after without it");
                        }
                    }
                }
            }
            match look(&self.database, run).await {
                Ok(_) => drop(self.told.remove(&run)),
                Err(error) if error.is_transient() => return Err(error),
                // The others are not to wait for one that can't be read.
                Err(error) => tracing::error!(%run, %error, "a run could not be looked at"),
            }
        }
        if reached {
            self.away = false;
        }
        Ok(())
    }
}

/// Returns when there may be something to tell.
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
