//! What may come in from outside, and when. Everything else changes nothing: it came twice, too late, or to the wrong run.

use super::{Run, StepPhase, StepState};
use crate::{
    Digest, Event, LockMode, OpKey, Resolution, StepDef, StepId, StepKind, StepReport, Time, UnknownOperation,
};

/// Why an event was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The run is over.
    #[error("the run is over")]
    Over,
    /// There is no such step.
    #[error("the run has no such step")]
    NoStep,
    /// The attempt is over, or was not begun.
    #[error("the attempt is over")]
    StaleAttempt,
    /// The run is being stopped.
    #[error("the run is being canceled")]
    Stopping,
    /// The worker lacks a label.
    #[error("the worker lacks a label that the step needs")]
    Labels,
    /// The gate is not open.
    #[error("the gate is not open")]
    NotOpen,
    /// Another plan was approved than the one that the gate is for.
    #[error("the plan is not the one that waits for approval")]
    WrongPlan,
    /// It was given before.
    #[error("it was given before")]
    Twice,
    /// The time for it is over.
    #[error("the time for it is over")]
    Expired,
    /// The report does not fit the step, or the operations are not those that are unknown.
    #[error("it does not fit the step")]
    Mismatch,
    /// Only the machine itself says so.
    #[error("it is not for others to say")]
    NotYours,
}

impl Run {
    /// Whether an event from outside fits the run as it is now.
    ///
    /// # Errors
    /// Why not.
    pub fn accepts(&self, event: &Event, now: Time) -> Result<(), Refusal> {
        if self.state.finished.is_some() {
            return Err(Refusal::Over);
        }
        match event {
            Event::Locked { .. } => {
                let wants = self.definition.lock == LockMode::Exclusive && !self.state.locked;
                if !wants {
                    Err(Refusal::Twice)
                } else if self.state.stopping() {
                    Err(Refusal::Stopping)
                } else {
                    Ok(())
                }
            }
            Event::Begun { step, attempt, labels, .. } => {
                let (definition, state) = self.at(*step)?;
                if !matches!(state.phase, StepPhase::Offered { .. }) || state.attempt != *attempt {
                    Err(Refusal::StaleAttempt)
                } else if self.state.stopping() {
                    Err(Refusal::Stopping)
                } else if !labels.covers(&definition.labels) {
                    Err(Refusal::Labels)
                } else if self.approval_missing(*step, now) {
                    Err(Refusal::Expired)
                } else {
                    Ok(())
                }
            }
            Event::Done { step, attempt, report } => {
                self.running(*step, *attempt)?;
                if fits(self.kind(*step), report) { Ok(()) } else { Err(Refusal::Mismatch) }
            }
            Event::Failed { step, attempt, .. }
            | Event::Stopped { step, attempt }
            | Event::Returned { step, attempt }
            | Event::Lost { step, attempt, .. } => self.running(*step, *attempt).map(|_| ()),
            Event::ApplyUnknown { step, attempt, operations } => {
                self.running(*step, *attempt)?;
                let fits = self.is_exclusive(*step) && !operations.is_empty();
                if fits { Ok(()) } else { Err(Refusal::Mismatch) }
            }
            Event::Resolved { step, resolutions, .. } => self.accepts_resolutions(*step, resolutions),
            Event::Approved { step, plan, by } => {
                let state = self.open(*step, now)?;
                self.same_plan(*step, *plan)?;
                let twice = state.approvals.iter().any(|given| given.by == *by);
                if twice { Err(Refusal::Twice) } else { Ok(()) }
            }
            Event::Rejected { step, .. } => self.open(*step, now).map(|_| ()),
            Event::ChildFinished { step, run, status } => {
                let (_, state) = self.at(*step)?;
                let waits = matches!(state.phase, StepPhase::Child { run: child } if child == *run);
                if waits && status.is_final() { Ok(()) } else { Err(Refusal::StaleAttempt) }
            }
            Event::CancelAsked { .. } if self.state.cancel.is_some() => Err(Refusal::Twice),
            Event::CancelAsked { .. } => Ok(()),
            Event::Created { .. }
            | Event::Offered { .. }
            | Event::StopAsked { .. }
            | Event::Withdrawn { .. }
            | Event::Sealed { .. }
            | Event::Skipped { .. }
            | Event::GateOpened { .. }
            | Event::Expired { .. }
            | Event::Refused { .. }
            | Event::ChildStarted { .. }
            | Event::DeadlinePassed
            | Event::Finished { .. } => Err(Refusal::NotYours),
        }
    }

    fn at(&self, step: StepId) -> Result<(&StepDef, &StepState), Refusal> {
        self.definition.step(step).zip(self.state.step(step)).ok_or(Refusal::NoStep)
    }

    fn running(&self, step: StepId, attempt: u32) -> Result<&StepState, Refusal> {
        let (_, state) = self.at(step)?;
        let runs = matches!(state.phase, StepPhase::Running { .. }) && state.attempt == attempt;
        if runs { Ok(state) } else { Err(Refusal::StaleAttempt) }
    }

    fn open(&self, step: StepId, now: Time) -> Result<&StepState, Refusal> {
        let (_, state) = self.at(step)?;
        let StepPhase::Open { deadline, .. } = &state.phase else { return Err(Refusal::NotOpen) };
        if self.state.stopping() {
            Err(Refusal::Stopping)
        } else if now >= *deadline {
            Err(Refusal::Expired)
        } else {
            Ok(state)
        }
    }

    fn same_plan(&self, step: StepId, approved: Option<Digest>) -> Result<(), Refusal> {
        let (_, state) = self.at(step)?;
        let same = matches!(state.phase, StepPhase::Open { plan, .. } if plan == approved);
        if same { Ok(()) } else { Err(Refusal::WrongPlan) }
    }

    fn accepts_resolutions(&self, step: StepId, resolutions: &[(OpKey, Resolution)]) -> Result<(), Refusal> {
        let (_, state) = self.at(step)?;
        let StepPhase::Unknown { operations, resolved } = &state.phase else { return Err(Refusal::StaleAttempt) };
        if self.state.stopping() {
            return Err(Refusal::Stopping);
        }
        let open = |op: &OpKey| {
            let known = |operation: &UnknownOperation| operation.op == *op;
            operations.iter().any(known) && !resolved.iter().any(|(done, _)| done == op)
        };
        let fits = !resolutions.is_empty() && resolutions.iter().all(|(op, _)| open(op));
        if fits { Ok(()) } else { Err(Refusal::Mismatch) }
    }
}

/// Whether a report is of the kind that such a step gives.
fn fits(kind: Option<&StepKind>, report: &StepReport) -> bool {
    match kind {
        Some(StepKind::Plan(_)) => matches!(report, StepReport::Plan(_)),
        Some(StepKind::Apply) => matches!(report, StepReport::Apply { .. }),
        Some(StepKind::Validate | StepKind::Policy { .. } | StepKind::Cost | StepKind::Verify) => {
            matches!(report, StepReport::Check { .. } | StepReport::Empty)
        }
        Some(StepKind::Notify { .. }) => matches!(report, StepReport::Empty),
        Some(StepKind::Gate(_) | StepKind::Child(_)) | None => false,
    }
}
