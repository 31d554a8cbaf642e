//! `planned_values`: what there will be, as far as it is known.

use fw_exec::{Action, ActionReason, OutputChange, Plan, ResourceChange};
use fw_schema::Block;
use fw_value::Value;
use fw_value::json::type_to_json;

use super::schema_of;
use crate::json::module_tree::ModuleTree;
use crate::json::writer::Writer;
use crate::json::{Schemas, address, state, value};

/// The members of `planned_values`.
pub(super) fn write(plan: &Plan, schemas: &Schemas, w: &mut Writer) {
    let mut left = plan.output_changes.iter().filter(|change| change.action != Action::Delete).peekable();
    if left.peek().is_some() {
        w.key("outputs").object(|w| left.for_each(|change| output(change, w)));
    }
    let current = |change: &&ResourceChange| change.deposed.is_none() && change.action != Action::Delete;
    let mut sorted: Vec<_> =
        plan.resource_changes.iter().filter(current).map(|change| (change.address.to_string(), change)).collect();
    // In the order of the texts, in which index 10 comes before index 2.
    sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut tree = ModuleTree::default();
    sorted.iter().for_each(|(_, change)| tree.add(&change.address.module, [*change]));
    tree.write(w.key("root_module"), &mut |change, w| resource(change, schemas, w));
}

fn output(change: &OutputChange, w: &mut Writer) {
    w.key(&change.name).object(|w| {
        w.key("sensitive").bool(change.sensitive);
        if change.after.is_wholly_known() {
            w.key("type").raw(&type_to_json(change.after.ty()));
            value::plain(&change.after, w.key("value"));
        }
    });
}

fn resource(change: &ResourceChange, schemas: &Schemas, w: &mut Writer) {
    let Some(schema) = schema_of(change, schemas, w) else { return };
    // What is tainted is planned as if it were not there, and told as what is created.
    let is_tainted = change.reason == Some(ActionReason::ReplaceBecauseTainted);
    let after = if change.action.is_replace() && !is_tainted {
        without_idle_marks(&change.after, &schema.block)
    } else {
        schema.block.mark_sensitive(change.after.clone())
    };
    w.object(|w| {
        address::resource(&change.address, w);
        w.key("provider_name").display(&change.provider.provider);
        w.key("schema_version").number(&state::version_of(&schema, &change.address.resource));
        if after.string_entries().any(|(_, member)| member.is_known()) {
            value::known(&after, w.key("values"));
        }
        value::sensitive_parts(&after, w.key("sensitive_values"));
    });
}

/// A value without the marks that only the schema gives and that hide nothing yet: terraform does not tell those of
/// replacements. Where there is a value to hide, it stays hidden.
fn without_idle_marks(value: &Value, block: &Block) -> Value {
    let by_schema = block.sensitive_paths(value);
    let (plain, mut marks) = value.clone().unmark_deep_with_paths();
    marks.retain(|one| {
        let idle = plain.get_path(&one.path).is_some_and(|part| part.is_null() || !part.is_known());
        !(idle && by_schema.contains(&one.path))
    });
    plain.mark_with_paths(&marks)
}
