//! Changes of resources and outputs.

use fw_addr::ResourceMode;
use fw_exec::{Action, ActionReason, OutputChange, ResourceChange};
use fw_value::Value;

use super::schema_of;
use crate::json::writer::Writer;
use crate::json::{Schemas, address, value};

/// Whether it is told. Removing what a data source has read from the state is nobody's concern.
pub(super) fn is_shown(change: &ResourceChange) -> bool {
    change.address.resource.mode != ResourceMode::Data || change.action != Action::Delete
}

/// One element of `resource_changes` or `resource_drift`.
pub(super) fn resource(change: &ResourceChange, schemas: &Schemas, w: &mut Writer) {
    let Some(schema) = schema_of(change, schemas, w) else { return };
    let marked = |object: &Value| schema.block.mark_sensitive(object.clone());
    w.object(|w| {
        w.key("address").display(&change.address);
        if change.previous_address != change.address {
            w.key("previous_address").display(&change.previous_address);
        }
        w.text_if_any("module_address", &change.address.module.to_string());
        address::parts(&change.address, w);
        w.key("provider_name").display(&change.provider.provider);
        if let Some(key) = &change.deposed {
            w.key("deposed").string(key.as_str());
        }
        w.key("change").object(|w| {
            actions(change.action, w);
            objects(&marked(&change.before), &marked(&change.after), w);
            details(change, w);
        });
        if let Some(reason) = change.reason {
            w.key("action_reason").string(reason_name(reason));
        }
    });
}

fn objects(before: &Value, after: &Value, w: &mut Writer) {
    value::plain(before, w.key("before"));
    after_and_unknown(after, w, |w| w.object(|_| ()));
    value::sensitive_parts(before, w.key("before_sensitive"));
    value::sensitive_parts(after, w.key("after_sensitive"));
}

fn details(change: &ResourceChange, w: &mut Writer) {
    if !change.required_replace.is_empty() {
        w.key("replace_paths").array(|w| change.required_replace.iter().for_each(|one| value::path(one, w)));
    }
    if let Some(importing) = &change.importing {
        w.key("importing").object(|w| {
            w.text_if_any("id", importing.id.as_deref().unwrap_or_default());
            w.flag("unknown", importing.unknown);
        });
    }
    w.text_if_any("generated_config", change.generated_config.as_deref().unwrap_or_default());
}

/// `after` as far as known, and what of it is not; `none` writes that all is known.
fn after_and_unknown(after: &Value, w: &mut Writer, none: impl FnOnce(&mut Writer)) {
    if after.is_known() {
        value::known(after, w.key("after"));
    }
    w.key("after_unknown");
    if after.is_wholly_known() {
        none(w);
    } else {
        value::unknown_parts(after, w);
    }
}

fn actions(action: Action, w: &mut Writer) {
    w.key("actions").array(|w| action_names(action).iter().for_each(|name| w.string(name)));
}

fn action_names(action: Action) -> &'static [&'static str] {
    match action {
        Action::NoOp => &["no-op"],
        Action::Create => &["create"],
        Action::Read => &["read"],
        Action::Update => &["update"],
        Action::DeleteThenCreate => &["delete", "create"],
        Action::CreateThenDelete => &["create", "delete"],
        Action::Delete => &["delete"],
        Action::Forget => &["forget"],
        Action::CreateThenForget => &["create", "forget"],
    }
}

/// The name of a reason.
pub(in crate::json) fn reason_name(reason: ActionReason) -> &'static str {
    match reason {
        ActionReason::ReplaceBecauseTainted => "replace_because_tainted",
        ActionReason::ReplaceByRequest => "replace_by_request",
        ActionReason::ReplaceByTriggers => "replace_by_triggers",
        ActionReason::ReplaceBecauseCannotUpdate => "replace_because_cannot_update",
        ActionReason::DeleteBecauseNoResourceConfig => "delete_because_no_resource_config",
        ActionReason::DeleteBecauseWrongRepetition => "delete_because_wrong_repetition",
        ActionReason::DeleteBecauseCountIndex => "delete_because_count_index",
        ActionReason::DeleteBecauseEachKey => "delete_because_each_key",
        ActionReason::DeleteBecauseEnabledFalse => "delete_because_enabled_false",
        ActionReason::DeleteBecauseNoModule => "delete_because_no_module",
        ActionReason::DeleteBecauseNoMoveTarget => "delete_because_no_move_target",
        ActionReason::ReadBecauseConfigUnknown => "read_because_config_unknown",
        ActionReason::ReadBecauseDependencyPending => "read_because_dependency_pending",
        ActionReason::ReadBecauseCheckNested => "read_because_check_nested",
    }
}

/// `output_changes`
pub(super) fn outputs(all: &[OutputChange], w: &mut Writer) {
    if all.is_empty() {
        return;
    }
    w.key("output_changes").object(|w| {
        for change in all {
            w.key(&change.name).object(|w| {
                actions(change.action, w);
                value::plain(&change.before, w.key("before"));
                after_and_unknown(&change.after, w, |w| w.bool(false));
                w.key("before_sensitive").bool(change.sensitive);
                w.key("after_sensitive").bool(change.sensitive);
            });
        }
    });
}
