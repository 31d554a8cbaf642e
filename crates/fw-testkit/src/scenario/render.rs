//! Reports from JSON documents: of a plan as `show -json` has it, and of diagnostics as `-json` has them.

use std::fmt::Write as _;

use regex::Regex;
use serde_json::{Map, Value as Json, json};

const UNKNOWN: &str = "\u{1}unknown";
const SENSITIVE: &str = "\u{1}sensitive";

/// Stands for what is not known.
pub(super) fn unknown() -> Json {
    Json::String(UNKNOWN.to_owned())
}

/// Stands for something sensitive.
pub(super) fn sensitive(value: Json) -> Json {
    json!({ SENSITIVE: value })
}

/// A plan's document with what is unknown and sensitive in the places where it is.
pub(super) fn merged(mut document: Json) -> Json {
    let merge = |change: &mut Json| {
        for side in ["before", "after"] {
            let mut value = change[side].take();
            if side == "after" {
                value = with_unknown(value, &change["after_unknown"]);
            }
            change[side] = with_sensitive(value, &change[format!("{side}_sensitive")]);
        }
        let paths = change["replace_paths"].as_array().cloned().unwrap_or_default();
        change["replace_paths"] = paths.iter().map(|p| Json::String(path(p))).collect();
    };
    for list in ["resource_changes", "resource_drift"] {
        document[list].as_array_mut().into_iter().flatten().for_each(|c| merge(&mut c["change"]));
    }
    if let Some(outputs) = document["output_changes"].as_object_mut() {
        outputs.values_mut().for_each(merge);
    }
    document
}

fn path(steps: &Json) -> String {
    let step = |s: &Json| match s {
        Json::String(name) => format!(".{name}"),
        other => format!("[{other}]"),
    };
    steps.as_array().into_iter().flatten().map(step).collect()
}

fn with_unknown(value: Json, which: &Json) -> Json {
    match (value, which) {
        (_, Json::Bool(true)) => unknown(),
        (Json::Null, Json::Object(inner)) if !inner.is_empty() => {
            with_unknown(Json::Object(Map::new()), &Json::Object(inner.clone()))
        }
        (Json::Object(mut object), Json::Object(inner)) => {
            for (key, which) in inner {
                let value = object.remove(key).unwrap_or(Json::Null);
                if *which != Json::Bool(false) {
                    object.insert(key.clone(), with_unknown(value, which));
                }
            }
            Json::Object(object)
        }
        (Json::Array(items), Json::Array(inner)) => {
            let at = |(i, item)| with_unknown(item, inner.get(i).unwrap_or(&Json::Bool(false)));
            Json::Array(items.into_iter().enumerate().map(at).collect())
        }
        (value, _) => value,
    }
}

fn with_sensitive(value: Json, which: &Json) -> Json {
    match (value, which) {
        (value, Json::Bool(true)) => sensitive(value),
        (Json::Object(mut object), Json::Object(inner)) => {
            for (key, which) in inner {
                if let Some(value) = object.remove(key) {
                    object.insert(key.clone(), with_sensitive(value, which));
                }
            }
            Json::Object(object)
        }
        (Json::Array(items), Json::Array(inner)) => {
            let at = |(i, item)| with_sensitive(item, inner.get(i).unwrap_or(&Json::Bool(false)));
            Json::Array(items.into_iter().enumerate().map(at).collect())
        }
        (value, _) => value,
    }
}

/// The same without the warning that the provider is one under development.
pub(super) fn without_override_warning(mut told: Vec<Json>) -> Vec<Json> {
    told.retain(|d| d["summary"] != "Provider development overrides are in effect");
    told
}

/// What a command says, as text.
pub(super) fn report(plan: Option<&Json>, told: &[Json]) -> String {
    let mut lines = Vec::new();
    if let Some(plan) = plan {
        for (list, prefix) in [("resource_drift", "drift "), ("resource_changes", "")] {
            lines.extend(plan[list].as_array().into_iter().flatten().flat_map(|c| change(c, prefix)));
        }
        for (name, output) in plan["output_changes"].as_object().into_iter().flatten() {
            if actions(output) != "no-op" {
                let (before, after) = (value(&output["before"]), value(&output["after"]));
                lines.push(format!("{} output.{name}: {before} -> {after}", actions(output)));
            }
        }
        lines.extend(checks(plan));
    }
    let mut told: Vec<_> = told.iter().map(diagnostic).collect();
    told.sort();
    lines.extend(told);
    let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
    let uuid = Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").expect("a pattern");
    uuid.replace_all(&text, "<uuid>").into_owned()
}

