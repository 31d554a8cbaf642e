//! Comparisons of what has elements or attributes.

use std::collections::HashMap;

use fw_value::{Str, Type};

use super::{Pair, compare_type};
use crate::human::datum::{Content, Datum};
use crate::human::diff::{Change, Diff, Shown};
use crate::human::lcs::{self, Step};
use crate::human::matcher::Matcher;

pub(super) fn compare_list(pair: &Pair<'_>, element: &Type) -> Diff {
    let alike = |_: &Datum, _: &Datum| matches!(element, Type::Object(_));
    let (elements, change) = compare_ordered(pair, alike, |child| {
        // What depends on a list depends on all of it.
        compare_type(Pair { relevant: Matcher::All, ..child }, element)
    });
    pair.diff(Shown::List { elements, context: true }, change)
}

/// Elements of two lists matched by what they are; what else is `alike` and in between is compared pairwise.
pub(super) fn compare_ordered(
    pair: &Pair<'_>,
    alike: impl Fn(&Datum, &Datum) -> bool,
    compare: impl Fn(Pair<'_>) -> Diff,
) -> (Vec<Diff>, Change) {
    let (old, new) = (pair.before.array().unwrap_or_default(), pair.after.array().unwrap_or_default());
    let (old_classes, new_classes) = lcs::classes(old, new, Datum::fingerprint, Datum::same);
    let steps = if is_positional(&old_classes, &new_classes) {
        (0..old.len()).map(|i| Step::Both(i, i)).collect()
    } else {
        lcs::steps(&old_classes, &new_classes, |i, j| alike(&old[i], &new[j]))
    };
    let mut change = presence_change(pair.before.array().is_some(), pair.after.array().is_some());
    let elements = steps.into_iter().map(|step| {
        let (old, new) = match step {
            Step::Old(i) => (Some(i), None),
            Step::New(j) => (None, Some(j)),
            Step::Both(i, j) => (Some(i), Some(j)),
        };
        let diff = compare(pair.element(old, new));
        change = change.with(diff.change);
        diff
    });
    let elements = elements.collect();
    (elements, change)
}

/// Lists of one length are compared position by position, unless all old elements are still there, so that the order
/// has changed rather than the elements.
fn is_positional(old: &[u32], new: &[u32]) -> bool {
    if old.len() != new.len() {
        return false;
    }
    let left: std::collections::HashSet<&u32> = new.iter().collect();
    !old.iter().all(|class| left.contains(class))
}

fn presence_change(before: bool, after: bool) -> Change {
    match (before, after) {
        (true, false) => Change::Delete,
        (false, true) => Change::Create,
        (true, true) | (false, false) => Change::None,
    }
}

pub(super) fn compare_tuple(pair: &Pair<'_>, types: &[Type]) -> Diff {
    let mut change = pair.whole_change();
    let elements = types.iter().enumerate().map(|(i, ty)| {
        let diff = compare_type(pair.element(Some(i), Some(i)).filtered(), ty);
        change = change.with(diff.change);
        diff
    });
    let elements = elements.collect();
    pair.diff(Shown::List { elements, context: true }, change)
}

/// The elements of a list of nested attributes or blocks, position by position.
pub(super) fn compare_positions(pair: &Pair<'_>, compare: impl Fn(Pair<'_>) -> Diff) -> (Vec<Diff>, Change) {
    let length = |side: Option<&[Datum]>| side.map_or(0, <[Datum]>::len);
    let mut change = pair.whole_change();
    let elements = (0..length(pair.before.array()).max(length(pair.after.array()))).map(|i| {
        let diff = compare(pair.element(Some(i), Some(i)).filtered());
        change = change.with(diff.change);
        diff
    });
    let elements = elements.collect();
    (elements, change)
}

pub(super) fn compare_nested_list(pair: &Pair<'_>, compare: impl Fn(Pair<'_>) -> Diff) -> Diff {
    let (elements, change) = compare_positions(pair, compare);
    pair.diff(Shown::List { elements, context: false }, change)
}

