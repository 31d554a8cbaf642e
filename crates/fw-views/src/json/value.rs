//! Values in documents: as they are, without what is unknown, and which parts are unknown or sensitive.

use fw_addr::InstanceKey;
use fw_value::{Content, Marks, Path, PathStep, Type, Value};

use super::writer::Writer;

/// A known value by its own type, whatever its marks.
pub(super) fn plain(value: &Value, w: &mut Writer) {
    match value.content() {
        Content::Null => w.null(),
        Content::Unknown(_) => w.fail("value is not known"),
        Content::Bool(b) => w.bool(*b),
        Content::Number(n) if n.is_infinite() => w.fail("cannot serialize infinity as JSON"),
        Content::Number(n) => w.number(n),
        Content::String(text) => w.string(text),
        Content::Sequence(elements) => w.array(|w| elements.iter().for_each(|element| plain(element, w))),
        Content::Map(_) | Content::Object(_) => w.object(|w| {
            for (name, member) in value.string_entries() {
                plain(member, w.key(name));
            }
        }),
    }
}

/// A value without what is unknown in it: unknown members are left out, unknown elements are null. The value itself must
/// be known.
pub(super) fn known(value: &Value, w: &mut Writer) {
    match value.content() {
        Content::Unknown(_) => w.null(),
        Content::Sequence(elements) => w.array(|w| elements.iter().for_each(|element| known(element, w))),
        Content::Map(_) | Content::Object(_) => w.object(|w| {
            for (name, member) in value.string_entries().filter(|(_, member)| member.is_known()) {
                known(member, w.key(name));
            }
        }),
        Content::Null | Content::Bool(_) | Content::Number(_) | Content::String(_) => plain(value, w),
    }
}

/// What is unknown in a value: `true` for an unknown value; members that are known are left out, known elements `false`.
pub(super) fn unknown_parts(value: &Value, w: &mut Writer) {
    match value.content() {
        Content::Unknown(_) => w.bool(true),
        Content::Null | Content::Bool(_) | Content::Number(_) | Content::String(_) => w.bool(false),
        Content::Sequence(elements) => w.array(|w| elements.iter().for_each(|element| unknown_parts(element, w))),
        Content::Map(_) | Content::Object(_) => w.object(|w| {
            let is_plain = |value: &Value| value.is_known() && !is_structure(value);
            for (name, member) in value.string_entries().filter(|(_, member)| !is_plain(member)) {
                unknown_parts(member, w.key(name));
            }
        }),
    }
}

/// What is sensitive in a value: `true` for a sensitive value; members without anything inside are left out where they
/// are not sensitive, elements are `false`. Structures that are unknown are empty ones.
pub(super) fn sensitive_parts(value: &Value, w: &mut Writer) {
    if value.has_mark(Marks::SENSITIVE) {
        return w.bool(true);
    }
    match value.content() {
        Content::Sequence(elements) => w.array(|w| elements.iter().for_each(|element| sensitive_parts(element, w))),
        Content::Map(_) | Content::Object(_) => w.object(|w| {
            for (name, member) in value.string_entries() {
                if member.has_mark(Marks::SENSITIVE) || has_structure(member) {
                    sensitive_parts(member, w.key(name));
                }
            }
        }),
        Content::Unknown(_) => match value.ty() {
            Type::List(_) | Type::Set(_) | Type::Tuple(_) => w.array(|_| ()),
            Type::Map(_) | Type::Object(_) => w.object(|_| ()),
            _ => w.bool(false),
        },
        Content::Null | Content::Bool(_) | Content::Number(_) | Content::String(_) => w.bool(false),
    }
}

fn is_structure(value: &Value) -> bool {
    matches!(value.content(), Content::Sequence(_) | Content::Map(_) | Content::Object(_))
}

/// Whether a value is of a type with values inside, and not null.
fn has_structure(value: &Value) -> bool {
    !value.is_null() && !matches!(value.ty(), Type::Bool | Type::Number | Type::String | Type::Dynamic)
}

/// The key of an instance.
pub(super) fn instance_key(key: &InstanceKey, w: &mut Writer) {
    match key {
        InstanceKey::Int(n) => w.number(n),
        InstanceKey::String(text) => w.string(text),
    }
}

/// A path as an array of names and keys.
pub(super) fn path(path: &Path, w: &mut Writer) {
    w.array(|w| {
        for step in path.steps() {
            match step {
                PathStep::Attribute(name) => w.string(name),
                PathStep::Index(key) => plain(key, w),
            }
        }
    });
}
