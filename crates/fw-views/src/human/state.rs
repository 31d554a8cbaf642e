//! States as text: what `show` and `state show` print.

use std::collections::BTreeMap;
use std::fmt::Write;

use fw_addr::{AbsResourceInstance, ResourceMode};
use fw_provider::ProviderSchemas;
use fw_schema::Schema;
use fw_state::{DeposedKey, ObjectState, ObjectStatus, ResourceState, State};
use fw_value::{Marks, Value};

use super::compare::{Pair, compare_block, compare_type};
use super::datum::Datum;
use super::render::{Options, render};
use super::{Schemas, Style};

/// A whole state, as `show` prints it.
#[must_use]
pub fn state(state: &State, schemas: &Schemas, style: &Style) -> String {
    if state.is_empty() {
        return "The state file is empty. No resources are represented.\n".to_owned();
    }
    let mut out = String::new();
    let modules = by_module(state);
    for (path, objects) in &modules {
        let has_ancestor = (0..path.len()).any(|length| path.get(..length).is_some_and(|p| modules.contains_key(p)));
        if has_ancestor {
            out.push('\n');
        }
        for (i, (place, object)) in objects.iter().enumerate() {
            if has_ancestor || i > 0 {
                out.push('\n');
            }
            out.push_str(&object_text(place, object, schemas, style));
        }
    }
    push_outputs(state, style, &mut out);
    out
}

/// The state after a test run: its objects and outputs.
#[must_use]
pub fn state_of_test(state: &State, schemas: &Schemas, style: &Style) -> String {
    let mut shown = String::from("\n");
    if !state.is_empty() {
        shown.push_str(&self::state(state, schemas, style));
    }
    shown
}

/// One resource instance, as `state show` prints it; `None` when the state has no such object.
#[must_use]
pub fn state_instance(
    state: &State,
    address: &AbsResourceInstance,
    schemas: &Schemas,
    style: &Style,
) -> Option<String> {
    let resource = state.resource(&address.containing())?;
    let object = resource.instances.get(&address.key)?.current.as_ref()?;
    Some(object_text(&Place { address: address.clone(), deposed: None, resource }, object, schemas, style))
}

/// All objects by module. Modules are sorted by their names as text, calls before what they call; so `b[10]` comes before
/// `b[1]`.
fn by_module(state: &State) -> BTreeMap<Vec<String>, Vec<(Place<'_>, &ObjectState)>> {
    let mut modules: BTreeMap<Vec<String>, Vec<_>> = BTreeMap::new();
    for (address, resource, instance) in state.instances() {
        let steps = address.module.0.iter().map(|step| {
            let key = step.key.as_ref().map_or_else(String::new, ToString::to_string);
            format!("{}{key}", step.name)
        });
        let objects = modules.entry(steps.collect()).or_default();
        let deposed = instance.deposed.iter().map(|(key, object)| (Some(key), object));
        for (deposed, object) in instance.current.iter().map(|object| (None, object)).chain(deposed) {
            objects.push((Place { address: address.clone(), deposed, resource }, &**object));
        }
    }
    modules
}

struct Place<'a> {
    address: AbsResourceInstance,
    deposed: Option<&'a DeposedKey>,
    resource: &'a ResourceState,
}

fn object_text(place: &Place<'_>, object: &ObjectState, schemas: &Schemas, style: &Style) -> String {
    let resource = &place.address.resource;
    let note = match place.deposed {
        Some(key) => format!(" (deposed object {key})"),
        None if object.status == ObjectStatus::Tainted => " (tainted)".to_owned(),
        None => String::new(),
    };
    let mode = if resource.mode == ResourceMode::Data { "data" } else { "resource" };
    let body = schemas
        .get(&place.resource.provider.provider)
        .and_then(|schemas| schema(schemas, &place.address))
        .map_or_else(|| "{}".to_owned(), |schema| body(&schema, object, style));
    format!("# {}:{note}\n{mode} \"{}\" \"{}\" {body}\n", place.address, resource.kind, resource.name)
}

fn schema(schemas: &ProviderSchemas, address: &AbsResourceInstance) -> Option<std::sync::Arc<Schema>> {
    match address.resource.mode {
        ResourceMode::Managed => schemas.resource(&address.resource.kind),
        ResourceMode::Data => schemas.data_source(&address.resource.kind),
        ResourceMode::Ephemeral => None,
    }
}

fn body(schema: &Schema, object: &ObjectState, style: &Style) -> String {
    match object.decode(&schema.implied_type()) {
        Ok(decoded) => {
            let datum = Datum::of(&schema.block.mark_sensitive(decoded.value));
            render(&compare_block(Pair::unchanged(&datum).of_schema(&schema.block), &schema.block), 0, options(style))
        }
        // Written for another version of the schema.
        Err(error) => format!("{{\n    # {error}\n}}"),
    }
}

fn options(style: &Style) -> Options {
    Options { show_unchanged: true, hide_symbols: true, ..Options::new(style.ink()) }
}

fn push_outputs(state: &State, style: &Style, out: &mut String) {
    if state.outputs.is_empty() {
        return;
    }
    out.push_str("\n\nOutputs:\n\n");
    for (name, output) in &state.outputs {
        let marks = if output.sensitive { Marks::SENSITIVE } else { Marks::NONE };
        let value: Value = output.value.clone().with_marks(marks);
        let datum = Datum::of(&value);
        let pair = Pair { empty_is_null: true, ..Pair::unchanged(&datum) };
        let text = render(&compare_type(pair, value.ty()), 0, options(style));
        writeln!(out, "{name} = {text}").expect("strings take all");
    }
}
