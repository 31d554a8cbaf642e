//! Diagnostics for people.

use std::fmt::Write;

use super::consolidate::groups;
use super::snippet::{Snippet, place};
use super::wrap::wrap;
use crate::{Diagnostic, FunctionCall, Severity, SourceMap};

/// How the text is to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Columns of the terminal; terraform takes 78 where there is no terminal, and so does `None`.
    pub width: Option<usize>,
    /// With colours and a box, as it is unless `-no-color` is given.
    pub color: bool,
}

/// Columns of text that goes to no terminal, as terraform has it.
pub const WIDTH_OFF_TERMINAL: usize = 78;

const RESET: &str = "\x1b[0m";
const BOLD: &str = "\x1b[1m";
const UNDERLINE: &str = "\x1b[4m";
const RED: &str = "\x1b[31m";
const YELLOW: &str = "\x1b[33m";
const GREY: &str = "\x1b[90m";

/// The diagnostic as terraform prints it, ending with a newline; without colour it starts with an empty line.
#[must_use]
pub fn text(diagnostic: &Diagnostic, sources: &SourceMap, options: Options) -> String {
    let width = options.width.unwrap_or(WIDTH_OFF_TERMINAL);
    if options.color { boxed(diagnostic, sources, width) } else { plain(diagnostic, sources, width) }
}

fn label(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "Error: ",
        Severity::Warning => "Warning: ",
    }
}

fn plain(diagnostic: &Diagnostic, sources: &SourceMap, width: usize) -> String {
    let mut out = format!("\n{}{}\n\n", label(diagnostic.severity), diagnostic.summary);
    push_place(diagnostic, sources, &Style { color: false }, &mut out);
    push_detail(&diagnostic.detail, width.saturating_sub(1), &mut out);
    out
}

fn boxed(diagnostic: &Diagnostic, sources: &SourceMap, width: usize) -> String {
    let color = match diagnostic.severity {
        Severity::Error => RED,
        Severity::Warning => YELLOW,
    };
    // Every coloured piece ends with a reset of its own, as the library terraform uses has it.
    let mut body = format!("{BOLD}{color}{}{RESET}{RESET}{BOLD}", label(diagnostic.severity));
    body.push_str(&diagnostic.summary);
    body.push_str(RESET);
    body.push_str("\n\n");
    body.push_str(RESET);
    push_place(diagnostic, sources, &Style { color: true }, &mut body);
    push_detail(&diagnostic.detail, width.saturating_sub(3), &mut body);
    let mut out = format!("{color}╷{RESET}{RESET}\n");
    for line in body.strip_suffix('\n').unwrap_or(&body).split('\n') {
        writeln!(out, "{color}│{RESET} {RESET}{}", line.strip_suffix('\r').unwrap_or(line)).expect("strings take all");
    }
    writeln!(out, "{color}╵{RESET}{RESET}").expect("strings take all");
    out
}

// Indented lines are left as they are.
fn push_detail(detail: &str, width: usize, out: &mut String) {
    if detail.is_empty() {
        return;
    }
    for line in detail.split('\n') {
        if width == 0 || line.starts_with(' ') {
            out.push_str(line);
        } else {
            out.push_str(&wrap(line, width));
        }
        out.push('\n');
    }
}

struct Style {
    color: bool,
}

impl Style {
    fn code(&self, code: &'static str) -> &'static str {
        if self.color { code } else { "" }
    }
}

fn push_place(diagnostic: &Diagnostic, sources: &SourceMap, style: &Style, out: &mut String) {
    if let Some(address) = diagnostic.address.as_deref().filter(|a| !a.is_empty()) {
        out.push_str(&format!("  with {address},\n"));
    }
    let Some(place) = place(diagnostic, sources) else { return };
    match &place.snippet {
        None => {
            let line = place.start.line;
            out.push_str(&format!("  on {} line {line}:\n  (source code not available)\n", place.file));
        }
        Some(snippet) => {
            let block = snippet.block.as_ref().map_or_else(String::new, |block| format!(", in {block}"));
            out.push_str(&format!("  on {} line {}{block}:\n", place.file, place.start.line));
            push_code(snippet, style, out);
            push_values(diagnostic, style, out);
        }
    }
    out.push('\n');
}

fn push_code(snippet: &Snippet, style: &Style, out: &mut String) {
    let (start, end) = snippet.highlight;
    let end = if end < start { (start + 1).min(snippet.code.len()) } else { end };
    let part = |range: std::ops::Range<usize>| snippet.code.get(range).unwrap_or_default();
    let (before, highlight, after) = (part(0..start), part(start..end), part(end..snippet.code.len()));
    let (underline, reset) = (style.code(UNDERLINE), style.code(RESET));
    let code = if style.color && before.len() + highlight.len() + after.len() != snippet.code.len() {
        // Offsets inside a character: show the code all the same.
        snippet.code.clone()
    } else {
        format!("{before}{underline}{highlight}{reset}{after}{reset}")
    };
    for (number, line) in (snippet.first_line..).zip(code.split('\n')) {
        out.push_str(&format!("{number:4}: {line}\n"));
    }
}

fn push_values(diagnostic: &Diagnostic, style: &Style, out: &mut String) {
    let call = diagnostic.call.as_deref().filter(|call| call.signature.is_some());
    if diagnostic.values.is_empty() && call.is_none() {
        return;
    }
    let (grey, bold, reset) = (style.code(GREY), style.code(BOLD), style.code(RESET));
    out.push_str(&format!("    {grey}├────────────────{reset}\n{reset}"));
    if let Some(call) = call {
        let parameters = parameter_names(call).join(", ");
        out.push_str(&format!(
            "    {grey}│{reset} while calling {bold}{}{reset}({reset}{parameters})\n",
            call.called_as
        ));
    }
    let mut values: Vec<_> = diagnostic.values.iter().collect();
    values.sort_by(|a, b| a.traversal.cmp(&b.traversal));
    for value in values {
        let (traversal, statement) = (&value.traversal, &value.statement);
        out.push_str(&format!("    {grey}│{reset} {bold}{traversal}{reset} {statement}\n{reset}"));
    }
}

fn parameter_names(call: &FunctionCall) -> Vec<String> {
    let Some(signature) = &call.signature else { return Vec::new() };
    let variadic = signature.variadic.iter().map(|(name, _)| format!("{name}..."));
    signature.parameters.iter().map(|(name, _)| name.clone()).chain(variadic).collect()
}

/// All warnings in a short form, for `-compact-warnings`.
#[must_use]
pub fn warnings_compact<'a>(
    warnings: impl IntoIterator<Item = &'a Diagnostic>,
    sources: &SourceMap,
    options: Options,
) -> String {
    let style = Style { color: options.color };
    let (bold, yellow, reset) = (style.code(BOLD), style.code(YELLOW), style.code(RESET));
    let mut out = format!("{bold}{yellow}Warnings:{reset}\n\n{reset}");
    for group in groups(warnings) {
        out.push_str(&format!("- {}\n", group.first.summary));
        if let Some(place) = place(group.first, sources) {
            let more = if group.more == 0 { String::new() } else { format!(" (and {} more)", group.more) };
            out.push_str(&format!("  on {} line {}{more}\n", place.file, place.start.line));
        }
    }
    out
}
