//! A run as clients see it.

use fw_database::run_views::RunView;
use fw_run::{Actor, ChangeCounts, Entry, OutputEntry, Purpose, StepKind, StepPhase, StepReport};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::time::rfc3339;

/// A run.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunBody {
    pub(crate) id: String,
    pub(crate) stack_id: String,
    /// queued, running, awaiting_approval, apply_unknown, canceling, succeeded, failed, refused, rejected, expired,
    /// canceled.
    pub(crate) status: String,
    /// create, update, plan, refresh, rollback, destroy.
    pub(crate) purpose: String,
    pub(crate) created_by: String,
    pub(crate) created_at: String,
    pub(crate) started_at: Option<String>,
    pub(crate) finished_at: Option<String>,
    /// Why it waits, where it does.
    pub(crate) waiting_for: Option<String>,
    /// The digest of its plan: what an approval is for.
    pub(crate) plan_digest: Option<String>,
    /// What the plan does.
    #[schema(value_type = Option<Object>)]
    pub(crate) changes: Option<ChangeCounts>,
    /// Addresses of objects that the plan deletes or replaces.
    pub(crate) dangerous: Vec<String>,
    pub(crate) error: Option<String>,
    pub(crate) steps: Vec<StepBody>,
}

/// A step of a run.
#[derive(Serialize, ToSchema)]
pub(crate) struct StepBody {
    pub(crate) id: u16,
    pub(crate) name: String,
    /// validate, plan, policy, cost, gate, apply, verify, notify, child.
    pub(crate) kind: &'static str,
    /// waiting, backoff, offered, running, open, child, unknown, done, failed, skipped, stopped.
    pub(crate) status: &'static str,
    pub(crate) attempt: u32,
    pub(crate) labels: Vec<String>,
    /// More of its status: worker, deadline, failure, operations that nobody can settle.
    #[schema(value_type = Object)]
    pub(crate) details: Value,
    pub(crate) error: Option<String>,
    /// What it left behind.
    #[schema(value_type = Option<Object>)]
    pub(crate) report: Option<StepReport>,
    /// Who has approved it.
    pub(crate) approved_by: Vec<String>,
}

pub(crate) fn body(run: &RunView) -> RunBody {
    let steps: Vec<StepBody> = run.definition.steps().map(|(id, _)| step(run, id)).collect();
    let error = steps.iter().find_map(|step| step.error.clone());
    RunBody {
        id: run.id.to_string(),
        stack_id: run.stack.to_string(),
        status: run.status.as_str().to_owned(),
        purpose: purpose(&run.definition.purpose).to_owned(),
        created_by: actor(&run.created_by),
        created_at: rfc3339(run.created_at.0),
        started_at: run.started_at.map(|at| rfc3339(at.0)),
        finished_at: run.finished_at.map(|at| rfc3339(at.0)),
        waiting_for: waiting_for(run),
        plan_digest: run.state.plan.as_ref().map(|report| report.plan.digest.to_string()),
        changes: run.state.plan.as_ref().map(|report| report.counts),
        dangerous: run.state.plan.as_ref().map(|report| report.plan.dangerous.clone()).unwrap_or_default(),
        error,
        steps,
    }
}

fn step(run: &RunView, id: fw_run::StepId) -> StepBody {
    let definition = &run.definition.steps[id.index()];
    let state = run.state.step(id);
    let details = state.map_or(Value::Null, |state| serde_json::to_value(&state.phase).unwrap_or_default());
    StepBody {
        id: id.0,
        name: definition.name.clone(),
        kind: kind(&definition.kind),
        status: state.map_or("waiting", |state| phase(&state.phase)),
        attempt: state.map_or(0, |state| state.attempt),
        labels: definition.labels.iter().map(ToString::to_string).collect(),
        error: state.and_then(|state| match &state.phase {
            StepPhase::Failed { failure, .. } => Some(failure.message.clone()),
            _ => None,
        }),
        details,
        report: state.and_then(|state| state.report.clone()),
        approved_by: state.map(|state| state.approvals.iter().map(|one| actor(&one.by)).collect()).unwrap_or_default(),
    }
}

