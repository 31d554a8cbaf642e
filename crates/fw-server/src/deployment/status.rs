//! The status of a deployment, out of the runs of its stack.

use fw_database::run_views::RunView;
use fw_run::{Purpose, RunInput, RunStatus, StepKind, StepPhase};
use serde::Serialize;
use utoipa::ToSchema;

/// How a deployment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// Nothing has begun, or the plan waits for approval.
    Pending,
    Queued,
    Planning,
    Applying,
    Completed,
    Failed,
    Destroying,
    Destroyed,
    Canceling,
    Canceled,
}

impl Status {
    /// As in JSON.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Queued => "queued",
            Self::Planning => "planning",
            Self::Applying => "applying",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Destroying => "destroying",
            Self::Destroyed => "destroyed",
            Self::Canceling => "canceling",
            Self::Canceled => "canceled",
        }
    }

    /// Whether a run is under way.
    pub(crate) const fn is_busy(self) -> bool {
        match self {
            Self::Pending | Self::Queued | Self::Planning | Self::Applying | Self::Destroying | Self::Canceling => true,
            Self::Completed | Self::Failed | Self::Destroyed | Self::Canceled => false,
        }
    }
}

/// The run that a deployment's status comes from; `runs` are all of its stack, the newest first.
pub(crate) fn shown_run(runs: &[RunView]) -> Option<&RunView> {
    let changing = || runs.iter().filter(|run| changes(run));
    changing().find(|run| counts(run)).or_else(|| changing().next_back())
}

/// The status of a deployment.
pub(crate) fn status_of(runs: &[RunView]) -> Status {
    shown_run(runs).map_or(Status::Pending, run_status)
}

/// What the next run of a deployment works on, if nothing else is said: what the newest run that counts worked on.
pub(crate) fn current_input(runs: &[RunView]) -> Option<RunInput> {
    let run = shown_run(runs)?;
    let mut input = run.definition.input.clone();
    // The same versions of providers as last time.
    let reports = runs.iter().filter_map(|run| run.state.plan.as_ref());
    if let Some(lock_file) = reports.filter_map(|report| report.lock_file).next() {
        input.lock_file = Some(lock_file);
    }
    Some(input)
}

/// Whether a run has touched anything.
pub(crate) fn applied(run: &RunView) -> bool {
    let steps = run.definition.steps.iter().zip(&run.state.steps);
    steps.into_iter().any(|(step, state)| matches!(step.kind, StepKind::Apply) && state.begun)
}

/// Whether a run is one that could change the deployment.
fn changes(run: &RunView) -> bool {
    !matches!(run.definition.purpose, Purpose::Plan | Purpose::Refresh)
}

/// An update that came to its end before it touched anything has not happened, as far as the deployment is concerned.
fn counts(run: &RunView) -> bool {
    let Some(finished) = run.state.finished else { return true };
    match run.definition.purpose {
        Purpose::Create => true,
        Purpose::Destroy => finished != RunStatus::Canceled || applied(run),
        Purpose::Update | Purpose::Rollback { .. } | Purpose::Plan | Purpose::Refresh => {
            finished == RunStatus::Succeeded || applied(run)
        }
    }
}

fn run_status(run: &RunView) -> Status {
    let destroys = matches!(run.definition.purpose, Purpose::Destroy);
    match run.status {
        RunStatus::Succeeded if destroys => Status::Destroyed,
        RunStatus::Succeeded => Status::Completed,
        RunStatus::Failed | RunStatus::Refused => Status::Failed,
        RunStatus::Rejected | RunStatus::Expired | RunStatus::Canceled => Status::Canceled,
        RunStatus::Canceling => Status::Canceling,
        RunStatus::Queued if destroys => Status::Destroying,
        RunStatus::Queued => Status::Queued,
        RunStatus::AwaitingApproval => Status::Pending,
        RunStatus::ApplyUnknown => {
            if destroys {
                Status::Destroying
            } else {
                Status::Applying
            }
        }
        RunStatus::Running if destroys => Status::Destroying,
        RunStatus::Running => at_work(run),
    }
}

fn at_work(run: &RunView) -> Status {
    let planned =
        run.definition.steps.iter().zip(&run.state.steps).any(|(step, state)| {
            matches!(step.kind, StepKind::Plan(_)) && matches!(state.phase, StepPhase::Done { .. })
        });
    if planned { Status::Applying } else { Status::Planning }
}
