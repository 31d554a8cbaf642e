//! `terraform_data`: stores a value, and is replaced when another one changes.

use fw_diag::Severity;
use fw_provider::{Answer, MoveRequest, MoveResponse, PlanRequest, PlanResponse, ProviderDiagnostic};
use fw_value::{Path, Str, Type, Value};

/// The resource type.
pub(crate) const KIND: &str = "terraform_data";

/// The configuration may not set what is computed.
pub(crate) fn validate(config: &Value) -> Vec<ProviderDiagnostic> {
    let written = |name: &&str| config.attr(name).is_some_and(|value| !value.is_null());
    ["id", "output"]
        .iter()
        .filter(|name| written(name))
        .map(|name| error(format!("\"{name}\" attribute is read-only")))
        .collect()
}

/// An error without detail.
pub(crate) fn error(summary: String) -> ProviderDiagnostic {
    ProviderDiagnostic { severity: Severity::Error, summary, detail: String::new(), attribute: None }
}

/// Plans a change.
pub(crate) fn plan(request: PlanRequest) -> PlanResponse {
    let mut requires_replace = Vec::new();
    let planned = if request.proposed.is_null() {
        request.proposed
    } else {
        let prior = &request.prior;
        let proposed = &request.proposed;
        let changed = |name| prior.attr(name) != proposed.attr(name);
        if prior.is_null() {
            with(proposed, true, true)
        } else if changed("triggers_replace") {
            requires_replace.push(Path::root().attribute("triggers_replace"));
            with(proposed, true, true)
        } else {
            with(proposed, false, changed("input"))
        }
    };
    PlanResponse {
        planned,
        requires_replace,
        private: request.private,
        legacy_type_system: false,
        identity: request.identity,
    }
}

/// The object with its id, its output, or both to be known after apply.
fn with(proposed: &Value, new_id: bool, new_output: bool) -> Value {
    let input = proposed.attr("input").unwrap_or_else(Value::dynamic);
    change(proposed, |name, value| match name {
        "id" if new_id => Value::unknown(Type::String).refine_not_null(),
        // An absent input gives an absent output, and that of the same type.
        "output" if new_output && new_id && input.is_null() => input.clone(),
        "output" if new_output => Value::unknown(input.ty().clone()),
        _ => value.clone(),
    })
}

fn change(object: &Value, new: impl Fn(&str, &Value) -> Value) -> Value {
    object.with_elements(object.string_entries().map(|(name, value)| new(name, value)).collect())
}

/// Makes what was planned.
pub(crate) fn apply(planned: Value, random: impl FnOnce() -> [u8; 16]) -> Value {
    if planned.is_null() {
        return planned;
    }
    let input = planned.attr("input").unwrap_or_else(Value::dynamic);
    let id = planned.attr("id").filter(|id| !id.is_known()).map(|_| Value::string(uuid(&random())));
    change(&planned, |name, value| match (name, &id) {
        ("id", Some(id)) => id.clone(),
        ("output", _) if !value.is_known() => input.clone(),
        _ => value.clone(),
    })
}

/// Sixteen bytes as UUIDs are written. No version bits are set: terraform sets none here.
fn uuid(bytes: &[u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (i, byte) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// Takes over a `null_resource`.
pub(crate) fn move_state(request: MoveRequest) -> Answer<MoveResponse> {
    let failed = |summary: String| Answer { value: None, diagnostics: vec![error(summary)] };
    if !request.source_provider.ends_with("hashicorp/null") {
        let mut refused = error("Unsupported source provider for move operation".to_owned());
        refused.detail =
            "Only moving from the official hashicorp/null provider to terraform_data is supported.".to_owned();
        return Answer { value: None, diagnostics: vec![refused] };
    }
    if &*request.source_kind != "null_resource" || &*request.target_kind != KIND {
        let (from, to) = (&request.source_kind, &request.target_kind);
        return failed(format!(
            "unsupported move: {from} -> {to}; only move from null_resource to terraform_data is supported"
        ));
    }
    let ty = Type::object([("triggers", Type::map(Type::String)), ("id", Type::String)]);
    let old = match decode(&request.source, &ty) {
        Ok(old) => old,
        Err(problem) => return failed(problem),
    };
    let triggers = match old.attr("triggers") {
        Some(triggers) if !triggers.is_null() => {
            Value::object(triggers.string_entries().map(|(k, v)| (Str::clone(k), v.clone())))
        }
        _ => Value::null(Type::Dynamic),
    };
    let value = Value::object([
        ("id", old.attr("id").unwrap_or_else(|| Value::null(Type::String))),
        ("input", Value::null(Type::Dynamic)),
        ("output", Value::null(Type::Dynamic)),
        ("triggers_replace", triggers),
    ]);
    Answer { value: Some(MoveResponse { value, private: request.source_private, identity: None }), diagnostics: vec![] }
}

/// A stored object.
pub(crate) fn decode(json: &[u8], ty: &Type) -> Result<Value, String> {
    fw_value::json::unmarshal(json, ty).map_err(|e| e.to_string())
}
