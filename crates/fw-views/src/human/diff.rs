//! What a comparison finds: a tree of what is shown, each part with what happens to it.

use fw_value::Str;

use super::datum::Datum;

/// What happens to a part of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    None,
    Create,
    Update,
    Delete,
}

impl Change {
    /// What happens to a whole of which a part changes: the same if all its parts do, or an update.
    pub(super) fn with(self, part: Self) -> Self {
        if part == Self::None || part == self { self } else { Self::Update }
    }
}

/// A part, what happens to it and whether that forces a replacement.
#[derive(Clone, Debug)]
pub(super) struct Diff {
    pub(super) shown: Shown,
    pub(super) change: Change,
    pub(super) replace: bool,
}

/// How a part is shown.
#[derive(Clone, Debug)]
pub(super) enum Shown {
    /// A bool, number, string or null, before and after.
    Plain { before: Option<Datum>, after: Option<Datum>, text: bool },
    /// Not known yet, with what there was before.
    Unknown(Option<Box<Diff>>),
    /// Hidden before or after.
    Sensitive { inner: Box<Diff>, before: bool, after: bool },
    /// A block hidden before or after; what happens to its content.
    SensitiveBlock { inner: Change, before: bool, after: bool },
    /// Of one kind before, of another after.
    Kinds(Box<Diff>, Box<Diff>),
    /// Never shown, never stored.
    WriteOnly { sensitive: bool },
    /// Of a list; `context` asks for the unchanged neighbours of what has changed.
    List { elements: Vec<Diff>, context: bool },
    /// Of a set; in a set of nested attributes the elements say whether they force a replacement.
    Set { elements: Vec<Diff>, nested: bool },
    /// Of a map, by key.
    Map { elements: Vec<(Str, Diff)>, nested: bool },
    /// Of an object, by name.
    Object { attributes: Vec<(Str, Diff)>, nested: bool },
    /// A body.
    Block { attributes: Vec<(Str, Diff)>, blocks: Vec<BlockGroup> },
}

/// All nested blocks of one type.
#[derive(Clone, Debug)]
pub(super) struct BlockGroup {
    pub(super) name: Str,
    /// The blocks, with labels where they come from a map.
    pub(super) blocks: Vec<(Option<Str>, Diff)>,
    pub(super) is_set: bool,
    pub(super) replace: bool,
    pub(super) sensitive_before: bool,
    pub(super) sensitive_after: bool,
}
