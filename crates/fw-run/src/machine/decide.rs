//! What has to happen now.

use super::{Run, RunStatus, StepPhase, StepState, Stopping};
use crate::{
    Actor, Approval, Attention, Entry, Event, GateDef, Loss, RunIf, StepDef, StepId, StepKind, StopReason, Time,
};

/// More decisions than a run can need at once: every step is offered, begun or ended a few times.
const MOST_DECISIONS: usize = 10_000;

impl Run {
    /// Decides, until there is nothing to decide before something comes in or time passes.
    pub(super) fn decide(&mut self, now: Time) -> Vec<Entry> {
        let mut entries = Vec::new();
        while let Some(event) = self.next(now) {
            entries.push(self.append(now, event));
            debug_assert!(entries.len() < MOST_DECISIONS, "every decision changes the state");
            if entries.len() >= MOST_DECISIONS {
                break;
            }
        }
        entries
    }

    /// The next decision.
    #[must_use]
    pub fn next(&self, now: Time) -> Option<Event> {
        if self.state.finished.is_some() || self.state.events == 0 {
            return None;
        }
        let deadline = self.definition.deadline.map(|deadline| self.state.created_at + deadline);
        if !self.state.deadline_passed && self.state.cancel.is_none() && deadline.is_some_and(|at| now >= at) {
            return Some(Event::DeadlinePassed);
        }
        let steps = || self.definition.steps().zip(&self.state.steps);
        if let Some(event) = steps().find_map(|((id, _), state)| self.overdue(id, state, now)) {
            return Some(event);
        }
        if self.state.stopping() {
            let event = steps().find_map(|((id, _), state)| self.stop(id, state, now));
            return event.or_else(|| self.stopped_at_all());
        }
        if self.wants_lock() {
            return None;
        }
        let event = steps().find_map(|((id, definition), state)| self.go_on(id, definition, state, now));
        event.or_else(|| {
            let over = self.state.steps.iter().all(|step| step.phase.is_over());
            over.then(|| Event::Finished { status: self.state.ending.unwrap_or(RunStatus::Succeeded) })
        })
    }

    /// When there will be something to decide, if nothing comes in.
    #[must_use]
    pub fn wake_at(&self) -> Option<Time> {
        if self.state.finished.is_some() {
            return None;
        }
        let deadline = self.definition.deadline.map(|deadline| self.state.created_at + deadline);
        let deadline = deadline.filter(|_| !self.state.stopping());
        let steps = self.definition.steps().zip(&self.state.steps);
        steps.filter_map(|((id, _), state)| self.step_wakes_at(id, state)).chain(deadline).min()
    }

    fn step_wakes_at(&self, id: StepId, state: &StepState) -> Option<Time> {
        match &state.phase {
            StepPhase::Running { stopping: Some(stopping), .. } => Some(stopping.until),
            StepPhase::Running { deadline, .. } | StepPhase::Open { deadline, .. } => Some(*deadline),
            // A step of a run that waits for its lock is not begun before.
            StepPhase::Backoff { until } if !self.wants_lock() => Some(*until),
            StepPhase::Offered { .. } if !state.begun => self.approved_until(id),
            StepPhase::Offered { .. }
            | StepPhase::Backoff { .. }
            | StepPhase::Waiting
            | StepPhase::Child { .. }
            | StepPhase::Unknown { .. }
            | StepPhase::Done { .. }
            | StepPhase::Failed { .. }
            | StepPhase::Skipped
            | StepPhase::Stopped => None,
        }
    }

