//! Types as JSON: `"string"`, `["list","string"]`, `["object",{"a":"string"},["a"]]`.

use std::collections::HashSet;
use std::sync::Arc;

use super::node::Node;
use super::push_string;
use super::reader::{JsonError, Kind, Reader};
use crate::deep::deep;
use crate::value::normalized;
use crate::{MAX_DEPTH, ObjectAttribute, ObjectType, Str, Type};

/// A type as JSON.
#[must_use]
pub fn type_to_json(ty: &Type) -> String {
    let mut out = String::new();
    push(ty, &mut out);
    out
}

fn push(ty: &Type, out: &mut String) {
    deep(|| push_type(ty, out));
}

fn push_type(ty: &Type, out: &mut String) {
    let (name, inner) = match ty {
        Type::Dynamic => return out.push_str("\"dynamic\""),
        Type::Bool => return out.push_str("\"bool\""),
        Type::Number => return out.push_str("\"number\""),
        Type::String => return out.push_str("\"string\""),
        Type::List(e) => ("list", e),
        Type::Set(e) => ("set", e),
        Type::Map(e) => ("map", e),
        Type::Tuple(types) => {
            out.push_str("[\"tuple\",[");
            for (i, ty) in types.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                push(ty, out);
            }
            return out.push_str("]]");
        }
        Type::Object(object) => return push_object(object, out),
    };
    out.push_str("[\"");
    out.push_str(name);
    out.push_str("\",");
    push(inner, out);
    out.push(']');
}

fn push_object(object: &ObjectType, out: &mut String) {
    out.push_str("[\"object\",{");
    for (i, attribute) in object.attributes().iter().enumerate() {
        out.push_str(if i == 0 { "" } else { "," });
        push_string(&attribute.name, out);
        out.push(':');
        push(&attribute.ty, out);
    }
    out.push('}');
    let optional: Vec<_> = object.attributes().iter().filter(|a| a.optional).collect();
    if !optional.is_empty() {
        out.push_str(",[");
        for (i, attribute) in optional.iter().enumerate() {
            out.push_str(if i == 0 { "" } else { "," });
            push_string(&attribute.name, out);
        }
        out.push(']');
    }
    out.push(']');
}

/// The type a JSON text stands for.
///
/// # Errors
/// When the text is not JSON or stands for no type.
pub fn type_from_json(text: &str) -> Result<Type, JsonError> {
    let mut reader = Reader::new(text);
    let ty = read_type(&mut reader)?;
    reader.end()?;
    Ok(ty)
}

/// The type a JSON tree stands for.
///
/// # Errors
/// When it stands for no type.
pub fn type_of_node(node: &Node) -> Result<Type, JsonError> {
    type_from_json(&node.to_string())
}

/// Reads a type.
///
/// # Errors
/// When what comes next is not JSON or stands for no type.
pub fn read_type(reader: &mut Reader<'_>) -> Result<Type, JsonError> {
    reader.with_room_for_types(|reader| read(reader, 0))
}

fn read(reader: &mut Reader<'_>, depth: usize) -> Result<Type, JsonError> {
    let offset = reader.offset();
    let wrong = |message: String| JsonError { message, offset };
    match reader.peek()? {
        Kind::String => {
            let name = reader.string()?;
            match &*name {
                "bool" => Ok(Type::Bool),
                "number" => Ok(Type::Number),
                "string" => Ok(Type::String),
                "dynamic" => Ok(Type::Dynamic),
                _ => {
                    let quoted = crate::type_text::go_quoted(&name);
                    Err(wrong(format!("invalid primitive type name {quoted}")))
                }
            }
        }
        Kind::Array => {
            let mut parts = TypeParts::default();
            if depth >= MAX_DEPTH {
                return Err(wrong("type is nested too deeply".to_owned()));
            }
            reader.array(|reader| parts.read_next(reader, depth + 1))?;
            parts.finish().ok_or_else(|| wrong("invalid complex type description".to_owned()))
        }
        Kind::Null | Kind::Bool | Kind::Number | Kind::Object => {
            Err(wrong("invalid complex type description".to_owned()))
        }
    }
}

