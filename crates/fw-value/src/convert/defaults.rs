//! Defaults of optional attributes, filled in before conversion.

use std::collections::BTreeMap;

use super::{convert, unify};
use crate::deep::deep;
use crate::{Content, Str, Type, Value};

/// The defaults that a type constraint with `optional(type, default)` has, by place in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Defaults {
    /// The type constraint the defaults belong to.
    pub ty: Type,
    /// Defaults of the attributes of an object type.
    pub values: BTreeMap<Str, Value>,
    /// Defaults further inside: by name for objects, by decimal index for tuples, under the empty string for the
    /// elements of collections.
    pub children: BTreeMap<Str, Self>,
}

impl Defaults {
    /// No defaults for a type.
    #[must_use]
    pub fn none(ty: Type) -> Self {
        Self { ty, values: BTreeMap::new(), children: BTreeMap::new() }
    }

    /// Whether there are none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.children.is_empty()
    }

    /// The value with defaults where attributes are missing or null, at all depths. Null and unknown values themselves
    /// stay. What comes out is to be converted to the type of the constraint.
    #[must_use]
    pub fn apply(&self, value: &Value) -> Value {
        if self.is_empty() {
            return value.clone();
        }
        let applied = deep(|| self.apply_inside(value));
        applied.map_or_else(|| value.clone(), |applied| applied.with_marks(value.marks()))
    }

    fn apply_inside(&self, value: &Value) -> Option<Value> {
        Some(match value.content() {
            Content::Sequence(elements) => self.apply_to_sequence(value, elements),
            Content::Map(_) | Content::Object(_) => self.apply_to_named(value),
            _ => return None,
        })
    }

    fn child(&self, key: &str) -> Option<&Self> {
        match self.ty {
            Type::Tuple(_) | Type::Object(_) => self.children.get(key),
            _ => self.children.get(""),
        }
    }

    fn apply_to_sequence(&self, value: &Value, elements: &[Value]) -> Value {
        let apply = |(i, v): (usize, &Value)| self.child(&i.to_string()).map_or_else(|| v.clone(), |d| d.apply(v));
        let applied: Vec<Value> = elements.iter().enumerate().map(apply).collect();
        if applied.is_empty() {
            return value.clone();
        }
        let make: fn(Type, Vec<Value>) -> Value = match value.ty() {
            Type::Set(_) => Value::set,
            Type::List(_) => Value::list,
            _ => return Value::tuple(applied),
        };
        match unified(&applied) {
            Some((ty, converted)) => make(ty, converted),
            None => Value::tuple(applied),
        }
    }

    fn apply_to_named(&self, value: &Value) -> Value {
        let apply = |(k, v): (&Str, &Value)| {
            let applied = self.child(k).map_or_else(|| v.clone(), |d| d.apply(v));
            (Str::clone(k), applied)
        };
        let mut applied: BTreeMap<Str, Value> = value.string_entries().map(apply).collect();
        for (name, default) in &self.values {
            match applied.get_mut(name) {
                Some(given) if !given.is_null() => {
                    if default.is_definitely_not_null() && *given.ty() != Type::Dynamic {
                        *given = given.clone().refine_not_null();
                    }
                }
                _ => {
                    let default = self.children.get(name).map_or_else(|| default.clone(), |d| d.apply(default));
                    applied.insert(Str::clone(name), default);
                }
            }
        }
        if !matches!(value.ty(), Type::Map(_)) {
            return Value::object(applied);
        }
        if applied.is_empty() {
            return value.clone();
        }
        let (keys, elements): (Vec<Str>, Vec<Value>) = applied.into_iter().unzip();
        match unified(&elements) {
            Some((ty, converted)) => Value::map(ty, keys.into_iter().zip(converted)),
            None => Value::object(keys.into_iter().zip(elements)),
        }
    }
}

fn unified(elements: &[Value]) -> Option<(Type, Vec<Value>)> {
    let types: Vec<Type> = elements.iter().map(|v| v.ty().clone()).collect();
    let ty = unify(&types)?;
    let converted = elements.iter().map(|v| convert(v, &ty).ok()).collect::<Option<_>>()?;
    Some((ty, converted))
}
