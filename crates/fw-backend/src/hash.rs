//! What terraform recognises settings by: the checksum of how its library writes values down to find them in sets.

use fw_schema::Block;
use fw_value::{Content, Type, Value, go_quoted};

/// The checksum of the settings of a backend.
#[must_use]
pub fn hash(kind: &str, schema: &Block, value: &Value) -> u32 {
    let fits = schema.coerce_value(value).unwrap_or_else(|_| value.clone());
    let mut text = String::from("<");
    write(&Value::string(kind), &mut text);
    text.push(';');
    write(&fits, &mut text);
    text.push_str(";>");
    crc32fast::hash(text.as_bytes())
}

fn write(value: &Value, text: &mut String) {
    if !value.is_known() {
        text.push('?');
        return;
    }
    if value.is_null() {
        text.push('~');
        return;
    }
    match value.content() {
        Content::Bool(is_true) => text.push(if *is_true { 'T' } else { 'F' }),
        Content::String(string) => text.push_str(&go_quoted(string)),
        Content::Number(number) => text.push_str(&number.to_string()),
        _ => write_collection(value, text),
    }
}

fn write_collection(value: &Value, text: &mut String) {
    let (begin, end) = match value.ty() {
        Type::Map(_) => ('{', '}'),
        Type::List(_) | Type::Set(_) => ('[', ']'),
        _ => ('<', '>'),
    };
    text.push(begin);
    if matches!(value.ty(), Type::Map(_)) {
        for (key, element) in value.string_entries() {
            write(&Value::string(key.as_ref()), text);
            text.push(':');
            write(element, text);
            text.push(';');
        }
    } else {
        for element in value.elements() {
            write(element, text);
            text.push(';');
        }
    }
    text.push(end);
}
