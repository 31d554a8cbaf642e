//! JSON as a tree.

use super::push_string;
use crate::deep::deep;

use super::reader::{JsonError, Reader};

/// A JSON value. Keeps the texts of numbers, the order of keys, and repeated keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it is written.
    Number(String),
    /// A string, without its escapes.
    String(String),
    /// An array.
    Array(Vec<Self>),
    /// An object, in order.
    Object(Vec<(String, Self)>),
}

impl Node {
    /// Reads a whole text.
    ///
    /// # Errors
    /// When it is not JSON, or nested too deeply.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        let mut reader = Reader::new(text);
        let node = reader.node()?;
        reader.end()?;
        Ok(node)
    }

    /// Reads a whole text; bytes that are not UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// When it is not JSON, or nested too deeply.
    pub fn parse_bytes(text: &[u8]) -> Result<Self, JsonError> {
        Self::parse(&String::from_utf8_lossy(text))
    }

    /// The member of an object; the last one of several with the key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_object()?.iter().rev().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// The members of an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&[(String, Self)]> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    /// The elements of an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(elements) = self { Some(elements) } else { None }
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// A bool.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(b) = self { Some(*b) } else { None }
    }

    /// An integer that fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        if let Self::Number(text) = self { crate::Number::parse(text)?.to_i64() } else { None }
    }

    /// A non-negative integer that fits.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        if let Self::Number(text) = self { crate::Number::parse(text)?.to_u64() } else { None }
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        *self == Self::Null
    }

    /// Appends it on one line, without spaces, keys in their order.
    pub fn write_compact(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Self::Number(text) => out.push_str(text),
            Self::String(text) => push_string(text, out),
            Self::Array(elements) => {
                out.push('[');
                for (i, element) in elements.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { "," });
                    deep(|| element.write_compact(out));
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (i, (key, member)) in members.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { "," });
                    push_string(key, out);
                    out.push(':');
                    deep(|| member.write_compact(out));
                }
                out.push('}');
            }
        }
    }

    /// Appends it on many lines, as Go's `MarshalIndent` with two spaces, with this indentation for all lines but the
    /// first.
    pub fn write_pretty(&self, indent: usize, out: &mut String) {
        let line = |out: &mut String, indent: usize| {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", indent));
        };
        match self {
            Self::Array(elements) if !elements.is_empty() => {
                out.push('[');
                for (i, element) in elements.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { "," });
                    line(out, indent + 1);
                    deep(|| element.write_pretty(indent + 1, out));
                }
                line(out, indent);
                out.push(']');
            }
            Self::Object(members) if !members.is_empty() => {
                out.push('{');
                for (i, (key, member)) in members.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { "," });
                    line(out, indent + 1);
                    push_string(key, out);
                    out.push_str(": ");
                    deep(|| member.write_pretty(indent + 1, out));
                }
                line(out, indent);
                out.push('}');
            }
            other => other.write_compact(out),
        }
    }
}

impl std::fmt::Display for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = String::new();
        self.write_compact(&mut out);
        f.write_str(&out)
    }
}
