//! `ignore_changes`: parts of the configuration that have no say once the object exists.

use std::collections::BTreeMap;

use fw_schema::{AttributeType, Block, NestedObject, Nesting};
use fw_value::{Path, PathStep, Str, Type, Value};

/// What is ignored.
#[derive(Clone, Debug, PartialEq)]
pub enum IgnoredChanges {
    /// All of the configuration.
    All,
    /// What is at these places. A place may be a key of a map that only one side has.
    At(Vec<Path>),
}

impl IgnoredChanges {
    /// `config` with what is ignored taken from `prior`; both may be marked. With `prior` null there is nothing to keep.
    ///
    /// The schema, given where `config` is a configuration, keeps computed attributes out of it when all is ignored. To
    /// take changes out of a provider's plan, give none.
    #[must_use]
    pub fn apply(&self, prior: &Value, config: &Value, schema: Option<&Block>) -> Value {
        if prior.is_null() {
            return config.clone();
        }
        match (self, schema) {
            (Self::All, None) => prior.clone(),
            (Self::All, Some(schema)) => without_computed(schema, prior),
            (Self::At(paths), _) => keep(paths, prior, config),
        }
    }
}

/// The object without the values of attributes that only the provider sets.
fn without_computed(schema: &Block, value: &Value) -> Value {
    if !value.can_iterate() {
        return value.clone();
    }
    let parts =
        value.string_entries().map(|(name, part)| match (schema.attributes.get(name), schema.blocks.get(name)) {
            (Some(attribute), _) => attribute_without_computed(attribute, part),
            (None, Some(nested)) => each(nested.nesting, part, &|element| without_computed(&nested.block, element)),
            (None, None) => part.clone(),
        });
    let parts = parts.collect();
    value.with_elements(parts)
}

fn attribute_without_computed(schema: &fw_schema::Attribute, value: &Value) -> Value {
    if schema.computed && !schema.optional {
        return Value::null(value.ty().clone());
    }
    match &schema.ty {
        AttributeType::Nested(object) => {
            each(object.nesting, value, &|element| object_without_computed(object, element))
        }
        AttributeType::Value(_) => value.clone(),
    }
}

fn object_without_computed(schema: &NestedObject, value: &Value) -> Value {
    if !value.can_iterate() {
        return value.clone();
    }
    let parts = value.string_entries().map(|(name, part)| match schema.attributes.get(name) {
        Some(attribute) => attribute_without_computed(attribute, part),
        None => part.clone(),
    });
    let parts = parts.collect();
    value.with_elements(parts)
}

fn each(nesting: Nesting, value: &Value, change: &dyn Fn(&Value) -> Value) -> Value {
    match nesting {
        _ if !value.can_iterate() => value.clone(),
        Nesting::Single | Nesting::Group => change(value),
        Nesting::List | Nesting::Set | Nesting::Map => value.with_elements(value.elements().map(change).collect()),
    }
}

/// What is kept at one place: the whole value, or keys of a map.
#[derive(Default)]
struct Kept {
    whole: bool,
    keys: Vec<Str>,
}

fn keep(paths: &[Path], prior: &Value, config: &Value) -> Value {
    let mut places: Vec<(Path, Kept)> = Vec::new();
    for path in paths {
        let (path, key) = split_key(path);
        let at = places.iter().position(|(other, _)| *other == path).unwrap_or_else(|| {
            places.push((path, Kept::default()));
            places.len() - 1
        });
        match key {
            Some(key) => places[at].1.keys.push(key),
            None => places[at].1.whole = true,
        }
    }
    // Inner places first: an outer one has the last word.
    places.sort_by_key(|(path, _)| std::cmp::Reverse(path.steps().len()));
    let mut result = config.clone();
    for (path, kept) in &places {
        let (Ok(before), Ok(wanted)) = (prior.at_path(path), config.at_path(path)) else { continue };
        if before != wanted {
            result = replace(&result, path.steps(), &|now| merge(kept, &before, now));
        }
    }
    result
}

/// A last step by string is a key of a map (or the name of an attribute, which is as good).
fn split_key(path: &Path) -> (Path, Option<Str>) {
    match path.steps().split_last() {
        Some((PathStep::Index(key), outer)) if key.as_str().is_some() => {
            (Path(outer.to_vec()), key.as_shared_str().map(Str::clone))
        }
        _ => (path.clone(), None),
    }
}

/// The value with what is at a place changed; as it is where there is no such place.
fn replace(value: &Value, steps: &[PathStep], change: &dyn Fn(&Value) -> Value) -> Value {
    let Some((first, rest)) = steps.split_first() else { return change(value) };
    let leads = |key: &Value| match first {
        PathStep::Attribute(name) => key.as_str() == Some(&**name),
        PathStep::Index(index) => key == index,
    };
    let elements = value.entries().map(
        |(key, element)| {
            if leads(&key) { replace(element, rest, change) } else { element.clone() }
        },
    );
    let elements = elements.collect();
    if value.can_iterate() { value.with_elements(elements) } else { value.clone() }
}

fn merge(kept: &Kept, before: &Value, now: &Value) -> Value {
    let Type::Map(element) = now.ty() else {
        // Only maps are taken apart; a string index into an object names all of the object, as in terraform.
        return before.clone();
    };
    if !now.is_known() {
        return now.clone();
    }
    if kept.whole {
        return before.clone();
    }
    let mut entries: BTreeMap<Str, Value> =
        now.as_map().unwrap_or_default().iter().map(|(k, v)| (Str::clone(k), v.clone())).collect();
    for key in &kept.keys {
        match before.map_ref(key) {
            Some(before) => entries.insert(Str::clone(key), before.clone()),
            None => entries.remove(key),
        };
    }
    if entries.is_empty() && now.is_null() {
        return now.clone();
    }
    Value::map((**element).clone(), entries).with_marks(now.marks())
}
