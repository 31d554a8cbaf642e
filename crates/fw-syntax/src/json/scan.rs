//! Tokens of JSON, and a little more: what people take for JSON is a token too, so that it can be named.

use fw_diag::{FileId, Span};

/// The kinds of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    Comma,
    Colon,
    /// Only to remind people that this is not native syntax.
    Equals,
    /// Letters: `true`, `null`, and what they are mistaken for.
    Keyword,
    /// From quote to quote, or to where a line break or the end of the text cuts it off.
    String,
    Number,
    EndOfFile,
    Invalid,
}

/// A token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Gives tokens one by one.
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    file: FileId,
    at: usize,
    /// Where reading ends: at the end of the text, or after what was invalid.
    limit: usize,
    peeked: Option<Token>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(file: FileId, text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Self { text, file, at, limit: text.len(), peeked: None }
    }

    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span::new(self.file, narrow(start), narrow(end))
    }

    pub(super) fn span_of(&self, token: Token) -> Span {
        self.span(token.start, token.end)
    }

    pub(super) fn text_of(&self, token: Token) -> &'a str {
        self.text.get(token.start..token.end).unwrap_or("")
    }

    pub(super) fn peek(&mut self) -> Token {
        let token = match self.peeked {
            Some(token) => token,
            None => self.scan(),
        };
        self.peeked = Some(token);
        token
    }

    pub(super) fn read(&mut self) -> Token {
        let token = self.peek();
        self.peeked = None;
        token
    }

    /// Jumps to the end of the text.
    pub(super) fn give_up(&mut self) {
        self.at = self.limit;
        self.peeked = None;
    }

    fn scan(&mut self) -> Token {
        let bytes = self.text.as_bytes().get(..self.limit).unwrap_or_default();
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(self.at) {
            self.at += 1;
        }
        let start = self.at;
        let Some(first) = bytes.get(start).copied() else {
            return Token { kind: Kind::EndOfFile, start, end: start };
        };
        let run = |fits: fn(u8) -> bool| start + bytes[start..].iter().take_while(|b| fits(**b)).count();
        let (kind, end) = match first {
            b'{' => (Kind::OpenBrace, start + 1),
            b'}' => (Kind::CloseBrace, start + 1),
            b'[' => (Kind::OpenBracket, start + 1),
            b']' => (Kind::CloseBracket, start + 1),
            b',' => (Kind::Comma, start + 1),
            b':' => (Kind::Colon, start + 1),
            b'=' => (Kind::Equals, start + 1),
            b'"' => (Kind::String, string_end(bytes, start)),
            b'-' | b'+' | b'.' | b'0'..=b'9' => (Kind::Number, run(in_number)),
            b'a'..=b'z' | b'A'..=b'Z' => (Kind::Keyword, run(|b| b.is_ascii_alphabetic() || b == b'_')),
            _ => (Kind::Invalid, start + 1),
        };
        if kind == Kind::Invalid {
            // Nothing can be made of what follows.
            self.limit = end;
        }
        self.at = end;
        Token { kind, start, end }
    }
}

fn in_number(byte: u8) -> bool {
    matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')
}

/// Where a string ends: after its closing quote, or before the first control character.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' if bytes.get(at + 1).is_some_and(|b| *b >= 32) => at += 2,
            b'\\' => return at + 1,
            0..=31 => return at,
            _ => at += 1,
        }
    }
    bytes.len().min(at)
}
