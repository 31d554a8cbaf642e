//! Values as configuration text.

use fw_diag::FileId;
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
        Content::String(text) => push_quoted(text, out),
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
            push_quoted(name, out);
        }
        out.push('=');
        push(value, out);
        out.push('\n');
    }
    out.push('}');
}

fn is_identifier(name: &str) -> bool {
    let (traversal, _) = fw_syntax::parse_traversal(FileId(0), name);
    traversal.is_some_and(|traversal| traversal.steps.is_empty() && &*traversal.root.name == name)
}

fn push_quoted(text: &str, out: &mut String) {
    out.push('"');
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '$' | '%' => {
                out.push(c);
                if characters.peek() == Some(&'{') {
                    out.push(c);
                }
            }
            c if is_printable(c) => out.push(c),
            c if u32::from(c) < 0x10000 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
}

fn is_printable(c: char) -> bool {
    // The quoting of messages has the table.
    !fw_value::go_quoted(c.encode_utf8(&mut [0; 4])).starts_with("\"\\")
}
