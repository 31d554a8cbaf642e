//! What the engine tells while it works, as events.

use fw_addr::AbsResourceInstance;
use fw_apply::Operating;
use fw_exec::{Action, EphemeralStep};
use fw_state::DeposedKey;
use fw_value::Value;

use super::identify::{Identified, by_id, by_id_or_name};
use super::running::Task;
use super::{Level, Stream, resource};
use crate::json::writer::Writer;

/// A duration as Go writes one of whole seconds: `59s`, `1m0s`, `1h0m5s`.
fn duration(seconds: i64) -> String {
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds}s"),
        (hours, minutes, seconds) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

fn identified(id: &Identified, w: &mut Writer) {
    if !id.value.is_empty() {
        w.key("id_key").string(id.key);
        w.key("id_value").string(&id.value);
    }
}

impl Stream {
    /// An event about a resource instance.
    fn hook(&self, address: &AbsResourceInstance, text: &str, kind: &str, members: impl FnOnce(&mut Writer)) {
        self.event(Level::Info, &format!("{address}: {text}"), kind, |w| {
            w.key("hook").object(|w| {
                resource::write(address, w.key("resource"));
                members(w);
            });
        });
    }

    fn start(&self, address: &AbsResourceInstance, part: &str, action: Action, id: &Identified) {
        let verb = resource::words(action).0;
        self.hook(address, &format!("{verb}...{}", id.suffix()), "apply_start", |w| {
            w.key("action").string(resource::action(action));
            identified(id, w);
        });
        let task = Task::new(address, (resource::action(action), verb), "apply_progress", (self.clock)());
        self.state().running.begin(part, task);
    }

    /// `result` is `None` where it failed.
    fn end(&self, address: &AbsResourceInstance, part: &str, action: Action, result: Option<&Identified>) {
        let seconds = self.state().running.end(address, part, (self.clock)());
        let noun = resource::words(action).1;
        let (how, kind) = if result.is_some() { ("complete", "apply_complete") } else { ("errored", "apply_errored") };
        let suffix = result.map(Identified::suffix).unwrap_or_default();
        self.hook(address, &format!("{noun} {how} after {}{suffix}", duration(seconds)), kind, |w| {
            w.key("action").string(resource::action(action));
            if let Some(id) = result {
                identified(id, w);
            }
            w.key("elapsed_seconds").number(&seconds);
        });
    }

    fn provisioner(&self, address: &AbsResourceInstance, kind: &str, text: &str, event: &str) {
        self.hook(address, text, event, |w| w.key("provisioner").string(kind));
    }

    fn ephemeral_begins(&self, address: &AbsResourceInstance, (action, verb): (&'static str, &'static str)) {
        self.hook(address, &format!("{verb}..."), "ephemeral_op_start", |w| w.key("action").string(action));
        let task = Task::new(address, (action, verb), "ephemeral_op_progress", (self.clock)());
        self.state().running.begin(action, task);
    }

    fn ephemeral_ends(&self, address: &AbsResourceInstance, (action, noun): (&str, &str), failed: bool) {
        let seconds = self.state().running.end(address, action, (self.clock)());
        let (how, event) = match failed {
            true => ("errored", "ephemeral_op_errored"),
            false => ("complete", "ephemeral_op_complete"),
        };
        self.hook(address, &format!("{noun} {how} after {}", duration(seconds)), event, |w| {
            w.key("action").string(action);
            w.key("elapsed_seconds").number(&seconds);
        });
    }

    fn ephemeral_step(&self, address: &AbsResourceInstance, what: EphemeralStep, failed: bool) {
        match what {
            EphemeralStep::Deferred => {}
            EphemeralStep::Opening => self.ephemeral_begins(address, ("open", "Opening")),
            EphemeralStep::Opened => self.ephemeral_ends(address, ("open", "Opening"), failed),
            EphemeralStep::Renewing => self.ephemeral_begins(address, ("renew", "Renewing")),
            EphemeralStep::Renewed => self.ephemeral_ends(address, ("renew", "Renewal"), failed),
            EphemeralStep::Closing => self.ephemeral_begins(address, ("close", "Closing")),
            EphemeralStep::Closed => self.ephemeral_ends(address, ("close", "Closing"), failed),
        }
    }

