//! The value: type, content, marks and a summary of what is inside.

mod access;
mod build;
mod compare;
mod go_string;
mod logic;
mod marking;
mod operate;
mod paths;
mod recent;
mod refine;
mod set;
#[cfg(test)]
mod tests;
mod walk;

use std::sync::Arc;

use crate::{Marks, Number, Refinement, Str, Type};

pub use access::Entries;
pub(crate) use build::normalized;
pub use operate::OperationError;

/// A value of the language with its type and marks.
///
/// Equality is "raw": type, content, marks and refinements all count. What `==` of the language does is
/// [`Value::equals`].
///
/// Invariant: the content fits the type; a set's elements are distinct, in set order and unmarked (marks of elements move
/// to the set); a map's elements are sorted by key; an object's attributes stand in the order of its type.
#[derive(Clone, PartialEq)]
pub struct Value {
    ty: Type,
    content: Content,
    marks: Marks,
    inside: Inside,
}

/// What a value holds. Matching on it is how the other crates look inside; building goes through the constructors.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Absent.
    Null,
    /// Not known yet, with what is known of it.
    Unknown(Option<Arc<Refinement>>),
    /// A bool.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string, NFC.
    String(Str),
    /// The elements of a list, tuple or set.
    Sequence(Arc<[Value]>),
    /// The elements of a map, sorted by key.
    Map(Arc<[(Str, Value)]>),
    /// The attribute values of an object, in the order of its type's attributes.
    Object(Arc<[Value]>),
}

/// Summary of a value and all that is inside it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Inside {
    wholly_known: bool,
    marks: Marks,
    depth: u32,
}

impl std::fmt::Debug for Value {
    /// The Go source form: short, and known from messages.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_go_string())
    }
}

impl Value {
    /// Its type.
    #[must_use]
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// What it holds, whatever its marks.
    #[must_use]
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// Its own marks, not those of what is inside it.
    #[must_use]
    pub fn marks(&self) -> Marks {
        self.marks
    }

    /// Its own marks and those of everything inside it.
    #[must_use]
    pub fn marks_deep(&self) -> Marks {
        self.inside.marks
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.content, Content::Null)
    }

    /// Whether it is known itself; what is inside may be unknown. Null is known.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !matches!(self.content, Content::Unknown(_))
    }

    /// How many values are around the innermost one: 0 for what holds nothing. Whoever builds values from what users
    /// write must refuse those deeper than [`crate::MAX_DEPTH`]: most of what is done with values recurses into them.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.inside.depth as usize
    }

    /// Whether it and all that is inside it is known.
    #[must_use]
    pub fn is_wholly_known(&self) -> bool {
        self.inside.wholly_known
    }
}
