//! Why there is no conversion between two types, in terraform's words.

use super::plan::conversion;
use crate::deep::deep;
use crate::type_text::go_quoted;
use crate::{ObjectType, Type};

/// Why a value of type `got` can't become one of type `want`: a fragment like `string required` or
/// `attribute "a" is required`.
#[must_use]
pub fn mismatch_message(got: &Type, want: &Type) -> String {
    deep(|| message(got, want))
}

fn message(got: &Type, want: &Type) -> String {
    match (got, want) {
        (Type::Object(got), Type::Object(want)) => objects(got, want),
        (Type::Tuple(_), Type::List(element)) if **element == Type::Dynamic => {
            "all list elements must have the same type".to_owned()
        }
        (Type::Tuple(_), Type::Set(element)) if **element == Type::Dynamic => {
            "all set elements must have the same type".to_owned()
        }
        (Type::Object(_), Type::Map(element)) if **element == Type::Dynamic => {
            "all map elements must have the same type".to_owned()
        }
        (Type::Tuple(types), Type::List(element) | Type::Set(element)) => {
            parts(types.iter().enumerate().map(|(i, ty)| (i.to_string(), ty)), element)
        }
        (Type::Object(object), Type::Map(element)) => {
            parts(object.attributes().iter().map(|a| (go_quoted(&a.name), &a.ty)), element)
        }
        (Type::List(g) | Type::Set(g), Type::List(w)) => {
            format!("incorrect list element type: {}", mismatch_message(g, w))
        }
        (Type::List(g) | Type::Set(g), Type::Set(w)) => {
            format!("incorrect set element type: {}", mismatch_message(g, w))
        }
        (Type::Map(g), Type::Map(w)) => format!("incorrect map element type: {}", mismatch_message(g, w)),
        _ => format!("{} required", want.friendly_name_for_constraint()),
    }
}

fn parts<'a>(types: impl Iterator<Item = (String, &'a Type)>, element: &Type) -> String {
    for (name, ty) in types {
        if ty != element && conversion(ty, element, true).is_none() {
            return format!("element {name}: {}", mismatch_message(ty, element));
        }
    }
    format!("all elements must be {}", element.friendly_name_for_constraint())
}

fn objects(got: &ObjectType, want: &ObjectType) -> String {
    let missing: Vec<String> = want
        .attributes()
        .iter()
        .filter(|a| !a.optional && got.attribute(&a.name).is_none())
        .map(|a| go_quoted(&a.name))
        .collect();
    match missing.as_slice() {
        [] => wrong_attribute(got, want),
        [one] => format!("attribute {one} is required"),
        [one, two] => format!("attributes {one} and {two} are required"),
        [most @ .., last] => format!("attributes {}, and {last} are required", most.join(", ")),
    }
}

fn wrong_attribute(got: &ObjectType, want: &ObjectType) -> String {
    let mut might_fail = None;
    for wanted in want.attributes() {
        let Some(given) = got.attribute(&wanted.name).filter(|given| given.ty != wanted.ty) else { continue };
        let message = || format!("attribute {}: {}", go_quoted(&wanted.name), mismatch_message(&given.ty, &wanted.ty));
        if conversion(&given.ty, &wanted.ty, true).is_none() {
            return message();
        }
        if might_fail.is_none() && conversion(&given.ty, &wanted.ty, false).is_none() {
            might_fail = Some(message());
        }
    }
    might_fail.unwrap_or_else(|| "incorrect object attributes".to_owned())
}
