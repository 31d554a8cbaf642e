//! Comparisons of values that no schema describes: root outputs, attributes of any type, and JSON in strings.

use fw_syntax::deep::guard;

use super::collection::{compare_members, compare_ordered};
use super::{Pair, Side};
use crate::human::datum::{Content, Datum};
use crate::human::diff::{Change, Diff, Shown};
use crate::human::matcher::Matcher;

/// What a value is in JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Null,
    Bool,
    Number,
    Text,
    Array,
    Object,
}

impl Kind {
    fn of(side: &Side<'_>) -> Self {
        match side.datum.map(|datum| &datum.content) {
            None | Some(Content::Null | Content::Unknown) => Self::Null,
            Some(Content::Bool(_)) => Self::Bool,
            Some(Content::Number(_)) => Self::Number,
            Some(Content::Text(_)) => Self::Text,
            Some(Content::Array(_)) => Self::Array,
            Some(Content::Object(_)) => Self::Object,
        }
    }
}

/// Two JSON texts that were read; nothing for one that is not there.
pub(in crate::human) fn compare_json(before: Option<&Datum>, after: Option<&Datum>) -> Diff {
    let side = |datum| Option::map_or(datum, Side::NOTHING, |datum| Side { explicit: true, ..Side::of(datum) });
    compare_dynamic(Pair {
        before: side(before),
        after: side(after),
        replace: Matcher::none(),
        relevant: Matcher::All,
        pending: false,
        empty_is_null: false,
    })
}

/// Nothing in here says that it forces a replacement: that is for attributes that a schema describes.
pub(in crate::human) fn compare_dynamic(pair: Pair<'_>) -> Diff {
    let pair = Pair { replace: Matcher::none(), ..pair };
    if let Some(diff) = pair.sensitive(compare_hidden) {
        return diff;
    }
    if let Some(diff) = pair.unknown(false, compare_dynamic) {
        return diff;
    }
    let (before, after) = (Kind::of(&pair.before), Kind::of(&pair.after));
    if before == after || pair.before.is_missing() || pair.after.is_missing() {
        return compare_kind(pair, if before == Kind::Null { after } else { before });
    }
    let gone = compare_kind(Pair { after: Side::NOTHING, ..pair.clone() }, before);
    let come = compare_kind(Pair { before: Side::NOTHING, ..pair.clone() }, after);
    pair.diff(Shown::Kinds(Box::new(gone), Box::new(come)), Change::Update)
}

/// Of what is hidden, an empty text means nothing.
pub(super) fn compare_hidden(mut pair: Pair<'_>) -> Diff {
    pair.drop_empty();
    compare_dynamic(pair)
}

fn compare_kind(pair: Pair<'_>, kind: Kind) -> Diff {
    guard(|| match kind {
        Kind::Null | Kind::Bool | Kind::Number | Kind::Text => compare_scalar(&pair, kind == Kind::Text),
        Kind::Array => {
            let alike =
                |a: &Datum, b: &Datum| matches!((&a.content, &b.content), (Content::Object(_), Content::Object(_)));
            let relevant = |child: Pair<'_>| compare_dynamic(Pair { relevant: Matcher::All, ..child });
            let (elements, change) = compare_ordered(&pair, alike, relevant);
            pair.diff(Shown::List { elements, context: true }, change)
        }
        Kind::Object => {
            let (attributes, change) = compare_members(&pair, compare_dynamic);
            pair.diff(Shown::Object { attributes, nested: false }, change)
        }
    })
}

fn compare_scalar(pair: &Pair<'_>, text: bool) -> Diff {
    let change = match (pair.before.is_missing(), pair.after.is_missing()) {
        (true, false) => Change::Create,
        (false, true) => Change::Delete,
        _ if pair.before.same(&pair.after) => Change::None,
        _ => Change::Update,
    };
    let shown = Shown::Plain { before: pair.before.shown(), after: pair.after.shown(), text };
    pair.diff(shown, change)
}
