//! The tokens of the older HCL.

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    End,
    Word(String),
    String(String),
    Number(String),
    Assign,
    Comma,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
}

impl Token {
    pub(super) fn describe(&self) -> &str {
        match self {
            Self::End => "EOF",
            Self::Word(word) => word,
            Self::String(_) => "STRING",
            Self::Number(_) => "NUMBER",
            Self::Assign => "ASSIGN",
            Self::Comma => "COMMA",
            Self::OpenBrace => "LBRACE",
            Self::CloseBrace => "RBRACE",
            Self::OpenBracket => "LBRACK",
            Self::CloseBracket => "RBRACK",
        }
    }
}

pub(super) struct Scanner<'a> {
    rest: &'a str,
    line: usize,
    column: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1, column: 1 }
    }

    /// Where the next token starts.
    pub(super) fn place(&mut self) -> String {
        self.skip_blanks();
        format!("{}:{}", self.line, self.column)
    }

    /// Takes the next token if it is this one.
    pub(super) fn skip(&mut self, token: &Token) -> Result<bool, String> {
        let (rest, line, column) = (self.rest, self.line, self.column);
        if self.next()? == *token {
            return Ok(true);
        }
        (self.rest, self.line, self.column) = (rest, line, column);
        Ok(false)
    }

    pub(super) fn next(&mut self) -> Result<Token, String> {
        self.skip_blanks();
        let Some(first) = self.rest.chars().next() else { return Ok(Token::End) };
        let simple = match first {
            '=' => Some(Token::Assign),
            ',' => Some(Token::Comma),
            '{' => Some(Token::OpenBrace),
            '}' => Some(Token::CloseBrace),
            '[' => Some(Token::OpenBracket),
            ']' => Some(Token::CloseBracket),
            _ => None,
        };
        if let Some(token) = simple {
            self.bump();
            return Ok(token);
        }
        match first {
            '"' => self.string(),
            '<' if self.rest.starts_with("<<") => self.heredoc(),
            c if c.is_ascii_digit() || c == '-' => {
                Ok(Token::Number(self.take_while(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))))
            }
            c if c.is_alphabetic() || c == '_' => {
                Ok(Token::Word(self.take_while(|c| c.is_alphanumeric() || "_-.".contains(c))))
            }
            other => Err(format!("At {}: illegal character {other:?}", self.place())),
        }
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or("");
        if c == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(c)
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while self.rest.chars().next().is_some_and(&wanted) {
            taken.extend(self.bump());
        }
        taken
    }

    fn skip_blanks(&mut self) {
        loop {
            self.take_while(char::is_whitespace);
            if self.rest.starts_with('#') || self.rest.starts_with("//") {
                self.take_while(|c| c != '\n');
            } else if self.rest.starts_with("/*") {
                let length = self.rest.find("*/").map_or(self.rest.len(), |at| at + 2);
                let end = self.rest.len() - length;
                while self.rest.len() > end {
                    self.bump();
                }
            } else {
                return;
            }
        }
    }

    fn string(&mut self) -> Result<Token, String> {
        let start = self.place();
        self.bump();
        let mut text = String::new();
        let mut open_templates = 0_usize;
        loop {
            match self.bump() {
                None | Some('\n') if open_templates == 0 => return Err(format!("At {start}: literal not terminated")),
                None => return Err(format!("At {start}: literal not terminated")),
                Some('"') if open_templates == 0 => return Ok(Token::String(text)),
                Some('\\') => text.push(self.escape(&start)?),
                Some(c) => {
                    // Quotes inside of `${…}` do not end the string.
                    if c == '$' && self.rest.starts_with('{') {
                        open_templates += 1;
                    } else if c == '}' {
                        open_templates = open_templates.saturating_sub(1);
                    }
                    text.push(c);
                }
            }
        }
    }

    fn escape(&mut self, start: &str) -> Result<char, String> {
        let digits = match self.bump() {
            Some('n') => return Ok('\n'),
            Some('r') => return Ok('\r'),
            Some('t') => return Ok('\t'),
            Some('a') => return Ok('\u{7}'),
            Some('b') => return Ok('\u{8}'),
            Some('f') => return Ok('\u{c}'),
            Some('v') => return Ok('\u{b}'),
            Some(c @ ('"' | '\\')) => return Ok(c),
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            _ => return Err(format!("At {start}: illegal char escape")),
        };
        let hexadecimal: String = (0..digits).filter_map(|_| self.bump()).collect();
        u32::from_str_radix(&hexadecimal, 16)
            .ok()
            .and_then(char::from_u32)
            .ok_or_else(|| format!("At {start}: illegal char escape"))
    }

    fn heredoc(&mut self) -> Result<Token, String> {
        let start = self.place();
        self.bump();
        self.bump();
        let indented = self.rest.starts_with('-');
        if indented {
            self.bump();
        }
        let marker = self.take_while(|c| c != '\n');
        let marker = marker.trim();
        self.bump();
        let mut lines = Vec::new();
        loop {
            if self.rest.is_empty() {
                return Err(format!("At {start}: heredoc not terminated"));
            }
            let line = self.take_while(|c| c != '\n');
            if line.trim() == marker {
                break;
            }
            self.bump();
            lines.push(line);
        }
        let blanks = |line: &String| line.len() - line.trim_start().len();
        let shared = if indented { lines.iter().map(blanks).min().unwrap_or(0) } else { 0 };
        let text: String = lines.iter().map(|line| format!("{}\n", line.get(shared..).unwrap_or(""))).collect();
        Ok(Token::String(text))
    }
}
