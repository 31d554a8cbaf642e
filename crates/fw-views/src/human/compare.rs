//! The comparison of what is before a change with what is after it. Directed by schema and types, so that what is empty,
//! null or left out is told apart as people expect it of each kind of value.

mod block;
mod collection;
mod dynamic;

use fw_schema::{Attribute, AttributeType, Block, NestedObject, Nesting};
use fw_syntax::deep::guard;
use fw_value::{Str, Type};

use super::datum::{Content, Datum, UNKNOWN};
use super::diff::{Change, Diff, Shown};
use super::matcher::Matcher;

pub(super) use block::compare_block;
use dynamic::compare_dynamic;
pub(super) use dynamic::compare_json;

/// One of the two things compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side<'a> {
    /// Nothing where there is none, as the element of a list before it was added.
    datum: Option<&'a Datum>,
    /// Whether a null is written there, as an element of a list or map, and does not just stand for nothing.
    explicit: bool,
    sensitive: bool,
}

impl<'a> Side<'a> {
    const NOTHING: Self = Self { datum: None, explicit: false, sensitive: false };

    pub(super) fn of(datum: &'a Datum) -> Self {
        Self { datum: Some(datum), explicit: false, sensitive: datum.sensitive }
    }

    fn is_null(&self) -> bool {
        self.datum.is_none_or(Datum::is_null)
    }

    fn is_missing(&self) -> bool {
        self.is_null() && !self.explicit
    }

    fn is_unknown(&self) -> bool {
        self.datum.is_some_and(Datum::is_unknown)
    }

    fn array(&self) -> Option<&'a [Datum]> {
        if let Some(Datum { content: Content::Array(elements), .. }) = self.datum { Some(elements) } else { None }
    }

    fn object(&self) -> Option<&'a [(Str, Datum)]> {
        if let Some(Datum { content: Content::Object(members), .. }) = self.datum { Some(members) } else { None }
    }

    fn member(&self, name: &str) -> Self {
        let find = |members: &'a [(Str, Datum)]| {
            members.binary_search_by(|(key, _)| (**key).cmp(name)).ok().map(|i| &members[i].1)
        };
        self.object()
            .and_then(find)
            .map_or(Self::NOTHING, |datum| Self { explicit: !datum.is_unknown(), ..Self::of(datum) })
    }

    fn element(&self, index: Option<usize>) -> Self {
        let datum = index.and_then(|index| self.array()?.get(index));
        datum.map_or(Self::NOTHING, |datum| Self { explicit: true, ..Self::of(datum) })
    }

    fn implicit(self) -> Self {
        Self { explicit: false, ..self }
    }

    fn same(&self, other: &Self) -> bool {
        match (self.datum, other.datum) {
            (Some(a), Some(b)) => a.same(b),
            (Some(one), None) | (None, Some(one)) => one.is_null(),
            (None, None) => true,
        }
    }

    fn shown(&self) -> Option<Datum> {
        self.datum.filter(|datum| !datum.is_null()).cloned()
    }
}

/// What is compared, and what is asked about the place it stands at.
#[derive(Clone, Debug)]
pub(super) struct Pair<'a> {
    pub(super) before: Side<'a>,
    pub(super) after: Side<'a>,
    /// Places that force a replacement.
    pub(super) replace: Matcher<'a>,
    /// Places whose changes are to be shown.
    pub(super) relevant: Matcher<'a>,
    /// The whole is not known afterwards, so all its attributes are not.
    pub(super) pending: bool,
    /// An empty string means nothing: the first plugin library cannot tell it from null. As terraform has it, elements of
    /// lists and sets, what is hidden, what is not known afterwards and outputs in a state are taken for that library's
    /// whatever their schema says.
    pub(super) empty_is_null: bool,
}

