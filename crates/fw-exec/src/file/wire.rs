//! The alphabet of the format: bytes, numbers of variable length, strings and types that are written out once and then
//! named by their number, options, sequences and maps.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use foldhash::HashMap;
use fw_value::Type;
use fw_value::json::{type_from_json, type_to_json};

use super::DecodeError;

pub(super) type Read<T> = Result<T, DecodeError>;

/// Something that can be written and read.
pub(super) trait Record: Sized {
    fn write(&self, to: &mut Writer);
    fn read(from: &mut Reader<'_>) -> Read<Self>;
}

pub(super) fn corrupt<T>(why: impl Into<String>) -> Read<T> {
    Err(DecodeError::Corrupt(why.into()))
}

/// Collects bytes. A first failure is remembered, so that records need not pass it on.
pub(super) struct Writer {
    out: Vec<u8>,
    strings: HashMap<Arc<str>, usize>,
    types: HashMap<Type, usize>,
    failure: Option<String>,
}

impl Writer {
    pub(super) fn new() -> Self {
        Self { out: Vec::new(), strings: HashMap::default(), types: HashMap::default(), failure: None }
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, String> {
        self.failure.map_or(Ok(self.out), Err)
    }

    pub(super) fn fail(&mut self, why: impl ToString) {
        self.failure.get_or_insert_with(|| why.to_string());
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.out.push(byte);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Seven bits a byte, the lowest first; the eighth says that more follow.
    pub(super) fn number(&mut self, mut number: u64) {
        loop {
            let [low, ..] = number.to_le_bytes();
            number >>= 7;
            if number == 0 {
                return self.byte(low);
            }
            self.byte(low | 0x80);
        }
    }

    pub(super) fn length(&mut self, length: usize) {
        self.number(length as u64);
    }

    /// Bytes with their length.
    pub(super) fn blob(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.bytes(bytes);
    }

    /// A string; one that was written before only as its number.
    pub(super) fn string(&mut self, text: &Arc<str>) {
        let next = self.strings.len();
        let number = *self.strings.entry(Arc::clone(text)).or_insert(next);
        self.length(number);
        if number == next {
            self.blob(text.as_bytes());
        }
    }

    /// A type; one that was written before only as its number.
    pub(super) fn ty(&mut self, ty: &Type) {
        let next = self.types.len();
        let number = *self.types.entry(ty.clone()).or_insert(next);
        self.length(number);
        if number == next {
            self.blob(type_to_json(ty).as_bytes());
        }
    }
}

/// Takes bytes apart. Lengths are believed only as far as there are bytes.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    strings: Vec<Arc<str>>,
    types: Vec<Type>,
    depth: u8,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, strings: Vec::new(), types: Vec::new(), depth: 0 }
    }

    /// Reads what may hold records of its own kind again, so deep and no deeper.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        const DEPTH: u8 = 4;
        if self.depth == DEPTH {
            return corrupt("it is nested too deeply");
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    pub(super) fn end(&self) -> Read<()> {
        if self.rest.is_empty() { Ok(()) } else { corrupt("there are bytes after its end") }
    }

    pub(super) fn byte(&mut self) -> Read<u8> {
        let Some((first, rest)) = self.rest.split_first() else { return corrupt("it ends early") };
        self.rest = rest;
        Ok(*first)
    }

    pub(super) fn number(&mut self) -> Read<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                break;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        corrupt("a number is too large")
    }

    pub(super) fn length(&mut self) -> Read<usize> {
        usize::try_from(self.number()?).or_else(|_| corrupt("a length is too large"))
    }

    pub(super) fn blob(&mut self) -> Read<&'a [u8]> {
        let length = self.length()?;
        let Some((taken, rest)) = self.rest.split_at_checked(length) else { return corrupt("it ends early") };
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn text(&mut self) -> Read<&'a str> {
        std::str::from_utf8(self.blob()?).or_else(|_| corrupt("a text is not UTF-8"))
    }

    pub(super) fn string(&mut self) -> Read<Arc<str>> {
        let number = self.length()?;
        if let Some(known) = self.strings.get(number) {
            return Ok(Arc::clone(known));
        }
        if number != self.strings.len() {
            return corrupt("it refers to a string that it does not have");
        }
        let text: Arc<str> = self.text()?.into();
        self.strings.push(Arc::clone(&text));
        Ok(text)
    }

    pub(super) fn ty(&mut self) -> Read<Type> {
        let number = self.length()?;
        if let Some(known) = self.types.get(number) {
            return Ok(known.clone());
        }
        if number != self.types.len() {
            return corrupt("it refers to a type that it does not have");
        }
        let ty = type_from_json(self.text()?).or_else(|error| corrupt(format!("invalid type: {error}")))?;
        self.types.push(ty.clone());
        Ok(ty)
    }
}

