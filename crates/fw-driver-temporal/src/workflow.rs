//! The workflow that drives a run. It hardly ever changes: everything that could is in the run's own machine.

use std::sync::Arc;
use std::time::Duration;

use fw_database::Database;
use temporalio_common::RetryPolicy;
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use temporalio_sdk::{
    ContinueAsNewOptions, LocalActivityOptions, SyncWorkflowContext, WorkflowContext, WorkflowContextView,
    WorkflowResult,
};

pub use crate::look::Look;
use crate::look::look;

/// How long one look may take.
const LOOK: Duration = Duration::from_secs(60);
/// How long it is waited between two looks that fail, at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What the workflow does to the world.
pub struct Hands {
    pub(crate) database: Database,
}

/// A look has failed. Only this becomes part of Temporal's history; what was wrong stands in our log.
#[derive(Debug, thiserror::Error)]
#[error("the run could not be looked at")]
struct NoLook;

#[activities]
impl Hands {
    /// Advances a run, and gives up its workers that are silent.
    #[activity]
    pub async fn look(self: Arc<Self>, _context: ActivityContext, run: String) -> Result<Look, ActivityError> {
        // An id that is none is the id of no run.
        let Ok(run) = run.parse() else { return Ok(Look { over: true, wait: 0 }) };
        look(&self.database, run).await.map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::warn!(%run, %error, cause, "a run could not be looked at; it is tried again");
            NoLook.into()
        })
    }
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
            let retry = RetryPolicy::builder().maximum_interval(LONGEST_PAUSE).build();
            let options = LocalActivityOptions::builder().start_to_close_timeout(LOOK).retry_policy(retry).build();
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
