//! One look at a run: what an engine does for it, whoever calls.

use std::time::Duration;

use fw_database::{Database, DatabaseError, runs};
use fw_driver::now;
use fw_run::{Loss, RunId, StepId, Time};
use serde::{Deserialize, Serialize};

/// A run is looked at this often even if nothing was heard: whatever else is wrong, none is stranded.
const LOOK_AGAIN: Duration = Duration::from_secs(600);
/// Timers that are over, or nearly, do not make it spin.
const SHORTEST: Duration = Duration::from_millis(50);

/// What a look at a run has found.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Look {
    /// The run is over, or there is none.
    pub over: bool,
    /// In so many milliseconds there will be something to do.
    pub wait: u64,
}

/// Advances a run, and gives up its workers that are silent.
pub(crate) async fn look(database: &Database, run: RunId) -> Result<Look, DatabaseError> {
    let at = now();
    let leases = database.read(run, |tx, run| Box::pin(runs::leases_of(tx, run))).await?;
    let (silent, held): (Vec<_>, Vec<_>) = leases.into_iter().partition(|(_, until)| *until <= at);
    for ((step, attempt), _) in silent {
        let lost = database.write((run, step, attempt, at), |tx, arguments| Box::pin(lose(tx, arguments)));
        lost.await?;
    }
    let advanced = database
        .write((run, at), |tx, (run, at)| Box::pin(async move { runs::advance(tx, run, at, Vec::new()).await }));
    let Some((run, _)) = advanced.await? else { return Ok(Look { over: true, wait: 0 }) };
    let timers = held.into_iter().map(|(_, until)| until).chain(run.wake_at());
    let wait = timers.min().map_or(LOOK_AGAIN, |until| (until - at).duration());
    let wait = wait.clamp(SHORTEST, LOOK_AGAIN);
    Ok(Look { over: run.state().finished.is_some(), wait: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) })
}

async fn lose(
    tx: &mut fw_database::Tx,
    (run, step, attempt, at): (RunId, StepId, u32, Time),
) -> Result<(), DatabaseError> {
    runs::lose(tx, (run, step, attempt), Loss::Silence, Some(at), at).await
}
