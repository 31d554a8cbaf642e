//! Text to tokens, in one pass over the bytes. Knows nothing of grammar except how templates nest; whatever can't be a
//! token becomes [`TokenKind::Invalid`] and scanning goes on.

mod template;

use memchr::{memchr, memmem};

use crate::token::{Token, TokenKind};

/// What the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScanMode {
    /// Configuration or an expression.
    Normal,
    /// A template without delimiters.
    Template,
}

/// Tokens of `text`, always with [`TokenKind::EndOfFile`] at the end. A byte order mark is skipped.
///
/// Offsets are 32 bits wide: text past 4 GiB is not looked at.
pub(crate) fn scan(text: &str, mode: ScanMode) -> Vec<Token> {
    let bytes = text.as_bytes();
    let bytes = bytes.get(..u32::MAX as usize).unwrap_or(bytes);
    let mut scanner = Scanner {
        text,
        bytes,
        at: if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 },
        tokens: Vec::with_capacity(bytes.len() / 5 + 4),
        modes: Vec::new(),
        comments_never_close: false,
    };
    match mode {
        ScanMode::Normal => scanner.modes.push(Mode::Code { braces: 0, sequence: false }),
        ScanMode::Template => scanner.modes.push(Mode::Bare),
    }
    scanner.run();
    scanner.tokens
}

/// Where the scanner is; the innermost is last.
#[derive(Clone, Copy, Debug)]
enum Mode {
    /// Outside templates, or between `${` and `}`.
    Code {
        /// Braces opened and not closed since this began.
        braces: i64,
        /// Whether it ends with a `}` at no open brace.
        sequence: bool,
    },
    /// Between quotes.
    Quoted,
    /// In a heredoc with the marker at these offsets.
    Heredoc { marker: (usize, usize), at_line_start: bool },
    /// In a template without delimiters.
    Bare,
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    tokens: Vec<Token>,
    modes: Vec<Mode>,
    /// A `/*` was found that has no `*/` after it, so no later one has.
    comments_never_close: bool,
}

/// What the first byte of a token says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Blank,
    Name,
    Digit,
    Punctuation,
    /// Not ASCII: a name or invalid.
    Wide,
    Bad,
}

static CLASSES: [Class; 256] = classes();

const fn classes() -> [Class; 256] {
    let mut table = [Class::Bad; 256];
    let mut byte = 0_u8;
    loop {
        table[byte as usize] = match byte {
            b' ' | b'\t' => Class::Blank,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => Class::Name,
            b'0'..=b'9' => Class::Digit,
            b'[' | b']' | b'(' | b')' | b'.' | b',' | b'*' | b'/' | b'%' | b'+' | b'-' | b'=' | b'<' | b'>' | b'!'
            | b'?' | b':' | b'\n' | b'\r' | b'&' | b'|' | b'~' | b'^' | b';' | b'`' | b'\'' | b'{' | b'}' | b'"'
            | b'#' => Class::Punctuation,
            0x80..=0xFF => Class::Wide,
            _ => Class::Bad,
        };
        if byte == 255 {
            return table;
        }
        byte += 1;
    }
}

/// Bytes that continue a name: letters, digits, `_`, `-`.
static CONTINUES_NAME: [bool; 256] = name_bytes();

const fn name_bytes() -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    loop {
        table[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if byte == 255 {
            return table;
        }
        byte += 1;
    }
}

