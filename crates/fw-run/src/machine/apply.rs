//! How an event changes the state. Events of the log have been accepted before, so nothing is refused here; one that makes
//! no sense changes only the count.

use super::{ApprovalGiven, ChildRun, Run, RunStatus, StepPhase, StepState, Stopping};
use crate::{
    Actor, Digest, Entry, Event, Failure, FailureKind, Loss, Millis, OnFail, StepDef, StepId, StepKind, StepReport,
    StopReason, Time,
};

impl Run {
    /// Takes in the next entry of the log.
    pub fn apply(&mut self, entry: &Entry) {
        self.state.events = entry.seq;
        let at = entry.at;
        match &entry.event {
            Event::Created { .. } => self.state.created_at = at,
            Event::Locked { epoch } => {
                self.state.locked = true;
                self.state.epoch = *epoch;
            }
            Event::Offered { step, attempt, epoch } => self.offered(*step, *attempt, *epoch, at),
            Event::Begun { step, worker, .. } => {
                let deadline = at + self.definition.step(*step).map_or(Millis(0), |step| step.timeout);
                self.state.begun = true;
                self.set(*step, |state| {
                    state.begun = true;
                    state.phase = StepPhase::Running { worker: *worker, at, deadline, stopping: None };
                });
            }
            Event::Done { step, report, .. } => self.done(*step, report, at),
            Event::Failed { step, failure, .. } => self.failed(*step, failure, at),
            Event::Stopped { step, .. } => self.stopped(*step, at),
            Event::Returned { step, .. } => self.again(*step, at),
            Event::Lost { step, why, progress, .. } => self.lost(*step, *why, *progress, at),
            Event::ApplyUnknown { step, operations, .. } => {
                let phase = if self.state.stopping() {
                    StepPhase::Stopped
                } else {
                    StepPhase::Unknown { operations: operations.clone(), resolved: Vec::new() }
                };
                self.set(*step, |state| state.phase = phase);
            }
            Event::Resolved { step, resolutions, .. } => self.set(*step, |state| {
                if let StepPhase::Unknown { operations, resolved } = &mut state.phase {
                    resolved.extend(resolutions.iter().cloned());
                    if resolved.len() >= operations.len() {
                        state.phase = StepPhase::Backoff { until: at };
                    }
                }
            }),
            Event::StopAsked { step, why, until, .. } => self.set(*step, |state| {
                if let StepPhase::Running { stopping, .. } = &mut state.phase {
                    *stopping = Some(Stopping { why: *why, until: *until });
                }
            }),
            Event::Withdrawn { step } => self.set(*step, |state| state.phase = StepPhase::Stopped),
            Event::Skipped { step } => self.set(*step, |state| state.phase = StepPhase::Skipped),
            Event::Sealed { step, losses } => {
                let message = format!("{losses} attempts in a row were lost without any progress");
                self.ended(*step, at, internal(message), RunStatus::Failed);
            }
            Event::GateOpened { step, plan, deadline } => {
                self.set(*step, |state| state.phase = StepPhase::Open { plan: *plan, deadline: *deadline });
            }
            Event::Approved { step, plan, by } => self.approved(*step, *plan, by, at),
            Event::Rejected { step, reason, .. } => {
                let reason = reason.as_deref().map_or_else(String::new, |reason| format!(": {reason}"));
                self.ended(*step, at, refused(format!("the plan was rejected{reason}")), RunStatus::Rejected);
            }
            Event::Expired { step } => {
                self.ended(*step, at, refused("the time for an approval is over".to_owned()), RunStatus::Expired);
            }
            Event::Refused { step, dangerous } => {
                let message = format!("the plan deletes or replaces {} objects", dangerous.len());
                self.ended(*step, at, refused(message), RunStatus::Refused);
            }
            Event::ChildStarted { step, run } => {
                self.state.begun = true;
                self.set(*step, |state| {
                    state.begun = true;
                    state.child = Some(ChildRun { run: *run, status: None });
                    state.phase = StepPhase::Child { run: *run };
                });
            }
            Event::ChildFinished { step, run, status } => {
                self.set(*step, |state| state.child = Some(ChildRun { run: *run, status: Some(*status) }));
                match status {
                    RunStatus::Succeeded => self.set(*step, |state| state.phase = StepPhase::Done { at }),
                    _ if self.state.stopping() => self.set(*step, |state| state.phase = StepPhase::Stopped),
                    _ => {
                        let message = format!("the run {run} ended as {}", status.as_str());
                        self.ended(*step, at, refused(message), RunStatus::Failed);
                    }
                }
            }
            Event::CancelAsked { by, .. } => self.state.cancel = Some(by.clone()),
            Event::DeadlinePassed => self.state.deadline_passed = true,
            Event::Finished { status } => {
                self.state.finished = Some(*status);
                self.state.finished_at = Some(at);
            }
        }
    }

    fn set(&mut self, step: StepId, change: impl FnOnce(&mut StepState)) {
        if let Some(state) = self.state.steps.get_mut(step.index()) {
            change(state);
        }
    }

