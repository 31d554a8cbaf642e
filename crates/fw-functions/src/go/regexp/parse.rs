//! Parsing Go's syntax and writing that of the `regex` crate.

/// Deeper than this Go says that the expression nests too deeply.
pub(super) const MAX_DEPTH: u32 = 1000;
const MAX_REPEAT: u32 = 1000;

/// What is wrong with a pattern, and the part of it that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PatternError {
    pub(crate) problem: &'static str,
    pub(crate) part: String,
}

impl PatternError {
    pub(super) fn new(problem: &'static str, part: &str) -> Self {
        Self { problem, part: part.to_owned() }
    }
}

/// A pattern in the syntax of the `regex` crate.
pub(super) struct Parsed {
    pub(super) translated: String,
    pub(super) groups: Vec<String>,
}

pub(super) fn parse(pattern: &str) -> Result<Parsed, PatternError> {
    let mut parser = Parser { pattern, rest: pattern, out: String::new(), groups: Vec::new(), open: 0, repeat: None };
    parser.run()?;
    Ok(Parsed { translated: parser.out, groups: parser.groups })
}

struct Parser<'a> {
    pattern: &'a str,
    rest: &'a str,
    out: String,
    groups: Vec<String>,
    open: u32,
    /// The text from the start of the repetition that was just read, after which another one is an error.
    repeat: Option<&'a str>,
}

impl<'a> Parser<'a> {
    fn error<T>(&self, problem: &'static str, part: &str) -> Result<T, PatternError> {
        Err(PatternError::new(problem, part))
    }

    /// The pattern from one place up to where the parser is.
    fn since(&self, start: &'a str) -> &'a str {
        start.get(..start.len() - self.rest.len()).unwrap_or(start)
    }

    fn bump(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let c = characters.next();
        self.rest = characters.as_str();
        c
    }

    fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn run(&mut self) -> Result<(), PatternError> {
        // Whether there is something a repetition can apply to.
        let mut operand = false;
        while let Some(c) = self.rest.chars().next() {
            let start = self.rest;
            let mut repeated = None;
            match c {
                '(' => {
                    self.group()?;
                    operand = false;
                }
                ')' => {
                    self.bump();
                    if self.open == 0 {
                        return self.error("unexpected )", self.pattern);
                    }
                    self.open -= 1;
                    self.out.push(')');
                    operand = true;
                }
                '|' => {
                    self.bump();
                    self.out.push('|');
                    operand = false;
                }
                '*' | '+' | '?' => {
                    self.bump();
                    self.eat("?");
                    self.repetition(start, operand)?;
                    repeated = Some(start);
                }
                '{' => match self.counts() {
                    Some((low, high)) => {
                        self.eat("?");
                        if low > MAX_REPEAT || high.is_some_and(|high| high > MAX_REPEAT || high < low) {
                            let counts = self.since(start).trim_end_matches('?').to_owned();
                            return self.error("invalid repeat count", &counts);
                        }
                        self.repetition(start, operand)?;
                        repeated = Some(start);
                    }
                    None => {
                        self.bump();
                        self.out.push_str("\\{");
                        operand = true;
                    }
                },
                '[' => {
                    self.class()?;
                    operand = true;
                }
                '\\' => operand = self.escape(operand)?,
                '.' | '^' | '$' => {
                    self.bump();
                    self.out.push(c);
                    operand = true;
                }
                _ => {
                    self.bump();
                    push_literal(&mut self.out, c);
                    operand = true;
                }
            }
            self.repeat = repeated;
        }
        if self.open > 0 {
            return self.error("missing closing )", self.pattern);
        }
        Ok(())
    }

    fn repetition(&mut self, start: &'a str, operand: bool) -> Result<(), PatternError> {
        let written = self.since(start);
        if !operand {
            let shown = written.trim_end_matches('?');
            let shown = if shown.is_empty() { written } else { shown };
            return self.error("missing argument to repetition operator", shown);
        }
        if let Some(before) = self.repeat {
            return self.error("invalid nested repetition operator", self.since(before));
        }
        self.out.push_str(written);
        Ok(())
    }

    /// Reads `{n}`, `{n,}` or `{n,m}`; reads nothing if it is none of these.
    fn counts(&mut self) -> Option<(u32, Option<u32>)> {
        let (inside, after) = self.rest.strip_prefix('{')?.split_once('}')?;
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            let leading_zero = text.len() > 1 && text.starts_with('0');
            (digits && !leading_zero).then(|| text.parse().unwrap_or(u32::MAX))
        };
        let counts = match inside.split_once(',') {
            None => (number(inside)?, Some(number(inside)?)),
            Some((low, "")) => (number(low)?, None),
            Some((low, high)) => (number(low)?, Some(number(high)?)),
        };
        self.rest = after;
        Some(counts)
    }

