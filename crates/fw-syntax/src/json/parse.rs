//! Tokens of JSON to values, with recovery: a broken value becomes [`JsonKind::Invalid`], and its neighbours are read.

use std::sync::Arc;

use fw_diag::{Diagnostic, Diagnostics, FileId, Span};

use super::{
    JsonKind, JsonObject, JsonProperty, JsonString, JsonValue,
    scan::{Kind, Scanner, Token},
    string,
};
use crate::{suggest::did_you_mean, text::number};

/// Deeper nesting than this is refused.
const DEEPEST: u32 = 20_000;

/// What is wrong with the start of a value.
const VALUE: &str = "A JSON value must start with a brace, a bracket, a number, a string, or a keyword.";

/// The one value in a text.
pub(super) fn parse(file: FileId, text: &str) -> (JsonValue, Diagnostics) {
    let mut parser = Parser { scanner: Scanner::new(file, text), diagnostics: Diagnostics::new(), depth: 0 };
    let value = parser.value();
    let next = parser.scanner.peek();
    if parser.diagnostics.is_empty() && next.kind != Kind::EndOfFile {
        let span = parser.scanner.span_of(next);
        parser.error("Extraneous data after value", "Extra characters appear after the JSON value.", span);
    }
    (value, parser.diagnostics)
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    diagnostics: Diagnostics,
    depth: u32,
}

