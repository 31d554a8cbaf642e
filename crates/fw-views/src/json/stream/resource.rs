//! Resource addresses and actions as events have them.

use fw_addr::{AbsResourceInstance, ResourceMode};
use fw_exec::{Action, ActionReason};

use crate::json::plan::reason_name;
use crate::json::value;
use crate::json::writer::Writer;

/// An address, taken apart.
pub(super) fn write(address: &AbsResourceInstance, w: &mut Writer) {
    let resource = &address.resource;
    let relative = AbsResourceInstance { module: fw_addr::ModuleInstance::root(), ..address.clone() };
    let provider = resource.kind.split('_').next().unwrap_or_default();
    w.object(|w| {
        w.key("addr").display(address);
        w.key("module").display(&address.module);
        w.key("resource").display(&relative);
        w.key("implied_provider").string(provider);
        w.key("resource_type").string(&resource.kind);
        w.key("resource_name").string(&resource.name);
        match &address.key {
            Some(key) => value::instance_key(key, w.key("resource_key")),
            None => w.key("resource_key").null(),
        }
    });
}

/// Whether nothing but the state knows of it.
pub(super) fn is_hidden(mode: ResourceMode, action: Action) -> bool {
    mode == ResourceMode::Data && action == Action::Delete
}

/// The name of an action.
pub(super) fn action(action: Action) -> &'static str {
    match action {
        Action::NoOp => "noop",
        Action::Create => "create",
        Action::Read => "read",
        Action::Update => "update",
        Action::DeleteThenCreate | Action::CreateThenDelete | Action::CreateThenForget => "replace",
        Action::Delete => "delete",
        Action::Forget => "remove",
    }
}

/// The name of a reason; shorter for replacements than in plan documents.
pub(super) fn reason(reason: ActionReason) -> &'static str {
    match reason {
        ActionReason::ReplaceBecauseTainted => "tainted",
        ActionReason::ReplaceByRequest => "requested",
        ActionReason::ReplaceByTriggers => "replace_triggered_by",
        ActionReason::ReplaceBecauseCannotUpdate => "cannot_update",
        other => reason_name(other),
    }
}

/// An action in words: `Creating`, `Creation`.
pub(super) fn words(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::Create => ("Creating", "Creation"),
        Action::Update => ("Modifying", "Modifications"),
        Action::Delete => ("Destroying", "Destruction"),
        Action::Read => ("Refreshing", "Refresh"),
        Action::CreateThenDelete | Action::DeleteThenCreate | Action::CreateThenForget => ("Replacing", "Replacement"),
        Action::Forget => ("Removing", "Removal"),
        Action::NoOp => ("Applying", "Apply"),
    }
}
