//! Looking into values.

use super::{Content, Value};
use crate::{Number, Str, Type};

impl Value {
    /// The text of a known string, whatever its marks.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.content {
            Content::String(text) => Some(text),
            _ => None,
        }
    }

    /// The shared text of a known string, whatever its marks.
    #[must_use]
    pub fn as_shared_str(&self) -> Option<&Str> {
        match &self.content {
            Content::String(text) => Some(text),
            _ => None,
        }
    }

    /// A known bool, whatever its marks.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match &self.content {
            Content::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// A known number, whatever its marks.
    #[must_use]
    pub fn as_number(&self) -> Option<&Number> {
        match &self.content {
            Content::Number(n) => Some(n),
            _ => None,
        }
    }

    /// Whether this is a known bool that is true.
    #[must_use]
    pub fn is_true(&self) -> bool {
        self.as_bool() == Some(true)
    }

    /// Whether this is a known bool that is false.
    #[must_use]
    pub fn is_false(&self) -> bool {
        self.as_bool() == Some(false)
    }

    /// Whether there is anything to iterate: a known, non-null collection, tuple or object.
    #[must_use]
    pub fn can_iterate(&self) -> bool {
        matches!(self.content, Content::Sequence(_) | Content::Map(_) | Content::Object(_))
    }

    /// The elements of a known list, set or tuple, in order; `None` for all else.
    #[must_use]
    pub fn as_slice(&self) -> Option<&[Self]> {
        match &self.content {
            Content::Sequence(elements) => Some(elements),
            _ => None,
        }
    }

    /// The entries of a known map, in order of keys; `None` for all else.
    #[must_use]
    pub fn as_map(&self) -> Option<&[(Str, Self)]> {
        match &self.content {
            Content::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Keys and elements of anything that can be iterated, in the order of the language; nothing for other values.
    /// Own marks of the value are not put on the elements.
    #[must_use]
    pub fn entries(&self) -> Entries<'_> {
        Entries { value: self, next: 0 }
    }

    /// The elements alone, in the order of [`Self::entries`].
    pub fn elements(&self) -> impl ExactSizeIterator<Item = &Self> + '_ {
        (0..self.entries().len()).map(|i| self.element_at(i).expect("within the length"))
    }

    /// Names or string keys and elements of a known object or map, in order; nothing for other values.
    pub fn string_entries(&self) -> impl Iterator<Item = (&Str, &Self)> + '_ {
        let map = self.as_map().unwrap_or_default().iter().map(|(k, v)| (k, v));
        let (names, values) = match (&self.ty, &self.content) {
            (Type::Object(ty), Content::Object(values)) => (ty.attributes(), &**values),
            _ => (Default::default(), Default::default()),
        };
        map.chain(names.iter().map(|a| &a.name).zip(values))
    }

    fn element_at(&self, i: usize) -> Option<&Self> {
        match &self.content {
            Content::Sequence(elements) | Content::Object(elements) => elements.get(i),
            Content::Map(entries) => entries.get(i).map(|(_, v)| v),
            Content::Null | Content::Unknown(_) | Content::Bool(_) | Content::Number(_) | Content::String(_) => None,
        }
    }

    /// How many elements or attributes it has; for tuples and objects also when unknown. An unknown element of a set
    /// counts as one.
    #[must_use]
    pub fn length_usize(&self) -> Option<usize> {
        match (&self.ty, &self.content) {
            (Type::Tuple(types), _) => Some(types.len()),
            (Type::Object(object), _) => Some(object.attributes().len()),
            (_, Content::Sequence(elements)) => Some(elements.len()),
            (_, Content::Map(entries)) => Some(entries.len()),
            _ => None,
        }
    }

    /// The attribute of an object, with the marks of the object on it: unknown when the object is. `None` when there
    /// is no such attribute, the object is null or it is no object.
    #[must_use]
    pub fn attr(&self, name: &str) -> Option<Self> {
        let found = match (&self.ty, &self.content) {
            (Type::Dynamic, Content::Unknown(_)) => Self::dynamic(),
            (Type::Object(ty), Content::Unknown(_)) => Self::unknown(ty.attribute(name)?.ty.clone()),
            (Type::Object(ty), Content::Object(values)) => values.get(ty.index_of(name)?)?.clone(),
            _ => return None,
        };
        Some(found.with_marks(self.marks))
    }

    /// The attribute of a known object, without the marks of the object.
    #[must_use]
    pub fn attr_ref(&self, name: &str) -> Option<&Self> {
        match (&self.ty, &self.content) {
            (Type::Object(ty), Content::Object(values)) => values.get(ty.index_of(name)?),
            _ => None,
        }
    }

    /// The element of a known map, without the marks of the map.
    #[must_use]
    pub fn map_ref(&self, key: &str) -> Option<&Self> {
        let entries = self.as_map()?;
        entries.binary_search_by(|(k, _)| (**k).cmp(key)).ok().map(|i| &entries[i].1)
    }

    /// The element of a list, tuple or map at a key, with the marks of both: unknown when either is. `None` when there
    /// is no such element, the value or key is null, or the key has the wrong type.
    #[must_use]
    pub fn index(&self, key: &Self) -> Option<Self> {
        let found = self.index_unmarked(key)?;
        Some(found.with_marks(self.marks | key.marks))
    }

    fn index_unmarked(&self, key: &Self) -> Option<Self> {
        let waits = key.ty == Type::Dynamic && !key.is_null();
        match (&self.ty, &self.content) {
            (Type::Dynamic, Content::Unknown(_)) => Some(Self::dynamic()),
            (_, Content::Null) => None,
            (Type::List(element), content) if waits || key.ty == Type::Number => match (&key.content, content) {
                (Content::Unknown(_), _) | (Content::Number(_), Content::Unknown(_)) => {
                    Some(Self::unknown((**element).clone()))
                }
                (Content::Number(n), Content::Sequence(elements)) => elements.get(n.to_usize()?).cloned(),
                _ => None,
            },
            (Type::Tuple(types), content) if waits || key.ty == Type::Number => match (&key.content, content) {
                (Content::Unknown(_), _) => Some(Self::dynamic()),
                (Content::Number(n), Content::Unknown(_)) => types.get(n.to_usize()?).cloned().map(Self::unknown),
                (Content::Number(n), Content::Sequence(elements)) => elements.get(n.to_usize()?).cloned(),
                _ => None,
            },
            (Type::Map(element), content) if waits || key.ty == Type::String => match (&key.content, content) {
                (Content::Unknown(_), _) | (Content::String(_), Content::Unknown(_)) => {
                    Some(Self::unknown((**element).clone()))
                }
                (Content::String(k), Content::Map(_)) => self.map_ref(k).cloned(),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Iterator over keys and elements: numbers for lists and tuples, strings for maps and objects, the element itself for
/// sets.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    value: &'a Value,
    next: usize,
}

impl<'a> Iterator for Entries<'a> {
    type Item = (Value, &'a Value);

    fn next(&mut self) -> Option<Self::Item> {
        let i = self.next;
        let element = self.value.element_at(i)?;
        self.next += 1;
        let key = match (&self.value.ty, &self.value.content) {
            (Type::Set(_), _) => element.clone(),
            (Type::Object(ty), _) => Value::string_shared(Str::clone(&ty.attributes()[i].name)),
            (_, Content::Map(entries)) => Value::string_shared(Str::clone(&entries[i].0)),
            _ => Value::number(i),
        };
        Some((key, element))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let all = match &self.value.content {
            Content::Sequence(elements) | Content::Object(elements) => elements.len(),
            Content::Map(entries) => entries.len(),
            Content::Null | Content::Unknown(_) | Content::Bool(_) | Content::Number(_) | Content::String(_) => 0,
        };
        let left = all.saturating_sub(self.next);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Entries<'_> {}
