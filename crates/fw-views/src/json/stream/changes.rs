//! The changes of a plan as events.

use fw_exec::{Action, Plan, ResourceChange};

use super::resource::{self, action, is_hidden, reason};
use super::{Counts, Level, Stream};
use crate::json::plan;
use crate::json::writer::Writer;

fn visible(plan: &Plan) -> impl Iterator<Item = &ResourceChange> {
    plan.resource_changes.iter().filter(|change| !is_hidden(change.address.resource.mode, change.action))
}

/// What a plan does, counted.
pub(super) fn count(plan: &Plan) -> Counts {
    let mut counts = Counts::default();
    for change in visible(plan) {
        counts.import += usize::from(change.importing.is_some());
        match change.action {
            Action::Create | Action::CreateThenForget => counts.add += 1,
            Action::Update => counts.change += 1,
            Action::Delete => counts.remove += 1,
            Action::DeleteThenCreate | Action::CreateThenDelete => {
                counts.add += 1;
                counts.remove += 1;
            }
            Action::NoOp | Action::Read | Action::Forget => {}
        }
    }
    counts
}

/// What changed outside.
pub(super) fn drift(stream: &Stream, plan: &Plan) {
    for change in plan::drift(plan) {
        let action = told_action(change);
        let message = format!("{}: Drift detected ({action})", change.address);
        stream.event(Level::Info, &message, "resource_drift", |w| write(change, action, w));
    }
}

/// What will change.
pub(super) fn planned(stream: &Stream, plan: &Plan) {
    for change in visible(plan).filter(|change| !change.is_no_op()) {
        let action = told_action(change);
        let message = format!("{}: Plan to {action}", change.address);
        stream.event(Level::Info, &message, "planned_change", |w| write(change, action, w));
    }
}

/// What is told as the action: of what is only moved or imported, that.
fn told_action(change: &ResourceChange) -> &'static str {
    match change.action {
        Action::NoOp if change.importing.is_some() && change.previous_address == change.address => "import",
        Action::NoOp if change.previous_address != change.address => "move",
        other => action(other),
    }
}

fn write(change: &ResourceChange, action: &str, w: &mut Writer) {
    w.key("change").object(|w| {
        resource::write(&change.address, w.key("resource"));
        if change.previous_address != change.address {
            resource::write(&change.previous_address, w.key("previous_resource"));
        }
        w.key("action").string(action);
        if let Some(why) = change.reason {
            w.key("reason").string(reason(why));
        }
        if let Some(importing) = &change.importing {
            w.key("importing").object(|w| {
                w.text_if_any("id", importing.id.as_deref().unwrap_or_default());
                w.flag("unknown", importing.unknown);
            });
        }
        w.text_if_any("generated_config", change.generated_config.as_deref().unwrap_or_default());
    });
}

/// The changes of outputs, where there are any outputs.
pub(super) fn outputs(stream: &Stream, plan: &Plan) {
    let all = &plan.output_changes;
    if all.is_empty() {
        return;
    }
    stream.event(Level::Info, &format!("Outputs: {}", all.len()), "outputs", |w| {
        w.key("outputs").object(|w| {
            for change in all {
                w.key(&change.name).object(|w| {
                    w.key("sensitive").bool(change.sensitive);
                    w.key("action").string(action(change.action));
                });
            }
        });
    });
}