    fn approved(&mut self, step: StepId, plan: Option<Digest>, by: &Actor, at: Time) {
        let Some(StepKind::Gate(gate)) = self.kind(step) else { return };
        let (approvers, until) = (usize::from(gate.approvers), at + gate.valid_for);
        let automatic = *by == Actor::System;
        let given = ApprovalGiven { by: by.clone(), at, plan, until };
        self.set(step, |state| {
            state.approvals.push(given);
            if automatic || state.approvals.len() >= approvers {
                state.phase = StepPhase::Done { at };
            }
        });
    }

    fn offered(&mut self, step: StepId, attempt: u32, epoch: u64, at: Time) {
        self.state.epoch = self.state.epoch.max(epoch);
        self.set(step, |state| {
            state.attempt = attempt;
            state.epoch = epoch;
            state.phase = StepPhase::Offered { at };
        });
    }

    fn done(&mut self, step: StepId, report: &StepReport, at: Time) {
        self.set(step, |state| state.report = Some(report.clone()));
        match report {
            StepReport::Check { passed: false, .. } => {
                return self.ended(step, at, refused("the check did not pass".to_owned()), RunStatus::Failed);
            }
            StepReport::Plan(report) => self.state.plan = Some(report.clone()),
            StepReport::Empty | StepReport::Apply { .. } | StepReport::Check { passed: true, .. } => {}
        }
        self.set(step, |state| state.phase = StepPhase::Done { at });
    }

    /// An attempt has failed: another one, if that may help and is left.
    fn failed(&mut self, step: StepId, failure: &Failure, at: Time) {
        let Some(retry) = self.definition.step(step).map(|step| step.retry) else { return };
        let stopping = self.state.stopping();
        let mut over = false;
        self.set(step, |state| {
            state.failures = state.failures.saturating_add(1);
            state.losses = 0;
            over = stopping || !failure.retryable || state.failures >= retry.attempts;
            if !over {
                let doubled = 1_u64.checked_shl(state.failures.saturating_sub(1)).unwrap_or(u64::MAX);
                let wait = retry.backoff.0.saturating_mul(doubled).min(retry.backoff_max.0);
                state.phase = StepPhase::Backoff { until: at + Millis(wait) };
            }
        });
        if over {
            self.ended(step, at, failure.clone(), RunStatus::Failed);
        }
    }

    /// A step is over without success.
    fn ended(&mut self, step: StepId, at: Time, failure: Failure, ending: RunStatus) {
        let stops = |definition: &StepDef| definition.on_fail == OnFail::Stop;
        if self.state.ending.is_none() && self.definition.step(step).is_some_and(stops) {
            self.state.ending = Some(ending);
        }
        self.set(step, |state| state.phase = StepPhase::Failed { at, failure });
    }

    fn stopped(&mut self, step: StepId, at: Time) {
        if self.state.stopping() {
            return self.set(step, |state| state.phase = StepPhase::Stopped);
        }
        match self.stop_reason(step) {
            Some(StopReason::Timeout) => self.failed(step, &timeout(), at),
            // Nobody has told it to: as if it had been given back.
            Some(StopReason::Cancel | StopReason::Deadline) | None => self.again(step, at),
        }
    }

    fn lost(&mut self, step: StepId, why: Loss, progress: u64, at: Time) {
        // Who was given up must not write any more, from now on.
        if self.is_exclusive(step) {
            self.state.epoch = self.state.epoch.saturating_add(1);
        }
        if self.state.stopping() {
            return self.set(step, |state| state.phase = StepPhase::Stopped);
        }
        let settle = self.definition.step(step).map_or(Millis(0), |step| step.retry.settle);
        if why == Loss::Stuck && self.stop_reason(step) == Some(StopReason::Timeout) {
            return self.failed(step, &timeout(), at + settle);
        }
        self.set(step, |state| {
            state.losses = if progress == 0 { state.losses.saturating_add(1) } else { 0 };
            state.phase = StepPhase::Backoff { until: at + settle };
        });
    }

    fn again(&mut self, step: StepId, at: Time) {
        let phase = if self.state.stopping() { StepPhase::Stopped } else { StepPhase::Backoff { until: at } };
        self.set(step, |state| state.phase = phase);
    }

    fn stop_reason(&self, step: StepId) -> Option<StopReason> {
        match self.state.step(step)?.phase {
            StepPhase::Running { stopping, .. } => stopping.map(|stopping| stopping.why),
            _ => None,
        }
    }
}

fn internal(message: String) -> Failure {
    Failure { kind: FailureKind::Internal, message, diagnostics: None, retryable: false }
}

fn refused(message: String) -> Failure {
    Failure { kind: FailureKind::Configuration, message, diagnostics: None, retryable: false }
}

fn timeout() -> Failure {
    let message = "the step took too long".to_owned();
    Failure { kind: FailureKind::Environment, message, diagnostics: None, retryable: true }
}
