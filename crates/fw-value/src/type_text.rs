//! Types as text: for people, as type expressions, and as Go source in messages that print it.

use std::fmt::Write;

use crate::Type;
use crate::deep::deep;

impl Type {
    /// What people call values of this type: `string`, `list of object`, `dynamic`.
    #[must_use]
    pub fn friendly_name(&self) -> String {
        self.friendly("dynamic", "dynamic")
    }

    /// What people call this type as a constraint: like [`Self::friendly_name`] with `any type` for "no constraint".
    #[must_use]
    pub fn friendly_name_for_constraint(&self) -> String {
        self.friendly("any type", "any single type")
    }

    fn friendly(&self, dynamic: &str, dynamic_element: &str) -> String {
        let mut out = String::new();
        let mut ty = self;
        loop {
            let (prefix, inner) = match ty {
                Self::List(e) => ("list of ", e),
                Self::Set(e) => ("set of ", e),
                Self::Map(e) => ("map of ", e),
                Self::Dynamic if out.is_empty() => return out + dynamic,
                Self::Dynamic => return out + dynamic_element,
                Self::Bool => return out + "bool",
                Self::Number => return out + "number",
                Self::String => return out + "string",
                Self::Tuple(_) => return out + "tuple",
                Self::Object(_) => return out + "object",
            };
            out.push_str(prefix);
            ty = inner;
        }
    }

    /// As a type expression on one line: `list(object({a=string}))`; `dynamic` is `any`.
    #[must_use]
    pub fn to_expression(&self) -> String {
        let mut out = String::new();
        self.push_expression(&mut out);
        out
    }

    fn push_expression(&self, out: &mut String) {
        deep(|| self.push_expression_here(out));
    }

    fn push_expression_here(&self, out: &mut String) {
        let (name, inner) = match self {
            Self::Dynamic => return out.push_str("any"),
            Self::Bool => return out.push_str("bool"),
            Self::Number => return out.push_str("number"),
            Self::String => return out.push_str("string"),
            Self::List(e) => ("list", e),
            Self::Set(e) => ("set", e),
            Self::Map(e) => ("map", e),
            Self::Tuple(types) => {
                out.push_str("tuple([");
                for (i, ty) in types.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { "," });
                    ty.push_expression(out);
                }
                return out.push_str("])");
            }
            Self::Object(object) => {
                out.push_str("object({");
                for (i, attribute) in object.attributes().iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { "," });
                    out.push_str(&attribute.name);
                    out.push('=');
                    if attribute.optional {
                        out.push_str("optional(");
                    }
                    attribute.ty.push_expression(out);
                    if attribute.optional {
                        out.push(')');
                    }
                }
                return out.push_str("})");
            }
        };
        out.push_str(name);
        out.push('(');
        inner.push_expression(out);
        out.push(')');
    }

    /// As go-cty writes it in Go source: `cty.List(cty.String)`.
    #[must_use]
    pub fn to_go_string(&self) -> String {
        let mut out = String::new();
        self.push_go(&mut out);
        out
    }

    pub(crate) fn push_go(&self, out: &mut String) {
        deep(|| self.push_go_here(out));
    }

    fn push_go_here(&self, out: &mut String) {
        let (name, inner) = match self {
            Self::Dynamic => return out.push_str("cty.DynamicPseudoType"),
            Self::Bool => return out.push_str("cty.Bool"),
            Self::Number => return out.push_str("cty.Number"),
            Self::String => return out.push_str("cty.String"),
            Self::List(e) => ("List", e),
            Self::Set(e) => ("Set", e),
            Self::Map(e) => ("Map", e),
            Self::Tuple(types) if types.is_empty() => return out.push_str("cty.EmptyTuple"),
            Self::Object(object) if object.attributes().is_empty() => return out.push_str("cty.EmptyObject"),
            Self::Tuple(types) => {
                out.push_str("cty.Tuple([]cty.Type{");
                for (i, ty) in types.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { ", " });
                    ty.push_go(out);
                }
                return out.push_str("})");
            }
            Self::Object(_) => return self.push_go_object(out),
        };
        write!(out, "cty.{name}(").expect("strings take all");
        inner.push_go(out);
        out.push(')');
    }

    fn push_go_object(&self, out: &mut String) {
        let Self::Object(object) = self else { return };
        let optional: Vec<_> = object.attributes().iter().filter(|a| a.optional).collect();
        out.push_str(if optional.is_empty() { "cty.Object(" } else { "cty.ObjectWithOptionalAttrs(" });
        out.push_str("map[string]cty.Type{");
        for (i, attribute) in object.attributes().iter().enumerate() {
            out.push_str(if i == 0 { "" } else { ", " });
            push_go_quoted(&attribute.name, out);
            out.push(':');
            attribute.ty.push_go(out);
        }
        out.push('}');
        if !optional.is_empty() {
            out.push_str(", []string{");
            for (i, attribute) in optional.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                push_go_quoted(&attribute.name, out);
            }
            out.push('}');
        }
        out.push(')');
    }
}

impl std::fmt::Display for Type {
    /// The type expression.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_expression())
    }
}

/// A string in double quotes with Go's escapes, as `%q` gives it.
#[must_use]
pub fn go_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_go_quoted(text, &mut out);
    out
}

pub(crate) fn push_go_quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(c),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            _ => push_rare(c, out),
        }
    }
    out.push('"');
}

fn push_rare(c: char, out: &mut String) {
    let code = u32::from(c);
    let written = if is_printable(c) {
        out.push(c);
        Ok(())
    } else if code < 0x80 {
        write!(out, "\\x{code:02x}")
    } else if code < 0x10000 {
        write!(out, "\\u{code:04x}")
    } else {
        write!(out, "\\U{code:08x}")
    };
    written.expect("strings take all");
}

// Rust's debug form escapes what is not printable, grapheme extenders too, which Go prints.
fn is_printable(c: char) -> bool {
    use unicode_normalization::char::is_combining_mark;
    c != '\u{a0}' && (c.escape_debug().len() == 1 || is_combining_mark(c))
}
