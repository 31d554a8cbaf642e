//! Strings of JSON: escapes resolved, with a table from the text back to the file.

use std::sync::Arc;

use fw_diag::Span;
use fw_value::Str;

use super::JsonString;

/// Reads the string token `raw`, quotes included. The error is how many bytes were read when it was found.
pub(super) fn read(raw: &str, span: Span) -> Result<JsonString, usize> {
    let inside = raw.strip_prefix('"').unwrap_or(raw);
    if !inside.contains('\\') {
        let text = inside.strip_suffix('"').ok_or(raw.len())?;
        return Ok(JsonString { text: Str::from(text), span, pieces: Arc::from([]) });
    }
    let mut reader =
        Reader { raw, at: 1, text: String::with_capacity(raw.len()), pieces: vec![(0, span.start + 1)], span };
    reader.run()?;
    Ok(JsonString { text: reader.text.into(), span, pieces: reader.pieces.into() })
}

struct Reader<'a> {
    raw: &'a str,
    at: usize,
    text: String,
    pieces: Vec<(u32, u32)>,
    span: Span,
}

impl Reader<'_> {
    fn run(&mut self) -> Result<(), usize> {
        loop {
            let rest = self.raw.get(self.at..).unwrap_or("");
            let plain = rest.find(['\\', '"']).ok_or(self.raw.len())?;
            self.text.push_str(rest.get(..plain).unwrap_or(""));
            self.at += plain;
            if rest.as_bytes().get(plain) == Some(&b'"') {
                return Ok(());
            }
            self.escape()?;
            let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            self.pieces.push((narrow(self.text.len()), self.span.start.saturating_add(narrow(self.at))));
        }
    }

    /// A backslash and what belongs to it.
    fn escape(&mut self) -> Result<(), usize> {
        let selector = self.raw.as_bytes().get(self.at + 1).copied().ok_or(self.raw.len())?;
        let c = match selector {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(self.at + 2),
        };
        self.text.push(c);
        self.at += 2;
        Ok(())
    }

    /// `\uXXXX`, two of them for a surrogate pair. A surrogate alone reads as U+FFFD, as in Go's decoder.
    fn unicode(&mut self) -> Result<(), usize> {
        let first = self.hex(self.at + 2)?;
        self.at += 6;
        let paired = (0xD800..0xDC00).contains(&first) && self.raw.get(self.at..).is_some_and(|r| r.starts_with("\\u"));
        if paired && let Ok(second @ 0xDC00..0xE000) = self.hex(self.at + 2) {
            self.at += 6;
            let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            self.text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        } else {
            self.text.push(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        Ok(())
    }

    fn hex(&self, start: usize) -> Result<u32, usize> {
        (start..start + 4).try_fold(0, |code, at| {
            let byte = self.raw.as_bytes().get(at).copied().ok_or(self.raw.len())?;
            let digit = char::from(byte).to_digit(16).ok_or(at + 1)?;
            Ok(code * 16 + digit)
        })
    }
}
