//! A body, or the structure of a nested attribute: the two things whose attributes have schemas of their own.

use std::collections::BTreeMap;

use fw_schema::{Attribute, Block, NestedObject};
use fw_value::{Content, Str, Type, Value};

/// Either of the two.
#[derive(Clone, Copy)]
pub(crate) enum Node<'a> {
    /// A body.
    Block(&'a Block),
    /// The structure of a nested attribute.
    Object(&'a NestedObject),
}

impl<'a> Node<'a> {
    /// The attributes of one object.
    pub(crate) fn attributes(self) -> &'a BTreeMap<Str, Attribute> {
        match self {
            Self::Block(block) => &block.attributes,
            Self::Object(object) => &object.attributes,
        }
    }
}

/// Whether both are the same, if nothing that is known of unknown values counts.
pub(crate) fn same_unrefined(a: &Value, b: &Value) -> bool {
    if a.is_wholly_known() || b.is_wholly_known() {
        return a == b;
    }
    if a.ty() != b.ty() || a.marks() != b.marks() {
        return false;
    }
    match (a.content(), b.content()) {
        (Content::Unknown(_), Content::Unknown(_)) => true,
        (Content::Unknown(_), _) | (_, Content::Unknown(_)) => false,
        // Without their refinements elements of a set may become equal or stand in another order.
        _ if matches!(a.ty(), Type::Set(_)) => unrefined(a) == unrefined(b),
        _ => {
            a.entries().len() == b.entries().len()
                && a.entries().zip(b.entries()).all(|((ka, a), (kb, b))| ka == kb && same_unrefined(a, b))
        }
    }
}

/// The value without what is known of the unknowns in it.
fn unrefined(value: &Value) -> Value {
    if value.is_wholly_known() {
        return value.clone();
    }
    if !value.is_known() {
        return Value::unknown(value.ty().clone()).with_marks(value.marks());
    }
    value.with_elements(value.elements().map(unrefined).collect())
}
