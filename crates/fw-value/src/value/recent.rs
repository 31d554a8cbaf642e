//! Object types that values were given last. The instances of a resource, the elements of a `for` and the objects that a
//! provider answers have one type each, and so they share it: it is built once, and compared by its address.

use std::cell::RefCell;
use std::sync::Arc;

use super::Value;
use crate::{ObjectAttribute, ObjectType, Str};

/// How many types are remembered: a few resource types under way at a time, with the objects inside them.
const REMEMBERED: usize = 16;

thread_local! {
    /// The last used one is the first.
    static RECENT: RefCell<Vec<Arc<ObjectType>>> = const { RefCell::new(Vec::new()) };
}

/// The type of an object with these attributes, which are sorted and distinct.
pub(super) fn object_type(attributes: &[(Str, Value)]) -> Arc<ObjectType> {
    RECENT.with_borrow_mut(|recent| {
        if let Some(at) = recent.iter().position(|ty| is_type_of(ty, attributes)) {
            let found = Arc::clone(&recent[at]);
            recent[..=at].rotate_right(1);
            return found;
        }
        let attribute = |(name, value): &(Str, Value)| ObjectAttribute {
            name: Str::clone(name),
            ty: value.ty.clone(),
            optional: false,
        };
        let ty = Arc::new(ObjectType::new(attributes.iter().map(attribute)));
        recent.truncate(REMEMBERED - 1);
        recent.insert(0, Arc::clone(&ty));
        ty
    })
}

fn is_type_of(ty: &ObjectType, attributes: &[(Str, Value)]) -> bool {
    let own = ty.attributes();
    own.len() == attributes.len()
        && own.iter().zip(attributes).all(|(own, (name, value))| {
            !own.optional && (Arc::ptr_eq(&own.name, name) || own.name == *name) && own.ty == value.ty
        })
}
