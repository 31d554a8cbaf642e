//! Literal text of templates: escapes resolved.

use std::borrow::Cow;

/// A bad escape: the bytes it covers, counted from the start of the text, and what is wrong.
pub(crate) struct BadEscape {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) detail: String,
}

/// The text a literal token stands for. Backslashes mean something in quoted templates only, doubled `$${` and `%%{`
/// everywhere. Bad escapes are kept as they are.
pub(crate) fn resolve(text: &str, quoted: bool) -> (Cow<'_, str>, Vec<BadEscape>) {
    let special = |b: u8| b == b'$' || b == b'%' || (quoted && b == b'\\');
    if !text.bytes().any(special) || text.len() == 1 && !text.starts_with('\\') {
        return (Cow::Borrowed(text), Vec::new());
    }
    let mut resolver = Resolver { text, quoted, at: 0, out: String::with_capacity(text.len()), bad: Vec::new() };
    resolver.run();
    (Cow::Owned(resolver.out), resolver.bad)
}

struct Resolver<'a> {
    text: &'a str,
    quoted: bool,
    at: usize,
    out: String,
    bad: Vec<BadEscape>,
}

impl Resolver<'_> {
    fn run(&mut self) {
        while let Some(rest) = self.text.get(self.at..).filter(|r| !r.is_empty()) {
            let bytes = rest.as_bytes();
            match bytes {
                [b'\\', ..] if self.quoted => self.backslash(rest),
                [a @ (b'$' | b'%'), b, b'{', ..] if a == b => {
                    self.out.push(char::from(*a));
                    self.out.push('{');
                    self.at += 3;
                }
                _ => {
                    let special = |(i, b): (usize, &u8)| i > 0 && matches!(b, b'$' | b'%' | b'\\');
                    let end = bytes.iter().enumerate().position(special).unwrap_or(bytes.len());
                    self.out.push_str(rest.get(..end).unwrap_or(rest));
                    self.at += end;
                }
            }
        }
    }

    fn backslash(&mut self, rest: &str) {
        let selector = rest.chars().nth(1);
        let simple = match selector {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('"') => '"',
            Some('\\') => '\\',
            Some('u') => {
                return self.unicode(rest, 4, "The \\u escape sequence must be followed by four hexadecimal digits.");
            }
            Some('U') => {
                return self.unicode(rest, 8, "The \\U escape sequence must be followed by eight hexadecimal digits.");
            }
            Some(other) => {
                let detail = format!("The symbol {:?} is not a valid escape sequence selector.", other.to_string());
                self.refuse(1 + other.len_utf8(), detail);
                self.out.push(other);
                return;
            }
            None => {
                self.refuse(1, "Backslash must be followed by an escape sequence selector character.".to_owned());
                self.out.push('\\');
                return;
            }
        };
        self.out.push(simple);
        self.at += 2;
    }

    fn unicode(&mut self, rest: &str, digits: usize, too_short: &str) {
        let found = rest.bytes().skip(2).take(digits).take_while(u8::is_ascii_hexdigit).count();
        let escape = rest.get(..2 + found).unwrap_or(rest);
        let code = u32::from_str_radix(escape.get(2..).unwrap_or(""), 16);
        match code {
            Ok(code) if found == digits => match char::from_u32(code) {
                Some(c) => {
                    self.out.push(c);
                    self.at += escape.len();
                    return;
                }
                None => self.refuse(escape.len(), format!("Cannot encode character U+{code:04x} in UTF-8.")),
            },
            _ => self.refuse(escape.len(), too_short.to_owned()),
        }
        self.out.push_str(escape);
    }

    fn refuse(&mut self, length: usize, detail: String) {
        self.bad.push(BadEscape { start: self.at, end: self.at + length, detail });
        self.at += length;
    }
}