    fn count(&self, action: Action) {
        let applied = &mut self.state().applied;
        match action {
            Action::Create => applied.add += 1,
            Action::Update => applied.change += 1,
            Action::Delete => applied.remove += 1,
            Action::NoOp
            | Action::Read
            | Action::DeleteThenCreate
            | Action::CreateThenDelete
            | Action::Forget
            | Action::CreateThenForget => {}
        }
    }
}

/// Tells of all that has been done for another ten seconds.
pub(super) fn tell_progress(stream: &Stream) {
    let due = stream.state().running.due((stream.clock)());
    for (task, seconds) in due {
        let text = format!("Still {}... [{} elapsed]", task.verb.to_lowercase(), duration(seconds));
        stream.hook(&task.address, &text, task.event, |w| {
            w.key("action").string(task.action);
            w.key("elapsed_seconds").number(&seconds);
        });
    }
}

impl fw_plan::Hooks for Stream {
    fn refreshing(&self, address: &AbsResourceInstance, _deposed: Option<&DeposedKey>, id: Option<&str>) {
        let id = Identified::id(id);
        let text = format!("Refreshing state...{}", id.suffix());
        self.hook(address, &text, "refresh_start", |w| identified(&id, w));
    }

    fn refreshed(&self, address: &AbsResourceInstance, _deposed: Option<&DeposedKey>, id: Option<&str>) {
        let id = Identified::id(id);
        self.hook(address, &format!("Refresh complete{}", id.suffix()), "refresh_complete", |w| identified(&id, w));
    }

    fn reading(&self, address: &AbsResourceInstance) {
        self.start(address, "", Action::Read, &Identified::default());
    }

    fn read(&self, address: &AbsResourceInstance, id: Option<&str>) {
        self.end(address, "", Action::Read, Some(&Identified::id(id)));
    }

    fn ephemeral(&self, address: &AbsResourceInstance, what: EphemeralStep, failed: bool) {
        self.ephemeral_step(address, what, failed);
    }
}

impl fw_apply::Hooks for Stream {
    fn before_apply(&self, operation: &Operating<'_>) {
        if !matches!(operation.action, Action::NoOp | Action::Forget) {
            let part = operation.deposed.map_or("", |key| key.as_str());
            self.start(operation.address, part, operation.action, &by_id_or_name(operation.before));
        }
    }

    fn after_apply(&self, operation: &Operating<'_>, result: &Value, failed: bool) {
        if matches!(operation.action, Action::NoOp | Action::Forget) {
            return;
        }
        let part = operation.deposed.map_or("", |key| key.as_str());
        let id = (!failed).then(|| by_id(result));
        self.end(operation.address, part, operation.action, id.as_ref());
        if !failed {
            self.count(operation.action);
        }
    }

    fn before_provisioner(&self, address: &AbsResourceInstance, kind: &str) {
        self.provisioner(address, kind, &format!("Provisioning with '{kind}'..."), "provision_start");
    }

    fn after_provisioner(&self, address: &AbsResourceInstance, kind: &str, failed: bool) {
        let (how, event) = if failed { ("errored", "provision_errored") } else { ("complete", "provision_complete") };
        self.provisioner(address, kind, &format!("({kind}) Provisioning {how}"), event);
    }

    fn provisioner_output(&self, address: &AbsResourceInstance, kind: &str, line: &str) {
        let line = line.trim_end();
        if !line.is_empty() {
            self.hook(address, &format!("({kind}): {line}"), "provision_progress", |w| {
                w.key("provisioner").string(kind);
                w.key("output").string(line);
            });
        }
    }

    fn ephemeral(&self, address: &AbsResourceInstance, what: EphemeralStep, failed: bool) {
        self.ephemeral_step(address, what, failed);
    }
}
