//! Values from JSON.

use std::borrow::Cow;
use std::sync::Arc;

use super::node::Node;
use super::read_type;
use super::reader::{JsonError, Kind, Reader};
use crate::value::normalized;
use crate::{Number, ObjectType, PathError, PathStep, Str, Type, Value};

impl From<JsonError> for PathError {
    fn from(error: JsonError) -> Self {
        Self::here(error.message)
    }
}

type Read<T> = Result<T, PathError>;

/// The value a JSON text has as one of type `ty`; [`Type::Dynamic`] expects the wrapper `{"value":…,"type":…}`. Missing
/// attributes are null. Bytes that are not UTF-8 become U+FFFD.
///
/// # Errors
/// When the text is not JSON or does not fit the type.
pub fn unmarshal(text: &[u8], ty: &Type) -> Result<Value, PathError> {
    unmarshal_str(&String::from_utf8_lossy(text), ty)
}

/// Like [`unmarshal`], from text.
///
/// # Errors
/// When the text is not JSON or does not fit the type.
pub fn unmarshal_str(text: &str, ty: &Type) -> Result<Value, PathError> {
    let mut reader = Reader::new(text);
    let value = read_value(&mut reader, ty)?;
    reader.end()?;
    Ok(value)
}

/// The value a JSON tree has as one of type `ty`.
///
/// # Errors
/// When it does not fit the type.
pub fn value_of_node(node: &Node, ty: &Type) -> Result<Value, PathError> {
    unmarshal_str(&node.to_string(), ty)
}

/// Reads a value of type `ty`.
///
/// # Errors
/// When what comes next is not JSON or does not fit the type.
pub fn read_value(reader: &mut Reader<'_>, ty: &Type) -> Result<Value, PathError> {
    let kind = reader.peek()?;
    if kind == Kind::Null {
        reader.null()?;
        return Ok(Value::null(ty.clone()));
    }
    match ty {
        Type::Dynamic => read_dynamic(reader),
        Type::Bool => match kind {
            Kind::Bool => Ok(Value::bool(reader.bool()?)),
            Kind::String => crate::convert::convert(&Value::string(reader.string()?), &Type::Bool),
            _ => Err(PathError::here("bool is required")),
        },
        Type::Number => read_number(reader, kind),
        Type::String => match kind {
            Kind::String => Ok(Value::string(reader.string()?)),
            Kind::Number => Ok(Value::string(reader.number()?)),
            Kind::Bool => Ok(Value::string(if reader.bool()? { "true" } else { "false" })),
            _ => Err(PathError::here("string is required")),
        },
        Type::List(element) => {
            let elements = read_elements(reader, kind, element)?;
            let element = actual_element(element, elements.iter())?;
            Ok(Value::list(element, elements))
        }
        Type::Set(element) => {
            let elements = read_elements(reader, kind, element)?;
            let element = actual_element(element, elements.iter())?;
            Ok(Value::set(element, elements))
        }
        Type::Map(element) => read_map(reader, kind, element),
        Type::Tuple(types) => read_tuple(reader, kind, types),
        Type::Object(object) => read_object(reader, kind, object),
    }
}

fn read_number(reader: &mut Reader<'_>, kind: Kind) -> Read<Value> {
    let text = match kind {
        Kind::Number => Cow::Borrowed(reader.number()?),
        Kind::String => reader.string()?,
        _ => return Err(PathError::here("number is required")),
    };
    Number::parse(&text).map(Value::number).ok_or_else(|| PathError::here("a number is required"))
}

fn expect(kind: Kind, wanted: Kind) -> Read<()> {
    let delimiter = if wanted == Kind::Array { '[' } else { '{' };
    if kind == wanted { Ok(()) } else { Err(PathError::here(format!("missing expected {delimiter}"))) }
}

fn read_elements(reader: &mut Reader<'_>, kind: Kind, element: &Type) -> Read<Vec<Value>> {
    expect(kind, Kind::Array)?;
    let mut elements: Vec<Value> = Vec::new();
    reader.array(|reader| {
        let i = elements.len();
        elements.push(read_value(reader, element).map_err(|e| e.under(PathStep::Index(Value::number(i))))?);
        Read::Ok(())
    })?;
    Ok(elements)
}

