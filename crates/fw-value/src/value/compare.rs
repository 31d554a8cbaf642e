//! What `==` of the language does.

use std::cmp::Ordering;

use super::{Content, Value};
use crate::convert::conforms;
use crate::deep::deep;
use crate::{Number, Type};

impl Value {
    /// Whether the two are equal, as the language's `==` has it: types are not converted, all nulls are equal, and the
    /// answer is unknown while it depends on something unknown. It has the marks of both, from all depths.
    #[must_use]
    pub fn equals(&self, other: &Self) -> Self {
        let answer = match equal(self, other) {
            Some(answer) => Self::bool(answer),
            None => Self::unknown_bool(),
        };
        answer.with_marks(self.marks_deep() | other.marks_deep())
    }
}

// The answer, or `None` while it is not known.
fn equal(a: &Value, b: &Value) -> Option<bool> {
    if a.is_null() && b.is_definitely_not_null() || b.is_null() && a.is_definitely_not_null() {
        return Some(false);
    }
    match (a.is_known(), b.is_known()) {
        (true, true) => equal_known(a, b),
        (true, false) => equal_unknown(a, b),
        (false, true) => equal_unknown(b, a),
        (false, false) => None,
    }
}

fn equal_unknown(known: &Value, unknown: &Value) -> Option<bool> {
    let differs =
        !may_become(unknown, known) || !known.is_null() && !unknown.ty.has_dynamic() && known.ty != unknown.ty;
    if differs { Some(false) } else { None }
}

// Whether an unknown value could turn out to be the known one, by its type and the facts about it.
fn may_become(unknown: &Value, known: &Value) -> bool {
    if known.is_null() {
        return !unknown.is_definitely_not_null();
    }
    if !conforms(&known.ty, &unknown.ty) {
        return false;
    }
    let Some(facts) = unknown.refinement() else { return true };
    match &known.content {
        Content::String(text) => facts.string_prefix.as_ref().is_none_or(|prefix| text.starts_with(&**prefix)),
        Content::Number(n) => {
            let within = |bound: &Option<(Number, bool)>, side: Ordering| {
                bound.as_ref().is_none_or(|(limit, allowed)| n.compare_exact(limit) == side || *allowed && n == limit)
            };
            within(&facts.number_min, Ordering::Greater) && within(&facts.number_max, Ordering::Less)
        }
        Content::Sequence(_) | Content::Map(_) => {
            let range = known.length().range();
            let bound = |b: Option<(Number, bool)>| b.and_then(|(n, _)| n.to_u64());
            let (least, most) = (bound(range.number_min), bound(range.number_max));
            let long_enough = facts.length_min.is_none_or(|min| most.is_none_or(|n| n >= min));
            let short_enough = facts.length_max.is_none_or(|max| least.is_none_or(|n| n <= max));
            long_enough && short_enough
        }
        _ => true,
    }
}

fn equal_known(a: &Value, b: &Value) -> Option<bool> {
    match (&a.content, &b.content) {
        (Content::Null, Content::Null) => return Some(true),
        (Content::Null, _) | (_, Content::Null) => return Some(false),
        _ => {}
    }
    if !has_wholly_known_type(a) || !has_wholly_known_type(b) {
        return if conforms(&a.ty, &b.ty) || conforms(&b.ty, &a.ty) { None } else { Some(false) };
    }
    if a.ty != b.ty {
        return Some(false);
    }
    match (&a.content, &b.content) {
        (Content::Sequence(x), Content::Sequence(y)) if matches!(a.ty, Type::Set(_)) => {
            if x.iter().chain(y.iter()).any(|v| !v.is_known()) {
                None
            } else if a.is_wholly_known() && b.is_wholly_known() {
                Some(super::set::same_members(x, y))
            } else {
                // An element with an unknown inside is never found in the other set.
                Some(false)
            }
        }
        (Content::Sequence(x), Content::Sequence(y)) | (Content::Object(x), Content::Object(y)) => {
            if x.len() == y.len() { all_equal(x.iter().zip(y.iter())) } else { Some(false) }
        }
        (Content::Map(x), Content::Map(y)) => {
            let same_keys = x.len() == y.len() && x.iter().zip(y.iter()).all(|((k, _), (l, _))| k == l);
            if same_keys { all_equal(x.iter().zip(y.iter()).map(|((_, v), (_, w))| (v, w))) } else { Some(false) }
        }
        (x, y) => Some(x == y),
    }
}

// A difference counts even where an unknown comes before it in order: the other engines find either first, by chance,
// in objects and maps; in lists and tuples they stop at the first of both.
fn all_equal<'a>(pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<bool> {
    for (a, b) in pairs {
        match deep(|| equal(a, b)) {
            Some(true) => {}
            other => return other,
        }
    }
    Some(true)
}

// Whether no part of the value could still get another type: no unknown of unknown type in it.
fn has_wholly_known_type(value: &Value) -> bool {
    if value.is_wholly_known() || !value.ty.has_dynamic() {
        return true;
    }
    if !value.is_known() {
        return !value.ty.has_dynamic();
    }
    deep(|| value.elements().all(has_wholly_known_type))
}