    fn group(&mut self) -> Result<(), PatternError> {
        let start = self.rest;
        self.bump();
        if self.open >= MAX_DEPTH {
            return self.error("expression nests too deeply", self.pattern);
        }
        if !self.eat("?") {
            self.groups.push(String::new());
            self.out.push('(');
            self.open += 1;
            return Ok(());
        }
        if self.rest.starts_with("P<")
            || self.rest.starts_with('<') && !self.rest.starts_with("<=") && !self.rest.starts_with("<!")
        {
            return self.named_group(start);
        }
        self.flags(start)
    }

    fn named_group(&mut self, start: &'a str) -> Result<(), PatternError> {
        let Some((name, after)) = self.rest.split_once('<').and_then(|(_, rest)| rest.split_once('>')) else {
            return self.error("invalid named capture", start);
        };
        self.rest = after;
        let valid = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !valid {
            return self.error("invalid named capture", self.since(start));
        }
        self.groups.push(name.to_owned());
        self.out.push('(');
        self.open += 1;
        Ok(())
    }

    fn flags(&mut self, start: &'a str) -> Result<(), PatternError> {
        const PROBLEM: &str = "invalid or unsupported Perl syntax";
        let mut negative = false;
        let mut some = false;
        let mut written = String::from("(?");
        loop {
            match self.bump() {
                Some(c @ ('i' | 'm' | 's' | 'U')) => {
                    some = true;
                    written.push(c);
                }
                Some('-') if !negative => {
                    negative = true;
                    some = false;
                    written.push('-');
                }
                Some(c @ (':' | ')')) => {
                    if negative && !some {
                        return self.error(PROBLEM, self.since(start));
                    }
                    written.push(c);
                    if c == ':' {
                        self.open += 1;
                    }
                    // `(?)` is nothing in Go and an error in the crate.
                    if written != "(?)" {
                        self.out.push_str(&written);
                    }
                    return Ok(());
                }
                None => return self.error("missing closing )", self.pattern),
                Some(_) => return self.error(PROBLEM, self.since(start)),
            }
        }
    }

