//! Values to msgpack, byte for byte as go-cty does it.

use super::{REFINED_UNKNOWN, fact};
use crate::convert::{conforms, convert};
use crate::deep::deep;
use crate::json::type_to_json;
use crate::text::safe_prefix;
use crate::{Content, Number, Path, PathError, PathStep, Refinement, Str, Type, Value};

/// Prefixes of unknown strings are cut to this many bytes.
const MAX_PREFIX: usize = 256;

/// A value as msgpack, as one of type `ty` (to which it is converted when it does not conform). Where the type is
/// [`Type::Dynamic`] the type goes with the value.
///
/// # Errors
/// For marked values, and values that can't be converted.
pub fn marshal(value: &Value, ty: &Type) -> Result<Vec<u8>, PathError> {
    let mut out = Vec::new();
    if conforms(value.ty(), ty) {
        write(value, ty, &mut Path::root(), &mut out)?;
    } else {
        write(&convert(value, ty)?, ty, &mut Path::root(), &mut out)?;
    }
    Ok(out)
}

fn write(value: &Value, ty: &Type, path: &mut Path, out: &mut Vec<u8>) -> Result<(), PathError> {
    let failure = |message: String| PathError { path: path.clone(), message };
    if value.is_marked() {
        return Err(failure("value has marks, so it cannot be serialized".to_owned()));
    }
    if *ty == Type::Dynamic && *value.ty() != Type::Dynamic {
        push_array_length(2, out);
        push_bytes(type_to_json(value.ty()).as_bytes(), out);
        return write(value, value.ty(), path, out);
    }
    match (value.content(), ty) {
        (Content::Unknown(facts), _) => push_unknown(facts.as_deref(), out),
        (Content::Null, _) => out.push(0xc0),
        (Content::Bool(b), Type::Bool) => out.push(0xc2 + u8::from(*b)),
        (Content::String(text), Type::String) => push_string(text, out),
        (Content::Number(n), Type::Number) => push_number(n, out),
        (Content::Sequence(elements), Type::List(element) | Type::Set(element)) => {
            write_sequence(value, elements, |_| element, path, out)?;
        }
        (Content::Sequence(elements), Type::Tuple(types)) if types.len() == elements.len() => {
            write_sequence(value, elements, |i| &types[i], path, out)?;
        }
        (Content::Map(_), Type::Map(element)) => write_members(value, |_| element, path, out)?,
        (Content::Object(values), Type::Object(object)) if object.attributes().len() == values.len() => {
            write_members(value, |i| &object.attributes()[i].ty, path, out)?;
        }
        _ => return Err(failure(format!("{} required", ty.friendly_name_for_constraint()))),
    }
    Ok(())
}

fn write_sequence<'t>(
    value: &Value,
    elements: &[Value],
    ty: impl Fn(usize) -> &'t Type,
    path: &mut Path,
    out: &mut Vec<u8>,
) -> Result<(), PathError> {
    push_array_length(elements.len(), out);
    for (i, element) in elements.iter().enumerate() {
        let key = if matches!(value.ty(), Type::Set(_)) { element.clone() } else { Value::number(i) };
        path.0.push(PathStep::Index(key));
        deep(|| write(element, ty(i), path, out))?;
        path.0.pop();
    }
    Ok(())
}

fn write_members<'t>(
    value: &Value,
    ty: impl Fn(usize) -> &'t Type,
    path: &mut Path,
    out: &mut Vec<u8>,
) -> Result<(), PathError> {
    let is_map = matches!(value.ty(), Type::Map(_));
    push_map_length(value.length_usize().unwrap_or(0), out);
    for (i, (name, element)) in value.string_entries().enumerate() {
        push_string(name, out);
        path.0.push(match is_map {
            true => PathStep::Index(Value::string_shared(Str::clone(name))),
            false => PathStep::Attribute(Str::clone(name)),
        });
        deep(|| write(element, ty(i), path, out))?;
        path.0.pop();
    }
    Ok(())
}

fn push_unknown(facts: Option<&Refinement>, out: &mut Vec<u8>) {
    let mut body = Vec::new();
    let mut count = 0;
    if let Some(facts) = facts {
        count = push_facts(facts, &mut body);
    }
    if count == 0 {
        return out.extend([0xd4, 0, 0]);
    }
    let mut header = Vec::new();
    push_map_length(count, &mut header);
    push_extension_header(REFINED_UNKNOWN, header.len() + body.len(), out);
    out.extend(header);
    out.extend(body);
}

