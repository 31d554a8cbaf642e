//! Types of values.

use std::sync::Arc;

use crate::Str;

/// The type of a value or a constraint on one. [`Type::Dynamic`] stands for "any type" in constraints and is the type of
/// values whose type is not known yet (and of the untyped null).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// Any type, or one not known yet.
    Dynamic,
    /// `true` or `false`.
    Bool,
    /// A 512-bit number.
    Number,
    /// An NFC string.
    String,
    /// Elements of one type, in order.
    List(Arc<Self>),
    /// Distinct elements of one type.
    Set(Arc<Self>),
    /// Elements of one type, by string key.
    Map(Arc<Self>),
    /// Elements each of its own type, in order.
    Tuple(Arc<[Self]>),
    /// Named attributes, each of its own type.
    Object(Arc<ObjectType>),
}

/// The attributes of an object type, sorted by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct ObjectType {
    attributes: Vec<ObjectAttribute>,
}

/// One attribute of an object type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectAttribute {
    /// Its name, NFC.
    pub name: Str,
    /// Its type.
    pub ty: Type,
    /// Whether a type constraint allows it to be left out. Never set on the type of a value.
    pub optional: bool,
}

impl ObjectType {
    /// Sorts the attributes; of two with one name the last stays.
    #[must_use]
    pub fn new(attributes: impl IntoIterator<Item = ObjectAttribute>) -> Self {
        let mut attributes: Vec<_> = attributes.into_iter().collect();
        attributes.sort_by(|a, b| a.name.cmp(&b.name));
        attributes.reverse();
        attributes.dedup_by(|next, kept| next.name == kept.name);
        attributes.reverse();
        Self { attributes }
    }

    /// All attributes, sorted by name.
    #[must_use]
    pub fn attributes(&self) -> &[ObjectAttribute] {
        &self.attributes
    }

    /// Where the attribute stands in [`Self::attributes`].
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.attributes.binary_search_by(|a| (*a.name).cmp(name)).ok()
    }

    /// The attribute of this name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&ObjectAttribute> {
        self.index_of(name).map(|i| &self.attributes[i])
    }
}

impl Type {
    /// `list(element)`.
    #[must_use]
    pub fn list(element: Self) -> Self {
        Self::List(Arc::new(element))
    }

    /// `set(element)`.
    #[must_use]
    pub fn set(element: Self) -> Self {
        Self::Set(Arc::new(element))
    }

    /// `map(element)`.
    #[must_use]
    pub fn map(element: Self) -> Self {
        Self::Map(Arc::new(element))
    }

    /// `tuple([elements])`.
    #[must_use]
    pub fn tuple(elements: impl IntoIterator<Item = Self>) -> Self {
        Self::Tuple(elements.into_iter().collect())
    }

    /// `object({attributes})` without optional attributes.
    #[must_use]
    pub fn object<N: Into<Str>>(attributes: impl IntoIterator<Item = (N, Self)>) -> Self {
        let attributes =
            attributes.into_iter().map(|(name, ty)| ObjectAttribute { name: name.into(), ty, optional: false });
        Self::Object(Arc::new(ObjectType::new(attributes)))
    }

    /// `object({})`.
    #[must_use]
    pub fn empty_object() -> Self {
        Self::Object(Arc::default())
    }

    /// `tuple([])`.
    #[must_use]
    pub fn empty_tuple() -> Self {
        Self::Tuple(Arc::from([]))
    }

    /// Whether it is bool, number or string.
    #[must_use]
    pub fn is_primitive(&self) -> bool {
        matches!(self, Self::Bool | Self::Number | Self::String)
    }

    /// Whether it is a list, set or map.
    #[must_use]
    pub fn is_collection(&self) -> bool {
        matches!(self, Self::List(_) | Self::Set(_) | Self::Map(_))
    }

    /// The element type of a list, set or map.
    #[must_use]
    pub fn element(&self) -> Option<&Self> {
        match self {
            Self::List(e) | Self::Set(e) | Self::Map(e) => Some(e),
            Self::Dynamic | Self::Bool | Self::Number | Self::String | Self::Tuple(_) | Self::Object(_) => None,
        }
    }

    /// Whether [`Type::Dynamic`] is anywhere in it.
    #[must_use]
    pub fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic => true,
            Self::Bool | Self::Number | Self::String => false,
            Self::List(e) | Self::Set(e) | Self::Map(e) => e.has_dynamic(),
            Self::Tuple(es) => es.iter().any(Self::has_dynamic),
            Self::Object(o) => o.attributes().iter().any(|a| a.ty.has_dynamic()),
        }
    }

    /// Whether an attribute anywhere in it is optional.
    #[must_use]
    pub fn has_optional(&self) -> bool {
        match self {
            Self::Dynamic | Self::Bool | Self::Number | Self::String => false,
            Self::List(e) | Self::Set(e) | Self::Map(e) => e.has_optional(),
            Self::Tuple(es) => es.iter().any(Self::has_optional),
            Self::Object(o) => o.attributes().iter().any(|a| a.optional || a.ty.has_optional()),
        }
    }

    /// The attributes of an object type.
    #[must_use]
    pub fn attributes(&self) -> Option<&[ObjectAttribute]> {
        match self {
            Self::Object(object) => Some(object.attributes()),
            _ => None,
        }
    }

    /// The element types of a tuple type.
    #[must_use]
    pub fn tuple_elements(&self) -> Option<&[Self]> {
        match self {
            Self::Tuple(types) => Some(types),
            _ => None,
        }
    }

    /// The same without `optional` on any attribute.
    #[must_use]
    pub fn without_optional(&self) -> Self {
        match self {
            _ if !self.has_optional() => self.clone(),
            Self::Dynamic | Self::Bool | Self::Number | Self::String => self.clone(),
            Self::List(e) => Self::list(e.without_optional()),
            Self::Set(e) => Self::set(e.without_optional()),
            Self::Map(e) => Self::map(e.without_optional()),
            Self::Tuple(es) => Self::tuple(es.iter().map(Self::without_optional)),
            Self::Object(o) => {
                Self::object(o.attributes().iter().map(|a| (Str::clone(&a.name), a.ty.without_optional())))
            }
        }
    }
}
