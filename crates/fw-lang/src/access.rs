//! Index and attribute access as the language does them, with its messages.

use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_value::convert::convert;
use fw_value::{Content, Number, Type, Value};

use crate::quote;

type Accessed = Result<Value, Box<Diagnostic>>;

/// The `collection[key]` of the language; unknown after `diagnostics` were told why not.
#[must_use]
pub fn index(collection: &Value, key: &Value, span: Span, diagnostics: &mut Diagnostics) -> Value {
    settled(try_index(collection, key, span), diagnostics)
}

/// The `object.name` of the language; unknown after `diagnostics` were told why not.
#[must_use]
pub fn attribute(object: &Value, name: &str, span: Span, diagnostics: &mut Diagnostics) -> Value {
    settled(try_attribute(object, name, span), diagnostics)
}

fn settled(accessed: Accessed, diagnostics: &mut Diagnostics) -> Value {
    accessed.unwrap_or_else(|diagnostic| {
        diagnostics.push(*diagnostic);
        Value::dynamic()
    })
}

/// The `collection[key]` of the language, or a diagnostic at `span`.
pub(crate) fn try_index(collection: &Value, key: &Value, span: Span) -> Accessed {
    let fail = |detail: &str| Err(Box::new(Diagnostic::error("Invalid index", detail).at(span)));
    if collection.is_null() {
        let detail = "This value is null, so it does not have any indices.";
        return Err(Box::new(Diagnostic::error("Attempt to index null value", detail).at(span)));
    }
    if key.is_null() {
        return fail("Can't use a null value as an indexing key.");
    }
    if *key.ty() == Type::Dynamic || *collection.ty() == Type::Dynamic {
        return Ok(Value::dynamic().with_marks(collection.marks()));
    }
    match collection.ty() {
        Type::List(_) | Type::Tuple(_) => element(collection, key, &Type::Number, span),
        Type::Map(_) => element(collection, key, &Type::String, span),
        Type::Object(_) => object_attribute(collection, key, span),
        Type::Set(_) => fail(
            "Elements of a set are identified only by their value and don't have any separate index or key to select \
             with, so it's only possible to perform operations across all elements of the set.",
        ),
        Type::Dynamic | Type::Bool | Type::Number | Type::String => fail("This value does not have any indices."),
    }
}

/// An element of a list, tuple or map.
fn element(collection: &Value, key: &Value, key_type: &Type, span: Span) -> Accessed {
    let fail = |why: &str| {
        let detail = format!("The given key does not identify an element in this collection value{why}.");
        Err(Box::new(Diagnostic::error("Invalid index", detail).at(span)))
    };
    let converted;
    let key = if key.ty() == key_type {
        key
    } else {
        match convert(key, key_type) {
            Ok(key) => converted = key,
            Err(error) => return fail(&format!(": {}", error.message)),
        }
        &converted
    };
    if let Some(value) = collection.index(key) {
        // An element that can't be told yet has the marks of the collection alone.
        return Ok(if key.is_known() && collection.is_known() {
            value
        } else {
            value.unmark().0.with_marks(collection.marks())
        });
    }
    match key.content() {
        Content::Number(number) => fail(why_no_element(collection, number)),
        _ => fail(""),
    }
}

fn why_no_element(collection: &Value, number: &Number) -> &'static str {
    if !number.is_integer() {
        return ": indexing a sequence requires a whole number, but the given index has a fractional part";
    }
    if number.has_minus() && !number.is_zero() {
        return ": a negative number is not a valid index for a sequence";
    }
    // The length of a marked collection is not told. Nor, in this version, that an index is greater than the length.
    let length = if collection.marks().is_empty() { collection.length_usize() } else { None };
    match length {
        Some(0) if number.is_zero() => ": the collection has no elements",
        Some(length) if number.to_usize() == Some(length) => {
            ": the given index is greater than or equal to the length of the collection"
        }
        _ => "",
    }
}

/// An attribute of an object by a key.
fn object_attribute(object: &Value, key: &Value, span: Span) -> Accessed {
    let fail = |detail: String| Err(Box::new(Diagnostic::error("Invalid index", detail).at(span)));
    let was_number = *key.ty() == Type::Number;
    let key = match convert(key, &Type::String) {
        Ok(key) => key,
        Err(error) => {
            return fail(format!(
                "The given key does not identify an element in this collection value: {}.",
                error.message
            ));
        }
    };
    let Some(name) = key.as_str() else { return Ok(Value::dynamic().with_marks(object.marks())) };
    if let Some(value) = object.attr(name) {
        return Ok(value);
    }
    let hint =
        if was_number { " An object only supports looking up attributes by name, not by numeric index." } else { "" };
    fail(format!("The given key does not identify an element in this collection value.{hint}"))
}

/// The `object.name` of the language, or a diagnostic at `span`.
pub(crate) fn try_attribute(object: &Value, name: &str, span: Span) -> Accessed {
    if object.is_null() {
        let detail = "This value is null, so it does not have any attributes.";
        return Err(Box::new(Diagnostic::error("Attempt to get attribute from null value", detail).at(span)));
    }
    let found = match object.ty() {
        Type::Object(_) => object.attr(name),
        Type::Map(element) => match object.content() {
            Content::Unknown(_) => Some(Value::unknown((**element).clone()).with_marks(object.marks())),
            _ => object.map_ref(name).map(|value| value.clone().with_marks(object.marks())),
        },
        Type::Dynamic => Some(Value::dynamic().with_marks(object.marks())),
        _ => None,
    };
    found.ok_or_else(|| Box::new(no_attribute(object.ty(), name).at(span)))
}

fn no_attribute(ty: &Type, name: &str) -> Diagnostic {
    let name = quote::go(name);
    let has = |element: &Type| match element {
        Type::Object(object) => Some(object.attribute(name.trim_matches('"')).is_some()),
        _ => None,
    };
    let detail = match ty {
        Type::Map(_) => {
            let detail = format!("This map does not have an element with the key {name}.");
            return Diagnostic::error("Missing map element", detail);
        }
        Type::Object(_) => format!("This object does not have an attribute named {name}."),
        Type::List(element) if has(element) == Some(true) => format!(
            "Can't access attributes on a list of objects. Did you mean to access attribute {name} for a specific \
             element of the list, or across all elements of the list?"
        ),
        Type::List(element) if has(element).is_some() => "Can't access attributes on a list of objects. Did you mean \
             to access an attribute for a specific element of the list, or across all elements of the list?"
            .to_owned(),
        Type::Set(element) if has(element).is_some() => "Can't access attributes on a set of objects. Did you mean \
             to access an attribute across all elements of the set?"
            .to_owned(),
        Type::Bool | Type::Number | Type::String => {
            format!("Can't access attributes on a primitive-typed value ({}).", ty.friendly_name())
        }
        _ => "This value does not have any attributes.".to_owned(),
    };
    Diagnostic::error("Unsupported attribute", detail)
}
