//! Writes format 4 exactly as terraform does: two spaces, Go's escapes, sorted by module, mode, type and name.

use foldhash::HashMap;
use fw_addr::{AbsResource, ModuleInstance, ResourceMode};

use super::instance::{self, Members};
use crate::codec::{self, CodecError};
use crate::gojson::{self, new_line, quote, quoted};
use crate::{CheckResult, CheckResults, ResourceState, State};

/// The text of a state file.
///
/// # Errors
/// When an output's value cannot be written: it is not wholly known, or an infinite number.
pub fn write(state: &State) -> Result<String, CodecError> {
    let mut out = String::with_capacity(256 + 1024 * state.resources().count());
    out.push('{');
    let mut members = Members { out: &mut out, depth: 1, first: true };
    members.raw("version", "4");
    members.string("terraform_version", &state.terraform_version);
    members.raw("serial", &state.serial.to_string());
    members.string("lineage", &state.lineage);
    members.raw("outputs", &outputs_json(state)?);
    members.name("resources");
    write_resources(members.out, state);
    members.name("check_results");
    write_checks(members.out, state.check_results.as_ref());
    out.push_str("\n}\n");
    Ok(out)
}

fn outputs_json(state: &State) -> Result<String, CodecError> {
    let mut json = String::from("{");
    for (name, output) in &state.outputs {
        if json.len() > 1 {
            json.push(',');
        }
        quote(&mut json, name);
        json.push(':');
        json.push_str(&output_json(output)?);
    }
    json.push('}');
    Ok(json)
}

/// One output as compact JSON.
pub(crate) fn output_json(output: &crate::OutputState) -> Result<String, CodecError> {
    let value = codec::value_to_json(&output.value, output.value.ty())?;
    let ty = codec::type_to_json(output.value.ty());
    let sensitive = if output.sensitive { ",\"sensitive\":true" } else { "" };
    Ok(format!("{{\"value\":{value},\"type\":{ty}{sensitive}}}"))
}

fn write_resources(out: &mut String, state: &State) {
    let mut modules: HashMap<&ModuleInstance, String> = HashMap::default();
    for (address, _) in state.resources() {
        modules.entry(&address.module).or_insert_with(|| address.module.to_string());
    }
    let mut sorted: Vec<_> = state
        .resources()
        .filter(|(address, _)| address.resource.mode != ResourceMode::Ephemeral)
        .map(|(address, resource)| (modules.get(&address.module).map_or("", String::as_str), address, resource))
        .collect();
    sorted.sort_by(|(a_module, a, _), (b_module, b, _)| (a_module, &a.resource).cmp(&(b_module, &b.resource)));
    if sorted.is_empty() {
        out.push_str("[]");
        return;
    }
    out.push('[');
    for (i, (module, address, resource)) in sorted.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        new_line(out, 2);
        write_resource(out, module, address, resource);
    }
    out.push_str("\n  ]");
}

fn write_resource(out: &mut String, module: &str, address: &AbsResource, resource: &ResourceState) {
    out.push('{');
    let mut members = Members { out, depth: 3, first: true };
    if !module.is_empty() {
        members.string("module", module);
    }
    members.string("mode", if address.resource.mode == ResourceMode::Data { "data" } else { "managed" });
    members.string("type", &address.resource.kind);
    members.string("name", &address.resource.name);
    let has_keys = resource.instances.values().any(|instance| instance.provider_key.is_some());
    if !has_keys {
        members.string("provider", &resource.provider.to_string());
    }
    members.name("instances");
    let mut first = true;
    out.push('[');
    for (key, instance) in &resource.instances {
        let current = instance.current.iter().map(|object| (None, object));
        let deposed = instance.deposed.iter().map(|(deposed, object)| (Some(deposed), object));
        for (deposed, object) in current.chain(deposed) {
            if !std::mem::take(&mut first) {
                out.push(',');
            }
            new_line(out, 4);
            let provider = has_keys.then(|| resource.provider.with_key(instance.provider_key.clone()).to_string());
            instance::write(out, 4, (key.as_ref(), deposed, provider.as_deref()), object);
        }
    }
    if !first {
        new_line(out, 3);
    }
    out.push(']');
    new_line(out, 2);
    out.push('}');
}

fn write_checks(out: &mut String, checks: Option<&CheckResults>) {
    let Some(checks) = checks.filter(|checks| !checks.is_empty()) else {
        out.push_str("null");
        return;
    };
    gojson::indent(out, &checks_json(checks), 1);
}

/// All check results as compact JSON.
pub(crate) fn checks_json(checks: &CheckResults) -> String {
    let results: Vec<_> = checks.0.iter().map(check_json).collect();
    format!("[{}]", results.join(","))
}

fn check_json(result: &CheckResult) -> String {
    let objects = result.objects.as_ref().filter(|objects| !objects.is_empty()).map(|objects| {
        let objects: Vec<_> = objects.iter().map(object_json).collect();
        format!("[{}]", objects.join(","))
    });
    format!(
        "{{\"object_kind\":{},\"config_addr\":{},\"status\":{},\"objects\":{}}}",
        quoted(result.kind.as_str()),
        quoted(&result.config_address),
        quoted(result.status.as_str()),
        objects.as_deref().unwrap_or("null"),
    )
}

fn object_json(object: &crate::CheckObject) -> String {
    let messages: Vec<_> = object.failure_messages.iter().map(|message| quoted(message)).collect();
    let messages =
        if messages.is_empty() { String::new() } else { format!(",\"failure_messages\":[{}]", messages.join(",")) };
    format!("{{\"object_addr\":{},\"status\":{}{messages}}}", quoted(&object.address), quoted(object.status.as_str()))
}
