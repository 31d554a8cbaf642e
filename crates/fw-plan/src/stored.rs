//! Stored attributes on their way to a provider.

use fw_schema::Schema;
use fw_value::Type;
use fw_value::json::Node;

/// The JSON of an object without attributes that the schema does not have: a provider of the same schema version refuses
/// them. The text is handed on as it is where there are none.
pub(crate) fn without_unknown_attributes(json: &str, schema: &Schema) -> String {
    let Ok(mut node) = Node::parse(json) else { return json.to_owned() };
    if strip(&mut node, &schema.implied_type()) { node.to_string() } else { json.to_owned() }
}

/// Whether anything was taken out.
fn strip(node: &mut Node, ty: &Type) -> bool {
    let mut changed = false;
    match (node, ty) {
        (Node::Object(entries), Type::Object(object)) => {
            let before = entries.len();
            entries.retain(|(name, _)| object.attribute(name).is_some());
            changed |= entries.len() != before;
            for (name, inner) in entries {
                if let Some(attribute) = object.attribute(name) {
                    changed |= strip(inner, &attribute.ty);
                }
            }
        }
        (Node::Object(entries), Type::Map(element)) => {
            for (_, inner) in entries {
                changed |= strip(inner, element);
            }
        }
        (Node::Array(items), Type::List(element) | Type::Set(element)) => {
            for inner in items {
                changed |= strip(inner, element);
            }
        }
        (Node::Array(items), Type::Tuple(elements)) => {
            for (inner, element) in items.iter_mut().zip(elements.iter()) {
                changed |= strip(inner, element);
            }
        }
        _ => {}
    }
    changed
}
