//! Values from msgpack.

use std::borrow::Cow;
use std::sync::Arc;

use super::{REFINED_UNKNOWN, fact};
use crate::deep::deep;
use crate::json::{actual_element, object_from, type_from_json};
use crate::value::normalized;
use crate::{MAX_DEPTH, Number, ObjectType, PathError, PathStep, Refinement, Str, Type, Value};

/// Facts about an unknown value that take more bytes than this are refused.
const MAX_FACTS: usize = 1024;

type Read<T> = Result<T, PathError>;

/// The value that bytes stand for as one of type `ty`. Bytes after it are passed over.
///
/// # Errors
/// When the bytes are not msgpack or do not fit the type.
pub fn unmarshal(bytes: &[u8], ty: &Type) -> Result<Value, PathError> {
    Decoder { bytes, depth: 0 }.value(ty)
}

fn wrong<T>(message: &str) -> Read<T> {
    Err(PathError::here(message))
}

struct Decoder<'a> {
    bytes: &'a [u8],
    depth: usize,
}

impl<'a> Decoder<'a> {
    fn take(&mut self, count: usize) -> Read<&'a [u8]> {
        let Some((taken, rest)) = self.bytes.split_at_checked(count) else { return wrong("unexpected EOF") };
        self.bytes = rest;
        Ok(taken)
    }

    fn peek(&self) -> Read<u8> {
        self.bytes.first().copied().map_or_else(|| wrong("EOF"), Ok)
    }

    fn unsigned(&mut self, count: usize) -> Read<u64> {
        Ok(self.take(count)?.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
    }

    fn length(&mut self, count: usize) -> Read<usize> {
        usize::try_from(self.unsigned(count)?).map_or_else(|_| wrong("unexpected EOF"), Ok)
    }

    fn value(&mut self, ty: &Type) -> Read<Value> {
        deep(|| self.value_of(ty))
    }

    fn value_of(&mut self, ty: &Type) -> Read<Value> {
        let code = self.peek()?;
        if matches!(code, 0xd4..=0xd8 | 0xc7..=0xc9) {
            return self.unknown(ty);
        }
        if *ty == Type::Dynamic {
            return self.dynamic();
        }
        if code == 0xc0 {
            self.take(1)?;
            return Ok(Value::null(ty.clone()));
        }
        self.depth += 1;
        // The innermost value is one level more.
        if self.depth > MAX_DEPTH + 1 {
            return wrong("value is nested too deeply");
        }
        let value = match ty {
            Type::Bool => self.bool().map(Value::bool),
            Type::Number => self.number().map(Value::number),
            Type::String => self.string("string is required").map(Value::string),
            Type::List(element) => {
                let elements = self.elements(element, "a list is required")?;
                Ok(Value::list(actual_element(element, elements.iter())?, elements))
            }
            Type::Set(element) => {
                let elements = self.elements(element, "a set is required")?;
                Ok(Value::set(actual_element(element, elements.iter())?, elements))
            }
            Type::Map(element) => self.map(element),
            Type::Tuple(types) => self.tuple(types),
            Type::Object(object) => self.object(object),
            Type::Dynamic => self.dynamic(),
        };
        self.depth -= 1;
        value
    }

    fn bool(&mut self) -> Read<bool> {
        match self.take(1)? {
            [0xc2] => Ok(false),
            [0xc3] => Ok(true),
            _ => wrong("bool is required"),
        }
    }

    fn number(&mut self) -> Read<Number> {
        let not_a_number = || PathError::here("number is required");
        if let Some(integer) = self.integer()? {
            return Ok(integer);
        }
        match self.peek()? {
            0xca => {
                let bits = self.take(5)?.get(1..).and_then(|b| b.try_into().ok()).ok_or_else(not_a_number)?;
                Number::from_f64(f64::from(f32::from_be_bytes(bits))).ok_or_else(not_a_number)
            }
            0xcb => {
                let bits = self.take(9)?.get(1..).and_then(|b| b.try_into().ok()).ok_or_else(not_a_number)?;
                Number::from_f64(f64::from_be_bytes(bits)).ok_or_else(not_a_number)
            }
            _ => Number::parse(&self.string("number is required")?).ok_or_else(not_a_number),
        }
    }

    fn integer(&mut self) -> Read<Option<Number>> {
        let code = self.peek()?;
        let size = match code {
            0..=0x7f | 0xe0..=0xff => 0,
            0xcc | 0xd0 => 1,
            0xcd | 0xd1 => 2,
            0xce | 0xd2 => 4,
            0xcf | 0xd3 => 8,
            _ => return Ok(None),
        };
        self.take(1)?;
        if size == 0 {
            return Ok(Some(Number::from(i8::from_be_bytes([code]))));
        }
        let bits = self.unsigned(size)?;
        if code < 0xd0 {
            return Ok(Some(Number::from(bits)));
        }
        let unused = 64 - 8 * size;
        Ok(Some(Number::from((bits << unused).cast_signed() >> unused)))
    }

    fn string(&mut self, message: &str) -> Read<Cow<'a, str>> {
        Ok(String::from_utf8_lossy(self.byte_string(message)?))
    }

    fn byte_string(&mut self, message: &str) -> Read<&'a [u8]> {
        let code = self.take(1)?.first().copied().unwrap_or_default();
        let length = match code {
            0xa0..=0xbf => usize::from(code & 0x1f),
            0xd9 | 0xc4 => self.length(1)?,
            0xda | 0xc5 => self.length(2)?,
            0xdb | 0xc6 => self.length(4)?,
            _ => return wrong(message),
        };
        self.take(length)
    }

    fn array_length(&mut self, message: &str) -> Read<usize> {
        let code = self.take(1)?.first().copied().unwrap_or_default();
        match code {
            0x90..=0x9f => Ok(usize::from(code & 0xf)),
            0xdc => self.length(2),
            0xdd => self.length(4),
            _ => wrong(message),
        }
    }

    fn map_length(&mut self, message: &str) -> Read<usize> {
        let code = self.take(1)?.first().copied().unwrap_or_default();
        match code {
            0x80..=0x8f => Ok(usize::from(code & 0xf)),
            0xde => self.length(2),
            0xdf => self.length(4),
            _ => wrong(message),
        }
    }

    // Room for what a message claims to hold, but for no more than its bytes can.
    fn room(&self, claimed: usize) -> usize {
        claimed.min(self.bytes.len())
    }

    fn elements(&mut self, element: &Type, message: &str) -> Read<Vec<Value>> {
        let length = self.array_length(message)?;
        let mut elements = Vec::with_capacity(self.room(length));
        for i in 0..length {
            elements.push(self.value(element).map_err(|e| e.under(PathStep::Index(Value::number(i))))?);
        }
        Ok(elements)
    }

    fn map(&mut self, element: &Type) -> Read<Value> {
        let length = self.map_length("a map is required")?;
        let mut entries = Vec::with_capacity(self.room(length));
        for _ in 0..length {
            let key = normalized(Str::from(&*self.string("non-string key in map")?));
            let value =
                self.value(element).map_err(|e| e.under(PathStep::Index(Value::string_shared(Str::clone(&key)))))?;
            entries.push((key, value));
        }
        let element = actual_element(element, entries.iter().map(|(_, v)| v))?;
        Ok(Value::map(element, entries))
    }

    fn tuple(&mut self, types: &[Type]) -> Read<Value> {
        let length = self.array_length("a tuple is required")?;
        if length != types.len() {
            return Err(PathError::here(format!("a tuple of length {} is required", types.len())));
        }
        let mut elements = Vec::with_capacity(length);
        for (i, ty) in types.iter().enumerate() {
            elements.push(self.value(ty).map_err(|e| e.under(PathStep::Index(Value::number(i))))?);
        }
        Ok(Value::tuple(elements))
    }

    fn object(&mut self, object: &Arc<ObjectType>) -> Read<Value> {
        let attributes = object.attributes();
        let length = self.map_length("an object is required")?;
        if length != attributes.len() {
            let message = format!("an object with {} attributes is required ({length} given)", attributes.len());
            return Err(PathError::here(message));
        }
        let mut values: Vec<Option<Value>> = vec![None; length];
        for i in 0..length {
            let key = self.string("all keys must be strings")?;
            // Encoders write attributes in the order of the type.
            let at = match attributes.get(i) {
                Some(attribute) if *attribute.name == *key => Some(i),
                _ => object.index_of(&key),
            };
            let step = || PathStep::Attribute(Str::from(&*key));
            let Some(at) = at else { return Err(PathError::here("unsupported attribute").under(step())) };
            values[at] = Some(self.value(&attributes[at].ty).map_err(|e| e.under(step()))?);
        }
        if values.iter().any(Option::is_none) {
            return wrong("repeated attribute");
        }
        Ok(object_from(object, values))
    }

    fn dynamic(&mut self) -> Read<Value> {
        if self.peek()? == 0xc0 {
            self.take(1)?;
            return Ok(Value::null(Type::Dynamic));
        }
        let length = self.array_length("dynamic value array must have exactly two elements")?;
        if length != 2 {
            return wrong("dynamic value array must have exactly two elements");
        }
        let json = self.byte_string("type description is required")?;
        let ty = type_from_json(&String::from_utf8_lossy(json))?.without_optional();
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return wrong("value is nested too deeply");
        }
        let value = self.value(&ty);
        self.depth -= 1;
        value
    }

    fn unknown(&mut self, ty: &Type) -> Read<Value> {
        let code = self.take(1)?.first().copied().unwrap_or_default();
        let length = match code {
            0xd4 => 1,
            0xd5 => 2,
            0xd6 => 4,
            0xd7 => 8,
            0xd8 => 16,
            0xc7 => self.length(1)?,
            0xc8 => self.length(2)?,
            _ => self.length(4)?,
        };
        let kind = self.take(1)?.first().copied().unwrap_or_default();
        if length > 1 && kind != REFINED_UNKNOWN {
            return Err(PathError::here(format!("unsupported extension type 0x{kind:02x} with len {length}")));
        }
        if length > MAX_FACTS {
            return wrong("oversize unknown value refinement");
        }
        let body = self.take(length)?;
        if length <= 1 || *ty == Type::Dynamic {
            return Ok(Value::unknown(ty.clone()));
        }
        Decoder { bytes: body, depth: self.depth }.facts(ty)
    }

    fn facts(&mut self, ty: &Type) -> Read<Value> {
        let count = self.map_length("failed to decode msgpack extension body: not a map")?;
        let mut facts = Refinement::default();
        let mut is_null = false;
        for _ in 0..count {
            let key = self.integer()?.and_then(|n| n.to_i64());
            let Some(key) = key else {
                return wrong("failed to decode msgpack extension body: non-integer key in map");
            };
            match key {
                fact::NULLNESS => {
                    let null = self.bool()?;
                    is_null = null;
                    facts.not_null = !null;
                }
                fact::STRING_PREFIX => {
                    let prefix = self.string("string prefix refinement is not string")?;
                    facts.string_prefix = Some(normalized(Str::from(&*prefix)));
                }
                fact::NUMBER_MIN => facts.number_min = Some(self.number_bound()?),
                fact::NUMBER_MAX => facts.number_max = Some(self.number_bound()?),
                fact::LENGTH_MIN => facts.length_min = self.length_bound()?,
                fact::LENGTH_MAX => facts.length_max = self.length_bound()?,
                // Facts of kinds still to be invented may be ignored; their size is not known, so that ends it.
                _ => break,
            }
        }
        if is_null {
            return Ok(Value::null(ty.clone()));
        }
        Ok(Value::unknown_refined(ty.clone(), facts))
    }

    fn number_bound(&mut self) -> Read<(Number, bool)> {
        let message = "failed to decode msgpack extension body: length bound refinement must be [number, bool] array";
        if self.array_length(message)? != 2 {
            return wrong(message);
        }
        Ok((self.number()?, self.bool()?))
    }

    fn length_bound(&mut self) -> Read<Option<u64>> {
        let bound = self.integer()?.and_then(|n| n.to_u64());
        match bound {
            Some(_) => Ok(bound),
            None => wrong("failed to decode msgpack extension body: length bound refinement must be integer"),
        }
    }
}
