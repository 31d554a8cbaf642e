//! Runs a command with our engine.

use fw_exec::Plan;
use fw_value::{Marks, Value};
use serde_json::{Value as Json, json};

use super::render;
use crate::{Ask, Planned, Stack};

/// What the command says.
pub(super) fn run(stack: &Stack, verb: &str, arguments: &[&str]) -> String {
    if verb == "validate" {
        return render::report(None, &stack.validate().json);
    }
    let ask = Ask::of(arguments);
    if verb == "plan" {
        return planned(&stack.plan_as(&ask));
    }
    let applied = stack.apply_as(&ask);
    let mut text = planned(&applied.planned);
    text.push_str(&render::report(None, &applied.json));
    text
}

fn planned(planned: &Planned) -> String {
    let plan = planned.plan.as_ref().filter(|p| !p.errored).map(document);
    render::report(plan.as_ref(), &planned.json)
}

/// The part of a plan's JSON document that reports are made of.
fn document(plan: &Plan) -> Json {
    let change = |c: &fw_exec::ResourceChange| {
        json!({
            "address": c.address.to_string(),
            "previous_address": (c.previous_address != c.address).then(|| c.previous_address.to_string()),
            "deposed": c.deposed.as_ref().map(ToString::to_string),
            "action_reason": c.reason.map(reason),
            "change": {
                "actions": actions(c.action),
                "before": tree(&c.before),
                "after": tree(&c.after),
                "importing": c.importing.as_ref().map(|i| json!({"id": i.id, "unknown": i.unknown})),
                "replace_paths": c.required_replace.iter().map(ToString::to_string).collect::<Vec<_>>(),
            }
        })
    };
    let outputs = plan.output_changes.iter().map(|c| {
        // Both sides are hidden where either is.
        let side = |value: &Value| {
            if c.sensitive { render::sensitive(tree(&value.clone().unmark_deep().0)) } else { tree(value) }
        };
        let change = json!({"actions": actions(c.action), "before": side(&c.before), "after": side(&c.after)});
        (c.name.to_string(), change)
    });
    let checks = plan.checks.0.iter().flat_map(|r| r.objects.iter().flatten()).map(|o| {
        let problems: Vec<_> = o.failure_messages.iter().map(|m| json!({"message": m})).collect();
        let status = format!("{:?}", o.status).to_lowercase();
        json!({"instances": [{"address": {"to_display": o.address}, "status": status, "problems": problems}]})
    });
    json!({
        "resource_changes": plan.resource_changes.iter().map(change).collect::<Vec<_>>(),
        "resource_drift": plan.drift.iter().map(change).collect::<Vec<_>>(),
        "output_changes": outputs.collect::<serde_json::Map<_, _>>(),
        "checks": checks.collect::<Vec<_>>(),
    })
}

fn actions(action: fw_exec::Action) -> Json {
    use fw_exec::Action as A;
    match action {
        A::NoOp => json!(["no-op"]),
        A::Create => json!(["create"]),
        A::Read => json!(["read"]),
        A::Update => json!(["update"]),
        A::DeleteThenCreate => json!(["delete", "create"]),
        A::CreateThenDelete => json!(["create", "delete"]),
        A::Delete => json!(["delete"]),
        A::Forget => json!(["forget"]),
        A::CreateThenForget => json!(["create", "forget"]),
    }
}

/// `ReplaceByRequest` is `replace_by_request`.
fn reason(reason: fw_exec::ActionReason) -> String {
    let mut text = String::new();
    for c in format!("{reason:?}").chars() {
        if c.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(c.to_lowercase());
    }
    text
}

/// A value with what is unknown or marked in the places where it is.
fn tree(value: &Value) -> Json {
    let marks = value.marks();
    let plain = value.clone().without_marks(marks);
    let inner = if !plain.is_known() {
        render::unknown()
    } else if plain.is_null() {
        Json::Null
    } else if plain.ty().is_primitive() {
        let text = fw_value::json::marshal(&plain, plain.ty()).expect("a known value");
        serde_json::from_str(&text).expect("JSON")
    } else if plain.string_entries().next().is_some() {
        Json::Object(plain.string_entries().map(|(key, one)| (key.to_string(), tree(one))).collect())
    } else if matches!(plain.ty(), fw_value::Type::Object(_) | fw_value::Type::Map(_)) {
        json!({})
    } else {
        Json::Array(plain.elements().map(tree).collect())
    };
    if marks.contains(Marks::SENSITIVE) { render::sensitive(inner) } else { inner }
}
