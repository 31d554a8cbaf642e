//! Values and types as text in the syntax of the language: what `console`, `output` and `state show` print.

use fw_value::{Content, Marks, Type, Value, go_quoted};

/// A type as the console's `type` prints it.
#[must_use]
pub fn type_text(ty: &Type) -> String {
    ty.to_expression()
}

/// A value in the syntax of the language, over several lines where it has elements. Lines after the first are indented
/// by `indent`, which is 0 at the top.
#[must_use]
pub fn format_value(value: &Value, indent: usize) -> String {
    let mut out = String::new();
    fw_syntax::deep::guard(|| write_value(value, indent, &mut out));
    out
}

fn write_value(value: &Value, indent: usize, out: &mut String) {
    if !value.is_known() {
        return out.push_str("(known after apply)");
    }
    if value.marks().contains(Marks::SENSITIVE) {
        return out.push_str("(sensitive value)");
    }
    if value.marks().contains(Marks::EPHEMERAL) {
        return out.push_str("(ephemeral value)");
    }
    match (value.content(), value.ty()) {
        (Content::Unknown(_), _) => {}
        (Content::Null, ty) => out.push_str(&null_text(ty)),
        (Content::Bool(b), _) => out.push_str(if *b { "true" } else { "false" }),
        (Content::Number(n), _) => out.push_str(&n.to_string()),
        (Content::String(text), _) if text.contains('\n') => write_heredoc(text, indent, out),
        (Content::String(text), _) => out.push_str(&go_quoted(text)),
        (Content::Sequence(_), Type::List(_)) => wrapped("tolist(", value, indent, out),
        (Content::Sequence(_), Type::Set(_)) => wrapped("toset(", value, indent, out),
        (Content::Map(_), _) => wrapped("tomap(", value, indent, out),
        (Content::Sequence(_) | Content::Object(_), _) => write_elements(value, indent, out),
    }
}

fn wrapped(open: &str, value: &Value, indent: usize, out: &mut String) {
    out.push_str(open);
    write_elements(value, indent, out);
    out.push(')');
}

fn write_elements(value: &Value, indent: usize, out: &mut String) {
    let named = matches!(value.content(), Content::Map(_) | Content::Object(_));
    let (open, close) = if named { ('{', '}') } else { ('[', ']') };
    out.push(open);
    let mut empty = true;
    for (key, element) in value.entries() {
        empty = false;
        new_line(indent + 2, out);
        if named {
            out.push_str(&format_value(&key, indent + 2));
            out.push_str(" = ");
        }
        fw_syntax::deep::guard(|| write_value(element, indent + 2, out));
        if !named {
            out.push(',');
        }
    }
    if !empty {
        new_line(indent, out);
    }
    out.push(close);
}

fn write_heredoc(text: &str, indent: usize, out: &mut String) {
    let mut marker = "EOT".to_owned();
    while text.lines().any(|line| line.trim() == marker) {
        marker.push('_');
    }
    out.push_str(if indent > 0 { "<<-" } else { "<<" });
    out.push_str(&marker);
    for line in text.split('\n').chain([marker.as_str()]) {
        new_line(indent, out);
        out.push_str(line);
    }
}

fn new_line(indent: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

fn null_text(ty: &Type) -> String {
    match ty {
        Type::Dynamic => "null".to_owned(),
        Type::String => "tostring(null)".to_owned(),
        Type::Number => "tonumber(null)".to_owned(),
        Type::Bool => "tobool(null)".to_owned(),
        Type::List(element) => format!("tolist(null) /* of {} */", element.friendly_name()),
        Type::Set(element) => format!("toset(null) /* of {} */", element.friendly_name()),
        Type::Map(element) => format!("tomap(null) /* of {} */", element.friendly_name()),
        Type::Tuple(_) | Type::Object(_) => format!("null /* {} */", ty.friendly_name()),
    }
}
