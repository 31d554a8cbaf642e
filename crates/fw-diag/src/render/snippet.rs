//! The part of the source a diagnostic is about.

use crate::{Diagnostic, Position, SourceMap, Span};

/// Where a diagnostic points, for people.
pub(super) struct Place {
    pub(super) file: String,
    pub(super) start: Position,
    pub(super) end: Position,
    /// The lines of source, where they may be shown.
    pub(super) snippet: Option<Snippet>,
}

pub(super) struct Snippet {
    /// The header of the block around it.
    pub(super) block: Option<String>,
    pub(super) code: String,
    pub(super) first_line: u32,
    /// Byte offsets into the code.
    pub(super) highlight: (usize, usize),
}

/// The place of a diagnostic, if it has one.
pub(super) fn place(diagnostic: &Diagnostic, sources: &SourceMap) -> Option<Place> {
    let subject = diagnostic.subject?;
    let file = sources.file(subject.file);
    let shown = diagnostic.context.map_or(subject, |context| subject.to(context));
    let start = file.position(subject.start);
    let mut end = file.position(subject.end);
    let highlight = widened(subject);
    if highlight != subject {
        end.byte += 1;
        end.column += 1;
    }
    let snippet = file.is_shown().then(|| {
        let (code, code_start) = lines_of(&file.text, widened(shown));
        let clamp = |offset: u32| (offset as usize).saturating_sub(code_start).min(code.len());
        Snippet {
            block: highlight.start.checked_sub(1).and_then(|at| file.block_at(at)).map(str::to_owned),
            first_line: file.position(shown.start).line,
            highlight: (clamp(highlight.start), clamp(highlight.end)),
            code,
        }
    });
    Some(Place { file: file.name.clone(), start, end, snippet })
}

fn widened(span: Span) -> Span {
    if span.start == span.end { Span { end: span.end + 1, ..span } } else { span }
}

// The lines that overlap a span, and where the first of them starts. Empty lines overlap nothing.
fn lines_of(text: &str, span: Span) -> (String, usize) {
    let (from, to) = (span.start as usize, span.end as usize);
    let mut code = String::new();
    let mut code_start = 0;
    let mut line_start = text.get(..from.min(text.len())).and_then(|t| t.rfind('\n')).map_or(0, |at| at + 1);
    while let Some(rest) = text.get(line_start..).filter(|_| line_start <= to) {
        let length = rest.find('\n').unwrap_or(rest.len());
        let line = rest.get(..length).unwrap_or_default();
        let line = line.strip_suffix('\r').unwrap_or(line);
        let line_end = line_start + line.len();
        let inside = |at: usize| line_start <= at && at < line_end;
        let around = |at: usize| from <= at && at < to;
        if !line.is_empty() && (inside(from) || inside(to) || around(line_start) || around(line_end)) {
            if code.is_empty() && code_start == 0 {
                code_start = line_start;
            }
            code.push_str(line);
            code.push('\n');
        }
        if length == rest.len() {
            break;
        }
        line_start += length + 1;
    }
    if code.ends_with('\n') {
        code.pop();
    }
    (code, code_start)
}