impl Scanner<'_> {
    fn run(&mut self) {
        while self.at < self.bytes.len() {
            match self.modes.last().copied() {
                Some(Mode::Quoted) => self.quoted(),
                Some(Mode::Heredoc { marker, at_line_start }) => self.heredoc(marker, at_line_start),
                Some(Mode::Bare) => self.bare(),
                Some(Mode::Code { .. }) | None => self.code(),
            }
        }
        self.at = self.bytes.len();
        self.emit(TokenKind::EndOfFile, self.at);
    }

    fn byte(&self, offset: usize) -> u8 {
        self.bytes.get(self.at + offset).copied().unwrap_or(0)
    }

    /// Adds a token from here to `end` and goes there.
    fn emit(&mut self, kind: TokenKind, end: usize) {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.tokens.push(Token { start: narrow(self.at), end: narrow(end), kind });
        self.at = end;
    }

    fn emit_bytes(&mut self, kind: TokenKind, length: usize) {
        self.emit(kind, self.at + length);
    }

    /// Scans code until the mode changes or the text ends.
    fn code(&mut self) {
        let depth = self.modes.len();
        while self.modes.len() == depth && self.at < self.bytes.len() {
            let byte = self.bytes[self.at];
            match CLASSES[byte as usize] {
                Class::Blank => self.at += 1,
                Class::Name => self.name(self.at + 1),
                Class::Digit => self.number(),
                Class::Punctuation => self.punctuation(byte),
                Class::Wide => self.wide(),
                Class::Bad => self.emit_bytes(TokenKind::Invalid, 1),
            }
        }
    }

    /// A name whose start has been seen up to `end`.
    fn name(&mut self, mut end: usize) {
        loop {
            while end < self.bytes.len() && CONTINUES_NAME[self.bytes[end] as usize] {
                end += 1;
            }
            match self.wide_char(end) {
                Some(c) if unicode_ident::is_xid_continue(c) => end += c.len_utf8(),
                _ => break,
            }
        }
        self.emit(TokenKind::Name, end);
    }

    /// The character at `at` if it is there and not ASCII.
    fn wide_char(&self, at: usize) -> Option<char> {
        self.bytes.get(at).filter(|b| **b >= 0x80)?;
        self.text.get(at..)?.chars().next()
    }

    fn wide(&mut self) {
        match self.wide_char(self.at) {
            Some(c) if unicode_ident::is_xid_start(c) => self.name(self.at + c.len_utf8()),
            Some(c) => self.emit_bytes(TokenKind::Invalid, c.len_utf8()),
            None => self.emit_bytes(TokenKind::Invalid, 1),
        }
    }

    /// Digits, dots and exponents, as long as they go on, without dots at the end.
    fn number(&mut self) {
        let mut end = self.at + 1;
        let mut complete = end;
        loop {
            let byte = |i: usize| self.bytes.get(i).copied().unwrap_or(0);
            match byte(end) {
                b'0'..=b'9' => end += 1,
                b'.' => {
                    end += 1;
                    continue;
                }
                b'e' | b'E' if byte(end + 1).is_ascii_digit() => end += 2,
                b'e' | b'E' if matches!(byte(end + 1), b'+' | b'-') && byte(end + 2).is_ascii_digit() => end += 3,
                _ => break,
            }
            complete = end;
        }
        self.emit(TokenKind::Number, complete);
    }

    fn punctuation(&mut self, byte: u8) {
        use TokenKind as K;
        let next = self.byte(1);
        let (kind, length) = match byte {
            b'\n' => (K::Newline, 1),
            b'\r' if next == b'\n' => (K::Newline, 2),
            b'{' => return self.open_brace(),
            b'}' => return self.close_brace(),
            b'~' if next == b'}' => return self.close_stripping(),
            b'"' => {
                self.emit_bytes(K::OpenQuote, 1);
                return self.modes.push(Mode::Quoted);
            }
            b'#' => return self.line_comment(),
            b'/' if next == b'/' => return self.line_comment(),
            b'/' if next == b'*' && !self.comments_never_close => return self.block_comment(),
            b'<' if next == b'<' => return self.open_heredoc(),
            b'.' if next == b'.' && self.byte(2) == b'.' => (K::Ellipsis, 3),
            _ => operator(byte, next),
        };
        self.emit_bytes(kind, length);
    }

    fn line_comment(&mut self) {
        let end = memchr(b'\n', &self.bytes[self.at..]).map_or(self.bytes.len(), |i| self.at + i + 1);
        self.emit(TokenKind::Comment, end);
    }

    fn block_comment(&mut self) {
        match memmem::find(&self.bytes[self.at + 2..], b"*/") {
            Some(i) => self.emit_bytes(TokenKind::Comment, i + 4),
            None => {
                self.comments_never_close = true;
                self.emit_bytes(TokenKind::Slash, 1);
            }
        }
    }

    fn open_brace(&mut self) {
        self.emit_bytes(TokenKind::OpenBrace, 1);
        if let Some(Mode::Code { braces, .. }) = self.modes.last_mut() {
            *braces += 1;
        }
    }

    fn close_brace(&mut self) {
        match self.modes.last_mut() {
            Some(Mode::Code { braces: 0, sequence: true }) => {
                self.emit_bytes(TokenKind::CloseSequence, 1);
                self.modes.pop();
            }
            Some(Mode::Code { braces, .. }) => {
                *braces -= 1;
                self.emit_bytes(TokenKind::CloseBrace, 1);
            }
            _ => self.emit_bytes(TokenKind::CloseBrace, 1),
        }
    }

    /// `~}`. Outside of a template sequence it is the same token, for the parser to refuse.
    fn close_stripping(&mut self) {
        self.emit_bytes(TokenKind::CloseSequence, 2);
        match self.modes.last_mut() {
            Some(Mode::Code { braces: 0, sequence: true }) => {
                self.modes.pop();
            }
            Some(Mode::Code { braces, .. }) => *braces -= 1,
            _ => {}
        }
    }
}

/// Operators of one or two bytes.
fn operator(byte: u8, next: u8) -> (TokenKind, usize) {
    use TokenKind as K;
    match (byte, next) {
        (b'=', b'=') => (K::EqualEqual, 2),
        (b'=', b'>') => (K::FatArrow, 2),
        (b'!', b'=') => (K::NotEqual, 2),
        (b'>', b'=') => (K::GreaterOrEqual, 2),
        (b'<', b'=') => (K::LessOrEqual, 2),
        (b'&', b'&') => (K::AndAnd, 2),
        (b'|', b'|') => (K::OrOr, 2),
        (b':', b':') => (K::DoubleColon, 2),
        (b'=', _) => (K::Assign, 1),
        (b'!', _) => (K::Bang, 1),
        (b'>', _) => (K::Greater, 1),
        (b'<', _) => (K::Less, 1),
        (b'&', _) => (K::BitAnd, 1),
        (b'|', _) => (K::BitOr, 1),
        (b':', _) => (K::Colon, 1),
        (b'[', _) => (K::OpenBracket, 1),
        (b']', _) => (K::CloseBracket, 1),
        (b'(', _) => (K::OpenParen, 1),
        (b')', _) => (K::CloseParen, 1),
        (b'.', _) => (K::Dot, 1),
        (b',', _) => (K::Comma, 1),
        (b'*', _) => (K::Star, 1),
        (b'/', _) => (K::Slash, 1),
        (b'%', _) => (K::Percent, 1),
        (b'+', _) => (K::Plus, 1),
        (b'-', _) => (K::Minus, 1),
        (b'?', _) => (K::Question, 1),
        (b'~', _) => (K::BitNot, 1),
        (b'^', _) => (K::BitXor, 1),
        (b';', _) => (K::Semicolon, 1),
        (b'`', _) => (K::Backtick, 1),
        (b'\'', _) => (K::Apostrophe, 1),
        _ => (K::Invalid, 1),
    }
}