impl<'a> Pair<'a> {
    /// The same before and after, as in a state.
    pub(super) fn unchanged(datum: &'a Datum) -> Self {
        let side = Side::of(datum);
        Self {
            before: side,
            after: side,
            replace: Matcher::none(),
            relevant: Matcher::All,
            pending: false,
            empty_is_null: false,
        }
    }

    /// As objects of this schema are compared.
    pub(super) fn of_schema(self, block: &Block) -> Self {
        Self { empty_is_null: block.confuses_empty_and_null(), ..self }
    }

    /// Takes empty texts for nothing.
    fn drop_empty(&mut self) {
        for side in [&mut self.before, &mut self.after] {
            side.datum = side.datum.filter(|datum| datum.as_text() != Some(""));
        }
    }

    pub(super) fn changed(before: &'a Datum, after: &'a Datum) -> Self {
        Self { after: Side::of(after), ..Self::unchanged(before) }
    }

    fn member(&self, name: &str) -> Self {
        let after = if self.pending { Side::of(&UNKNOWN) } else { self.after.member(name) };
        Self {
            before: self.before.member(name),
            after,
            replace: self.replace.key(name),
            relevant: self.relevant.key(name),
            pending: false,
            empty_is_null: self.empty_is_null,
        }
        .filtered()
    }

    fn element(&self, old: Option<usize>, new: Option<usize>) -> Self {
        let position = old.or(new).unwrap_or(0);
        Self {
            before: self.before.element(old),
            after: self.after.element(new),
            replace: self.replace.position(position),
            relevant: self.relevant.position(position),
            pending: false,
            empty_is_null: true,
        }
    }

    /// With a change that does not concern anybody taken back.
    fn filtered(mut self) -> Self {
        if !self.relevant.concerns() {
            self.after = self.before;
        }
        self
    }

    /// As an attribute of an object, where null and nothing are one.
    fn implicit(self) -> Self {
        Self { before: self.before.implicit(), after: self.after.implicit(), ..self }
    }

    fn both_null(&self) -> bool {
        self.before.is_null() && self.after.is_null()
    }

    /// What happens to something that has no parts.
    fn change(&self) -> Change {
        match (self.before.is_missing(), self.after.is_missing()) {
            (true, false) => Change::Create,
            (false, true) => Change::Delete,
            _ if self.before.same(&self.after)
                && self.before.explicit == self.after.explicit
                && self.before.sensitive == self.after.sensitive =>
            {
                Change::None
            }
            _ => Change::Update,
        }
    }

    /// What happens to a whole, as far as it does not follow from its parts.
    fn whole_change(&self) -> Change {
        match (self.before.is_null(), self.after.is_null()) {
            (true, false) => Change::Create,
            (false, true) => Change::Delete,
            (true, true) | (false, false) => Change::None,
        }
    }

    fn diff(&self, shown: Shown, change: Change) -> Diff {
        Diff { shown, change, replace: self.replace.here() }
    }

    /// The comparison of what is hidden: what happens inside, and what that means seen from outside.
    fn hidden(&self, compare: impl FnOnce(Self) -> Diff) -> Option<(Diff, Change)> {
        let (before, after) = (self.before.sensitive, self.after.sensitive);
        if !before && !after {
            return None;
        }
        let mut open = self.clone();
        (open.before.sensitive, open.after.sensitive) = (false, false);
        open.empty_is_null = true;
        let inner = guard(|| compare(open));
        let nothing = self.before.is_missing() && self.after.is_missing();
        let change =
            if inner.change == Change::None && before != after && !nothing { Change::Update } else { inner.change };
        Some((inner, change))
    }

    fn sensitive(&self, compare: impl FnOnce(Self) -> Diff) -> Option<Diff> {
        let (inner, change) = self.hidden(compare)?;
        let (before, after) = (self.before.sensitive, self.after.sensitive);
        Some(self.diff(Shown::Sensitive { inner: Box::new(inner), before, after }, change))
    }

