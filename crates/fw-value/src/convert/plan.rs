//! Conversions between types, worked out once for all values of a type.

use std::sync::Arc;

use super::unify::unify;
use crate::deep::deep;
use crate::{ObjectType, Type};

/// How to convert values of one type to another.
#[derive(Clone, Debug)]
pub(super) struct Conversion {
    /// The type wanted.
    pub(super) to: Type,
    /// What is to be done with known, non-null values.
    pub(super) how: How,
}

/// A conversion of a part; `None` where types are equal.
pub(super) type Part = Option<Arc<Conversion>>;

#[derive(Clone, Debug)]
pub(super) enum How {
    Pass,
    ByValue,
    NumberToString,
    BoolToString,
    StringToNumber,
    StringToBool,
    /// By position in the source type; the outer `None` drops the attribute.
    ObjectToObject(Arc<ObjectType>, Vec<Option<Part>>),
    TupleToTuple(Vec<Part>),
    CollectionToList(Type, Part),
    CollectionToSet(Type, Part),
    MapToMap(Type, Part),
    TupleToList(Type, Vec<Part>),
    TupleToSet(Type, Vec<Part>),
    ObjectToMap(Type, Vec<Part>),
    /// By position in the wanted type; `Err` where the map's elements fit an optional attribute in no way.
    MapToObject(Arc<ObjectType>, Vec<Result<Part, ()>>),
}

/// The conversion between two types, if there is one; `lossy` allows those that fail on some values.
pub(super) fn conversion(from: &Type, to: &Type, lossy: bool) -> Option<Conversion> {
    let how = deep(|| how(from, to, lossy))?;
    Some(Conversion { to: to.clone(), how })
}

fn part(from: &Type, to: &Type, lossy: bool) -> Option<Part> {
    if from == to { Some(None) } else { conversion(from, to, lossy).map(|conversion| Some(Arc::new(conversion))) }
}

fn how(from: &Type, to: &Type, lossy: bool) -> Option<How> {
    let inner = |from: &Type, to: &Type| part(from, to, lossy);
    match (from, to) {
        (_, Type::Dynamic) => Some(How::Pass),
        (Type::Dynamic, _) => lossy.then_some(How::ByValue),
        (Type::Number, Type::String) => Some(How::NumberToString),
        (Type::Bool, Type::String) => Some(How::BoolToString),
        (Type::String, Type::Number) => lossy.then_some(How::StringToNumber),
        (Type::String, Type::Bool) => lossy.then_some(How::StringToBool),
        (Type::Object(f), Type::Object(t)) => object_to_object(f, t, lossy),
        (Type::Tuple(f), Type::Tuple(t)) if f.len() == t.len() => {
            f.iter().zip(t.iter()).map(|(f, t)| part(f, t, lossy)).collect::<Option<_>>().map(How::TupleToTuple)
        }
        (Type::List(f) | Type::Set(f), Type::List(t)) => Some(How::CollectionToList((**t).clone(), inner(f, t)?)),
        (Type::List(_), Type::Set(_)) if !lossy => None,
        (Type::List(f) | Type::Set(f), Type::Set(t)) => Some(How::CollectionToSet((**t).clone(), inner(f, t)?)),
        // Elements of a map are converted even when the types are equal, which needs a conversion to exist.
        (Type::Map(f), Type::Map(t)) => Some(How::MapToMap((**t).clone(), inner(f, t)?)),
        (Type::Tuple(f), Type::List(t)) => {
            let (element, parts) = elements(f.iter(), t, lossy, true)?;
            Some(How::TupleToList(element, parts))
        }
        (Type::Tuple(f), Type::Set(t)) => {
            let (element, parts) = elements(f.iter(), t, lossy, true)?;
            Some(How::TupleToSet(element, parts))
        }
        (Type::Object(f), Type::Map(t)) => {
            let (element, parts) = elements(f.attributes().iter().map(|a| &a.ty), t, lossy, false)?;
            Some(How::ObjectToMap(element, parts))
        }
        (Type::Map(f), Type::Object(t)) if lossy => map_to_object(f, t),
        _ => None,
    }
}

fn object_to_object(from: &ObjectType, to: &Arc<ObjectType>, lossy: bool) -> Option<How> {
    for wanted in to.attributes() {
        if !wanted.optional {
            from.index_of(&wanted.name)?;
        }
    }
    let mut parts = Vec::with_capacity(from.attributes().len());
    for given in from.attributes() {
        parts.push(match to.attribute(&given.name) {
            None => None,
            Some(wanted) => Some(part(&given.ty, &wanted.ty, lossy)?),
        });
    }
    Some(How::ObjectToObject(Arc::clone(to), parts))
}

fn map_to_object(from: &Type, to: &Arc<ObjectType>) -> Option<How> {
    let mut parts = Vec::with_capacity(to.attributes().len());
    for wanted in to.attributes() {
        parts.push(match part(from, &wanted.ty, true) {
            Some(part) => Ok(part),
            None if wanted.optional => Err(()),
            None => return None,
        });
    }
    Some(How::MapToObject(Arc::clone(to), parts))
}

// The element type of the collection to be made of a structure, and the conversions of its parts to it.
fn elements<'a>(
    types: impl Iterator<Item = &'a Type> + Clone,
    wanted: &Type,
    lossy: bool,
    refuse_dynamic: bool,
) -> Option<(Type, Vec<Part>)> {
    let mut element = wanted.clone();
    if *wanted == Type::Dynamic && types.clone().next().is_some() {
        element = unify(&types.clone().cloned().collect::<Vec<_>>(), lossy)?;
        // Elements that have nothing in common must not become a collection of anything.
        let mixed = element == Type::Dynamic && types.clone().any(|ty| *ty != Type::Dynamic);
        if refuse_dynamic && mixed {
            return None;
        }
    }
    // Long tuples mostly have elements of one type: work that out once.
    let mut last: Option<(&Type, Part)> = None;
    let mut parts = Vec::new();
    for ty in types {
        let conversion = match &last {
            Some((same, conversion)) if *same == ty => conversion.clone(),
            _ => part(ty, &element, lossy)?,
        };
        last = Some((ty, conversion.clone()));
        parts.push(conversion);
    }
    Some((element, parts))
}
