//! Values as the comparison sees them: as JSON would show them, with what is unknown and what is hidden.

use std::hash::{DefaultHasher, Hash, Hasher};

use fw_syntax::deep::guard;
use fw_value::json::Node;
use fw_value::{Content as Known, Marks, Str, Value};

/// A value without its type: lists, sets and tuples are arrays, maps and objects are objects.
#[derive(Clone, Debug)]
pub(super) struct Datum {
    pub(super) content: Content,
    /// Must not be shown.
    pub(super) sensitive: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    Null,
    Unknown,
    Bool(bool),
    /// As it is to be shown.
    Number(String),
    Text(Str),
    Array(Vec<Datum>),
    /// Sorted by key.
    Object(Vec<(Str, Datum)>),
}

/// Shown for what a change leaves open.
pub(super) const UNKNOWN: Datum = Datum { content: Content::Unknown, sensitive: false };

impl Datum {
    pub(super) fn of(value: &Value) -> Self {
        Self { content: content_of(value), sensitive: value.marks().contains(Marks::SENSITIVE) }
    }

    /// What a text says, if it is a JSON array or object.
    pub(super) fn of_json(text: &str) -> Option<Self> {
        if !text.starts_with(['{', '[']) {
            return None;
        }
        Node::parse(text).ok().map(Self::of_node)
    }

    fn of_node(node: Node) -> Self {
        let content = match node {
            Node::Null => Content::Null,
            Node::Bool(b) => Content::Bool(b),
            Node::Number(text) => Content::Number(text),
            Node::String(text) => Content::Text(text.into()),
            Node::Array(elements) => Content::Array(elements.into_iter().map(|e| guard(|| Self::of_node(e))).collect()),
            Node::Object(members) => {
                // Of several members with one key the last counts.
                let members: std::collections::BTreeMap<Str, Node> =
                    members.into_iter().map(|(key, member)| (key.into(), member)).collect();
                Content::Object(members.into_iter().map(|(key, m)| (key, guard(|| Self::of_node(m)))).collect())
            }
        };
        Self { content, sensitive: false }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.content, Content::Null | Content::Unknown)
    }

    pub(super) fn is_unknown(&self) -> bool {
        matches!(self.content, Content::Unknown)
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        if let Content::Text(text) = &self.content { Some(text) } else { None }
    }

    /// Whether both look the same in JSON, where unknown things are left out.
    pub(super) fn same(&self, other: &Self) -> bool {
        match (&self.content, &other.content) {
            (Content::Null | Content::Unknown, Content::Null | Content::Unknown) => true,
            (Content::Bool(a), Content::Bool(b)) => a == b,
            (Content::Number(a), Content::Number(b)) => a == b,
            (Content::Text(a), Content::Text(b)) => a == b,
            (Content::Array(a), Content::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| guard(|| a.same(b)))
            }
            (Content::Object(a), Content::Object(b)) => {
                let (a, b) = (known(a), known(b));
                a.clone().count() == b.clone().count()
                    && a.zip(b).all(|((key, a), (other, b))| key == other && guard(|| a.same(b)))
            }
            _ => false,
        }
    }

    /// Equal for all that [`Self::same`] finds equal.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    fn hash(&self, hasher: &mut DefaultHasher) {
        std::mem::discriminant(if self.is_null() { &Content::Null } else { &self.content }).hash(hasher);
        match &self.content {
            Content::Null | Content::Unknown => {}
            Content::Bool(b) => b.hash(hasher),
            Content::Number(text) => text.hash(hasher),
            Content::Text(text) => text.hash(hasher),
            Content::Array(elements) => elements.iter().for_each(|element| guard(|| element.hash(hasher))),
            Content::Object(members) => known(members).for_each(|(key, member)| {
                key.hash(hasher);
                guard(|| member.hash(hasher));
            }),
        }
    }
}

fn known(members: &[(Str, Datum)]) -> impl Iterator<Item = &(Str, Datum)> + Clone {
    members.iter().filter(|(_, member)| !member.is_unknown())
}

fn content_of(value: &Value) -> Content {
    let inside = |element: &Value| guard(|| Datum::of(element));
    match value.content() {
        Known::Null => Content::Null,
        Known::Unknown(_) => Content::Unknown,
        Known::Bool(b) => Content::Bool(*b),
        Known::Number(n) => Content::Number(n.to_string()),
        Known::String(text) => Content::Text(Str::clone(text)),
        Known::Sequence(elements) => Content::Array(elements.iter().map(inside).collect()),
        Known::Map(_) | Known::Object(_) => {
            Content::Object(value.string_entries().map(|(key, member)| (Str::clone(key), inside(member))).collect())
        }
    }
}
