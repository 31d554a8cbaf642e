//! Comparisons of bodies: resources and nested blocks.

use fw_schema::{Attribute, Block, NestedBlock, Nesting};
use fw_syntax::deep::guard;
use fw_value::Str;

use super::collection::{compare_members, compare_positions, compare_unordered};
use super::{Pair, Side, compare_attribute};
use crate::human::diff::{BlockGroup, Change, Diff, Shown};

pub(in crate::human) fn compare_block(pair: Pair<'_>, block: &Block) -> Diff {
    if let Some((inner, change)) = pair.hidden(|open| compare_block(open, block)) {
        let (before, after) = (pair.before.sensitive, pair.after.sensitive);
        return pair.diff(Shown::SensitiveBlock { inner: inner.change, before, after }, change);
    }
    if let Some(diff) = pair.unknown(true, |before| compare_block(before, block)) {
        return diff;
    }
    guard(|| compare_body(&pair, block))
}

fn compare_body(pair: &Pair<'_>, block: &Block) -> Diff {
    let whole = pair.whole_change();
    let mut change = whole;
    let mut attributes = Vec::new();
    for (name, attribute) in &block.attributes {
        if let Some(diff) = compare_body_attribute(pair, name, attribute, whole) {
            change = change.with(diff.change);
            attributes.push((Str::clone(name), diff));
        }
    }
    let mut blocks = Vec::new();
    for (name, nested) in &block.blocks {
        let (group, group_change) = compare_group(&pair.member(name), name, nested);
        blocks.extend(group);
        change = change.with(group_change);
    }
    pair.diff(Shown::Block { attributes, blocks }, change)
}

/// `None` for what is not there, before and after.
fn compare_body_attribute(pair: &Pair<'_>, name: &str, attribute: &Attribute, around: Change) -> Option<Diff> {
    let child = pair.member(name).implicit();
    let nothing = child.both_null();
    let diff = compare_attribute(child, attribute, around);
    let is_shown = diff.change != Change::None || !nothing || attribute.write_only;
    is_shown.then_some(diff)
}

/// All blocks of a type, if there are any, and what their changes mean to the body around them.
fn compare_group(pair: &Pair<'_>, name: &Str, nested: &NestedBlock) -> (Option<BlockGroup>, Change) {
    let group = |blocks| BlockGroup {
        name: Str::clone(name),
        blocks,
        is_set: nested.nesting == Nesting::Set,
        replace: pair.replace.here(),
        sensitive_before: pair.before.sensitive,
        sensitive_after: pair.after.sensitive,
    };
    if pair.after.is_unknown() {
        // How many blocks there will be is open. Those there are now stand after that, as going away.
        let change = if pair.before.is_null() { Change::Create } else { Change::Update };
        let open = pair.diff(Shown::Unknown(None), change);
        let (gone, _) = compare_blocks(&Pair { after: Side::NOTHING, ..pair.clone() }, nested);
        return (Some(group([(None, open)].into_iter().chain(gone).collect())), change);
    }
    let (blocks, change) = compare_blocks(pair, nested);
    let is_nothing = change == Change::None && pair.both_null();
    ((!is_nothing).then(|| group(blocks)), change)
}

/// The blocks of a type, with their labels.
fn compare_blocks(pair: &Pair<'_>, nested: &NestedBlock) -> (Vec<(Option<Str>, Diff)>, Change) {
    let unlabelled = |diffs: Vec<Diff>| diffs.into_iter().map(|diff| (None, diff)).collect();
    let compare = |child: Pair<'_>| compare_block(child, &nested.block);
    match nested.nesting {
        Nesting::Single | Nesting::Group if pair.both_null() => (Vec::new(), Change::None),
        Nesting::Single | Nesting::Group => {
            let diff = compare(pair.clone());
            let change = diff.change;
            (vec![(None, diff)], change)
        }
        Nesting::List => {
            let (diffs, change) = compare_positions(pair, compare);
            (unlabelled(diffs), change)
        }
        Nesting::Set => {
            let (diffs, change) = compare_unordered(pair, compare);
            (unlabelled(diffs), change)
        }
        Nesting::Map => {
            let (members, change) = compare_members(pair, compare);
            (members.into_iter().map(|(label, diff)| (Some(label), diff)).collect(), change)
        }
    }
}
