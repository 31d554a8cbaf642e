//! Plans and diagnostics as short texts that tests compare.

use std::fmt::Write as _;

use fw_diag::{Diagnostic, Diagnostics, Severity, SourceMap};
use fw_exec::{Action, Plan, ResourceChange};
use fw_value::{Marks, Value};

/// What planning gave.
#[derive(Debug)]
pub struct Planned {
    /// The plan; `None` when the configuration could not be loaded or was only validated.
    pub plan: Option<Plan>,
    /// Errors and warnings, see [`told`].
    pub told: String,
    /// The same as JSON objects.
    pub json: Vec<serde_json::Value>,
}

/// What planning and applying gave.
#[derive(Debug)]
pub struct Applied {
    /// The plan.
    pub planned: Planned,
    /// Errors and warnings of the apply.
    pub told: String,
    /// The same as JSON objects.
    pub json: Vec<serde_json::Value>,
}

impl Applied {
    /// Insists on success.
    ///
    /// # Panics
    /// When anything was told.
    pub fn succeeded(&self) -> &Self {
        assert_eq!(self.planned.told, "", "told while planning");
        assert_eq!(self.told, "", "told while applying");
        self
    }
}

/// Diagnostics as text: for each its severity, summary, place and detail.
#[must_use]
pub fn told(diagnostics: &Diagnostics, sources: &SourceMap) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics.iter() {
        text.push_str(&one(diagnostic, sources));
    }
    text
}

pub(crate) fn json(diagnostics: &Diagnostics, sources: &SourceMap) -> Vec<serde_json::Value> {
    diagnostics.iter().map(|d| fw_diag::render::json(d, sources)).collect()
}

fn one(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let place = diagnostic.subject.map(|span| format!(" [{}: {}]", sources.describe(span), sources.snippet(span)));
    let address = diagnostic.address.as_ref().map(|a| format!(" ({a})"));
    format!(
        "{severity}: {}{}{}\n{}\n",
        diagnostic.summary,
        address.unwrap_or_default(),
        place.unwrap_or_default(),
        diagnostic.detail
    )
}

impl Planned {
    pub(crate) fn new(plan: Option<Plan>, diagnostics: &Diagnostics, sources: &SourceMap) -> Self {
        Self { plan, told: told(diagnostics, sources), json: json(diagnostics, sources) }
    }

    /// Insists on a plan without a word.
    ///
    /// # Panics
    /// When anything was told.
    pub fn succeeded(&self) -> &Self {
        assert_eq!(self.told, "", "told while planning");
        self
    }

    /// All changes but those of nothing, a line for each: the action, the address, the reason.
    #[must_use]
    pub fn actions(&self) -> String {
        let mut text = String::new();
        let Some(plan) = &self.plan else { return text };
        for change in plan.resource_changes.iter().filter(|c| !c.is_no_op()) {
            text.push_str(&line(change));
        }
        for change in plan.output_changes.iter().filter(|c| c.action != Action::NoOp) {
            writeln!(text, "{} output.{} = {}", verb(change.action), change.name, show(&change.after))
                .expect("a string");
        }
        text
    }

    /// What changed outside, likewise.
    #[must_use]
    pub fn drift(&self) -> String {
        self.plan.iter().flat_map(|p| &p.drift).map(line).collect()
    }

    /// The change of an instance.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn change(&self, address: &str) -> &ResourceChange {
        let plan = self.plan.as_ref().expect("a plan");
        let found = plan.resource_changes.iter().find(|c| c.address.to_string() == address && c.deposed.is_none());
        found.unwrap_or_else(|| panic!("no change of {address} in:\n{}{}", self.actions(), self.told))
    }

    /// An attribute of an instance as it will be.
    #[must_use]
    pub fn after(&self, address: &str, attribute: &str) -> String {
        self.change(address).after.attr_ref(attribute).map(show).unwrap_or_default()
    }

    /// Statuses of checks, a line for each object.
    #[must_use]
    pub fn checks(&self) -> String {
        let mut text = String::new();
        for result in self.plan.iter().flat_map(|p| &p.checks.0) {
            for object in result.objects.iter().flatten() {
                let messages = object.failure_messages.join("; ");
                writeln!(text, "{:?} {} {messages}", object.status, object.address).expect("a string");
            }
        }
        text
    }
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::NoOp => "keep",
        Action::Create => "create",
        Action::Read => "read",
        Action::Update => "update",
        Action::DeleteThenCreate => "delete-create",
        Action::CreateThenDelete => "create-delete",
        Action::Delete => "delete",
        Action::Forget => "forget",
        Action::CreateThenForget => "create-forget",
    }
}

fn line(change: &ResourceChange) -> String {
    let mut text = format!("{} {}", verb(change.action), change.address);
    if let Some(deposed) = &change.deposed {
        write!(text, " deposed {deposed}").expect("a string");
    }
    if change.previous_address != change.address {
        write!(text, " from {}", change.previous_address).expect("a string");
    }
    if let Some(importing) = &change.importing {
        write!(text, " import {}", importing.id.as_deref().unwrap_or("?")).expect("a string");
    }
    if let Some(reason) = change.reason {
        write!(text, " ({reason:?})").expect("a string");
    }
    text.push('\n');
    text
}

/// A value as JSON; `?` for what is not known, in brackets with its marks.
fn show(value: &Value) -> String {
    let marks = value.marks_deep();
    let plain = value.clone().unmark_deep().0;
    let text = if plain.is_wholly_known() {
        fw_value::json::marshal(&plain, plain.ty()).unwrap_or_else(|e| format!("{e:?}"))
    } else if plain.is_known() {
        "partly ?".to_owned()
    } else {
        "?".to_owned()
    };
    if marks == Marks::NONE { text } else { format!("{marks:?}({text})") }
}
