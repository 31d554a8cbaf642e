//! Conversions applied to values.

use std::sync::Arc;

use super::plan::{Conversion, How, Part};
use super::unify::unify;
use super::{ConvertError, convert, mismatch_message};
use crate::deep::deep;
use crate::{Content, Number, ObjectType, PathStep, Refinement, Str, Type, Value};

type Converted = Result<Value, ConvertError>;

/// Converts a value of the type the conversion was made for.
pub(super) fn top(conversion: &Conversion, value: &Value) -> Converted {
    if conversion.to == Type::Dynamic {
        return Ok(value.clone());
    }
    let converted = match value.content() {
        Content::Unknown(_) => unknown(value, &conversion.to.without_optional()),
        Content::Null => Value::null(with_dynamic_replaced(value.ty(), &conversion.to.without_optional())),
        _ => known(&conversion.how, value, &conversion.to)?,
    };
    Ok(converted.with_marks(value.marks()))
}

fn part(part: &Part, value: &Value) -> Converted {
    match part {
        Some(conversion) => deep(|| top(conversion, value)),
        None => Ok(value.clone()),
    }
}

fn known(how: &How, value: &Value, to: &Type) -> Converted {
    match how {
        How::Pass => Ok(value.clone()),
        How::ByValue => convert(value, to),
        How::NumberToString => Ok(Value::string(value.as_number().unwrap_or(&Number::ZERO).to_string())),
        How::BoolToString => Ok(Value::string(if value.is_true() { "true" } else { "false" })),
        How::StringToNumber => {
            let number = Number::parse(value.as_str().unwrap_or_default());
            number.map(Value::number).ok_or_else(|| ConvertError::here("a number is required"))
        }
        How::StringToBool => string_to_bool(value.as_str().unwrap_or_default()),
        How::ObjectToObject(ty, parts) => object_to_object(ty, parts, value),
        How::TupleToTuple(parts) => {
            let elements = indexed(value).zip(parts).map(|((i, v), p)| part(p, v).map_err(|e| e.under(at_index(i))));
            Ok(Value::tuple(elements.collect::<Result<Vec<_>, ConvertError>>()?))
        }
        How::CollectionToList(element, conversion) => list_from_collection(element, conversion, value),
        How::CollectionToSet(element, conversion) => {
            let elements = indexed(value).map(|(i, v)| element_of(conversion, v, at_index(i)));
            let elements = elements.collect::<Result<Vec<_>, ConvertError>>()?;
            set_of(element, value.ty().element(), elements)
        }
        How::MapToMap(element, conversion) => {
            let entries = value.as_map().unwrap_or_default();
            let converted = entries.iter().map(|(k, v)| Ok((Str::clone(k), element_of(conversion, v, at_key(k))?)));
            map_of(
                element,
                value.ty().element(),
                converted.collect::<Result<Vec<_>, ConvertError>>()?,
                false,
                "element",
            )
        }
        How::TupleToList(element, parts) => {
            let elements = indexed(value).zip(parts).map(|((i, v), p)| part(p, v).map_err(|e| e.under(at_index(i))));
            list_of(element, elements.collect::<Result<Vec<_>, ConvertError>>()?)
        }
        How::TupleToSet(element, parts) => {
            let elements = indexed(value).zip(parts).map(|((i, v), p)| part(p, v).map_err(|e| e.under(at_index(i))));
            set_of(element, None, elements.collect::<Result<Vec<_>, ConvertError>>()?)
        }
        How::ObjectToMap(element, parts) => {
            let entries = value.string_entries().zip(parts);
            let converted = entries.map(|((k, v), p)| Ok((Str::clone(k), part(p, v).map_err(|e| e.under(at_key(k)))?)));
            map_of(element, None, converted.collect::<Result<Vec<_>, ConvertError>>()?, true, "attribute")
        }
        How::MapToObject(ty, parts) => map_to_object(ty, parts, value),
    }
}

fn indexed(value: &Value) -> impl Iterator<Item = (usize, &Value)> {
    value.as_slice().unwrap_or_default().iter().enumerate()
}

fn at_index(i: usize) -> PathStep {
    PathStep::Index(Value::number(i))
}

fn at_key(key: &Str) -> PathStep {
    PathStep::Index(Value::string_shared(Str::clone(key)))
}

fn element_of(conversion: &Part, value: &Value, step: PathStep) -> Converted {
    part(conversion, value).map_err(|e| e.under(step))
}

fn string_to_bool(text: &str) -> Converted {
    let message = match text {
        "true" | "1" => return Ok(Value::bool(true)),
        "false" | "0" => return Ok(Value::bool(false)),
        _ if text.to_lowercase() == "true" => "a bool is required; to convert from string, use lowercase \"true\"",
        _ if text.to_lowercase() == "false" => "a bool is required; to convert from string, use lowercase \"false\"",
        _ => "a bool is required",
    };
    Err(ConvertError::here(message))
}

