//! What makes elements of a set equal, and in which order they stand.

use std::cmp::Ordering;
use std::fmt::Write;

use super::{Content, Value};
use crate::Type;
use crate::deep::deep;

/// The elements without repetitions in set order: primitives in their natural order, composites by the bytes of
/// [`key_of`]; unknowns after that, nulls last. Elements with unknowns inside are never equal to anything.
pub(super) fn distinct_in_order(element: &Type, mut elements: Vec<Value>) -> Vec<Value> {
    if elements.len() < 2 {
        return elements;
    }
    match element {
        Type::String | Type::Bool | Type::Number => {
            elements.sort_by(compare_primitives);
            elements.dedup_by(|next, kept| next.inside.wholly_known && next.content == kept.content);
            elements
        }
        _ => distinct_composites(elements),
    }
}

fn rank(value: &Value) -> u8 {
    match value.content {
        Content::Unknown(_) => 1,
        Content::Null => 2,
        _ => 0,
    }
}

fn compare_primitives(a: &Value, b: &Value) -> Ordering {
    match (&a.content, &b.content) {
        (Content::String(a), Content::String(b)) => a.cmp(b),
        (Content::Number(a), Content::Number(b)) => a.cmp(b),
        (Content::Bool(a), Content::Bool(b)) => a.cmp(b),
        _ => rank(a).cmp(&rank(b)),
    }
}

fn distinct_composites(elements: Vec<Value>) -> Vec<Value> {
    let mut keyed: Vec<(u8, String, Value)> = elements.into_iter().map(|v| (rank(&v), key_of(&v), v)).collect();
    keyed.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    let mut kept: Vec<Value> = Vec::with_capacity(keyed.len());
    let mut group = 0;
    let mut last: Option<(u8, String)> = None;
    for (rank, key, value) in keyed {
        let same = last.as_ref().is_some_and(|(r, k)| *r == rank && *k == key);
        if !same {
            group = kept.len();
            last = Some((rank, key));
        }
        // Equal keys nearly always mean equal values; only long numbers collide.
        let repeated = value.inside.wholly_known && kept.iter().skip(group).any(|k| *k == value);
        if !repeated {
            kept.push(value);
        }
    }
    kept
}

/// A text that is equal for equal values; composites are ordered by it.
pub(super) fn key_of(value: &Value) -> String {
    let mut out = String::new();
    append_key(value, &mut out);
    out
}

fn append_key(value: &Value, out: &mut String) {
    match &value.content {
        Content::Unknown(_) => out.push('?'),
        Content::Null => out.push('~'),
        Content::Number(n) => match n.to_i64().filter(|n| n.unsigned_abs() < 10_000_000_000) {
            // Below eleven digits there is no exponent. Formatting a machine integer is much faster.
            Some(small) if !(small == 0 && n.has_minus()) => write!(out, "{small}").expect("strings take all"),
            _ => out.push_str(&n.to_short_string()),
        },
        Content::Bool(b) => out.push(if *b { 'T' } else { 'F' }),
        Content::String(text) => crate::type_text::push_go_quoted(text, out),
        Content::Map(entries) => {
            out.push('{');
            for (key, element) in entries.iter() {
                crate::type_text::push_go_quoted(key, out);
                out.push(':');
                deep(|| append_key(element, out));
                out.push(';');
            }
            out.push('}');
        }
        Content::Sequence(elements) | Content::Object(elements) => {
            let brackets = if value.ty.is_collection() { ('[', ']') } else { ('<', '>') };
            out.push(brackets.0);
            for element in elements.iter() {
                deep(|| append_key(element, out));
                out.push(';');
            }
            out.push(brackets.1);
        }
    }
}

/// Whether two sets of known elements, each distinct and in order, have the same members.
pub(super) fn same_members(a: &[Value], b: &[Value]) -> bool {
    // Only elements of equal keys, which differ in late digits of a number, may stand in different orders.
    a.len() == b.len()
        && a.iter().zip(b).enumerate().all(|(i, (x, y))| x == y || key_of(x) == key_of(y) && in_group(x, i, b))
}

fn in_group(value: &Value, near: usize, elements: &[Value]) -> bool {
    let key = key_of(value);
    let after = elements.iter().skip(near).take_while(|e| key_of(e) == key);
    let before = elements.iter().take(near).rev().take_while(|e| key_of(e) == key);
    after.chain(before).any(|e| e == value)
}

impl Value {
    /// Whether a set has an element equal to `element`; unknown when either is unknown.
    #[must_use]
    pub fn has_element(&self, element: &Self) -> Self {
        let marks = self.marks | element.marks_deep();
        let element = element.clone().unmark_deep().0;
        let answer = match (&self.ty, &self.content) {
            (_, Content::Unknown(_)) => Self::unknown(Type::Bool).refine_not_null(),
            _ if !element.is_known() => Self::unknown(Type::Bool).refine_not_null(),
            (Type::Set(of), Content::Sequence(elements)) => {
                let found = **of == element.ty && element.is_wholly_known() && has(of, elements, &element);
                Self::bool(found)
            }
            _ => Self::bool(false),
        };
        answer.with_marks(marks)
    }
}

fn has(of: &Type, elements: &[Value], element: &Value) -> bool {
    match of {
        Type::String | Type::Bool | Type::Number => {
            elements.binary_search_by(|e| compare_primitives(e, element)).is_ok()
        }
        _ => {
            let sought = (rank(element), key_of(element));
            let start = elements.partition_point(|e| (rank(e), key_of(e)) < sought);
            in_group(element, start, elements)
        }
    }
}