impl Parser<'_> {
    fn error(&mut self, summary: &str, detail: &str, subject: Span) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(subject));
    }

    fn error_at(&mut self, summary: &str, detail: &str, token: Token) {
        self.error(summary, detail, self.scanner.span_of(token));
    }

    fn error_next(&mut self, summary: &str, detail: &str) {
        let next = self.scanner.peek();
        self.error_at(summary, detail, next);
    }

    fn value(&mut self) -> JsonValue {
        let first = self.scanner.peek();
        let span = self.scanner.span_of(first);
        let found = match first.kind {
            Kind::OpenBrace => self.deeper(Self::object),
            Kind::OpenBracket => self.deeper(Self::array),
            Kind::Number => self.number(),
            Kind::String => self.string().map(|s| JsonValue::new(JsonKind::String(s), span)),
            Kind::Keyword => self.keyword(),
            _ => self.no_value(first),
        };
        found.unwrap_or_else(|| JsonValue::new(JsonKind::Invalid, span))
    }

    fn no_value(&mut self, first: Token) -> Option<JsonValue> {
        let (summary, detail) = match first.kind {
            Kind::CloseBrace => ("Missing JSON value", VALUE),
            Kind::CloseBracket => ("Missing array element value", VALUE),
            Kind::EndOfFile => ("Missing value", "The JSON data ends prematurely."),
            _ => ("Invalid start of value", VALUE),
        };
        self.error_at(summary, detail, first);
        None
    }

    fn deeper(&mut self, parse: fn(&mut Self) -> Option<JsonValue>) -> Option<JsonValue> {
        if self.depth >= DEEPEST {
            let detail = "This is nested too deeply to be understood: at most 20,000 levels of nesting are supported.";
            self.error_next("Nesting too deep", detail);
            self.scanner.give_up();
            return None;
        }
        self.depth += 1;
        let value = crate::deep::guard(|| parse(self));
        self.depth -= 1;
        value
    }

    fn number(&mut self) -> Option<JsonValue> {
        let token = self.scanner.read();
        let span = self.scanner.span_of(token);
        let text = self.scanner.text_of(token);
        let value = is_number(text.as_bytes()).then(|| number(text)).flatten();
        if value.is_none() {
            self.error("Invalid JSON number", "There is a syntax error in the given JSON number.", span);
        }
        Some(JsonValue::new(JsonKind::Number(value?), span))
    }

    fn string(&mut self) -> Option<JsonString> {
        let token = self.scanner.read();
        let span = self.scanner.span_of(token);
        match string::read(self.scanner.text_of(token), span) {
            Ok(string) => Some(string),
            Err(offset) => {
                let at = self.scanner.span(token.start + offset, token.start + offset + 1);
                let detail = "There is a syntax error in the given JSON string.";
                self.diagnostics.push(Diagnostic::error("Invalid JSON string", detail).at(at).within(span));
                None
            }
        }
    }

    fn keyword(&mut self) -> Option<JsonValue> {
        let token = self.scanner.read();
        let span = self.scanner.span_of(token);
        let detail = match self.scanner.text_of(token) {
            "true" => return Some(JsonValue::new(JsonKind::Bool(true), span)),
            "false" => return Some(JsonValue::new(JsonKind::Bool(false), span)),
            "null" => return Some(JsonValue::new(JsonKind::Null, span)),
            word @ ("undefined" | "NaN" | "Infinity") => {
                format!("The JavaScript identifier {word:?} cannot be used in JSON.")
            }
            word => {
                let suggestion = did_you_mean(word, ["false", "true", "null"]);
                format!("{word:?} is not a valid JSON keyword.{suggestion}")
            }
        };
        self.error("Invalid JSON keyword", &detail, span);
        None
    }

    /// Skips to about the end of the enclosing object or array, beginning with the token just read.
    fn skip(&mut self, mut token: Token, open: Kind, close: Kind) {
        let mut nested = 1;
        loop {
            if token.kind == open {
                nested += 1;
            } else if token.kind == close {
                nested -= 1;
                if nested <= 1 {
                    return;
                }
            } else if token.kind == Kind::EndOfFile {
                return;
            }
            token = self.scanner.read();
        }
    }

    fn object(&mut self) -> Option<JsonValue> {
        let open = self.scanner.read();
        let mut properties = Vec::new();
        while self.scanner.peek().kind != Kind::CloseBrace {
            properties.push(self.property()?);
            match self.scanner.peek().kind {
                Kind::Comma => {
                    let comma = self.scanner.read();
                    if self.scanner.peek().kind == Kind::CloseBrace {
                        let detail = "JSON does not permit a trailing comma after the final property in an object.";
                        self.error_at("Trailing comma in object", detail, comma);
                        return None;
                    }
                }
                Kind::CloseBrace => {}
                other => {
                    self.no_comma_in_object(open, other);
                    return None;
                }
            }
        }
        let close = self.scanner.read();
        let span = self.scanner.span(open.start, close.end);
        let close = Some(self.scanner.span_of(close));
        Some(JsonValue::new(JsonKind::Object(JsonObject { properties, close }), span))
    }

    fn no_comma_in_object(&mut self, open: Token, found: Kind) {
        match found {
            Kind::EndOfFile => {
                self.error_at("Unclosed object", "No closing brace was found for this JSON object.", open);
            }
            Kind::CloseBracket => {
                self.scanner.read();
                self.error_next("Mismatched braces", "A JSON object must be closed with a brace, not a bracket.");
            }
            _ => {
                let token = self.scanner.read();
                self.skip(token, Kind::OpenBrace, Kind::CloseBrace);
                let detail = "A comma must appear between each property definition in an object.";
                self.error_next("Missing attribute seperator comma", detail);
            }
        }
    }

    fn property(&mut self) -> Option<JsonProperty> {
        let name = self.value();
        let JsonKind::String(name) = &name.kind else {
            let detail = "A JSON object property name must be a string";
            self.error("Invalid object property name", detail, name.start());
            return None;
        };
        let colon = self.scanner.read();
        if colon.kind != Kind::Colon {
            self.no_colon(colon);
            return None;
        }
        let value = Arc::new(self.value());
        Some(JsonProperty { name: name.clone(), value })
    }

    fn no_colon(&mut self, found: Token) {
        self.skip(found, Kind::OpenBrace, Kind::CloseBrace);
        let (summary, detail) = match found.kind {
            // People write braces for an array.
            Kind::CloseBrace | Kind::Comma => {
                ("Missing object value", "A JSON object attribute must have a value, introduced by a colon.")
            }
            // Or native syntax.
            Kind::Equals => {
                ("Missing property value colon", "JSON uses a colon as its name/value delimiter, not an equals sign.")
            }
            _ => {
                ("Missing property value colon", "A colon must appear between an object property's name and its value.")
            }
        };
        self.error_at(summary, detail, found);
    }

    fn array(&mut self) -> Option<JsonValue> {
        let open = self.scanner.read();
        let mut items = Vec::new();
        while self.scanner.peek().kind != Kind::CloseBracket {
            items.push(Arc::new(self.value()));
            match self.scanner.peek().kind {
                Kind::Comma => {
                    let comma = self.scanner.read();
                    if self.scanner.peek().kind == Kind::CloseBracket {
                        let detail = "JSON does not permit a trailing comma after the final value in an array.";
                        self.error_at("Trailing comma in array", detail, comma);
                        return None;
                    }
                }
                Kind::CloseBracket => {}
                other => {
                    self.no_comma_in_array(open, other);
                    return None;
                }
            }
        }
        let close = self.scanner.read();
        let span = self.scanner.span(open.start, close.end);
        Some(JsonValue::new(JsonKind::Array(items), span))
    }

    fn no_comma_in_array(&mut self, open: Token, found: Kind) {
        let token = self.scanner.read();
        self.skip(token, Kind::OpenBracket, Kind::CloseBracket);
        match found {
            Kind::Colon => {
                self.error_next("Invalid array value", "A colon is not used to introduce values in a JSON array.");
            }
            Kind::EndOfFile => {
                self.error_at("Unclosed object", "No closing bracket was found for this JSON array.", open);
            }
            Kind::CloseBrace => {
                self.error_next("Mismatched brackets", "A JSON array must be closed with a bracket, not a brace.");
            }
            _ => self
                .error_next("Missing attribute seperator comma", "A comma must appear between each value in an array."),
        }
    }
}

/// Whether it is a number by the grammar of JSON.
fn is_number(text: &[u8]) -> bool {
    let digits = |from: &[u8]| from.iter().take_while(|b| b.is_ascii_digit()).count();
    let rest = text.strip_prefix(b"-").unwrap_or(text);
    let whole = match rest {
        [b'0', ..] => 1,
        _ => digits(rest),
    };
    let mut rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = &fraction[count..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = exponent.strip_prefix(b"+").or(exponent.strip_prefix(b"-")).unwrap_or(exponent);
        let count = digits(exponent);
        return whole > 0 && count > 0 && count == exponent.len();
    }
    whole > 0 && rest.is_empty()
}
