//! The type that several types have in common.

use std::collections::HashSet;

use super::plan;
use crate::deep::deep;
use crate::{ObjectType, Str, Type};

pub(super) fn unify(types: &[Type], lossy: bool) -> Option<Type> {
    let first = types.first()?;
    if types.iter().all(|ty| ty == first) {
        return Some(first.clone());
    }
    let mut seen = HashSet::new();
    let types: Vec<Type> = types.iter().filter(|ty| seen.insert(*ty)).cloned().collect();
    deep(|| unify_distinct(&types, lossy))
}

fn unify_distinct(types: &[Type], lossy: bool) -> Option<Type> {
    match Kinds::of(types) {
        // A conflict between kinds of structure.
        Some(Err(())) => None,
        Some(Ok(kind)) => match unify_kind(kind, types, lossy) {
            Outcome::Is(ty) => ty,
            Outcome::TryOrder => by_order(types, lossy),
        },
        None => by_order(types, lossy),
    }
}

#[derive(Clone, Copy)]
enum Kinds {
    Maps,
    MapsAndObjects,
    Lists,
    ListsAndTuples,
    Sets,
    Objects,
    Tuples,
}

enum Outcome {
    Is(Option<Type>),
    TryOrder,
}

impl Kinds {
    // Which rule the types fall under; unknown types (`Dynamic`) are passed over.
    fn of(types: &[Type]) -> Option<Result<Self, ()>> {
        let count = |test: fn(&Type) -> bool| types.iter().filter(|ty| test(ty)).count();
        let maps = count(|ty| matches!(ty, Type::Map(_)));
        let lists = count(|ty| matches!(ty, Type::List(_)));
        let sets = count(|ty| matches!(ty, Type::Set(_)));
        let objects = count(|ty| matches!(ty, Type::Object(_)));
        let tuples = count(|ty| matches!(ty, Type::Tuple(_)));
        let all = types.len() - count(|ty| *ty == Type::Dynamic);
        Some(Ok(match () {
            () if maps > 0 && maps == all => Self::Maps,
            () if maps > 0 && maps + objects == all => Self::MapsAndObjects,
            () if lists > 0 && lists == all => Self::Lists,
            () if lists > 0 && lists + tuples == all => Self::ListsAndTuples,
            () if sets > 0 && sets == all => Self::Sets,
            () if objects > 0 && objects == all => Self::Objects,
            () if tuples > 0 && tuples == all => Self::Tuples,
            () if objects > 0 && tuples > 0 => return Some(Err(())),
            () => return None,
        }))
    }
}

fn unify_kind(kind: Kinds, types: &[Type], lossy: bool) -> Outcome {
    let dynamic = types.contains(&Type::Dynamic);
    match kind {
        Kinds::MapsAndObjects => combined(types, lossy, |ty| matches!(ty, Type::Object(_)), map_of_objects),
        Kinds::ListsAndTuples => combined(types, lossy, |ty| matches!(ty, Type::Tuple(_)), list_of_tuples),
        _ if dynamic => Outcome::Is(Some(Type::Dynamic)),
        Kinds::Maps => Outcome::Is(collections(types, lossy, Type::map)),
        Kinds::Lists => Outcome::Is(collections(types, lossy, Type::list)),
        Kinds::Sets => Outcome::Is(collections(types, lossy, Type::set)),
        Kinds::Objects => Outcome::Is(objects(types, lossy)),
        Kinds::Tuples => Outcome::Is(tuples(types, lossy)),
    }
}

// Structures beside collections are first made a collection of their own.
fn combined(
    types: &[Type],
    lossy: bool,
    is_structure: fn(&Type) -> bool,
    collect: fn(&[Type], bool) -> Option<Type>,
) -> Outcome {
    let structures: Vec<Type> = types.iter().filter(|ty| is_structure(ty)).cloned().collect();
    let Some(collection) = collect(&structures, lossy) else { return Outcome::TryOrder };
    let replaced: Vec<Type> =
        types.iter().map(|ty| if is_structure(ty) { collection.clone() } else { ty.clone() }).collect();
    match unify(&replaced, lossy) {
        Some(ty @ (Type::List(_) | Type::Map(_))) => Outcome::Is(Some(ty)),
        _ => Outcome::TryOrder,
    }
}

fn all_convert(types: &[Type], to: &Type, lossy: bool) -> bool {
    types.iter().all(|ty| ty == to || plan::conversion(ty, to, lossy).is_some())
}

fn collections(types: &[Type], lossy: bool, make: fn(Type) -> Type) -> Option<Type> {
    let elements: Vec<Type> = types.iter().filter_map(Type::element).cloned().collect();
    let unified = make(unify(&elements, lossy)?);
    all_convert(types, &unified, lossy).then_some(unified)
}

fn object_types(types: &[Type]) -> Vec<&ObjectType> {
    types.iter().filter_map(|ty| if let Type::Object(object) = ty { Some(&**object) } else { None }).collect()
}

