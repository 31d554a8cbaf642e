//! Format strings: scanning them as go-cty does, and writing one value.

use fw_value::{Type, Value, convert, json};

use crate::define::{fail, fail_at};
use crate::function::CallError;
use crate::go::decimal::{self, Flags};
use crate::go::text::{clusters, count, quote, quote_char};

/// Wider fields than this are nobody's intention.
const MAX_WIDTH: usize = 1 << 20;

struct Verb<'a> {
    raw: &'a str,
    offset: usize,
    argument: usize,
    mode: char,
    flags: Flags,
}

/// Fills the values into the template.
pub(super) fn format(template: &str, arguments: &[Value]) -> Result<String, CallError> {
    let mut out = String::new();
    let mut scanner = Scanner { template, at: 0 };
    // Arguments count from one.
    let (mut next, mut highest) = (1, 0);
    while let Some(byte) = scanner.peek() {
        if byte != b'%' {
            let rest = scanner.rest();
            let literal = rest.split('%').next().unwrap_or_default();
            out.push_str(literal);
            scanner.at += literal.len();
            continue;
        }
        if scanner.rest().starts_with("%%") {
            out.push('%');
            scanner.at += 2;
            continue;
        }
        let verb = scanner.verb(next)?;
        highest = highest.max(verb.argument);
        append(&verb, &mut out, arguments)?;
        next = verb.argument + 1;
    }
    if highest < arguments.len() {
        let message = match highest {
            0 => "too many arguments; no verbs in format string".to_owned(),
            _ => format!("too many arguments; only {highest} used by format string"),
        };
        return fail_at(highest + 1, message);
    }
    Ok(out)
}

struct Scanner<'a> {
    template: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        self.template.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.template.as_bytes().get(self.at).copied()
    }

    fn unexpected<T>(&self) -> Result<T, CallError> {
        match self.rest().chars().next() {
            Some(c) => fail(format!("unrecognized format character {} at offset {}", quote_char(c), self.at)),
            None => fail(format!("invalid format string starting at offset {}", self.at)),
        }
    }

    fn verb(&mut self, next: usize) -> Result<Verb<'a>, CallError> {
        let offset = self.at;
        self.at += 1;
        let mut flags = Flags::default();
        while let Some(flag) = self.peek() {
            match flag {
                b'0' => flags.zero = true,
                b'#' => flags.sharp = true,
                b'-' => flags.minus = true,
                b'+' => flags.plus = true,
                b' ' => flags.space = true,
                _ => break,
            }
            self.at += 1;
        }
        if self.peek().is_some_and(|b| matches!(b, b'1'..=b'9')) {
            flags.width = Some(self.number());
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            flags.precision = Some(self.number());
        }
        let mut argument = next;
        if self.peek() == Some(b'[') {
            self.at += 1;
            if !self.peek().is_some_and(|b| matches!(b, b'1'..=b'9')) {
                return self.unexpected();
            }
            argument = self.number();
            if self.peek() != Some(b']') {
                return self.unexpected();
            }
            self.at += 1;
        }
        match self.peek().filter(u8::is_ascii_alphabetic) {
            Some(mode) => {
                self.at += 1;
                let raw = self.template.get(offset..self.at).unwrap_or_default();
                Ok(Verb { raw, offset, argument, mode: char::from(mode), flags })
            }
            None => self.unexpected(),
        }
    }

    /// Digits; none are zero.
    fn number(&mut self) -> usize {
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        let text = self.rest().get(..digits).unwrap_or_default();
        self.at += digits;
        if text.is_empty() { 0 } else { text.parse().unwrap_or(usize::MAX) }
    }
}

fn append(verb: &Verb<'_>, out: &mut String, arguments: &[Value]) -> Result<(), CallError> {
    let Verb { offset, .. } = verb;
    let raw = quote(verb.raw);
    let Some(value) = verb.argument.checked_sub(1).and_then(|index| arguments.get(index)) else {
        return fail(format!(
            "not enough arguments for {raw} at {offset}: need index {} but have {} total",
            verb.argument,
            arguments.len()
        ));
    };
    if verb.mode != 'v' && value.is_null() {
        return fail(format!("unsupported value for {raw} at {offset}: null value cannot be formatted"));
    }
    if verb.flags.width.max(verb.flags.precision).is_some_and(|size| size > MAX_WIDTH) {
        return fail(format!("unsupported format {raw} at {offset}: too wide"));
    }
    let written = match verb.mode {
        'v' => as_it_is(verb, value),
        't' => converted(value, &Type::Bool).map(|v| v.is_true().to_string()),
        'b' | 'd' | 'o' | 'x' | 'X' => integer(verb, value),
        'e' | 'E' | 'f' | 'g' | 'G' => converted(value, &Type::Number).map(|v| match v.as_number() {
            Some(number) => decimal::float(number, verb.mode, verb.flags),
            None => String::new(),
        }),
        's' | 'q' => string(verb, value),
        mode => {
            let mode = quote_char(mode);
            return fail(format!("unsupported format verb {mode} in {raw} at offset {offset}"));
        }
    };
    match written {
        Ok(text) => {
            out.push_str(&text);
            Ok(())
        }
        Err(problem) => fail(format!("unsupported value for {raw} at {offset}: {problem}")),
    }
}

fn converted(value: &Value, ty: &Type) -> Result<Value, String> {
    convert::convert(value, ty).map_err(|error| error.to_string())
}

fn as_json(value: &Value) -> Result<String, String> {
    json::marshal(value, value.ty()).map_err(|error| error.to_string())
}

fn as_it_is(verb: &Verb<'_>, value: &Value) -> Result<String, String> {
    let text = match (value.as_str(), value.as_number()) {
        (Some(text), _) if !verb.flags.sharp => text.to_owned(),
        (_, Some(number)) if !verb.flags.sharp => number.to_go_string(),
        _ => as_json(value)?,
    };
    Ok(padded(text, verb.flags))
}

fn integer(verb: &Verb<'_>, value: &Value) -> Result<String, String> {
    let number = converted(value, &Type::Number)?;
    match number.as_number().and_then(fw_value::Number::to_bigint) {
        Some(integer) => Ok(decimal::integer(&integer, verb.mode, verb.flags)),
        None => Err("an integer is required".to_owned()),
    }
}

fn string(verb: &Verb<'_>, value: &Value) -> Result<String, String> {
    let value = converted(value, &Type::String)?;
    let text = value.as_str().unwrap_or_default();
    // A precision of zero cuts nothing off.
    let text = match verb.flags.precision.filter(|precision| *precision > 0) {
        Some(precision) => clusters(text).into_iter().take(precision).collect(),
        None => text.to_owned(),
    };
    let text = if verb.mode == 'q' { as_json(&Value::from(text))? } else { text };
    Ok(padded(text, verb.flags))
}

fn padded(text: String, flags: Flags) -> String {
    let missing = flags.width.unwrap_or(0).saturating_sub(count(&text));
    let padding = if flags.zero { "0" } else { " " }.repeat(missing);
    if flags.minus { text + &padding } else { padding + &text }
}
