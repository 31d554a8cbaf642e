//! Writing JSON strings.

/// Appends a string in quotes, escaped as Go's `encoding/json` does it: `<`, `>`, `&`, U+2028 and U+2029 too.
pub fn push_string(text: &str, out: &mut String) {
    out.push('"');
    let mut clean = 0;
    for (at, c) in text.char_indices() {
        let escape = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => "",
            _ => continue,
        };
        out.push_str(text.get(clean..at).unwrap_or_default());
        clean = at + c.len_utf8();
        if escape.is_empty() {
            push_hexadecimal(u32::from(c), out);
        } else {
            out.push_str(escape);
        }
    }
    out.push_str(text.get(clean..).unwrap_or_default());
    out.push('"');
}

fn push_hexadecimal(code: u32, out: &mut String) {
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        out.push(char::from_digit(code >> shift & 0xf, 16).expect("four bits are a hexadecimal digit"));
    }
}