fn object_to_object(ty: &Arc<ObjectType>, parts: &[Option<Part>], value: &Value) -> Converted {
    let mut found: Vec<Option<Value>> = vec![None; ty.attributes().len()];
    for ((name, v), part_of) in value.string_entries().zip(parts) {
        let (Some(conversion), Some(at)) = (part_of, ty.index_of(name)) else { continue };
        let converted = part(conversion, v).map_err(|e| e.under(PathStep::Attribute(Str::clone(name))))?;
        found[at] = Some(converted);
    }
    Ok(object_with_defaults(ty, found))
}

// The object; what is missing is null. The type follows from the values: unknown types may have become known.
fn object_with_defaults(ty: &ObjectType, found: Vec<Option<Value>>) -> Value {
    let attributes = ty.attributes().iter().zip(found).map(|(attribute, value)| {
        let value = value.unwrap_or_else(|| Value::null(attribute.ty.without_optional()));
        (Str::clone(&attribute.name), value)
    });
    Value::object(attributes)
}

fn map_to_object(ty: &Arc<ObjectType>, parts: &[Result<Part, ()>], value: &Value) -> Converted {
    let mut found: Vec<Option<Value>> = vec![None; ty.attributes().len()];
    for (key, v) in value.as_map().unwrap_or_default() {
        let Some(at) = ty.index_of(key) else { continue };
        let converted = match &parts[at] {
            Ok(conversion) => part(conversion, v).map_err(|e| e.under(at_key(key)))?,
            Err(()) => {
                let why = mismatch_message(v.ty(), &ty.attributes()[at].ty);
                let quoted = crate::type_text::go_quoted(key);
                let message = format!("map element type is incompatible with attribute {quoted}: {why}");
                return Err(ConvertError::here(message));
            }
        };
        found[at] = Some(converted);
    }
    for (attribute, value) in ty.attributes().iter().zip(&found) {
        if value.is_none() && !attribute.optional {
            let quoted = crate::type_text::go_quoted(&attribute.name);
            return Err(ConvertError::here(format!("map has no element for required attribute {quoted}")));
        }
    }
    Ok(object_with_defaults(ty, found))
}

fn list_from_collection(element: &Type, conversion: &Part, value: &Value) -> Converted {
    if !value.length().is_known() {
        // A set whose unknown elements could still turn out equal has no length yet, and so no list.
        let element =
            with_dynamic_replaced(value.ty().element().unwrap_or(&Type::Dynamic), &element.without_optional());
        return Ok(Value::unknown(Type::list(element)));
    }
    let elements = indexed(value).map(|(i, v)| element_of(conversion, v, at_index(i)));
    let elements = elements.collect::<Result<Vec<_>, ConvertError>>()?;
    if elements.is_empty() {
        return Ok(Value::list(empty_element(element, value.ty().element()), []));
    }
    match common_type(&elements) {
        Some(ty) => Ok(Value::list(ty, elements)),
        None => Err(ConvertError::here("element types must all match for conversion to list")),
    }
}

// The element type of a collection without elements.
fn empty_element(wanted: &Type, given: Option<&Type>) -> Type {
    match given {
        Some(given) if *wanted == Type::Dynamic => given.clone(),
        _ => wanted.without_optional(),
    }
}

// The one type of all elements; those of unknown type take it.
fn common_type(elements: &[Value]) -> Option<Type> {
    let mut common = &Type::Dynamic;
    for value in elements {
        match value.ty() {
            Type::Dynamic => {}
            ty if *common == Type::Dynamic => common = ty,
            ty if ty == common => {}
            _ => return None,
        }
    }
    Some(common.clone())
}

fn list_of(element: &Type, elements: Vec<Value>) -> Converted {
    if elements.is_empty() {
        return Ok(Value::list(element.without_optional(), []));
    }
    let elements = unified(elements, at_index)?;
    match common_type(&elements) {
        Some(ty) => Ok(Value::list(ty, elements)),
        None => Err(ConvertError::here("element types must all match for conversion to list")),
    }
}

fn set_of(element: &Type, given: Option<&Type>, elements: Vec<Value>) -> Converted {
    if elements.is_empty() {
        return Ok(Value::set(empty_element(element, given), []));
    }
    match common_type(&elements) {
        Some(ty) => Ok(Value::set(ty, elements)),
        None => Err(ConvertError::here("element types must all match for conversion to set")),
    }
}

