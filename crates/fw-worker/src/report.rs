//! What a step leaves behind, made from plans, states and diagnostics.

use fw_diag::{Diagnostics, SourceMap};
use fw_exec::{Action, Plan, ResourceChange};
use fw_run::{ChangeCounts, Failure, FailureKind, NewState, Progress, StateRef};
use fw_state::State;
use fw_views::human::{Style, Tool};

use crate::output::Told;
use crate::service::Service;
use crate::trouble::Trouble;

/// Messages are cut after this many bytes; everything is in the diagnostics.
const MESSAGE: usize = 4 * 1024;

/// How text for people looks: plain, and as a program is told.
pub(crate) fn style() -> Style {
    Style { color: false, width: None, automation: true, tool: Tool::FORMWORK }
}

fn is_dangerous(change: &ResourceChange) -> bool {
    change.action == Action::Delete || change.action.is_replace()
}

/// The addresses of objects that a plan deletes or replaces.
pub(crate) fn dangerous(plan: &Plan) -> Vec<String> {
    plan.resource_changes
        .iter()
        .filter(|change| is_dangerous(change))
        .map(|change| change.address.to_string())
        .collect()
}

/// How many objects a plan concerns.
pub(crate) fn counts(plan: &Plan) -> ChangeCounts {
    let mut counts = ChangeCounts { drift: plan.drift.len() as u64, ..ChangeCounts::default() };
    for change in &plan.resource_changes {
        counts.import += u64::from(change.importing.is_some());
        match change.action {
            Action::Create => counts.add += 1,
            Action::Update => counts.change += 1,
            Action::Delete => counts.remove += 1,
            Action::DeleteThenCreate | Action::CreateThenDelete => {
                counts.replace += 1;
                counts.add += 1;
                counts.remove += 1;
            }
            Action::CreateThenForget => {
                counts.replace += 1;
                counts.add += 1;
            }
            Action::NoOp | Action::Read | Action::Forget => {}
        }
    }
    counts.outputs = plan.output_changes.iter().filter(|change| change.action != Action::NoOp).count() as u64;
    counts
}

/// The actions of a change as a plan's JSON has them.
fn actions(action: Action) -> Vec<String> {
    let names: &[&str] = match action {
        Action::NoOp => &["no-op"],
        Action::Create => &["create"],
        Action::Read => &["read"],
        Action::Update => &["update"],
        Action::DeleteThenCreate => &["delete", "create"],
        Action::CreateThenDelete => &["create", "delete"],
        Action::Delete => &["delete"],
        Action::Forget => &["forget"],
        Action::CreateThenForget => &["create", "forget"],
    };
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Tells all changes of a plan, and how many there are.
pub(crate) fn tell_plan(plan: &Plan, told: &Told) {
    for change in plan.resource_changes.iter().filter(|change| !change.is_no_op()) {
        told.progress(Progress::PlannedChange {
            address: change.address.to_string(),
            resource_type: change.address.resource.kind.to_string(),
            actions: actions(change.action),
            dangerous: is_dangerous(change),
        });
    }
    told.progress(Progress::Summary { counts: counts(plan) });
}

/// A failure with its diagnostics.
pub(crate) fn failure(
    service: &Service,
    (kind, retryable): (FailureKind, bool),
    diagnostics: &Diagnostics,
    sources: &SourceMap,
) -> Failure {
    let document = fw_views::json::validate(diagnostics, sources);
    let errors = diagnostics.iter().filter(|one| one.is_error());
    let lines: Vec<String> = errors
        .map(|one| if one.detail.is_empty() { one.summary.clone() } else { format!("{}: {}", one.summary, one.detail) })
        .collect();
    let mut message = lines.join("\n\n");
    message.truncate(message.floor_char_boundary(MESSAGE));
    // A failure is told even if its diagnostics can't be stored.
    Failure { kind, message, diagnostics: service.put(document).ok(), retryable }
}

/// Stores a state as a new version's content.
pub(crate) fn new_state(
    service: &Service,
    state: &mut State,
    base: Option<&StateRef>,
    folded: u64,
) -> Result<NewState, Trouble> {
    if state.lineage.is_empty() {
        state.lineage = uuid::Uuid::new_v4().to_string();
    }
    state.serial = base.map_or(0, |base| base.serial) + 1;
    fw_state::COMPATIBLE_VERSION.clone_into(&mut state.terraform_version);
    let text =
        fw_state::write(state).map_err(|error| Trouble::internal("The state cannot be written", error.to_string()))?;
    Ok(NewState {
        digest: service.put(text)?,
        base: base.map(|base| base.id),
        lineage: state.lineage.clone(),
        serial: state.serial,
        resources: state.instances().count() as u64,
        folded,
    })
}