impl Record for bool {
    fn write(&self, to: &mut Writer) {
        to.byte(u8::from(*self));
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        match from.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => corrupt("a truth value is neither true nor false"),
        }
    }
}

impl Record for u32 {
    fn write(&self, to: &mut Writer) {
        to.number(u64::from(*self));
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        Self::try_from(from.number()?).or_else(|_| corrupt("a number is too large"))
    }
}

impl Record for i64 {
    /// Signs alternate, so that small numbers are short.
    fn write(&self, to: &mut Writer) {
        to.number((self.cast_unsigned() << 1) ^ (self >> 63).cast_unsigned());
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        let number = from.number()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }
}

impl Record for Arc<str> {
    fn write(&self, to: &mut Writer) {
        to.string(self);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        from.string()
    }
}

impl Record for String {
    fn write(&self, to: &mut Writer) {
        to.blob(self.as_bytes());
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        from.text().map(str::to_owned)
    }
}

impl Record for Bytes {
    fn write(&self, to: &mut Writer) {
        to.blob(self);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        from.blob().map(Self::copy_from_slice)
    }
}

impl<T: Record> Record for Option<T> {
    fn write(&self, to: &mut Writer) {
        self.is_some().write(to);
        if let Some(inner) = self {
            inner.write(to);
        }
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        if bool::read(from)? { T::read(from).map(Some) } else { Ok(None) }
    }
}

pub(super) fn write_all<T: Record>(all: &[T], to: &mut Writer) {
    to.length(all.len());
    for one in all {
        one.write(to);
    }
}

impl<T: Record> Record for Vec<T> {
    fn write(&self, to: &mut Writer) {
        write_all(self, to);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        let length = from.length()?;
        // Each element takes at least one byte, so a length that lies ends with the bytes.
        (0..length).map(|_| T::read(from)).collect()
    }
}

impl<T: Record> Record for Arc<[T]> {
    fn write(&self, to: &mut Writer) {
        write_all(self, to);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        Vec::read(from).map(Into::into)
    }
}

impl<K: Record + Ord, V: Record> Record for BTreeMap<K, V> {
    fn write(&self, to: &mut Writer) {
        to.length(self.len());
        for (key, value) in self {
            key.write(to);
            value.write(to);
        }
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        let length = from.length()?;
        (0..length).map(|_| Ok((K::read(from)?, V::read(from)?))).collect()
    }
}

impl<A: Record, B: Record> Record for (A, B) {
    fn write(&self, to: &mut Writer) {
        self.0.write(to);
        self.1.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        Ok((A::read(from)?, B::read(from)?))
    }
}

/// A struct: its fields in this order. One that is forgotten does not compile.
macro_rules! record {
    ($type:ty { $($field:ident),* $(,)? }) => {
        impl Record for $type {
            fn write(&self, to: &mut Writer) {
                let Self { $($field),* } = self;
                $($field.write(to);)*
            }

            fn read(from: &mut Reader<'_>) -> Read<Self> {
                $(let $field = Record::read(from)?;)*
                Ok(Self { $($field),* })
            }
        }
    };
}

/// An enum: each variant with the byte that stands for it, and its parts.
macro_rules! choice {
    ($type:ty { $($byte:literal => $variant:ident $(($($part:ident),*))?),* $(,)? }) => {
        impl Record for $type {
            fn write(&self, to: &mut Writer) {
                match self {
                    $(Self::$variant $(($($part),*))? => {
                        to.byte($byte);
                        $($($part.write(to);)*)?
                    })*
                }
            }

            fn read(from: &mut Reader<'_>) -> Read<Self> {
                Ok(match from.byte()? {
                    $($byte => {
                        $($(let $part = Record::read(from)?;)*)?
                        Self::$variant $(($($part),*))?
                    })*
                    other => return corrupt(format!(concat!("no ", stringify!($type), " has the number {}"), other)),
                })
            }
        }
    };
}

pub(super) use {choice, record};