    /// Reads what a backslash starts outside of classes; says whether it can be repeated.
    fn escape(&mut self, operand: bool) -> Result<bool, PatternError> {
        let start = self.rest;
        self.bump();
        match self.rest.chars().next() {
            Some('A') => self.assertion("\\A"),
            Some('z') => self.assertion("\\z"),
            Some('b') => self.assertion("(?-u:\\b)"),
            Some('B') => self.assertion("(?-u:\\B)"),
            Some('Q') => {
                self.bump();
                let (literal, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
                self.rest = rest;
                literal.chars().for_each(|c| push_literal(&mut self.out, c));
                return Ok(operand || !literal.is_empty());
            }
            // The end of a quotation that has ended already means nothing.
            Some('E') if self.pattern.contains("\\Q") => return self.error("invalid escape sequence", "\\E"),
            _ => {
                self.rest = start;
                match self.set_escape()? {
                    Some(set) => self.out.push_str(&set),
                    None => {
                        let c = self.character_escape()?;
                        push_literal(&mut self.out, c);
                    }
                }
            }
        }
        Ok(true)
    }

    fn assertion(&mut self, written: &str) {
        self.bump();
        self.out.push_str(written);
    }

    /// Reads `\d`, `\pN` and their like, as they are written in and outside of classes.
    fn set_escape(&mut self) -> Result<Option<String>, PatternError> {
        let start = self.rest;
        let after = self.rest.get(1..).unwrap_or_default();
        let set = match after.chars().next() {
            Some('d') => "[0-9]",
            Some('D') => "[^0-9]",
            Some('s') => "[\\t\\n\\x0C\\r ]",
            Some('S') => "[^\\t\\n\\x0C\\r ]",
            Some('w') => "[0-9A-Za-z_]",
            Some('W') => "[^0-9A-Za-z_]",
            Some(c @ ('p' | 'P')) => {
                self.rest = after.get(1..).unwrap_or_default();
                return self.unicode_set(start, c == 'P').map(Some);
            }
            _ => return Ok(None),
        };
        self.rest = after.get(1..).unwrap_or_default();
        Ok(Some(set.to_owned()))
    }

    fn unicode_set(&mut self, start: &'a str, negated: bool) -> Result<String, PatternError> {
        const PROBLEM: &str = "invalid character class range";
        let name = if self.eat("{") {
            let Some((name, rest)) = self.rest.split_once('}') else {
                return self.error(PROBLEM, start);
            };
            self.rest = rest;
            name
        } else {
            match self.bump() {
                Some(_) => self.since(start).get(2..).unwrap_or_default(),
                None => return self.error(PROBLEM, start),
            }
        };
        let (name, inverted) = match name.strip_prefix('^') {
            Some(name) => (name, true),
            None => (name, false),
        };
        if name == "Any" {
            return Ok(if negated == inverted { "\\p{Any}" } else { "\\P{Any}" }.to_owned());
        }
        if !is_unicode_table(name) {
            return self.error(PROBLEM, self.since(start));
        }
        let letter = if negated == inverted { 'p' } else { 'P' };
        Ok(format!("\\{letter}{{{name}}}"))
    }

    /// Reads an escape that stands for one character.
    fn character_escape(&mut self) -> Result<char, PatternError> {
        let start = self.rest;
        self.bump();
        let Some(c) = self.bump() else {
            return self.error("trailing backslash at end of expression", "");
        };
        Ok(match c {
            '1'..='7' if !self.rest.starts_with(|c: char| ('0'..='7').contains(&c)) => {
                return self.error("invalid escape sequence", self.since(start));
            }
            '0'..='7' => {
                let more = self.rest.bytes().take(2).take_while(|b| (b'0'..=b'7').contains(b)).count();
                let (digits, rest) = self.rest.split_at(more);
                self.rest = rest;
                let first = u32::from(c) - u32::from('0');
                let value = digits.bytes().fold(first, |value, digit| value * 8 + u32::from(digit - b'0'));
                char::from_u32(value).unwrap_or(c)
            }
            'x' => return self.hexadecimal(start),
            'a' => '\u{7}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            _ if c.is_ascii() && !c.is_ascii_alphanumeric() => c,
            _ => return self.error("invalid escape sequence", self.since(start)),
        })
    }

    fn hexadecimal(&mut self, start: &'a str) -> Result<char, PatternError> {
        let digits = if self.eat("{") {
            let Some((digits, rest)) = self.rest.split_once('}') else {
                self.rest = "";
                return self.error("invalid escape sequence", start);
            };
            self.rest = rest;
            digits
        } else {
            let before = self.rest;
            self.bump();
            self.bump();
            self.since(before)
        };
        let braced = self.since(start).ends_with('}');
        let all_hex = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let value = if all_hex && (braced || digits.len() == 2) { u32::from_str_radix(digits, 16).ok() } else { None };
        match value.and_then(char::from_u32) {
            Some(c) => Ok(c),
            None => self.error("invalid escape sequence", self.since(start)),
        }
    }

    fn class(&mut self) -> Result<(), PatternError> {
        let start = self.rest;
        self.bump();
        let mut written = String::from(if self.eat("^") { "[^" } else { "[" });
        let mut first = true;
        loop {
            if self.rest.is_empty() {
                return self.error("missing closing ]", start);
            }
            if self.rest.starts_with(']') && !first {
                self.bump();
                break;
            }
            // A hyphen is itself at the start and at the end.
            let lone_hyphen = self.rest.starts_with('-') && !first && self.rest.chars().nth(1) != Some(']');
            if lone_hyphen && self.rest.len() > 1 {
                let shown: String = self.rest.chars().take(2).collect();
                return self.error("invalid character class range", &shown);
            }
            first = false;
            if self.rest.starts_with("[:")
                && let Some(set) = self.named_class()?
            {
                written.push_str(&set);
                continue;
            }
            if self.rest.starts_with('\\')
                && let Some(set) = self.set_escape()?
            {
                written.push_str(&set);
                continue;
            }
            self.class_range(&mut written, start)?;
        }
        written.push(']');
        self.out.push_str(&written);
        Ok(())
    }

    fn named_class(&mut self) -> Result<Option<String>, PatternError> {
        const NAMES: [&str; 14] = [
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper",
            "word", "xdigit",
        ];
        let start = self.rest;
        let Some((name, after)) = start.get(2..).and_then(|inner| inner.split_once(":]")) else { return Ok(None) };
        self.rest = after;
        if NAMES.contains(&name.strip_prefix('^').unwrap_or(name)) {
            return Ok(Some(format!("[:{name}:]")));
        }
        self.error("invalid character class range", self.since(start))
    }

    fn class_range(&mut self, written: &mut String, class: &str) -> Result<(), PatternError> {
        let start = self.rest;
        let low = self.class_character(class)?;
        let mut high = low;
        if self.rest.starts_with('-') && self.rest.len() >= 2 && !self.rest.starts_with("-]") {
            self.bump();
            high = self.class_character(class)?;
            if high < low {
                return self.error("invalid character class range", self.since(start));
            }
        }
        push_class_character(written, low);
        if high != low {
            written.push('-');
            push_class_character(written, high);
        }
        Ok(())
    }

    fn class_character(&mut self, class: &str) -> Result<char, PatternError> {
        if self.rest.starts_with('\\') {
            return self.character_escape();
        }
        match self.bump() {
            Some(c) => Ok(c),
            None => self.error("missing closing ]", class),
        }
    }
}

fn push_literal(out: &mut String, c: char) {
    if regex_syntax_character(c) {
        out.push('\\');
    }
    out.push(c);
}

fn push_class_character(out: &mut String, c: char) {
    if c.is_ascii_alphanumeric() || !c.is_ascii() {
        out.push(c);
    } else {
        out.push_str(&format!("\\x{{{:x}}}", u32::from(c)));
    }
}

fn regex_syntax_character(c: char) -> bool {
    "\\.+*?()|[]{}^$#&-~".contains(c)
}

/// Go knows general categories by their short names, and scripts.
fn is_unicode_table(name: &str) -> bool {
    const CATEGORIES: [&str; 37] = [
        "C", "Cc", "Cf", "Co", "Cs", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No",
        "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs", "Cn",
    ];
    if CATEGORIES.contains(&name) {
        return name != "Cn";
    }
    let script_like = name.len() > 2 && name.starts_with(|c: char| c.is_ascii_uppercase());
    script_like
        && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_')
        && regex::Regex::new(&format!("\\p{{Script={name}}}")).is_ok()
        && !(name.len() == 4 && regex::Regex::new(&format!("\\p{{Script={name}}}")).is_ok() && is_script_code(name))
}

/// The four-letter codes of scripts, which Go does not know; the crate takes them as well as full names.
fn is_script_code(name: &str) -> bool {
    const FULL_NAMES: [&str; 13] =
        ["Cham", "Lisu", "Modi", "Mro", "Nko", "Thai", "Vai", "Kawi", "Ahom", "Lao", "Tirh", "Yi", "Toto"];
    !FULL_NAMES.contains(&name)
}
