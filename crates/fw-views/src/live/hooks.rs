//! What the planner and the applier tell.

use fw_addr::AbsResourceInstance;
use fw_apply::Operating;
use fw_exec::{Action, EphemeralStep};
use fw_state::DeposedKey;
use fw_value::Value;

use super::Progress;
use super::object::{id, id_or_name};
use super::running::{Verb, line};
use crate::human::Code;

fn given(id: Option<&str>) -> Option<(String, String)> {
    id.filter(|id| !id.is_empty()).map(|id| ("id".to_owned(), id.to_owned()))
}

impl Progress {
    fn ephemeral_step(&self, address: &AbsResourceInstance, what: EphemeralStep, failed: bool) {
        let address = address.to_string();
        let begin = |verb| self.begin(address.clone(), &address, verb, None);
        match what {
            EphemeralStep::Deferred => {
                let text = line(self.shared.ink, &format!("{address}: Configuration unknown, deferring..."), 1);
                self.say(text.trim_end_matches('\n'));
            }
            EphemeralStep::Opening => begin(Verb::Open),
            EphemeralStep::Renewing => begin(Verb::Renew),
            EphemeralStep::Closing => begin(Verb::Close),
            EphemeralStep::Opened | EphemeralStep::Renewed | EphemeralStep::Closed => {
                self.end(&address, failed, &address, None);
            }
        }
    }
}

impl fw_plan::Hooks for Progress {
    fn refreshing(&self, address: &AbsResourceInstance, deposed: Option<&DeposedKey>, id: Option<&str>) {
        let address = display_address(address, deposed);
        self.begin(address.clone(), &address, Verb::Refresh, given(id));
    }

    fn refreshed(&self, address: &AbsResourceInstance, deposed: Option<&DeposedKey>, _id: Option<&str>) {
        let address = display_address(address, deposed);
        self.end(&address, false, &address, None);
    }

    fn reading(&self, address: &AbsResourceInstance) {
        let address = address.to_string();
        self.begin(address.clone(), &address, Verb::Read, None);
    }

    fn read(&self, address: &AbsResourceInstance, id: Option<&str>) {
        let address = address.to_string();
        self.end(&address, false, &address, given(id));
    }

    fn importing(&self, address: &AbsResourceInstance, id: &str) {
        let address = address.to_string();
        self.begin(address.clone(), &address, Verb::PrepareImport, given(Some(id)));
    }

    fn ephemeral(&self, address: &AbsResourceInstance, what: EphemeralStep, failed: bool) {
        self.ephemeral_step(address, what, failed);
    }
}

impl fw_apply::Hooks for Progress {
    fn importing(&self, address: &AbsResourceInstance, id: &str) {
        let address = address.to_string();
        self.begin(address.clone(), &address, Verb::Import, given(Some(id)));
    }

    fn imported(&self, address: &AbsResourceInstance, id: &str) {
        let address = address.to_string();
        if self.end(&address, false, &address, given(Some(id))).is_some() {
            self.shared.lock().counts.imported += 1;
        }
    }

    fn before_apply(&self, operation: &Operating<'_>) {
        let verb = match operation.action {
            Action::Create => Verb::Create,
            Action::Update => Verb::Modify,
            Action::Delete => Verb::Destroy,
            Action::Read => Verb::Read,
            // Nothing is done, or told in halves.
            Action::NoOp
            | Action::Forget
            | Action::DeleteThenCreate
            | Action::CreateThenDelete
            | Action::CreateThenForget => return,
        };
        let address = display_address(operation.address, operation.deposed);
        self.begin(address.clone(), &address, verb, id_or_name(operation.before));
    }

    fn after_apply(&self, operation: &Operating<'_>, result: &Value, failed: bool) {
        // Its end is told without the key of a deposed object.
        let (key, plain) = (display_address(operation.address, operation.deposed), operation.address.to_string());
        let Some(verb) = self.end(&key, failed, &plain, id(result)) else { return };
        if failed {
            return;
        }
        let counts = &mut self.shared.lock().counts;
        match verb {
            Verb::Create => counts.added += 1,
            Verb::Modify => counts.changed += 1,
            Verb::Destroy => counts.destroyed += 1,
            _ => {}
        }
    }

    fn before_provisioner(&self, address: &AbsResourceInstance, kind: &str) {
        let text = line(self.shared.ink, &format!("{address}: Provisioning with '{kind}'..."), 2);
        self.say(text.trim_end_matches('\n'));
    }

    fn provisioner_output(&self, address: &AbsResourceInstance, kind: &str, line: &str) {
        let ink = self.shared.ink;
        let (bold, reset) = (ink.code(Code::Bold), ink.code(Code::Reset));
        let prefix = format!("{reset}{bold}{address} ({kind}):{reset} {reset}");
        let lines = line.split(['\n', '\r']).map(str::trim_end).filter(|line| !line.is_empty());
        let lines: Vec<String> = lines.map(|line| format!("{prefix}{line}")).collect();
        self.say(&lines.join("\n"));
    }

    fn ephemeral(&self, address: &AbsResourceInstance, what: EphemeralStep, failed: bool) {
        self.ephemeral_step(address, what, failed);
    }
}

fn display_address(address: &AbsResourceInstance, deposed: Option<&DeposedKey>) -> String {
    match deposed {
        None => address.to_string(),
        Some(key) => format!("{address} (deposed object {key})"),
    }
}
