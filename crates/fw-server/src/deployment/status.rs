//! The status of a deployment, out of the runs of its stack.

use fw_database::run_views::RunView;
use fw_driver::shown_run;
use fw_run::{Purpose, RunStatus, StepKind, StepPhase};
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

/// The status of a deployment.
pub(crate) fn status_of(runs: &[RunView]) -> Status {
    shown_run(runs).map_or(Status::Pending, run_status)
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
