//! A JSON reader that is told what comes next by its user, without building a tree.

use std::borrow::Cow;

use super::node::Node;
use crate::MAX_DEPTH;
use crate::deep::deep;

/// Why a text is not JSON, in the words of Go's `encoding/json`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct JsonError {
    /// What is wrong, as a fragment.
    pub message: String,
    /// Byte offset of the character concerned.
    pub offset: usize,
}

/// What kind of value comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// Reads a JSON text from front to back.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    limit: usize,
}

type Read<T> = Result<T, JsonError>;

impl<'a> Reader<'a> {
    /// At the start of a text.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, limit: MAX_DEPTH }
    }

    /// Calls a function with more nesting allowed: the description of a type has two levels for each of the type's.
    pub(super) fn with_room_for_types<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let usual = std::mem::replace(&mut self.limit, self.depth + 2 * MAX_DEPTH + 2);
        let result = read(self);
        self.limit = usual;
        result
    }

    /// How many bytes have been read.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.at
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// An error about the next character: `invalid character 'x' …`, or about the end of the text.
    #[must_use]
    pub fn unexpected(&self, place: &str) -> JsonError {
        let next = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        let message = match next {
            None => "unexpected end of JSON input".to_owned(),
            Some('\'') => format!("invalid character '\\'' {place}"),
            Some('"') => format!("invalid character '\"' {place}"),
            Some(c) => {
                // The other engines look at single bytes.
                let byte = if c.is_ascii() { c } else { char::from(self.text.as_bytes()[self.at]) };
                let quoted = crate::type_text::go_quoted(&byte.to_string());
                format!("invalid character '{}' {place}", quoted.trim_matches('"'))
            }
        };
        JsonError { message, offset: self.at }
    }

    /// What comes next.
    ///
    /// # Errors
    /// When no value can start here.
    pub fn peek(&mut self) -> Read<Kind> {
        self.skip_space();
        Ok(match self.byte() {
            Some(b'n') => Kind::Null,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'-' | b'0'..=b'9') => Kind::Number,
            Some(b'"') => Kind::String,
            Some(b'[') => Kind::Array,
            Some(b'{') => Kind::Object,
            _ => return Err(self.unexpected("looking for beginning of value")),
        })
    }

    fn literal(&mut self, word: &str) -> Read<()> {
        for expected in word.bytes() {
            if self.byte() != Some(expected) {
                let place = format!("in literal {word} (expecting '{}')", char::from(expected));
                return Err(self.unexpected(&place));
            }
            self.at += 1;
        }
        Ok(())
    }

    /// Reads `null`.
    ///
    /// # Errors
    /// When something else comes.
    pub fn null(&mut self) -> Read<()> {
        self.skip_space();
        self.literal("null")
    }

    /// Reads a bool.
    ///
    /// # Errors
    /// When something else comes.
    pub fn bool(&mut self) -> Read<bool> {
        self.skip_space();
        let value = self.byte() == Some(b't');
        self.literal(if value { "true" } else { "false" }).map(|()| value)
    }

    /// Reads a number, as written.
    ///
    /// # Errors
    /// When something else comes.
    pub fn number(&mut self) -> Read<&'a str> {
        self.skip_space();
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }

    fn digits(&mut self, place: &str) -> Read<()> {
        let start = self.at;
        while self.byte().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.unexpected(place)) } else { Ok(()) }
    }

    /// Reads a string. Halves of surrogate pairs become U+FFFD.
    ///
    /// # Errors
    /// When something else comes, or the string is malformed.
    pub fn string(&mut self) -> Read<Cow<'a, str>> {
        self.skip_space();
        if self.byte() != Some(b'"') {
            return Err(self.unexpected("looking for beginning of value"));
        }
        self.at += 1;
        let start = self.at;
        self.plain_characters();
        if self.byte() == Some(b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(self.text.get(start..self.at - 1).unwrap_or_default()));
        }
        let mut out = String::new();
        let mut from = start;
        loop {
            out.push_str(self.text.get(from..self.at).unwrap_or_default());
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(out));
                }
                Some(b'\\') => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                _ => return Err(self.unexpected("in string literal")),
            }
            from = self.at;
            self.plain_characters();
        }
    }

    // Up to a quote, an escape, a control character or the end.
    fn plain_characters(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let plain = rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f)).unwrap_or(rest.len());
        self.at += plain;
    }

    fn escape(&mut self) -> Read<char> {
        let c = match self.byte() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode_escape();
            }
            _ => return Err(self.unexpected("in string escape code")),
        };
        self.at += 1;
        Ok(c)
    }

    fn unicode_escape(&mut self) -> Read<char> {
        let first = self.hexadecimal()?;
        if !(0xd800..0xdc00).contains(&first) {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let before = self.at;
        if self.text.as_bytes().get(self.at..self.at + 2) == Some(b"\\u") {
            self.at += 2;
            let second = self.hexadecimal()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        self.at = before;
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hexadecimal(&mut self) -> Read<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.byte().and_then(|b| char::from(b).to_digit(16));
            code = code << 4 | digit.ok_or_else(|| self.unexpected("in \\u hexadecimal character escape"))?;
            self.at += 1;
        }
        Ok(code)
    }

    fn enter(&mut self) -> Read<()> {
        self.at += 1;
        self.depth += 1;
        if self.depth > self.limit {
            return Err(JsonError { message: "exceeded max depth".to_owned(), offset: self.at });
        }
        self.skip_space();
        Ok(())
    }

    /// Reads an array; `each` is called at the start of every element and must read it.
    ///
    /// # Errors
    /// When something else comes, the array is malformed, or `each` fails.
    pub fn array<E: From<JsonError>>(&mut self, mut each: impl FnMut(&mut Self) -> Result<(), E>) -> Result<(), E> {
        self.skip_space();
        if self.byte() != Some(b'[') {
            return Err(self.unexpected("looking for beginning of value").into());
        }
        self.enter()?;
        if self.byte() != Some(b']') {
            loop {
                deep(|| each(self))?;
                self.skip_space();
                match self.byte() {
                    Some(b',') => self.at += 1,
                    Some(b']') => break,
                    _ => return Err(self.unexpected("after array element").into()),
                }
            }
        }
        self.at += 1;
        self.depth -= 1;
        Ok(())
    }

    /// Reads an object; `each` is called with every key, at the start of its value, and must read that.
    ///
    /// # Errors
    /// When something else comes, the object is malformed, or `each` fails.
    pub fn object<E: From<JsonError>>(
        &mut self,
        mut each: impl FnMut(&mut Self, Cow<'a, str>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.skip_space();
        if self.byte() != Some(b'{') {
            return Err(self.unexpected("looking for beginning of value").into());
        }
        self.enter()?;
        if self.byte() != Some(b'}') {
            loop {
                let key = self.key()?;
                deep(|| each(self, key))?;
                self.skip_space();
                match self.byte() {
                    Some(b',') => self.at += 1,
                    Some(b'}') => break,
                    _ => return Err(self.unexpected("after object key:value pair").into()),
                }
                self.skip_space();
            }
        }
        self.at += 1;
        self.depth -= 1;
        Ok(())
    }

    fn key(&mut self) -> Read<Cow<'a, str>> {
        if self.byte() != Some(b'"') {
            return Err(self.unexpected("looking for beginning of object key string"));
        }
        let key = self.string()?;
        self.skip_space();
        if self.byte() != Some(b':') {
            return Err(self.unexpected("after object key"));
        }
        self.at += 1;
        Ok(key)
    }

    /// Passes over a value, whatever it is.
    ///
    /// # Errors
    /// When it is malformed.
    pub fn skip(&mut self) -> Read<()> {
        match self.peek()? {
            Kind::Null => self.null(),
            Kind::Bool => self.bool().map(drop),
            Kind::Number => self.number().map(drop),
            Kind::String => self.string().map(drop),
            Kind::Array => self.array(Self::skip),
            Kind::Object => self.object(|reader, _| reader.skip()),
        }
    }

    /// Reads a value, whatever it is, as it is written.
    ///
    /// # Errors
    /// When it is malformed.
    pub fn raw(&mut self) -> Read<&'a str> {
        self.skip_space();
        let start = self.at;
        self.skip()?;
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }

    /// Reads a value, whatever it is, as a tree.
    ///
    /// # Errors
    /// When it is malformed.
    pub fn node(&mut self) -> Read<Node> {
        Ok(match self.peek()? {
            Kind::Null => {
                self.null()?;
                Node::Null
            }
            Kind::Bool => Node::Bool(self.bool()?),
            Kind::Number => Node::Number(self.number()?.to_owned()),
            Kind::String => Node::String(self.string()?.into_owned()),
            Kind::Array => {
                let mut elements = Vec::new();
                self.array(|reader| {
                    elements.push(reader.node()?);
                    Read::Ok(())
                })?;
                Node::Array(elements)
            }
            Kind::Object => {
                let mut members = Vec::new();
                self.object(|reader, key| {
                    members.push((key.into_owned(), reader.node()?));
                    Read::Ok(())
                })?;
                Node::Object(members)
            }
        })
    }

    /// Makes sure that nothing but space is left.
    ///
    /// # Errors
    /// When something is.
    pub fn end(&mut self) -> Read<()> {
        self.skip_space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.unexpected("after top-level value")) }
    }
}