fn objects(types: &[Type], lossy: bool) -> Option<Type> {
    let all = object_types(types);
    let first = all.first()?.attributes();
    let names_match = |o: &&ObjectType| {
        o.attributes().len() == first.len() && o.attributes().iter().zip(first).all(|(a, b)| a.name == b.name)
    };
    if !all.iter().all(names_match) {
        return map_of_objects(types, lossy);
    }
    let mut attributes = Vec::with_capacity(first.len());
    for (i, attribute) in first.iter().enumerate() {
        let across: Vec<Type> = all.iter().map(|o| o.attributes()[i].ty.clone()).collect();
        attributes.push((Str::clone(&attribute.name), unify(&across, lossy)?));
    }
    let unified = Type::object(attributes);
    if all_convert(types, &unified, lossy) { Some(unified) } else { map_of_objects(types, lossy) }
}

fn map_of_objects(types: &[Type], lossy: bool) -> Option<Type> {
    let attributes: Vec<Type> = object_types(types).iter().flat_map(|o| o.attributes()).map(|a| a.ty.clone()).collect();
    let unified = Type::map(unify(&attributes, lossy)?);
    all_convert(types, &unified, lossy).then_some(unified)
}

fn tuple_types(types: &[Type]) -> Vec<&[Type]> {
    types.iter().filter_map(|ty| if let Type::Tuple(elements) = ty { Some(&**elements) } else { None }).collect()
}

fn tuples(types: &[Type], lossy: bool) -> Option<Type> {
    let all = tuple_types(types);
    let length = all.first()?.len();
    if all.iter().any(|t| t.len() != length) {
        return list_of_tuples(types, lossy);
    }
    let mut elements = Vec::with_capacity(length);
    for i in 0..length {
        let across: Vec<Type> = all.iter().map(|t| t[i].clone()).collect();
        elements.push(unify(&across, lossy)?);
    }
    let unified = Type::tuple(elements);
    if all_convert(types, &unified, lossy) { Some(unified) } else { list_of_tuples(types, lossy) }
}

fn list_of_tuples(types: &[Type], lossy: bool) -> Option<Type> {
    let elements: Vec<Type> = tuple_types(types).iter().flat_map(|t| t.iter()).cloned().collect();
    let unified = Type::list(unify(&elements, lossy)?);
    all_convert(types, &unified, lossy).then_some(unified)
}

// The first type, in order of preference, that all others can be converted to.
fn by_order(types: &[Type], lossy: bool) -> Option<Type> {
    let order = preference_order(types);
    order.into_iter().map(|i| &types[i]).find(|ty| all_convert(types, ty, lossy)).cloned()
}

// A topological order by `preference`, stable for types that are not related.
fn preference_order(types: &[Type]) -> Vec<usize> {
    let mut edges: Vec<Vec<usize>> = vec![Vec::new(); types.len()];
    let mut incoming = vec![0usize; types.len()];
    for i in 0..types.len() {
        for j in i + 1..types.len() {
            let (from, to) = match preference(&types[i], &types[j]) {
                0 => continue,
                n if n < 0 => (i, j),
                _ => (j, i),
            };
            edges[from].push(to);
            incoming[to] += 1;
        }
    }
    let mut order: Vec<usize> = (0..types.len()).filter(|i| incoming[*i] == 0).collect();
    let mut next = 0;
    while let Some(&i) = order.get(next) {
        next += 1;
        for &j in &edges[i] {
            incoming[j] -= 1;
            if incoming[j] == 0 {
                order.push(j);
            }
        }
    }
    order
}

// Negative when the first is preferred, positive when the second is, zero when they are not related.
fn preference(a: &Type, b: &Type) -> i8 {
    deep(|| preference_of(a, b))
}

fn preference_of(a: &Type, b: &Type) -> i8 {
    match (a, b) {
        (Type::Dynamic, Type::Dynamic) => 0,
        (Type::Dynamic, _) => 1,
        (_, Type::Dynamic) => -1,
        (Type::String, Type::String) => 0,
        (Type::String, Type::Bool | Type::Number) => -1,
        (Type::Bool | Type::Number, Type::String) => 1,
        (Type::List(x), Type::List(y)) | (Type::Set(x), Type::Set(y)) | (Type::Map(x), Type::Map(y)) => {
            preference(x, y)
        }
        (Type::Tuple(_) | Type::List(_), Type::Set(_)) | (Type::List(_), Type::Tuple(_)) => -1,
        (Type::Set(_), Type::Tuple(_) | Type::List(_)) | (Type::Tuple(_), Type::List(_)) => 1,
        (Type::Map(_), Type::Object(_)) => -1,
        (Type::Object(_), Type::Map(_)) => 1,
        (Type::Object(x), Type::Object(y)) => {
            let (x, y) = (x.attributes(), y.attributes());
            if x.len() != y.len() || x.iter().zip(y).any(|(a, b)| a.name != b.name) {
                return 0;
            }
            combine(x.iter().zip(y).map(|(a, b)| preference(&a.ty, &b.ty)))
        }
        (Type::Tuple(x), Type::Tuple(y)) if x.len() == y.len() => {
            combine(x.iter().zip(y.iter()).map(|(a, b)| preference(a, b)))
        }
        _ => 0,
    }
}

fn combine(preferences: impl Iterator<Item = i8>) -> i8 {
    let (mut first, mut second) = (false, false);
    for preference in preferences {
        first |= preference < 0;
        second |= preference > 0;
    }
    i8::from(second && !first) - i8::from(first && !second)
}