fn actions(change: &Json) -> String {
    let names = change["actions"].as_array().into_iter().flatten().filter_map(Json::as_str);
    names.collect::<Vec<_>>().join("-")
}

fn change(change: &Json, prefix: &str) -> Vec<String> {
    let inner = &change["change"];
    let action = actions(inner);
    let moved = change["previous_address"].as_str();
    let import = inner["importing"].as_object();
    if action == "no-op" && moved.is_none() && import.is_none() {
        return Vec::new();
    }
    let mut line = format!("{prefix}{action} {}", change["address"].as_str().unwrap_or_default());
    if change["deposed"].is_string() {
        line.push_str(" deposed");
    }
    if let Some(from) = moved {
        write!(line, " from {from}").expect("a string");
    }
    if let Some(import) = import {
        write!(line, " import {}", import.get("id").map(value).unwrap_or_default()).expect("a string");
    }
    if let Some(reason) = change["action_reason"].as_str() {
        write!(line, " ({reason})").expect("a string");
    }
    let paths: Vec<_> = inner["replace_paths"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    if !paths.is_empty() {
        write!(line, " because of {}", paths.join(" ")).expect("a string");
    }
    let (before, after) = (&inner["before"], &inner["after"]);
    match (before, after) {
        (_, Json::Null) => vec![line],
        (Json::Object(before), Json::Object(after)) if !before.contains_key(SENSITIVE) => {
            let names: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
            let of = |object: &Map<String, Json>, name: &str| value(object.get(name).unwrap_or(&Json::Null));
            let differing = names.into_iter().map(|n| (n, of(before, n), of(after, n))).filter(|(_, b, a)| b != a);
            std::iter::once(line).chain(differing.map(|(n, b, a)| format!("    {n}: {b} -> {a}"))).collect()
        }
        (_, after) => vec![format!("{line} {}", value(after))],
    }
}

/// A value as text, without nulls in objects.
pub(super) fn value(json: &Json) -> String {
    match json {
        Json::String(text) if text == UNKNOWN => "?".to_owned(),
        Json::Object(object) => {
            if let Some(inner) = object.get(SENSITIVE) {
                return format!("sensitive({})", value(inner));
            }
            let sorted: std::collections::BTreeMap<_, _> = object.iter().collect();
            let shown = sorted.iter().filter(|(_, v)| !v.is_null() && v.get(SENSITIVE) != Some(&Json::Null));
            let shown: Vec<_> = shown.map(|(k, v)| format!("{k}: {}", value(v))).collect();
            format!("{{{}}}", shown.join(", "))
        }
        Json::Array(items) => format!("[{}]", items.iter().map(value).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

fn checks(plan: &Json) -> Vec<String> {
    let mut lines = Vec::new();
    for object in plan["checks"].as_array().into_iter().flatten().flat_map(|c| c["instances"].as_array()).flatten() {
        let address = object["address"]["to_display"].as_str().unwrap_or_default();
        let messages: Vec<_> =
            object["problems"].as_array().into_iter().flatten().map(|p| value(&p["message"])).collect();
        let status = object["status"].as_str().unwrap_or_default();
        lines.push(format!("check {address} {status} {}", messages.join(" ")).trim_end().to_owned());
    }
    lines.sort();
    lines
}

fn diagnostic(told: &Json) -> String {
    let text = |key: &str| told[key].as_str().unwrap_or_default();
    let mut line = format!("{}: {}", text("severity"), text("summary"));
    if let Some(address) = told["address"].as_str() {
        write!(line, " ({address})").expect("a string");
    }
    let range = &told["range"];
    if let Some(file) = range["filename"].as_str() {
        let at = |p: &Json| format!("{}:{}", p["line"], p["column"]);
        write!(line, " [{file} {}-{}]", at(&range["start"]), at(&range["end"])).expect("a string");
    }
    for part in text("detail").lines() {
        write!(line, "\n    {part}").expect("a string");
    }
    for known in told["snippet"]["values"].as_array().into_iter().flatten() {
        let part = |key: &str| known[key].as_str().unwrap_or_default().to_owned();
        write!(line, "\n  where {} {}", part("traversal"), part("statement")).expect("a string");
    }
    line
}
