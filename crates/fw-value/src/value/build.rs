//! Constructors.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Content, Inside, Value, recent};
use crate::{Marks, Number, ObjectType, Str, Type, normalize};

impl Value {
    /// Puts type and content together; the caller knows that they fit.
    pub(crate) fn build(ty: Type, content: Content) -> Self {
        let mut inside = Inside { wholly_known: true, marks: Marks::NONE, depth: 0 };
        let mut add = |v: &Self| {
            inside.wholly_known &= v.inside.wholly_known;
            inside.marks |= v.inside.marks;
            inside.depth = inside.depth.max(v.inside.depth.saturating_add(1));
        };
        match &content {
            Content::Sequence(vs) | Content::Object(vs) => vs.iter().for_each(&mut add),
            Content::Map(es) => es.iter().for_each(|(_, v)| add(v)),
            Content::Unknown(_) => inside.wholly_known = false,
            Content::Null | Content::Bool(_) | Content::Number(_) | Content::String(_) => {}
        }
        Self { ty, content, marks: Marks::NONE, inside }
    }

    /// An object of a known object type; the values stand in the order of its attributes.
    pub(crate) fn object_of(ty: Arc<ObjectType>, values: Vec<Self>) -> Self {
        debug_assert_eq!(ty.attributes().len(), values.len());
        Self::build(Type::Object(ty), Content::Object(values.into()))
    }

    /// A map from pairs that are sorted and distinct already.
    pub(crate) fn map_of(element: Type, entries: Vec<(Str, Self)>) -> Self {
        debug_assert!(entries.is_sorted_by(|a, b| a.0 < b.0));
        Self::build(Type::map(element), Content::Map(entries.into()))
    }

    // Nulls and unknowns without a type take the one of the collection they come into.
    pub(super) fn typed_as_element_of(mut self, element: &Type) -> Self {
        if self.ty == Type::Dynamic && *element != Type::Dynamic {
            self.ty = element.clone();
        }
        self
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

    /// A string; brought into normal form.
    #[must_use]
    pub fn string(text: impl AsRef<str>) -> Self {
        Self::build(Type::String, Content::String(Str::from(&*normalize(text.as_ref()))))
    }

    /// A string that is shared rather than copied when it is in normal form already.
    #[must_use]
    pub fn string_shared(text: Str) -> Self {
        let text = normalized(text);
        Self::build(Type::String, Content::String(text))
    }

    /// A tuple; its type comes from its elements.
    #[must_use]
    pub fn tuple(elements: impl IntoIterator<Item = Self>) -> Self {
        let elements: Arc<[Self]> = elements.into_iter().collect();
        let ty = Type::Tuple(elements.iter().map(|v| v.ty.clone()).collect());
        Self::build(ty, Content::Sequence(elements))
    }

    /// The tuple without elements.
    #[must_use]
    pub fn empty_tuple() -> Self {
        Self::tuple([])
    }

    /// The object without attributes.
    #[must_use]
    pub fn empty_object() -> Self {
        Self::object(std::iter::empty::<(Str, Self)>())
    }

    /// An object; its type comes from its attributes. Of two with one name the last stays.
    #[must_use]
    pub fn object<N: Into<Str>>(attributes: impl IntoIterator<Item = (N, Self)>) -> Self {
        let mut sorted: Vec<(Str, Self)> = attributes.into_iter().map(|(n, v)| (normalized(n.into()), v)).collect();
        if !sorted.is_sorted_by(|a, b| a.0 < b.0) {
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            sorted.reverse();
            sorted.dedup_by(|next, kept| next.0 == kept.0);
            sorted.reverse();
        }
        let ty = Type::Object(recent::object_type(&sorted));
        Self::build(ty, Content::Object(sorted.into_iter().map(|(_, value)| value).collect()))
    }

    /// A list of elements that all have type `element` (the caller has converted them); untyped nulls and unknowns
    /// among them take it.
    #[must_use]
    pub fn list(element: Type, elements: impl IntoIterator<Item = Self>) -> Self {
        let elements = elements.into_iter().map(|v| v.typed_as_element_of(&element)).collect();
        Self::build(Type::list(element), Content::Sequence(elements))
    }

    /// A map of elements that all have type `element`. Of two with one key the last stays.
    #[must_use]
    pub fn map<K: Into<Str>>(element: Type, elements: impl IntoIterator<Item = (K, Self)>) -> Self {
        let sorted: BTreeMap<Str, Self> =
            elements.into_iter().map(|(k, v)| (normalized(k.into()), v.typed_as_element_of(&element))).collect();
        Self::build(Type::map(element), Content::Map(sorted.into_iter().collect()))
    }

    /// A set of elements that all have type `element`: equal ones become one, the order is the set order, and the marks
    /// of the elements and of what is in them move to the set.
    #[must_use]
    pub fn set(element: Type, elements: impl IntoIterator<Item = Self>) -> Self {
        let mut marks = Marks::NONE;
        let elements = elements.into_iter().map(|v| {
            marks |= v.inside.marks;
            v.unmark_deep().0.typed_as_element_of(&element)
        });
        let elements = super::set::distinct_in_order(&element, elements.collect());
        Self::build(Type::set(element), Content::Sequence(elements.into())).with_marks(marks)
    }

    /// The value without content of a collection, tuple or object type; `None` for other types.
    #[must_use]
    pub fn empty_of(ty: &Type) -> Option<Self> {
        match ty {
            Type::List(_) | Type::Set(_) => Some(Self::build(ty.clone(), Content::Sequence(Arc::from([])))),
            Type::Map(_) => Some(Self::build(ty.clone(), Content::Map(Arc::from([])))),
            Type::Tuple(types) if types.is_empty() => Some(Self::empty_tuple()),
            Type::Object(object) if object.attributes().is_empty() => Some(Self::empty_object()),
            Type::Dynamic | Type::Bool | Type::Number | Type::String | Type::Tuple(_) | Type::Object(_) => None,
        }
    }
}

/// The text itself where it is in normal form.
pub(crate) fn normalized(text: Str) -> Str {
    match normalize(&text) {
        std::borrow::Cow::Borrowed(_) => text,
        std::borrow::Cow::Owned(other) => other.into(),
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::bool(b)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::string(text)
    }
}

impl From<Number> for Value {
    fn from(n: Number) -> Self {
        Self::number(n)
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::number(n)
    }
}