/// The element type that elements really have, where the wanted one leaves something open.
pub(crate) fn actual_element<'v>(wanted: &Type, elements: impl Iterator<Item = &'v Value>) -> Read<Type> {
    if !wanted.has_dynamic() {
        return Ok(wanted.clone());
    }
    let mut common: Option<&Type> = None;
    for ty in elements.map(Value::ty).filter(|ty| **ty != Type::Dynamic) {
        match common {
            Some(same) if same != ty => return Err(PathError::here("all elements must have the same type")),
            _ => common = Some(ty),
        }
    }
    Ok(common.unwrap_or(wanted).clone())
}

fn read_map(reader: &mut Reader<'_>, kind: Kind, element: &Type) -> Read<Value> {
    expect(kind, Kind::Object)?;
    let mut entries: Vec<(Str, Value)> = Vec::new();
    reader.object(|reader, key| {
        let key = normalized(Str::from(&*key));
        let value = read_value(reader, element)
            .map_err(|e| e.under(PathStep::Index(Value::string_shared(Str::clone(&key)))))?;
        entries.push((key, value));
        Read::Ok(())
    })?;
    let element = actual_element(element, entries.iter().map(|(_, v)| v))?;
    Ok(Value::map(element, entries))
}

fn read_tuple(reader: &mut Reader<'_>, kind: Kind, types: &[Type]) -> Read<Value> {
    expect(kind, Kind::Array)?;
    let mut elements = Vec::with_capacity(types.len());
    reader.array(|reader| {
        let i = elements.len();
        let Some(ty) = types.get(i) else {
            return Err(PathError::here(format!("too many tuple elements (need {})", types.len())));
        };
        elements.push(read_value(reader, ty).map_err(|e| e.under(PathStep::Index(Value::number(i))))?);
        Ok(())
    })?;
    if elements.len() < types.len() {
        return Err(PathError::here(format!("not enough tuple elements (need {})", types.len())));
    }
    Ok(Value::tuple(elements))
}

fn read_object(reader: &mut Reader<'_>, kind: Kind, object: &Arc<ObjectType>) -> Read<Value> {
    expect(kind, Kind::Object)?;
    let attributes = object.attributes();
    let mut values: Vec<Option<Value>> = vec![None; attributes.len()];
    // Written documents have the keys in the order of the type: try the one after the last first.
    let mut next = 0;
    reader.object(|reader, key| {
        let at = match attributes.get(next) {
            Some(attribute) if *attribute.name == *key => Some(next),
            _ => object.index_of(&key),
        };
        let Some(at) = at else {
            let quoted = crate::type_text::go_quoted(&key);
            return Err(PathError::here(format!("unsupported attribute {quoted}")));
        };
        next = at + 1;
        let attribute = &attributes[at];
        let value =
            read_value(reader, &attribute.ty).map_err(|e| e.under(PathStep::Attribute(Str::clone(&attribute.name))))?;
        values[at] = Some(value);
        Ok(())
    })?;
    Ok(object_from(object, values))
}

/// An object of a type that may leave something open; missing attributes are null.
pub(crate) fn object_from(object: &Arc<ObjectType>, values: Vec<Option<Value>>) -> Value {
    let attributes = object.attributes();
    let values: Vec<Value> =
        attributes.iter().zip(values).map(|(a, v)| v.unwrap_or_else(|| Value::null(a.ty.clone()))).collect();
    let exact = attributes.iter().zip(&values).all(|(a, v)| a.ty == *v.ty() && !a.optional);
    if exact {
        Value::object_of(Arc::clone(object), values)
    } else {
        Value::object(attributes.iter().map(|a| Str::clone(&a.name)).zip(values))
    }
}

fn read_dynamic(reader: &mut Reader<'_>) -> Read<Value> {
    let kind = reader.peek()?;
    expect(kind, Kind::Object)?;
    let mut ty = None;
    let mut body = None;
    reader.object(|reader, key| {
        match &*key {
            "type" => {
                let read = read_type(reader);
                ty = Some(read.map_err(|e| PathError::here(format!("failed to decode type for dynamic value: {e}")))?);
            }
            "value" => {
                body = Some(reader.clone());
                reader.skip()?;
            }
            _ => {
                let quoted = crate::type_text::go_quoted(&key);
                return Err(PathError::here(format!("invalid key {quoted} in dynamically-typed value")));
            }
        }
        Ok(())
    })?;
    let ty = ty.ok_or_else(|| PathError::here("missing type in dynamically-typed value"))?;
    let mut body = body.ok_or_else(|| PathError::here("missing value in dynamically-typed value"))?;
    read_value(&mut body, &ty.without_optional())
}