fn push_facts(facts: &Refinement, out: &mut Vec<u8>) -> usize {
    let mut count = 0;
    if facts.not_null {
        count += 1;
        push_integer(fact::NULLNESS, out);
        out.push(0xc2);
    }
    for (key, bound) in [(fact::NUMBER_MIN, &facts.number_min), (fact::NUMBER_MAX, &facts.number_max)] {
        if let Some((number, inclusive)) = bound {
            count += 1;
            push_integer(key, out);
            push_array_length(2, out);
            push_number(number, out);
            out.push(0xc2 + u8::from(*inclusive));
        }
    }
    if let Some(prefix) = &facts.string_prefix {
        count += 1;
        push_integer(fact::STRING_PREFIX, out);
        push_string(&shortened(prefix), out);
    }
    for (key, bound) in [(fact::LENGTH_MIN, facts.length_min), (fact::LENGTH_MAX, facts.length_max)] {
        if let Some(length) = bound {
            count += 1;
            push_integer(key, out);
            push_integer(i64::try_from(length).unwrap_or(i64::MAX), out);
        }
    }
    count
}

fn shortened(prefix: &str) -> String {
    if prefix.len() <= MAX_PREFIX {
        return prefix.to_owned();
    }
    let mut end = MAX_PREFIX - 1;
    while !prefix.is_char_boundary(end) {
        end -= 1;
    }
    safe_prefix(prefix.get(..end).unwrap_or_default())
}

fn push_number(n: &Number, out: &mut Vec<u8>) {
    if let Some(integer) = n.to_i64() {
        return push_integer(integer, out);
    }
    match n.to_f64_exact() {
        Some(float) if !n.is_integer() => {
            out.push(0xcb);
            out.extend(float.to_be_bytes());
        }
        _ => push_string(&n.to_string(), out),
    }
}

fn push_integer(n: i64, out: &mut Vec<u8>) {
    if let Ok(unsigned) = u64::try_from(n) {
        match (u8::try_from(n), u16::try_from(n), u32::try_from(n)) {
            (Ok(small), ..) if small < 0x80 => out.push(small),
            (Ok(n), ..) => out.extend([0xcc, n]),
            (_, Ok(n), _) => push_with_code(0xcd, &n.to_be_bytes(), out),
            (.., Ok(n)) => push_with_code(0xce, &n.to_be_bytes(), out),
            _ => push_with_code(0xcf, &unsigned.to_be_bytes(), out),
        }
        return;
    }
    match (i8::try_from(n), i16::try_from(n), i32::try_from(n)) {
        (Ok(small), ..) if small >= -32 => out.extend(small.to_be_bytes()),
        (Ok(n), ..) => push_with_code(0xd0, &n.to_be_bytes(), out),
        (_, Ok(n), _) => push_with_code(0xd1, &n.to_be_bytes(), out),
        (.., Ok(n)) => push_with_code(0xd2, &n.to_be_bytes(), out),
        _ => push_with_code(0xd3, &n.to_be_bytes(), out),
    }
}

fn push_with_code(code: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(code);
    out.extend(bytes);
}

// A length with codes for one, two and four bytes.
fn push_length(length: usize, codes: [Option<u8>; 3], out: &mut Vec<u8>) {
    if let (Ok(n), Some(code)) = (u8::try_from(length), codes[0]) {
        out.extend([code, n]);
    } else if let (Ok(n), Some(code)) = (u16::try_from(length), codes[1]) {
        push_with_code(code, &n.to_be_bytes(), out);
    } else {
        let n = u32::try_from(length).unwrap_or(u32::MAX);
        push_with_code(codes[2].unwrap_or_default(), &n.to_be_bytes(), out);
    }
}

fn short(length: usize, limit: u8, code: u8, out: &mut Vec<u8>) -> bool {
    match u8::try_from(length) {
        Ok(n) if n < limit => {
            out.push(code | n);
            true
        }
        _ => false,
    }
}

fn push_string(text: &str, out: &mut Vec<u8>) {
    if !short(text.len(), 32, 0xa0, out) {
        push_length(text.len(), [Some(0xd9), Some(0xda), Some(0xdb)], out);
    }
    out.extend(text.as_bytes());
}

fn push_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    push_length(bytes.len(), [Some(0xc4), Some(0xc5), Some(0xc6)], out);
    out.extend(bytes);
}

fn push_array_length(length: usize, out: &mut Vec<u8>) {
    if !short(length, 16, 0x90, out) {
        push_length(length, [None, Some(0xdc), Some(0xdd)], out);
    }
}

fn push_map_length(length: usize, out: &mut Vec<u8>) {
    if !short(length, 16, 0x80, out) {
        push_length(length, [None, Some(0xde), Some(0xdf)], out);
    }
}

fn push_extension_header(kind: u8, length: usize, out: &mut Vec<u8>) {
    match length {
        1 => out.push(0xd4),
        2 => out.push(0xd5),
        4 => out.push(0xd6),
        8 => out.push(0xd7),
        16 => out.push(0xd8),
        _ => push_length(length, [Some(0xc7), Some(0xc8), Some(0xc9)], out),
    }
    out.push(kind);
}
