//! What the engine tells while it works, as events for programs; people get the lines that the command line has, too.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fw_addr::AbsResourceInstance;
use fw_apply::Operating;
use fw_exec::{Action, EphemeralStep};
use fw_run::{ChangeCounts, OpAction, Progress, ResourcePhase, Stream};
use fw_state::DeposedKey;
use fw_value::Value;
use fw_views::live;

use crate::output::Told;

struct Started(Instant);

impl live::Clock for Started {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Is told what the engine does.
pub(crate) struct Hooks {
    told: Told,
    lines: live::Progress,
    /// Of operations that run.
    since: RefCell<HashMap<String, Instant>>,
    counts: Cell<ChangeCounts>,
    /// The provider of an instance, which the engine does not tell.
    provider_of: Box<dyn Fn(&AbsResourceInstance) -> String>,
}

impl Hooks {
    pub(crate) fn new(told: Told, provider_of: Box<dyn Fn(&AbsResourceInstance) -> String>) -> Self {
        let clock = Arc::new(Started(Instant::now()));
        let lines = live::Progress::plain(told.writer(), crate::report::style(), clock);
        Self { told, lines, since: RefCell::default(), counts: Cell::default(), provider_of }
    }

    /// What was done so far.
    pub(crate) fn counts(&self) -> ChangeCounts {
        self.counts.get()
    }

    /// Nothing more comes.
    pub(crate) fn finish(&self) {
        self.lines.finish();
    }

    fn count(&self, change: impl FnOnce(&mut ChangeCounts)) {
        let mut counts = self.counts.get();
        change(&mut counts);
        self.counts.set(counts);
    }

    fn tell(&self, address: &AbsResourceInstance, what: OpAction, phase: ResourcePhase, id: Option<String>) {
        let name = address.to_string();
        let elapsed = if phase == ResourcePhase::Started {
            self.since.borrow_mut().insert(name.clone(), Instant::now());
            Duration::ZERO
        } else {
            self.since.borrow_mut().remove(&name).map_or(Duration::ZERO, |since| since.elapsed())
        };
        self.told.progress(Progress::Resource {
            resource_type: address.resource.kind.to_string(),
            provider: (self.provider_of)(address),
            address: name,
            action: what,
            phase,
            elapsed: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            id,
            error: None,
        });
    }
}

fn work(action: Action) -> Option<OpAction> {
    match action {
        Action::Create => Some(OpAction::Create),
        Action::Update => Some(OpAction::Update),
        Action::Delete | Action::Forget => Some(OpAction::Delete),
        Action::Read => Some(OpAction::Read),
        Action::NoOp | Action::DeleteThenCreate | Action::CreateThenDelete | Action::CreateThenForget => None,
    }
}

/// The id of an object, when it is known and no secret.
fn id_of(object: &Value) -> Option<String> {
    let id = object.attr_ref("id")?;
    id.as_str().map(str::to_owned)
}

impl fw_plan::Hooks for Hooks {
    fn refreshing(&self, address: &AbsResourceInstance, deposed: Option<&DeposedKey>, id: Option<&str>) {
        fw_plan::Hooks::refreshing(&self.lines, address, deposed, id);
        self.tell(address, OpAction::Read, ResourcePhase::Started, id.map(str::to_owned));
    }

    fn refreshed(&self, address: &AbsResourceInstance, deposed: Option<&DeposedKey>, id: Option<&str>) {
        fw_plan::Hooks::refreshed(&self.lines, address, deposed, id);
        self.tell(address, OpAction::Read, ResourcePhase::Completed, id.map(str::to_owned));
    }

    fn reading(&self, address: &AbsResourceInstance) {
        fw_plan::Hooks::reading(&self.lines, address);
        self.tell(address, OpAction::Read, ResourcePhase::Started, None);
    }

    fn read(&self, address: &AbsResourceInstance, id: Option<&str>) {
        fw_plan::Hooks::read(&self.lines, address, id);
        self.tell(address, OpAction::Read, ResourcePhase::Completed, id.map(str::to_owned));
    }

    fn importing(&self, address: &AbsResourceInstance, id: &str) {
        fw_plan::Hooks::importing(&self.lines, address, id);
        self.tell(address, OpAction::Import, ResourcePhase::Started, Some(id.to_owned()));
    }

    fn imported(&self, address: &AbsResourceInstance, id: &str) {
        fw_plan::Hooks::imported(&self.lines, address, id);
        self.tell(address, OpAction::Import, ResourcePhase::Completed, Some(id.to_owned()));
    }

    fn ephemeral(&self, address: &AbsResourceInstance, what: EphemeralStep, failed: bool) {
        fw_plan::Hooks::ephemeral(&self.lines, address, what, failed);
    }
}

impl fw_apply::Hooks for Hooks {
    fn importing(&self, address: &AbsResourceInstance, id: &str) {
        fw_apply::Hooks::importing(&self.lines, address, id);
    }

    fn imported(&self, address: &AbsResourceInstance, id: &str) {
        fw_apply::Hooks::imported(&self.lines, address, id);
        self.count(|counts| counts.import += 1);
        self.tell(address, OpAction::Import, ResourcePhase::Completed, Some(id.to_owned()));
    }

    fn before_apply(&self, operation: &Operating<'_>) {
        self.lines.before_apply(operation);
        if let Some(what) = work(operation.action) {
            self.tell(operation.address, what, ResourcePhase::Started, id_of(operation.before));
        }
    }

    fn after_apply(&self, operation: &Operating<'_>, result: &Value, failed: bool) {
        self.lines.after_apply(operation, result, failed);
        let phase = if failed { ResourcePhase::Failed } else { ResourcePhase::Completed };
        if let Some(what) = work(operation.action) {
            self.tell(operation.address, what, phase, id_of(result).or_else(|| id_of(operation.before)));
        }
        if !failed {
            self.count(|counts| match operation.action {
                Action::Create => counts.add += 1,
                Action::Update => counts.change += 1,
                Action::Delete => counts.remove += 1,
                Action::NoOp
                | Action::Read
                | Action::Forget
                | Action::DeleteThenCreate
                | Action::CreateThenDelete
                | Action::CreateThenForget => {}
            });
        }
    }

    fn before_provisioner(&self, address: &AbsResourceInstance, kind: &str) {
        self.lines.before_provisioner(address, kind);
        self.tell(address, OpAction::Provision, ResourcePhase::Started, None);
    }

    fn after_provisioner(&self, address: &AbsResourceInstance, kind: &str, failed: bool) {
        self.lines.after_provisioner(address, kind, failed);
        let phase = if failed { ResourcePhase::Failed } else { ResourcePhase::Completed };
        self.tell(address, OpAction::Provision, phase, None);
    }

    fn provisioner_output(&self, address: &AbsResourceInstance, kind: &str, line: &str) {
        self.told.line(Stream::Command, &format!("{address} ({kind}): {line}"));
    }

    fn ephemeral(&self, address: &AbsResourceInstance, what: EphemeralStep, failed: bool) {
        fw_apply::Hooks::ephemeral(&self.lines, address, what, failed);
    }

    fn note(&self, text: &str) {
        self.told.lines(text);
    }
}