pub(super) fn compare_set(pair: &Pair<'_>, nested: bool, compare: impl Fn(Pair<'_>) -> Diff) -> Diff {
    let (elements, change) = compare_unordered(pair, compare);
    pair.diff(Shown::Set { elements, nested }, change)
}

/// The elements of a set: those that stay, those that go, then those that come.
pub(super) fn compare_unordered(pair: &Pair<'_>, compare: impl Fn(Pair<'_>) -> Diff) -> (Vec<Diff>, Change) {
    let (old, new) = (pair.before.array().unwrap_or_default(), pair.after.array().unwrap_or_default());
    let (old_classes, new_classes) = lcs::classes(old, new, Datum::fingerprint, Datum::same);
    let mut free: HashMap<(u32, bool), Vec<usize>> = HashMap::new();
    for (j, class) in new_classes.iter().enumerate().rev() {
        if !matches!(new[j].content, Content::Unknown) {
            free.entry((*class, new[j].sensitive)).or_default().push(j);
        }
    }
    let mut taken = vec![false; new.len()];
    let mut change = pair.whole_change();
    let mut elements = Vec::with_capacity(old.len().max(new.len()));
    let mut visit = |old: Option<usize>, new: Option<usize>| {
        let diff = compare(Pair { relevant: Matcher::All, ..pair.element(old, new) });
        change = change.with(diff.change);
        elements.push(diff);
    };
    for (i, class) in old_classes.iter().enumerate() {
        let partner = free.get_mut(&(*class, old[i].sensitive)).and_then(Vec::pop);
        if let Some(j) = partner {
            taken[j] = true;
        }
        visit(Some(i), partner);
    }
    for (j, _) in taken.iter().enumerate().filter(|(_, taken)| !**taken) {
        visit(None, Some(j));
    }
    (elements, change)
}

pub(super) fn compare_map(pair: &Pair<'_>, nested: bool, compare: impl Fn(Pair<'_>) -> Diff) -> Diff {
    let (elements, change) = compare_members(pair, compare);
    pair.diff(Shown::Map { elements, nested }, change)
}

/// The elements of a map, or all attributes of objects that need not have the same ones.
pub(super) fn compare_members(pair: &Pair<'_>, compare: impl Fn(Pair<'_>) -> Diff) -> (Vec<(Str, Diff)>, Change) {
    let (old, new) = (pair.before.object(), pair.after.object());
    let mut change = presence_change(old.is_some(), new.is_some());
    let names = |side: Option<&[(Str, Datum)]>| {
        side.unwrap_or_default().iter().map(|(name, _)| Str::clone(name)).collect::<Vec<_>>()
    };
    let mut all = names(old);
    all.extend(names(new));
    all.sort_unstable();
    all.dedup();
    let members = all.into_iter().map(|name| {
        let diff = compare(pair.member(&name));
        change = change.with(diff.change);
        (name, diff)
    });
    let members = members.collect();
    (members, change)
}

/// The attributes of an object that are not null both before and after.
pub(super) fn compare_object<'s, T: 's>(
    pair: &Pair<'_>,
    nested: bool,
    attributes: impl Iterator<Item = (&'s Str, &'s T)>,
    compare: impl Fn(Pair<'_>, &'s T, Change) -> Diff,
) -> Diff {
    let whole = pair.whole_change();
    let mut change = whole;
    let mut shown = Vec::new();
    for (name, attribute) in attributes {
        let child = pair.member(name).implicit();
        let nothing = child.both_null();
        let diff = compare(child, attribute, whole);
        if diff.change == Change::None && nothing && !matches!(diff.shown, Shown::WriteOnly { .. }) {
            continue;
        }
        change = change.with(diff.change);
        shown.push((Str::clone(name), diff));
    }
    pair.diff(Shown::Object { attributes: shown, nested }, change)
}
