//! How an object is recognised by people.

use fw_value::{Content, Marks, Value};

/// An attribute of a resource object that says which one it is, and its value: `id`, else `name`. What must not be shown
/// does not count.
pub(super) fn id(object: &Value) -> Option<(String, String)> {
    ["id", "name"].into_iter().find(|name| has_text(object, name)).and_then(|name| shown(object, name))
}

/// The same for what is about to be changed or created: also its name, or a tag that is called so.
pub(super) fn id_or_name(object: &Value) -> Option<(String, String)> {
    id(object).or_else(|| shown(object, "name")).or_else(|| tagged(object))
}

fn has_text(object: &Value, name: &str) -> bool {
    let ty = object.ty().attributes().and_then(|all| all.iter().find(|a| *a.name == *name));
    ty.is_some_and(|attribute| attribute.ty == fw_value::Type::String)
}

fn shown(object: &Value, name: &str) -> Option<(String, String)> {
    let value = object.attr_ref(name)?;
    Some((name.to_owned(), visible(value)?.to_owned())).filter(|(_, text)| !text.is_empty())
}

fn tagged(object: &Value) -> Option<(String, String)> {
    let tags = object.attr_ref("tags").filter(|tags| tags.is_wholly_known() && !is_hidden(tags))?;
    let Content::Map(_) = tags.content() else { return None };
    let tag = |name: &str| Some((format!("tags.{name}"), visible(tags.map_ref(name)?)?.to_owned()));
    tag("name").or_else(|| tag("Name")).filter(|(_, text)| !text.is_empty())
}

fn visible(value: &Value) -> Option<&str> {
    if is_hidden(value) { None } else { value.as_str() }
}

fn is_hidden(value: &Value) -> bool {
    value.has_mark(Marks::SENSITIVE) || value.has_mark(Marks::EPHEMERAL)
}
