//! Word wrap as terraform does it. Providers' tests match wrapped messages, so every break counts.

/// The text with lines of at most `width` characters, broken at spaces; longer words stay whole. Spaces at a break are
/// dropped, other spaces and line breaks stay.
#[must_use]
pub fn wrap(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for (i, line) in text.split('\n').enumerate() {
        if i > 0 {
            out.push('\n');
        }
        wrap_line(line, width, &mut out);
    }
    out
}

fn is_space(c: char) -> bool {
    c.is_whitespace() && c != '\u{a0}'
}

fn wrap_line(line: &str, width: usize, out: &mut String) {
    let mut column = 0;
    let mut rest = line;
    while !rest.is_empty() {
        let word_start = rest.find(|c| !is_space(c)).unwrap_or(rest.len());
        let (spaces, after) = rest.split_at(word_start);
        let word_end = after.find(is_space).unwrap_or(after.len());
        let (word, next) = after.split_at(word_end);
        rest = next;
        let gap = spaces.chars().count();
        let length = word.chars().count();
        if word.is_empty() {
            if column + gap <= width {
                out.push_str(spaces);
            }
            return;
        }
        // A word as long as a line is not moved when it does not fit, unless that shows before it is that long.
        let room = width.saturating_sub(column + gap);
        if length > room && (room + 1).max(1) < width {
            out.push('\n');
            column = 0;
        } else {
            out.push_str(spaces);
            column += gap;
        }
        out.push_str(word);
        column += length;
    }
}
