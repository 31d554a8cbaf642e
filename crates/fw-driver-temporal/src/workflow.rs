//! The workflow that drives a run. It hardly ever changes: everything that could is in the run's own machine.

use std::sync::Arc;
use std::time::Duration;

use fw_database::{Database, DatabaseError, runs};
use fw_driver::now;
use fw_run::{Loss, RunId, StepId, Time};
use serde::{Deserialize, Serialize};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use temporalio_sdk::{
    ContinueAsNewOptions, LocalActivityOptions, SyncWorkflowContext, WorkflowContext, WorkflowContextView,
    WorkflowResult,
};

/// It looks at its run this often even if nothing was heard: whatever else is wrong, no run is stranded.
const LOOK_AGAIN: Duration = Duration::from_secs(600);
/// Timers that are over, or nearly, do not make it spin.
const SHORTEST: Duration = Duration::from_millis(50);
/// How long one look may take.
const LOOK: Duration = Duration::from_secs(60);

/// What a look at a run has found.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Look {
    /// The run is over, or there is none.
    pub over: bool,
    /// In so many milliseconds there will be something to do.
    pub wait: u64,
}

/// What the workflow does to the world.
pub struct Hands {
    pub(crate) database: Database,
}

#[activities]
impl Hands {
    /// Advances a run, and gives up its workers that are silent.
    #[activity]
    pub async fn look(self: Arc<Self>, _context: ActivityContext, run: String) -> Result<Look, ActivityError> {
        // An id that is none is the id of no run.
        let Ok(run) = run.parse() else { return Ok(Look { over: true, wait: 0 }) };
        Ok(look(&self.database, run).await?)
    }
}

async fn look(database: &Database, run: RunId) -> Result<Look, DatabaseError> {
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

/// Drives one run until it is over.
#[workflow]
pub struct RunDriver {
    run: String,
    nudges: u64,
}

#[workflow_methods]
impl RunDriver {
    /// Begins with a run's id.
    #[init]
    pub fn new(_context: &WorkflowContextView, run: String) -> Self {
        Self { run, nudges: 0 }
    }

    /// Looks, waits, looks again.
    #[run]
    pub async fn run(context: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        loop {
            let (run, seen) = context.state(|state| (state.run.clone(), state.nudges));
            // Tried until it works: there is nothing else to do while the database is gone.
            let options = LocalActivityOptions::builder().start_to_close_timeout(LOOK).build();
            let look = context.execute_local_activity(Hands::look, run.clone(), options).await?;
            if look.over {
                return Ok(());
            }
            if context.continue_as_new_suggested() {
                context.continue_as_new(run, ContinueAsNewOptions::default())?;
            }
            temporalio_sdk::workflows::select! {
                _ = context.timer(Duration::from_millis(look.wait)) => {}
                _ = context.wait_condition(|state: &Self| state.nudges != seen) => {}
            }
        }
    }

    /// The run was told something.
    #[signal]
    pub fn nudge(&mut self, _context: &mut SyncWorkflowContext<Self>, _nothing: ()) {
        self.nudges += 1;
    }
}
