//! JSON text as Go's `encoding/json` lays it out: what makes a rewritten state file equal to terraform's, byte for byte.
//!
//! Works on text that is already known to be valid JSON and never interprets numbers, so nothing is lost on the way.

/// Removes the white space between tokens and escapes `<`, `>`, `&`, U+2028 and U+2029 inside strings.
#[must_use]
pub fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut in_string = false;
    let mut escaped = false;
    let mut copied = 0;
    let bytes = json.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if !in_string {
            if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                push(&mut out, json, copied, at);
                copied = at + 1;
            } else if byte == b'"' {
                in_string = true;
            }
            at += 1;
            continue;
        }
        if escaped {
            escaped = false;
        } else if byte == b'\\' {
            escaped = true;
        } else if byte == b'"' {
            in_string = false;
        } else if let Some((replacement, length)) = html_escape(&bytes[at..]) {
            push(&mut out, json, copied, at);
            out.push_str(replacement);
            at += length;
            copied = at;
            continue;
        }
        at += 1;
    }
    push(&mut out, json, copied, bytes.len());
    out
}

fn push(out: &mut String, json: &str, from: usize, to: usize) {
    out.push_str(json.get(from..to).unwrap_or(""));
}

/// What Go writes instead of the first character, and how many bytes that character has.
fn html_escape(bytes: &[u8]) -> Option<(&'static str, usize)> {
    match bytes {
        [b'<', ..] => Some(("\\u003c", 1)),
        [b'>', ..] => Some(("\\u003e", 1)),
        [b'&', ..] => Some(("\\u0026", 1)),
        [0xE2, 0x80, 0xA8, ..] => Some(("\\u2028", 3)),
        [0xE2, 0x80, 0xA9, ..] => Some(("\\u2029", 3)),
        _ => None,
    }
}

/// How deeply lists and objects are nested.
#[must_use]
pub fn depth(json: &str) -> usize {
    let bytes = json.as_bytes();
    let (mut at, mut depth, mut deepest) = (0, 0_usize, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at = string_end(bytes, at);
                continue;
            }
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    deepest
}

/// Appends compact JSON with two-space indentation, its first line being already at `depth`.
pub fn indent(out: &mut String, json: &str, mut depth: usize) {
    let bytes = json.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                let end = string_end(bytes, at);
                push(out, json, at, end);
                at = end;
                continue;
            }
            open @ (b'{' | b'[') => {
                out.push(char::from(open));
                if matches!(bytes.get(at + 1), Some(b'}' | b']')) {
                    out.push(char::from(bytes[at + 1]));
                    at += 2;
                    continue;
                }
                depth += 1;
                new_line(out, depth);
            }
            close @ (b'}' | b']') => {
                depth = depth.saturating_sub(1);
                new_line(out, depth);
                out.push(char::from(close));
            }
            b',' => {
                out.push(',');
                new_line(out, depth);
            }
            b':' => out.push_str(": "),
            other => out.push(char::from(other)),
        }
        at += 1;
    }
}

/// The index after the closing quote of the string that starts at `start`.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// A line break and the indentation of `depth`.
pub(crate) fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str("  ");
    }
}

/// Appends a string literal with Go's choice of escapes.
pub fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                out.push_str("\\u");
                for shift in [12, 8, 4, 0] {
                    out.push(char::from_digit((c as u32 >> shift) & 0xf, 16).unwrap_or('0'));
                }
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// A string literal with Go's choice of escapes.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    quote(&mut out, text);
    out
}

#[cfg(test)]
mod tests;