    /// What time alone does to a step.
    fn overdue(&self, step: StepId, state: &StepState, now: Time) -> Option<Event> {
        let attempt = state.attempt;
        match &state.phase {
            StepPhase::Running { stopping: Some(Stopping { until, .. }), .. } if now >= *until => {
                Some(Event::Lost { step, attempt, why: Loss::Stuck, progress: 0 })
            }
            StepPhase::Running { stopping: None, deadline, .. } if now >= *deadline => {
                let until = now + self.definition.grace;
                Some(Event::StopAsked { step, attempt, why: StopReason::Timeout, until })
            }
            StepPhase::Open { deadline, .. } if now >= *deadline && !self.state.stopping() => {
                Some(Event::Expired { step })
            }
            StepPhase::Offered { .. } if !self.state.stopping() && self.approval_missing(step, now) => {
                Some(Event::Expired { step })
            }
            _ => None,
        }
    }

    /// Brings a step to its end, as the run is being stopped.
    fn stop(&self, step: StepId, state: &StepState, now: Time) -> Option<Event> {
        match &state.phase {
            StepPhase::Offered { .. }
            | StepPhase::Open { .. }
            | StepPhase::Backoff { .. }
            | StepPhase::Unknown { .. } => Some(Event::Withdrawn { step }),
            StepPhase::Running { stopping: None, .. } => {
                let why = if self.state.cancel.is_some() { StopReason::Cancel } else { StopReason::Deadline };
                let until = now + self.definition.grace;
                Some(Event::StopAsked { step, attempt: state.attempt, why, until })
            }
            StepPhase::Running { .. }
            | StepPhase::Waiting
            | StepPhase::Child { .. }
            | StepPhase::Done { .. }
            | StepPhase::Failed { .. }
            | StepPhase::Skipped
            | StepPhase::Stopped => None,
        }
    }

    /// The end of a run that was stopped, once nothing runs any more.
    fn stopped_at_all(&self) -> Option<Event> {
        let mut phases = self.state.steps.iter().map(|step| &step.phase);
        if phases.any(|phase| matches!(phase, StepPhase::Running { .. } | StepPhase::Child { .. })) {
            return None;
        }
        let complete =
            self.state.steps.iter().all(|step| {
                matches!(step.phase, StepPhase::Done { .. } | StepPhase::Skipped | StepPhase::Failed { .. })
            });
        let status = match self.state.ending {
            Some(ending) => ending,
            None if complete => RunStatus::Succeeded,
            None if self.state.cancel.is_some() => RunStatus::Canceled,
            None => RunStatus::Failed,
        };
        Some(Event::Finished { status })
    }

    fn go_on(&self, id: StepId, definition: &StepDef, state: &StepState, now: Time) -> Option<Event> {
        let failing = self.state.ending.is_some();
        let wanted = match definition.run_if {
            RunIf::Success => !failing,
            RunIf::Failure => failing,
            RunIf::Always => true,
        };
        match &state.phase {
            StepPhase::Offered { .. } | StepPhase::Open { .. } | StepPhase::Unknown { .. } if !wanted => {
                Some(Event::Withdrawn { step: id })
            }
            StepPhase::Backoff { .. } if !wanted => Some(Event::Withdrawn { step: id }),
            StepPhase::Backoff { .. } if state.losses >= definition.retry.losses => {
                Some(Event::Sealed { step: id, losses: state.losses })
            }
            StepPhase::Backoff { until } if now >= *until => self.offer(id, state),
            StepPhase::Waiting if !self.needs_over(definition) => None,
            StepPhase::Waiting if !wanted || self.pointless(&definition.kind) => Some(Event::Skipped { step: id }),
            StepPhase::Waiting => self.begin(id, definition, state, now),
            StepPhase::Open { .. } => self.pass(id, definition),
            StepPhase::Backoff { .. }
            | StepPhase::Offered { .. }
            | StepPhase::Running { .. }
            | StepPhase::Child { .. }
            | StepPhase::Unknown { .. }
            | StepPhase::Done { .. }
            | StepPhase::Failed { .. }
            | StepPhase::Skipped
            | StepPhase::Stopped => None,
        }
    }

    fn needs_over(&self, definition: &StepDef) -> bool {
        definition.needs.iter().all(|need| self.state.step(*need).is_some_and(|step| step.phase.is_over()))
    }

