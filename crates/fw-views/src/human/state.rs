//! States as text: what `show` and `state show` print.

use std::fmt::Write;

use fw_addr::{AbsResourceInstance, ResourceMode};
use fw_provider::ProviderSchemas;
use fw_schema::Schema;
use fw_state::{DeposedKey, InstanceState, ObjectState, ObjectStatus, ResourceState, State};
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
    let mut blocks = Vec::new();
    for (address, resource, instance) in ordered(state) {
        push_instance(&address, resource, instance, schemas, style, &mut blocks);
    }
    let mut out = blocks.join("\n");
    push_outputs(state, style, &mut out);
    out
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
    Some(object_text(&Place { address, deposed: None, resource }, object, schemas, style))
}

/// Outer modules first; in each, data sources stand among the resources as their addresses sort.
fn ordered(state: &State) -> Vec<(AbsResourceInstance, &ResourceState, &InstanceState)> {
    state.instances().collect()
}

struct Place<'a> {
    address: &'a AbsResourceInstance,
    deposed: Option<&'a DeposedKey>,
    resource: &'a ResourceState,
}

fn push_instance(
    address: &AbsResourceInstance,
    resource: &ResourceState,
    instance: &InstanceState,
    schemas: &Schemas,
    style: &Style,
    blocks: &mut Vec<String>,
) {
    let deposed = instance.deposed.iter().map(|(key, object)| (Some(key), object));
    for (deposed, object) in instance.current.iter().map(|object| (None, object)).chain(deposed) {
        blocks.push(object_text(&Place { address, deposed, resource }, object, schemas, style));
    }
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
        .and_then(|schemas| schema(schemas, place.address))
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
            render(&compare_block(Pair::unchanged(&datum), &schema.block), 0, options(style))
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
        let text = render(&compare_type(Pair::unchanged(&datum), value.ty()), 0, options(style));
        writeln!(out, "{name} = {text}").expect("strings take all");
    }
}
