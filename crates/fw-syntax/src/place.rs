//! Places in text as messages name them: `main.tf:3,5-12`.

use fw_diag::Span;
use unicode_segmentation::UnicodeSegmentation;

/// Line and column, from 1, of a byte offset; columns in grapheme clusters.
fn line_and_column(text: &str, byte: u32) -> (usize, usize) {
    let mut at = (byte as usize).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = text.get(..at).unwrap_or("");
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
    let column = before.get(line_start..).map_or(0, |l| l.graphemes(true).count()) + 1;
    (line, column)
}

/// `name:line,column-column`, or with the line of the end when that is another one.
pub(crate) fn describe(name: &str, text: &str, span: Span) -> String {
    let (line, column) = line_and_column(text, span.start);
    let (end_line, end_column) = line_and_column(text, span.end);
    if line == end_line {
        format!("{name}:{line},{column}-{end_column}")
    } else {
        format!("{name}:{line},{column}-{end_line},{end_column}")
    }
}