fn map_of(element: &Type, given: Option<&Type>, entries: Vec<(Str, Value)>, lossy: bool, noun: &str) -> Converted {
    if entries.is_empty() {
        return Ok(Value::map(empty_element(element, given), entries));
    }
    let (keys, mut elements): (Vec<Str>, Vec<Value>) = entries.into_iter().unzip();
    if element.is_collection() || matches!(element, Type::Object(_)) {
        elements = unified_as(elements, lossy, |i| at_key(&keys[i]))?;
    }
    match common_type(&elements) {
        Some(ty) => Ok(Value::map(ty, keys.into_iter().zip(elements))),
        None => Err(ConvertError::here(format!("{noun} types must all match for conversion to map"))),
    }
}

fn unified(elements: Vec<Value>, step: impl Fn(usize) -> PathStep) -> Result<Vec<Value>, ConvertError> {
    unified_as(elements, true, step)
}

// Elements of unknown inner types may have come out with different types: once more to a common one.
fn unified_as(elements: Vec<Value>, lossy: bool, step: impl Fn(usize) -> PathStep) -> Result<Vec<Value>, ConvertError> {
    let same = elements.iter().all(|v| v.ty() == elements[0].ty());
    if same {
        return Ok(elements);
    }
    let types: Vec<Type> = elements.iter().map(|v| v.ty().clone()).collect();
    let Some(ty) = unify(&types, lossy) else {
        return Err(ConvertError::here("cannot find a common base type for all elements"));
    };
    let convert_one = |(i, v): (usize, &Value)| {
        if *v.ty() == ty { Ok(v.clone()) } else { convert(v, &ty).map_err(|e| e.under(step(i))) }
    };
    elements.iter().enumerate().map(convert_one).collect()
}

// An unknown of the wanted type, with what the facts about the source say of it.
fn unknown(source: &Value, to: &Type) -> Value {
    let mut facts = Refinement { not_null: source.is_definitely_not_null(), ..Refinement::default() };
    let range = source.range();
    let count = |n: usize| u64::try_from(n).ok();
    match (source.ty(), to) {
        (Type::Object(object), Type::Map(_)) => {
            facts.length_min = count(object.attributes().len());
            facts.length_max = facts.length_min;
        }
        (Type::Tuple(types), Type::List(_)) => {
            facts.length_min = count(types.len());
            facts.length_max = facts.length_min;
        }
        (Type::Tuple(types), Type::Set(_)) => {
            facts.length_min = count(types.len().min(1));
            facts.length_max = count(types.len());
        }
        (from, _) if from.is_collection() && to.is_collection() => {
            let least = if matches!(to, Type::Set(_)) { range.length_min.min(1) } else { range.length_min };
            facts.length_min = Some(least);
            facts.length_max = range.length_max;
        }
        _ => {}
    }
    Value::unknown_refined(with_dynamic_replaced(source.ty(), to), facts)
}

// The wanted type with what it leaves open taken from the type of the source.
fn with_dynamic_replaced(from: &Type, to: &Type) -> Type {
    deep(|| replaced(from, to))
}

fn replaced(from: &Type, to: &Type) -> Type {
    let unified = |types: Vec<Type>| unify(&types, true).unwrap_or(Type::Dynamic);
    match (from, to) {
        (Type::Dynamic, _) | (_, Type::Bool | Type::Number | Type::String) => to.clone(),
        (_, Type::Dynamic) => from.clone(),
        (Type::Map(f), Type::Map(t)) => Type::map(with_dynamic_replaced(f, t)),
        (Type::Object(f), Type::Map(t)) => {
            let element = unified(f.attributes().iter().map(|a| a.ty.clone()).collect());
            Type::map(with_dynamic_replaced(&element, t))
        }
        (_, Type::Object(t)) => Type::object(t.attributes().iter().map(|wanted| {
            let given = match from {
                Type::Map(f) => Some(&**f),
                Type::Object(f) => f.attribute(&wanted.name).map(|a| &a.ty),
                _ => None,
            };
            let ty = given.map_or_else(|| wanted.ty.clone(), |given| with_dynamic_replaced(given, &wanted.ty));
            (Str::clone(&wanted.name), ty)
        })),
        (Type::Set(f) | Type::List(f), Type::Set(t)) => Type::set(with_dynamic_replaced(f, t)),
        (Type::Set(f) | Type::List(f), Type::List(t)) => Type::list(with_dynamic_replaced(f, t)),
        (Type::Tuple(f), Type::Set(t)) => Type::set(with_dynamic_replaced(&unified(f.to_vec()), t)),
        (Type::Tuple(f), Type::List(t)) => Type::list(with_dynamic_replaced(&unified(f.to_vec()), t)),
        (Type::Tuple(f), Type::Tuple(t)) if f.len() == t.len() => {
            Type::tuple(f.iter().zip(t.iter()).map(|(f, t)| with_dynamic_replaced(f, t)))
        }
        _ => to.clone(),
    }
}
