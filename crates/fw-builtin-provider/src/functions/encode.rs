//! Values as configuration text.

use fw_addr::{is_identifier, quote};
use fw_value::{Content, Str, Value};

/// The value as an expression.
pub(super) fn expression(value: &Value) -> String {
    let mut text = "x=".to_owned();
    push(value, &mut text);
    text.push('\n');
    let text = formatted(text);
    text.trim_start_matches("x").trim_start().trim_start_matches('=').trim_start().trim_end_matches('\n').to_owned()
}

/// An object or map as the text of a variables file.
pub(super) fn tfvars(value: &Value) -> Result<String, String> {
    if !matches!(value.content(), Content::Object(_) | Content::Map(_)) {
        return Err(
            "invalid value to encode: must be an object whose attribute names will become the encoded variable \
                    names"
                .to_owned(),
        );
    }
    let mut text = String::new();
    for (name, value) in value.string_entries() {
        if !is_identifier(name) {
            return Err(format!(
                "invalid variable name {}: must be a valid identifier, per Terraform's rules for input variable \
                 declarations",
                fw_value::go_quoted(name)
            ));
        }
        text.push_str(name);
        text.push('=');
        push(value, &mut text);
        text.push('\n');
    }
    Ok(formatted(text))
}

fn formatted(text: String) -> String {
    fw_syntax::fmt::format(&text).unwrap_or(text)
}

fn push(value: &Value, out: &mut String) {
    match value.content() {
        Content::Null | Content::Unknown(_) => out.push_str("null"),
        Content::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Content::Number(n) => out.push_str(&n.to_string()),
        Content::String(text) => out.push_str(&quote(text)),
        Content::Sequence(elements) => {
            out.push('[');
            for (i, element) in elements.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                push(element, out);
            }
            out.push(']');
        }
        Content::Map(_) | Content::Object(_) => push_object(value.string_entries(), out),
    }
}

fn push_object<'v>(entries: impl Iterator<Item = (&'v Str, &'v Value)>, out: &mut String) {
    out.push('{');
    let mut empty = true;
    for (name, value) in entries {
        if std::mem::take(&mut empty) {
            out.push('\n');
        }
        if is_identifier(name) {
            out.push_str(name);
        } else {
            out.push_str(&quote(name));
        }
        out.push('=');
        push(value, out);
        out.push('\n');
    }
    out.push('}');
}
