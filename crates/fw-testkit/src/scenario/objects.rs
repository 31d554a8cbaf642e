//! The objects of a state file, a line for each.

use serde_json::Value as Json;

use super::render;

/// What is in a state file.
pub(super) fn of_state(text: &str) -> String {
    let Ok(state) = serde_json::from_str::<Json>(text) else { return "no state\n".to_owned() };
    let mut lines = Vec::new();
    for resource in array(&state["resources"]) {
        for instance in array(&resource["instances"]) {
            lines.push(line(resource, instance));
        }
    }
    for (name, output) in state["outputs"].as_object().into_iter().flatten() {
        let sensitive = if output["sensitive"] == true { " sensitive" } else { "" };
        lines.push(format!("output.{name} = {}{sensitive}", render::value(&output["value"])));
    }
    // Terraform writes them in any order.
    let mut checks = Vec::new();
    for check in array(&state["check_results"]) {
        for object in array(&check["objects"]) {
            checks.push(format!("check {} {}", text_of(&object["object_addr"]), text_of(&object["status"])));
        }
    }
    checks.sort();
    lines.append(&mut checks);
    lines.iter().map(|l| format!("{l}\n")).collect()
}

fn array(value: &Json) -> &[Json] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text_of(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

fn line(resource: &Json, instance: &Json) -> String {
    let mut text = String::new();
    for prefix in [&resource["module"]].into_iter().filter_map(Json::as_str) {
        text.push_str(&format!("{prefix}."));
    }
    if resource["mode"] == "data" {
        text.push_str("data.");
    }
    text.push_str(&format!("{}.{}", text_of(&resource["type"]), text_of(&resource["name"])));
    if let Some(key) = instance.get("index_key") {
        text.push_str(&format!("[{key}]"));
    }
    if instance.get("deposed").is_some() {
        text.push_str(" deposed");
    }
    if let Some(status) = instance["status"].as_str() {
        text.push_str(&format!(" {status}"));
    }
    text.push_str(&format!(" {}", render::value(&instance["attributes"])));
    if instance["create_before_destroy"] == true {
        text.push_str(" create_before_destroy");
    }
    if let Some(paths) = instance["sensitive_attributes"].as_array().filter(|p| !p.is_empty()) {
        let steps = |path: &Json| -> String { array(path).iter().map(|s| render::value(&s["value"])).collect() };
        let mut paths: Vec<_> = paths.iter().map(steps).collect();
        paths.sort();
        text.push_str(&format!(" sensitive {}", paths.join(" ")));
    }
    if let Some(names) = instance["dependencies"].as_array() {
        let names: Vec<_> = names.iter().map(text_of).collect();
        text.push_str(&format!(" after {}", names.join(" ")));
    }
    text
}