/// What the worker needs to have that a run waits for.
fn a_worker(run: &RunView) -> String {
    let offered = |state: &&fw_run::StepState| matches!(state.phase, StepPhase::Offered { .. });
    let at = run.state.steps.iter().position(|state| offered(&state));
    match at.and_then(|at| run.definition.steps.get(at)) {
        Some(step) if !step.labels.is_empty() => format!("a worker with the labels {}", step.labels),
        _ => "a worker".to_owned(),
    }
}

/// Why a run that has not ended does nothing.
pub(crate) fn waiting_for(run: &RunView) -> Option<String> {
    if run.state.finished.is_some() {
        return None;
    }
    let any = |is: fn(&StepPhase) -> bool| run.state.steps.iter().any(|step| is(&step.phase));
    if any(|phase| matches!(phase, StepPhase::Running { .. })) {
        return None;
    }
    if any(|phase| matches!(phase, StepPhase::Open { .. })) {
        return Some("approval".to_owned());
    }
    if any(|phase| matches!(phase, StepPhase::Unknown { .. })) {
        return Some("a person to say what became of an operation".to_owned());
    }
    if any(|phase| matches!(phase, StepPhase::Offered { .. })) {
        return Some(a_worker(run));
    }
    if run.definition.lock == fw_run::LockMode::Exclusive && !run.state.locked {
        return Some("the lock of the stack".to_owned());
    }
    None
}

pub(crate) fn purpose(purpose: &Purpose) -> &'static str {
    match purpose {
        Purpose::Create => "create",
        Purpose::Update => "update",
        Purpose::Plan => "plan",
        Purpose::Refresh => "refresh",
        Purpose::Rollback { .. } => "rollback",
        Purpose::Destroy => "destroy",
    }
}

pub(crate) fn actor(actor: &Actor) -> String {
    match actor {
        Actor::User { name } => name.clone(),
        Actor::Schedule { id } => format!("schedule:{id}"),
        Actor::Run { id } => format!("run:{id}"),
        Actor::System => "system".to_owned(),
    }
}

pub(crate) fn kind(kind: &StepKind) -> &'static str {
    match kind {
        StepKind::Validate => "validate",
        StepKind::Plan(_) => "plan",
        StepKind::Policy { .. } => "policy",
        StepKind::Cost => "cost",
        StepKind::Gate(_) => "gate",
        StepKind::Apply => "apply",
        StepKind::Verify => "verify",
        StepKind::Notify { .. } => "notify",
        StepKind::Child(_) => "child",
    }
}

fn phase(phase: &StepPhase) -> &'static str {
    match phase {
        StepPhase::Waiting => "waiting",
        StepPhase::Backoff { .. } => "backoff",
        StepPhase::Offered { .. } => "offered",
        StepPhase::Running { .. } => "running",
        StepPhase::Open { .. } => "open",
        StepPhase::Child { .. } => "child",
        StepPhase::Unknown { .. } => "unknown",
        StepPhase::Done { .. } => "done",
        StepPhase::Failed { .. } => "failed",
        StepPhase::Skipped => "skipped",
        StepPhase::Stopped => "stopped",
    }
}

/// An entry of a run's log, as an event.
pub(crate) fn event(run: &str, entry: &Entry) -> Value {
    let mut event = serde_json::to_value(&entry.event).unwrap_or_default();
    // In front of the event's own fields.
    let mut all = json!({"run_id": run, "seq": entry.seq, "at": rfc3339(entry.at.0)});
    if let (Some(all), Some(event)) = (all.as_object_mut(), event.as_object_mut()) {
        all.append(event);
    }
    all
}

/// What a step gave out, as an event.
pub(crate) fn output(run: &str, entry: &OutputEntry) -> Value {
    let mut all = json!({
        "run_id": run, "position": entry.position, "at": rfc3339(entry.at.0), "step": entry.step,
        "attempt": entry.attempt,
    });
    let mut own = match &entry.output {
        fw_run::Output::Line(line) => json!({"type": "log", "stream": line.stream, "text": line.text}),
        fw_run::Output::Progress(progress) => serde_json::to_value(progress).unwrap_or_default(),
    };
    if let (Some(all), Some(own)) = (all.as_object_mut(), own.as_object_mut()) {
        all.append(own);
    }
    all
}