    /// The comparison of what is not known afterwards. `with_parts` shows the attributes of what was there as unknown.
    fn unknown(&self, with_parts: bool, compare: impl FnOnce(Self) -> Diff) -> Option<Diff> {
        if !self.after.is_unknown() {
            return None;
        }
        if self.before.is_null() {
            return Some(self.diff(Shown::Unknown(None), Change::Create));
        }
        let before = Self { after: Side::NOTHING, pending: with_parts, empty_is_null: true, ..self.clone() };
        let before = guard(|| compare(before));
        Some(self.diff(Shown::Unknown(Some(Box::new(before))), Change::Update))
    }
}

fn compare_attribute(pair: Pair<'_>, attribute: &Attribute, around: Change) -> Diff {
    match &attribute.ty {
        _ if attribute.write_only => compare_write_only(&pair, around),
        AttributeType::Value(ty) => compare_type(pair, ty),
        AttributeType::Nested(object) => compare_nested(pair, object, object.nesting),
    }
}

/// Nothing is ever known of a write-only attribute, so it is shown as changing with what it belongs to.
fn compare_write_only(pair: &Pair<'_>, around: Change) -> Diff {
    pair.diff(Shown::WriteOnly { sensitive: false }, around)
}

/// Within nested attributes it is said as well that they are hidden.
fn compare_nested_attribute(pair: Pair<'_>, attribute: &Attribute, around: Change) -> Diff {
    if !attribute.write_only {
        return compare_attribute(pair, attribute, around);
    }
    let sensitive = pair.before.sensitive || pair.after.sensitive;
    pair.diff(Shown::WriteOnly { sensitive }, around)
}

pub(super) fn compare_type(mut pair: Pair<'_>, ty: &Type) -> Diff {
    let inner = |open| if *ty == Type::Dynamic { dynamic::compare_hidden(open) } else { compare_type(open, ty) };
    if let Some(diff) = pair.sensitive(inner) {
        return diff;
    }
    if *ty == Type::String && pair.empty_is_null {
        pair.drop_empty();
    }
    if let Some(diff) = pair.unknown(false, inner) {
        return diff;
    }
    guard(|| match ty {
        Type::Dynamic => compare_dynamic(pair),
        Type::Bool | Type::Number | Type::String => compare_plain(&pair, *ty == Type::String),
        Type::List(element) => collection::compare_list(&pair, element),
        Type::Tuple(elements) => collection::compare_tuple(&pair, elements),
        Type::Set(element) => collection::compare_set(&pair, false, |child| compare_type(child, element)),
        Type::Map(element) => collection::compare_map(&pair, false, |child| compare_type(child, element)),
        Type::Object(object) => {
            let attributes = object.attributes().iter().map(|attribute| (&attribute.name, &attribute.ty));
            collection::compare_object(&pair, false, attributes, |child, ty: &Type, _| compare_type(child, ty))
        }
    })
}

fn compare_plain(pair: &Pair<'_>, text: bool) -> Diff {
    let shown = Shown::Plain { before: pair.before.shown(), after: pair.after.shown(), text };
    pair.diff(shown, pair.change())
}

fn compare_nested(pair: Pair<'_>, object: &NestedObject, nesting: Nesting) -> Diff {
    if let Some(diff) = pair.sensitive(|open| compare_nested(open, object, nesting)) {
        return diff;
    }
    if let Some(diff) = pair.unknown(true, |before| compare_nested(before, object, nesting)) {
        return diff;
    }
    let element = |child: Pair<'_>| compare_nested(child, object, Nesting::Single);
    guard(|| match nesting {
        Nesting::Single | Nesting::Group => {
            collection::compare_object(&pair, true, object.attributes.iter(), compare_nested_attribute)
        }
        Nesting::List => collection::compare_nested_list(&pair, element),
        Nesting::Set => collection::compare_set(&pair, true, element),
        Nesting::Map => collection::compare_map(&Pair { pending: false, ..pair }, true, element),
    })
}
