//! What has changed outside since the last run.

use std::collections::HashMap;

use fw_addr::AbsResourceInstance;
use fw_exec::{Mode, Plan};
use fw_value::Path;

use super::changes::{self, Described};
use super::heading::Cause;
use super::{Findings, Writer};
use crate::human::Schemas;
use crate::human::diff::Change;
use crate::human::ink::Code;
use crate::human::matcher::Matcher;

/// The drift that matters: all of it where that is what was asked for, else what changes of the plan depend on.
pub(super) fn described<'p>(plan: &'p Plan, schemas: &Schemas) -> Vec<Described<'p>> {
    let mut relevant: HashMap<&AbsResourceInstance, Vec<&Path>> = HashMap::new();
    for attribute in &plan.relevant_attributes {
        relevant.entry(&attribute.resource).or_default().push(&attribute.attribute);
    }
    let refresh_only = plan.mode == Mode::RefreshOnly;
    let mut all = Vec::new();
    for change in plan.drift.iter().filter(|change| !change.is_no_op()) {
        let matcher = match relevant.get(&change.address) {
            _ if refresh_only => Matcher::All,
            Some(paths) => Matcher::areas(paths.iter().copied()),
            None => continue,
        };
        let diff = changes::compare(change, matcher, schemas);
        // Elsewhere moves are told with the planned changes.
        if refresh_only || diff.change != Change::None {
            all.push(Described { change, diff });
        }
    }
    all
}

impl Writer<'_> {
    /// Returns whether there was anything to tell.
    pub(super) fn drift(&mut self, found: &Findings<'_>, mode: Mode) -> bool {
        if found.drift.is_empty() || found.is_empty(mode) {
            return false;
        }
        let (bold, cyan, reset) = (self.ink.code(Code::Bold), self.ink.code(Code::Cyan), self.ink.code(Code::Reset));
        let (name, command) = (self.style.tool.name, self.style.tool.command);
        self.line(&format!("\n{bold}{cyan}Note:{reset}{bold} Objects have changed outside of {name}\n{reset}"));
        self.paragraph(&format!(
            "{name} detected the following changes made outside of {name} since the last \"{command} apply\" which may have \
             affected this plan:"
        ));
        let ink = self.ink;
        for drift in &found.drift {
            let text = changes::text(drift, Cause::Found, ink, name);
            self.line(&format!("\n{text}"));
        }
        self.paragraph(&if mode == Mode::RefreshOnly {
            format!(
                "\n\nThis is a refresh-only plan, so {name} will not take any actions to undo these. If you were expecting \
                 these changes then you can apply this plan to record the updated values in the {name} state without \
                 changing any remote objects."
            )
        } else {
            "\n\nUnless you have made equivalent changes to your configuration, or ignored the relevant attributes using \
             ignore_changes, the following plan may include actions to undo or respond to these changes."
                .to_owned()
        });
        true
    }
}
