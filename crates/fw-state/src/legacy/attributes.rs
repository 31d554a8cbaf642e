//! Flat attribute maps of formats 1 and 2, and the private data beside them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::gojson::quote;

/// Gives counts the form of format 3: `tags.#` becomes `tags.%` where the keys show a map, and counts of empty
/// collections go (whether list or map, nobody can tell).
pub(super) fn fix_counts(attributes: &mut BTreeMap<String, String>) {
    let prefixes: Vec<String> = attributes
        .keys()
        .filter_map(|key| key.strip_suffix('#'))
        .filter(|p| p.ends_with('.'))
        .map(Into::into)
        .collect();
    for prefix in prefixes {
        let keys: BTreeSet<&str> = attributes
            .range(prefix.clone()..)
            .map_while(|(key, _)| key.strip_prefix(&prefix))
            .filter(|rest| *rest != "#")
            .map(|rest| rest.split('.').next().filter(|first| !first.is_empty()).unwrap_or(rest))
            .collect();
        let empty = keys.is_empty();
        let map = keys.iter().any(|key| key.parse::<i64>().is_err());
        if !empty && !map {
            continue;
        }
        let count = attributes.remove(&format!("{prefix}#"));
        if let Some(count) = count.filter(|_| map) {
            attributes.insert(format!("{prefix}%"), count);
        }
    }
}

/// An object as Go writes it: keys sorted, its own escapes.
pub(super) fn go_object(object: &BTreeMap<String, Json>) -> String {
    let mut out = String::new();
    write_object(&mut out, object.iter());
    out
}

fn write_object<'a>(out: &mut String, members: impl Iterator<Item = (&'a String, &'a Json)>) {
    let sorted: BTreeMap<_, _> = members.collect();
    out.push('{');
    for (i, (name, value)) in sorted.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        quote(out, name);
        out.push(':');
        write_value(out, value);
    }
    out.push('}');
}

/// The depth is bounded by the JSON parser the value comes from.
fn write_value(out: &mut String, value: &Json) {
    match value {
        Json::String(text) => quote(out, text),
        Json::Array(elements) => {
            out.push('[');
            for (i, element) in elements.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_value(out, element);
            }
            out.push(']');
        }
        Json::Object(members) => write_object(out, members.iter()),
        Json::Null | Json::Bool(_) | Json::Number(_) => out.push_str(&value.to_string()),
    }
}
