//! Objects as resource blocks: what may be configured, by its schema.

use fw_addr::{LocalProviderConfig, Resource, is_identifier, quote};
use fw_schema::{Attribute, AttributeType, Block, NestedBlock, NestedObject, Nesting};
use fw_value::{Content, Str, Type, Value, json};

/// The beginning of a block; `provider` where it is not the one that the type implies.
pub(super) fn head(resource: &Resource, provider: Option<&LocalProviderConfig>) -> String {
    let mut text = format!("resource {} {} {{\n", quote(&resource.kind), quote(&resource.name));
    let implied = resource.kind.split('_').next().unwrap_or_default();
    if let Some(provider) = provider.filter(|p| p.alias.is_some() || *p.local_name != *implied) {
        text.push_str("provider = ");
        text.push_str(&provider.local_name);
        if let Some(alias) = &provider.alias {
            text.push('.');
            text.push_str(alias);
        }
        text.push('\n');
    }
    text
}

/// The whole block, laid out.
pub(super) fn resource(
    resource: &Resource,
    provider: Option<&LocalProviderConfig>,
    schema: &Block,
    value: &Value,
) -> String {
    let mut text = head(resource, provider);
    // The library of old providers adds an `id` that nobody may write.
    let is_own_id = |name: &str, attribute: &Attribute| name == "id" && attribute.optional && attribute.computed;
    for (name, attribute) in schema.attributes.iter().filter(|(name, attribute)| !is_own_id(name, attribute)) {
        push_attribute(name, attribute, value, &mut text);
    }
    push_blocks(schema, value, &mut text);
    text.push('}');
    fw_syntax::fmt::format(&text).unwrap_or(text)
}

fn push_attribute(name: &str, attribute: &Attribute, object: &Value, out: &mut String) {
    if attribute.deprecated || attribute.computed && !attribute.optional {
        return;
    }
    let null = Value::null(Type::Dynamic);
    let value = object.attr_ref(name).unwrap_or(&null);
    out.push_str(name);
    out.push_str(" = ");
    let hidden = attribute.sensitive || value.is_marked();
    match &attribute.ty {
        AttributeType::Nested(nested) => push_nested(nested, value, hidden, out),
        AttributeType::Value(_) if hidden => out.push_str("null # sensitive"),
        // The old SDK can't tell it from a null.
        AttributeType::Value(_) if attribute.optional && value.as_str() == Some("") => out.push_str("null"),
        AttributeType::Value(_) => push_value(value, out),
    }
    out.push('\n');
}

/// A value; a text that is a JSON document, as what it says.
fn push_value(value: &Value, out: &mut String) {
    if let Content::String(text) = value.content()
        && text.trim_start().starts_with(['{', '['])
        && let Ok(ty) = json::implied_type(text)
        && let Ok(document) = json::unmarshal_str(text, &ty)
    {
        out.push_str("jsonencode(");
        push_expression(&document, out);
        out.push(')');
        return;
    }
    push_expression(value, out);
}

fn push_expression(value: &Value, out: &mut String) {
    match value.content() {
        Content::Null | Content::Unknown(_) => out.push_str("null"),
        Content::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Content::Number(n) => out.push_str(&n.to_string()),
        Content::String(text) => out.push_str(&quote(text)),
        Content::Sequence(elements) => {
            out.push('[');
            for (number, element) in elements.iter().enumerate() {
                if number > 0 {
                    out.push_str(", ");
                }
                push_expression(element, out);
            }
            out.push(']');
        }
        Content::Map(_) | Content::Object(_) => push_entries(value, out, push_expression),
    }
}

/// The entries of a map or object, one a line.
fn push_entries(value: &Value, out: &mut String, push: impl Fn(&Value, &mut String)) {
    out.push('{');
    for (number, (name, value)) in value.string_entries().enumerate() {
        if number == 0 {
            out.push('\n');
        }
        push_key(name, out);
        out.push_str(" = ");
        push(value, out);
        out.push('\n');
    }
    out.push('}');
}

fn push_key(name: &Str, out: &mut String) {
    if is_identifier(name) { out.push_str(name) } else { out.push_str(&quote(name)) }
}

fn push_nested(nested: &NestedObject, value: &Value, hidden: bool, out: &mut String) {
    let many = matches!(nested.nesting, Nesting::List | Nesting::Set);
    if hidden {
        out.push_str(if many { "[] # sensitive" } else { "{} # sensitive" });
        return;
    }
    if value.is_null() || !value.is_known() {
        out.push_str("null");
        return;
    }
    match nested.nesting {
        Nesting::Single | Nesting::Group => push_object(nested, value, out),
        Nesting::List | Nesting::Set => {
            out.push_str("[\n");
            for element in elements(value) {
                push_object(nested, element, out);
                out.push_str(",\n");
            }
            out.push(']');
        }
        Nesting::Map => push_entries(value, out, |element, out| push_object(nested, element, out)),
    }
}

fn push_object(nested: &NestedObject, value: &Value, out: &mut String) {
    out.push_str("{\n");
    for (name, attribute) in &nested.attributes {
        push_attribute(name, attribute, value, out);
    }
    out.push('}');
}

fn push_blocks(schema: &Block, object: &Value, out: &mut String) {
    for (name, nested) in schema.blocks.iter().filter(|(_, nested)| !nested.block.deprecated) {
        let value = object.attr_ref(name).filter(|value| value.is_known() && !value.is_null());
        let Some(value) = value else { continue };
        match nested.nesting {
            Nesting::Single | Nesting::Group => push_block(name, None, nested, value, out),
            Nesting::List | Nesting::Set => {
                elements(value).iter().for_each(|element| push_block(name, None, nested, element, out));
            }
            Nesting::Map => {
                value.string_entries().for_each(|(label, one)| push_block(name, Some(label), nested, one, out));
            }
        }
    }
}

fn push_block(name: &str, label: Option<&str>, nested: &NestedBlock, value: &Value, out: &mut String) {
    out.push_str(name);
    out.push(' ');
    if let Some(label) = label {
        out.push_str(&quote(label));
        out.push(' ');
    }
    if value.is_marked() {
        out.push_str("{} # sensitive\n");
        return;
    }
    out.push_str("{\n");
    for (name, attribute) in &nested.block.attributes {
        push_attribute(name, attribute, value, out);
    }
    push_blocks(&nested.block, value, out);
    out.push_str("}\n");
}

/// The elements of a list, tuple or set.
fn elements(value: &Value) -> &[Value] {
    match value.content() {
        Content::Sequence(elements) => elements,
        _ => &[],
    }
}
