//! The value: type, content, marks and a summary of what is inside.

use std::sync::Arc;

use crate::{Marks, Number, ObjectAttribute, ObjectType, Refinement, Str, Type};

/// A value of the language with its type and marks.
///
/// Invariant: the content fits the type; a set's elements are distinct, in set order and unmarked (marks of elements move
/// to the set); a map's elements are sorted by key; an object's attributes stand in the order of its type.
#[derive(Clone, Debug, PartialEq)]
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
}

impl Value {
    fn build(ty: Type, content: Content) -> Self {
        let mut inside = Inside { wholly_known: true, marks: Marks::NONE };
        let mut add = |v: &Self| {
            inside.wholly_known &= v.inside.wholly_known;
            inside.marks |= v.inside.marks;
        };
        match &content {
            Content::Sequence(vs) | Content::Object(vs) => vs.iter().for_each(&mut add),
            Content::Map(es) => es.iter().for_each(|(_, v)| add(v)),
            Content::Unknown(_) => inside.wholly_known = false,
            Content::Null | Content::Bool(_) | Content::Number(_) | Content::String(_) => {}
        }
        Self { ty, content, marks: Marks::NONE, inside }
    }

    /// The null of a type.
    #[must_use]
    pub fn null(ty: Type) -> Self {
        Self::build(ty, Content::Null)
    }

    /// The unknown value of a type.
    #[must_use]
    pub fn unknown(ty: Type) -> Self {
        Self::build(ty, Content::Unknown(None))
    }

    /// A value of unknown type and content.
    #[must_use]
    pub fn dynamic() -> Self {
        Self::unknown(Type::Dynamic)
    }

    /// A bool.
    #[must_use]
    pub fn bool(b: bool) -> Self {
        Self::build(Type::Bool, Content::Bool(b))
    }

    /// A number.
    #[must_use]
    pub fn number(n: impl Into<Number>) -> Self {
        Self::build(Type::Number, Content::Number(n.into()))
    }

    /// A tuple; its type comes from its elements.
    #[must_use]
    pub fn tuple(elements: impl IntoIterator<Item = Self>) -> Self {
        let elements: Arc<[Self]> = elements.into_iter().collect();
        let ty = Type::Tuple(elements.iter().map(|v| v.ty.clone()).collect());
        Self::build(ty, Content::Sequence(elements))
    }

    /// An object; its type comes from its attributes. Of two with one name the last stays.
    #[must_use]
    pub fn object<N: Into<Str>>(attributes: impl IntoIterator<Item = (N, Self)>) -> Self {
        let sorted: std::collections::BTreeMap<Str, Self> =
            attributes.into_iter().map(|(n, v)| (n.into(), v)).collect();
        let attributes = sorted.iter().map(|(name, v)| ObjectAttribute {
            name: Str::clone(name),
            ty: v.ty.clone(),
            optional: false,
        });
        let ty = Type::Object(Arc::new(ObjectType::new(attributes)));
        Self::build(ty, Content::Object(sorted.into_values().collect()))
    }

    /// A list of elements that all have type `element` (the caller has converted them).
    #[must_use]
    pub fn list(element: Type, elements: impl IntoIterator<Item = Self>) -> Self {
        Self::build(Type::list(element), Content::Sequence(elements.into_iter().collect()))
    }

    /// A map of elements that all have type `element`. Of two with one key the last stays.
    #[must_use]
    pub fn map<K: Into<Str>>(element: Type, elements: impl IntoIterator<Item = (K, Self)>) -> Self {
        let sorted: std::collections::BTreeMap<Str, Self> = elements.into_iter().map(|(k, v)| (k.into(), v)).collect();
        Self::build(Type::map(element), Content::Map(sorted.into_iter().collect()))
    }

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

    /// Whether it is known itself; what is inside may be unknown.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !matches!(self.content, Content::Unknown(_))
    }

    /// Whether it and all that is inside it is known.
    #[must_use]
    pub fn is_wholly_known(&self) -> bool {
        self.inside.wholly_known
    }

    /// The same with more marks.
    #[must_use]
    pub fn with_marks(mut self, marks: Marks) -> Self {
        self.marks |= marks;
        self.inside.marks |= marks;
        self
    }
}
