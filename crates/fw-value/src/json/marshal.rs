//! Values to JSON.

use std::fmt::Write;

use super::{push_string, type_to_json};
use crate::deep::deep;
use crate::{Content, Path, PathError, PathStep, Str, Type, Value};

/// A value as JSON, directed by a type it conforms to: where the type is [`Type::Dynamic`] the value is wrapped as
/// `{"value":…,"type":…}`.
///
/// # Errors
/// For unknown and marked values, infinities, and values that do not fit the type.
pub fn marshal(value: &Value, ty: &Type) -> Result<String, PathError> {
    let mut out = String::new();
    marshal_into(value, ty, &mut out)?;
    Ok(out)
}

/// Like [`marshal`], appending to a text, of which a part may have been written when it fails.
///
/// # Errors
/// For unknown and marked values, infinities, and values that do not fit the type.
pub fn marshal_into(value: &Value, ty: &Type, out: &mut String) -> Result<(), PathError> {
    write(value, ty, &mut Path::root(), out)
}

fn failure(path: &Path, message: &str) -> PathError {
    PathError { path: path.clone(), message: message.to_owned() }
}

fn write(value: &Value, ty: &Type, path: &mut Path, out: &mut String) -> Result<(), PathError> {
    if value.is_marked() {
        return Err(failure(path, "value has marks, so it cannot be serialized as JSON"));
    }
    if *ty == Type::Dynamic && *value.ty() != Type::Dynamic && value.is_known() {
        out.push_str("{\"value\":");
        write(value, value.ty(), path, out)?;
        out.push_str(",\"type\":");
        out.push_str(&type_to_json(value.ty()));
        out.push('}');
        return Ok(());
    }
    match (value.content(), ty) {
        (Content::Unknown(_), _) => return Err(failure(path, "value is not known")),
        (Content::Null, _) => out.push_str("null"),
        (Content::Bool(b), Type::Bool) => out.push_str(if *b { "true" } else { "false" }),
        (Content::String(text), Type::String) => push_string(text, out),
        (Content::Number(n), Type::Number) if n.is_infinite() => {
            return Err(failure(path, "cannot serialize infinity as JSON"));
        }
        (Content::Number(n), Type::Number) => write!(out, "{n}").expect("strings take all"),
        (Content::Sequence(elements), Type::List(element) | Type::Set(element)) => {
            write_sequence(value, elements, |_| Some(element), path, out)?;
        }
        (Content::Sequence(elements), Type::Tuple(types)) if types.len() == elements.len() => {
            write_sequence(value, elements, |i| types.get(i), path, out)?;
        }
        (Content::Map(_), Type::Map(element)) => write_members(value, |_| Some(element), path, out)?,
        (Content::Object(values), Type::Object(object)) if values.len() == object.attributes().len() => {
            write_members(value, |i| object.attributes().get(i).map(|a| &a.ty), path, out)?;
        }
        _ => return Err(failure(path, &format!("{} required", ty.friendly_name_for_constraint()))),
    }
    Ok(())
}

fn write_sequence<'t>(
    value: &Value,
    elements: &[Value],
    ty: impl Fn(usize) -> Option<&'t Type>,
    path: &mut Path,
    out: &mut String,
) -> Result<(), PathError> {
    out.push('[');
    for (i, element) in elements.iter().enumerate() {
        out.push_str(if i == 0 { "" } else { "," });
        let key = if matches!(value.ty(), Type::Set(_)) { element.clone() } else { Value::number(i) };
        path.0.push(PathStep::Index(key));
        deep(|| write(element, ty(i).unwrap_or(&Type::Dynamic), path, out))?;
        path.0.pop();
    }
    out.push(']');
    Ok(())
}

fn write_members<'t>(
    value: &Value,
    ty: impl Fn(usize) -> Option<&'t Type>,
    path: &mut Path,
    out: &mut String,
) -> Result<(), PathError> {
    let is_map = matches!(value.ty(), Type::Map(_));
    out.push('{');
    for (i, (name, element)) in value.string_entries().enumerate() {
        out.push_str(if i == 0 { "" } else { "," });
        push_string(name, out);
        out.push(':');
        path.0.push(match is_map {
            true => PathStep::Index(Value::string_shared(Str::clone(name))),
            false => PathStep::Attribute(Str::clone(name)),
        });
        deep(|| write(element, ty(i).unwrap_or(&Type::Dynamic), path, out))?;
        path.0.pop();
    }
    out.push('}');
    Ok(())
}