/// What has been read of `[kind, what, optional]`.
#[derive(Default)]
struct TypeParts {
    kind: Option<String>,
    count: usize,
    inner: Option<Type>,
    elements: Option<Vec<Type>>,
    attributes: Option<Vec<ObjectAttribute>>,
    optional: HashSet<Str>,
}

impl TypeParts {
    fn read_next(&mut self, reader: &mut Reader<'_>, depth: usize) -> Result<(), JsonError> {
        let offset = reader.offset();
        self.count += 1;
        if self.count == 2 && reader.peek()? == Kind::Null {
            // Go writes empty lists so.
            reader.null()?;
            self.elements = Some(Vec::new());
            self.attributes = Some(Vec::new());
            return Ok(());
        }
        match (self.count, self.kind.as_deref()) {
            (1, _) => self.kind = Some(reader.string()?.into_owned()),
            (2, Some("list" | "set" | "map")) => self.inner = Some(read(reader, depth)?),
            (2, Some("tuple")) => {
                let mut elements = Vec::new();
                reader.array(|reader| {
                    elements.push(read(reader, depth)?);
                    Ok::<_, JsonError>(())
                })?;
                self.elements = Some(elements);
            }
            (2, Some("object")) => {
                let mut attributes = Vec::new();
                reader.object(|reader, name| {
                    let name = normalized(Str::from(&*name));
                    attributes.push(ObjectAttribute { name, ty: read(reader, depth)?, optional: false });
                    Ok::<_, JsonError>(())
                })?;
                self.attributes = Some(attributes);
            }
            (3, Some("object")) => {
                reader.array(|reader| {
                    self.optional.insert(normalized(Str::from(&*reader.string()?)));
                    Ok::<_, JsonError>(())
                })?;
            }
            _ => return Err(JsonError { message: "invalid complex type kind name".to_owned(), offset }),
        }
        Ok(())
    }

    fn finish(self) -> Option<Type> {
        match self.kind.as_deref()? {
            "list" => self.inner.map(Type::list),
            "set" => self.inner.map(Type::set),
            "map" => self.inner.map(Type::map),
            "tuple" => self.elements.map(Type::tuple),
            "object" => {
                let attributes = self.attributes?.into_iter().map(|mut attribute| {
                    attribute.optional = self.optional.contains(&attribute.name);
                    attribute
                });
                Some(Type::Object(Arc::new(ObjectType::new(attributes))))
            }
            _ => None,
        }
    }
}

/// The type a JSON document has when nothing is known of it: objects and tuples, and [`Type::Dynamic`] for null.
///
/// # Errors
/// When the text is not JSON.
pub fn implied_type(text: &str) -> Result<Type, JsonError> {
    let mut reader = Reader::new(text);
    let ty = read_implied(&mut reader)?;
    reader.end()?;
    Ok(ty)
}

fn read_implied(reader: &mut Reader<'_>) -> Result<Type, JsonError> {
    Ok(match reader.peek()? {
        Kind::Null => {
            reader.null()?;
            Type::Dynamic
        }
        Kind::Bool => {
            reader.bool()?;
            Type::Bool
        }
        Kind::Number => {
            reader.number()?;
            Type::Number
        }
        Kind::String => {
            reader.string()?;
            Type::String
        }
        Kind::Array => {
            let mut types = Vec::new();
            reader.array(|reader| {
                types.push(read_implied(reader)?);
                Ok::<_, JsonError>(())
            })?;
            Type::tuple(types)
        }
        Kind::Object => {
            let mut attributes: Vec<(Str, Type)> = Vec::new();
            reader.object(|reader, name| {
                attributes.push((normalized(Str::from(&*name)), read_implied(reader)?));
                Ok::<_, JsonError>(())
            })?;
            Type::object(attributes)
        }
    })
}