    /// A plan with nothing to apply needs neither gate nor apply.
    fn pointless(&self, kind: &StepKind) -> bool {
        let nothing = self.state.plan.as_ref().is_some_and(|report| !report.plan.applyable);
        nothing && matches!(kind, StepKind::Gate(_) | StepKind::Apply)
    }

    fn begin(&self, step: StepId, definition: &StepDef, state: &StepState, now: Time) -> Option<Event> {
        match &definition.kind {
            StepKind::Gate(gate) => {
                let dangerous = self.dangerous();
                if gate.dangerous == Attention::Refuse && !dangerous.is_empty() {
                    return Some(Event::Refused { step, dangerous: dangerous.to_vec() });
                }
                Some(Event::GateOpened { step, plan: self.plan_digest(), deadline: now + gate.valid_for })
            }
            StepKind::Child(_) => Some(Event::ChildStarted { step, run: self.id.child(step) }),
            StepKind::Apply if self.approval_missing(step, now) => Some(Event::Expired { step }),
            StepKind::Validate
            | StepKind::Plan(_)
            | StepKind::Policy { .. }
            | StepKind::Cost
            | StepKind::Apply
            | StepKind::Verify
            | StepKind::Notify { .. } => self.offer(step, state),
        }
    }

    fn offer(&self, step: StepId, state: &StepState) -> Option<Event> {
        let attempt = state.attempt.saturating_add(1);
        if !self.is_exclusive(step) {
            return Some(Event::Offered { step, attempt, epoch: self.state.epoch });
        }
        // One attempt at most writes: the others wait for it.
        let mut others = self.definition.steps().zip(&self.state.steps).filter(|((id, _), _)| *id != step);
        let busy = others.any(|((id, _), state)| {
            let at_work = matches!(
                state.phase,
                StepPhase::Offered { .. } | StepPhase::Running { .. } | StepPhase::Unknown { .. }
            );
            at_work && self.is_exclusive(id)
        });
        (!busy).then(|| Event::Offered { step, attempt, epoch: self.state.epoch.saturating_add(1) })
    }

    /// An open gate that needs nobody.
    fn pass(&self, step: StepId, definition: &StepDef) -> Option<Event> {
        let StepKind::Gate(GateDef { approval, .. }) = &definition.kind else { return None };
        let automatic = match approval {
            Approval::Automatic => true,
            Approval::Required => false,
            Approval::WhenDangerous => self.dangerous().is_empty(),
        };
        automatic.then(|| Event::Approved { step, plan: self.plan_digest(), by: Actor::System })
    }

    fn dangerous(&self) -> &[String] {
        self.state.plan.as_ref().map_or(&[], |report| &report.plan.dangerous)
    }

    /// Whether an apply must not be begun: no approval, none for this plan, or too late. One that was begun in time may
    /// go on.
    pub(super) fn approval_missing(&self, step: StepId, now: Time) -> bool {
        let begun = self.state.step(step).is_some_and(|state| state.begun);
        let is_apply = matches!(self.kind(step), Some(StepKind::Apply));
        is_apply && !begun && self.approved_until(step).is_none_or(|until| now >= until)
    }

    /// Until when an apply may be begun, by the approvals of the gates before it.
    fn approved_until(&self, step: StepId) -> Option<Time> {
        if !matches!(self.kind(step), Some(StepKind::Apply)) {
            return None;
        }
        let plan = self.plan_digest();
        let gates = self
            .definition
            .steps()
            .zip(&self.state.steps)
            .filter(|((id, definition), _)| *id < step && matches!(definition.kind, StepKind::Gate(_)));
        let mut earliest = None;
        for (_, gate) in gates {
            let passed = matches!(gate.phase, StepPhase::Done { .. });
            let approvals = gate.approvals.iter().filter(|approval| approval.plan == plan);
            let until = approvals.map(|approval| approval.until).min().filter(|_| passed)?;
            earliest = Some(earliest.map_or(until, |earliest: Time| earliest.min(until)));
        }
        earliest
    }
}
