//! Scanning inside templates: quoted strings, heredocs, and text without delimiters.

use memchr::{memchr, memchr3};

use super::{Mode, Scanner};
use crate::token::TokenKind;

impl Scanner<'_> {
    /// Scans a quoted template until something nests in it, it closes, or the text ends.
    pub(super) fn quoted(&mut self) {
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b'"' => {
                    self.emit_bytes(TokenKind::CloseQuote, 1);
                    self.modes.pop();
                    return;
                }
                b'$' | b'%' => {
                    if self.sequence(byte, TokenKind::QuotedText) {
                        return;
                    }
                }
                b'\r' | b'\n' => {
                    let rest = &self.bytes[self.at..];
                    let length = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
                    self.emit_bytes(TokenKind::QuotedNewline, length);
                }
                _ => self.quoted_text(),
            }
        }
    }

    fn quoted_text(&mut self) {
        let mut end = self.at;
        while let Some(byte) = self.bytes.get(end).copied() {
            match byte {
                b'"' | b'$' | b'%' | b'\r' | b'\n' => break,
                b'\\' => match self.bytes.get(end + 1) {
                    None | Some(b'\r' | b'\n') if end == self.at => return self.emit(TokenKind::Invalid, end + 1),
                    None | Some(b'\r' | b'\n') => break,
                    Some(_) => end += 2,
                },
                _ => end += 1,
            }
        }
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        self.emit(TokenKind::QuotedText, end);
    }

    /// `$` or `%` in a template. Returns whether a nested sequence began.
    fn sequence(&mut self, byte: u8, text: TokenKind) -> bool {
        if self.byte(1) == b'{' {
            let length = if self.byte(2) == b'~' { 3 } else { 2 };
            let kind = if byte == b'$' { TokenKind::OpenInterpolation } else { TokenKind::OpenDirective };
            self.emit_bytes(kind, length);
            self.modes.push(Mode::Code { braces: 0, sequence: true });
            return true;
        }
        let escaped = self.byte(1) == byte && self.byte(2) == b'{';
        let length = match (escaped, self.byte(3)) {
            (true, b'~') => 4,
            (true, _) => 3,
            (false, _) => 1,
        };
        self.emit_bytes(text, length);
        false
    }

    /// `<<`: a heredoc when a marker and the end of the line follow at once, else two operators.
    pub(super) fn open_heredoc(&mut self) {
        let flush = self.byte(2) == b'-';
        let start = self.at + 2 + usize::from(flush);
        let end = self.marker_end(start);
        let newline = match self.bytes.get(end..) {
            Some([b'\n', ..]) => 1,
            Some([b'\r', b'\n', ..]) => 2,
            _ => 0,
        };
        if end == start || newline == 0 {
            return self.emit_bytes(TokenKind::Less, 1);
        }
        self.emit(TokenKind::OpenHeredoc, end + newline);
        self.modes.push(Mode::Heredoc { marker: (start, end), at_line_start: true });
    }

    fn marker_end(&self, start: usize) -> usize {
        let Some(rest) = self.text.get(start..) else { return start };
        let mut end = start;
        for c in rest.chars() {
            let fits = if end == start {
                c == '_' || unicode_ident::is_xid_start(c)
            } else {
                c == '-' || unicode_ident::is_xid_continue(c)
            };
            if !fits {
                break;
            }
            end += c.len_utf8();
        }
        end
    }

    /// Scans one piece of a heredoc.
    pub(super) fn heredoc(&mut self, marker: (usize, usize), at_line_start: bool) {
        let byte = self.bytes[self.at];
        if matches!(byte, b'$' | b'%') {
            self.set_line_start(false);
            self.sequence(byte, TokenKind::PlainText);
            return;
        }
        let rest = &self.bytes[self.at..];
        let found = memchr3(b'\n', b'$', b'%', rest);
        let text = &rest[..found.unwrap_or(rest.len())];
        let ends_line = found.is_some_and(|i| rest[i] == b'\n');
        let body = text.strip_suffix(b"\r").filter(|_| ends_line).unwrap_or(text);
        if let Some(stray) = memchr(b'\r', body) {
            return self.stray_return(stray);
        }
        if !ends_line {
            self.set_line_start(false);
            return self.emit(TokenKind::PlainText, self.at + text.len());
        }
        let line = self.text.get(self.at..self.at + body.len()).unwrap_or("");
        if at_line_start && line.len() >= marker.1 - marker.0 && Some(line.trim()) == self.text.get(marker.0..marker.1)
        {
            self.modes.pop();
            let (close, newline) = (self.at + body.len(), text.len() - body.len() + 1);
            self.emit(TokenKind::CloseHeredoc, close);
            return self.emit_bytes(TokenKind::Newline, newline);
        }
        self.set_line_start(true);
        self.emit(TokenKind::PlainText, self.at + text.len() + 1);
    }

    fn set_line_start(&mut self, now: bool) {
        if let Some(Mode::Heredoc { at_line_start, .. }) = self.modes.last_mut() {
            *at_line_start = now;
        }
    }

    /// A carriage return without newline after `offset` bytes of text: the rest of the text is unreadable in a heredoc,
    /// and all literal in a template without delimiters.
    fn stray_return(&mut self, offset: usize) {
        if offset > 0 {
            self.emit_bytes(TokenKind::PlainText, offset);
        }
        let kind = if self.modes.len() == 1 { TokenKind::PlainText } else { TokenKind::Invalid };
        self.emit(kind, self.bytes.len());
    }

    /// Scans one piece of a template without delimiters.
    pub(super) fn bare(&mut self) {
        let byte = self.bytes[self.at];
        if matches!(byte, b'$' | b'%') {
            self.sequence(byte, TokenKind::PlainText);
            return;
        }
        let rest = &self.bytes[self.at..];
        let end = memchr3(b'\n', b'$', b'%', rest).map_or(rest.len(), |i| if rest[i] == b'\n' { i + 1 } else { i });
        let line = &rest[..end];
        let body = line.strip_suffix(b"\n").map_or(line, |l| l.strip_suffix(b"\r").unwrap_or(l));
        if let Some(stray) = memchr(b'\r', body) {
            return self.stray_return(stray);
        }
        self.emit_bytes(TokenKind::PlainText, end);
    }
}
