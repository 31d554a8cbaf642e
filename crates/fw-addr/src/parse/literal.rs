//! Literals in addresses: quoted strings and numbers, as HCL has them.

use std::fmt::Write;

use super::ParseError;

/// A string in quotes as HCL writes it.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '$' | '%' if characters.peek() == Some(&'{') => out.extend([c, c]),
            _ if is_printable(c) => out.push(c),
            _ => {
                let code = u32::from(c);
                let written = if code < 0x10000 { write!(out, "\\u{code:04x}") } else { write!(out, "\\U{code:08x}") };
                written.expect("strings take all");
            }
        }
    }
    out.push('"');
    out
}

// What Rust's debug form leaves alone, and combining marks, which it escapes at the start.
fn is_printable(c: char) -> bool {
    c == '\''
        || c.escape_debug().len() == 1 && c != '\u{a0}'
        || unicode_ident::is_xid_continue(c) && !c.is_ascii_control()
}

/// Reads a quoted string that starts at `start`, and gives it with the offset after it.
pub(super) fn string(text: &str, start: usize) -> Result<(String, usize), ParseError> {
    let mut out = String::new();
    let mut at = start + 1;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let Some(c) = rest.chars().next() else {
            let message = "Unable to find the closing quote mark before the end of the file.";
            return Err(ParseError::new("Unterminated string literal", message, at));
        };
        match c {
            '"' => return Ok((out, at + 1)),
            '\n' | '\r' => {
                let message = "Quoted strings may not be split over multiple lines. To produce a multi-line string, \
                               either use the \\n escape to represent a newline character or use the \"heredoc\" \
                               multi-line template syntax.";
                return Err(ParseError::new("Invalid multi-line string", message, at));
            }
            '$' | '%' if rest.get(1..3).is_some_and(|next| next.starts_with(c) && next.ends_with('{')) => {
                out.extend([c, '{']);
                at += 3;
            }
            '$' | '%' if rest.get(1..2) == Some("{") => {
                let message = format!(
                    "Template sequences are not allowed in this string. To include a literal \"{c}\", double it (as \
                     \"{c}{c}\") to escape it."
                );
                return Err(ParseError::new("Invalid string literal", message, at));
            }
            '\\' => {
                let (escaped, length) = escape(rest, at)?;
                out.push(escaped);
                at += length;
            }
            _ => {
                out.push(c);
                at += c.len_utf8();
            }
        }
    }
}

fn escape(rest: &str, offset: usize) -> Result<(char, usize), ParseError> {
    let invalid = |message: String| ParseError::new("Invalid escape sequence", message, offset);
    let Some(selector) = rest.chars().nth(1) else {
        return Err(invalid("Backslash must be followed by an escape sequence selector character.".to_owned()));
    };
    let digits = match selector {
        'n' => return Ok(('\n', 2)),
        'r' => return Ok(('\r', 2)),
        't' => return Ok(('\t', 2)),
        '"' => return Ok(('"', 2)),
        '\\' => return Ok(('\\', 2)),
        'u' => 4,
        'U' => 8,
        other => return Err(invalid(format!("The symbol \"{other}\" is not a valid escape sequence selector."))),
    };
    let code = rest.get(2..2 + digits).and_then(|text| u32::from_str_radix(text, 16).ok());
    match code {
        Some(code) => Ok((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 2 + digits)),
        None => Err(invalid(format!(
            "The \\{selector} escape sequence must be followed by {} hexadecimal digits.",
            if digits == 4 { "four" } else { "eight" }
        ))),
    }
}

/// Reads a number that starts at `start`: its value where it is an integer that fits, and the offset after it.
pub(super) fn number(text: &str, start: usize) -> (Option<i64>, usize) {
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let digits_from = |at: usize| rest.get(at..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = digits_from(0);
    let fraction = if rest.get(at) == Some(&b'.') { digits_from(at + 1) } else { 0 };
    let fraction_start = at + 1;
    if fraction > 0 {
        at += 1 + fraction;
    }
    let mut exponent = 0i64;
    if matches!(rest.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(rest.get(at + 1), Some(b'+' | b'-')));
        let count = digits_from(at + 1 + sign);
        if count > 0 {
            let end = start + at + 1 + sign + count;
            let written = text.get(start + at + 1..end).unwrap_or_default().trim_start_matches('+');
            exponent = written.parse().unwrap_or(i64::MAX);
            at = end - start;
        }
    }
    let whole = text.get(start..start + digits_from(0)).unwrap_or_default();
    let decimals = text.get(start + fraction_start..start + fraction_start + fraction).unwrap_or_default();
    (integer(whole, decimals, exponent), start + at)
}

fn integer(whole: &str, decimals: &str, exponent: i64) -> Option<i64> {
    let joined = format!("{whole}{decimals}");
    let significant = joined.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let zeros = i64::try_from(joined.len() - joined.trim_end_matches('0').len()).ok()?;
    let power = exponent.checked_add(zeros)?.checked_sub(i64::try_from(decimals.len()).ok()?)?;
    let factor = 10i64.checked_pow(u32::try_from(power).ok()?)?;
    significant.parse::<i64>().ok()?.checked_mul(factor)
}
