//! The canonical layout, byte for byte that of `terraform fmt`: only blanks between tokens change, and a few outdated
//! spellings are rewritten.
//!
//! The layout works on tokens in lines. A line has up to three cells: what comes first, an assignment, a comment; the
//! latter two are aligned with those of the lines around.

mod cells;
mod rewrite;
mod space;

use std::borrow::Cow;

use fw_diag::{Diagnostics, FileId};

use crate::{
    parser::{Parser, Source},
    scanner::ScanMode,
    token::TokenKind,
};

/// A token with the blanks before it.
#[derive(Clone, Debug)]
struct Atom<'a> {
    kind: TokenKind,
    text: Cow<'a, str>,
    blanks: usize,
}

impl<'a> Atom<'a> {
    fn new(kind: TokenKind, text: impl Into<Cow<'a, str>>) -> Self {
        Self { kind, text: text.into(), blanks: 0 }
    }

    /// How much this token changes the number of open brackets.
    fn bracket_change(&self) -> isize {
        match self.kind {
            TokenKind::OpenBrace
            | TokenKind::OpenBracket
            | TokenKind::OpenParen
            | TokenKind::OpenInterpolation
            | TokenKind::OpenDirective => 1,
            TokenKind::CloseBrace | TokenKind::CloseBracket | TokenKind::CloseParen | TokenKind::CloseSequence => -1,
            _ => 0,
        }
    }

    /// Whether the line ends with it.
    fn ends_line(&self) -> bool {
        self.kind == TokenKind::Newline || (self.kind == TokenKind::Comment && self.text.ends_with('\n'))
    }
}

/// The text in canonical layout. A missing newline at the end stays missing.
///
/// # Errors
/// When the text has syntax errors: then nothing can be done to it safely.
pub fn format(text: &str) -> Result<String, Diagnostics> {
    format_named(FileId(0), "", text)
}

/// The same for a file with an id and a name, for the diagnostics.
///
/// # Errors
/// When the text has syntax errors.
pub fn format_named(file: FileId, name: &str, text: &str) -> Result<String, Diagnostics> {
    let mut parser = Parser::new(Source::whole(file, name, text), ScanMode::Normal);
    let body = parser.file();
    let (tokens, diagnostics) = parser.into_tokens();
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let edits = rewrite::edits(text, &tokens, &body);
    let mut atoms = rewrite::apply(text, &tokens, edits);
    let end = trailing_blanks(text, &tokens);
    cells::lay_out(&mut atoms);
    Ok(write(&atoms, end))
}

/// The blanks between the last token and the end of the file, which stay.
fn trailing_blanks(text: &str, tokens: &[crate::token::Token]) -> usize {
    match tokens {
        [.., last, end] => (end.start - last.end) as usize,
        _ => text.trim_start_matches('\u{feff}').len(),
    }
}

fn write(atoms: &[Atom<'_>], trailing: usize) -> String {
    let length: usize = atoms.iter().map(|a| a.blanks + a.text.len()).sum();
    let mut out = String::with_capacity(length + trailing);
    for atom in atoms {
        out.extend(std::iter::repeat_n(' ', atom.blanks));
        out.push_str(&atom.text);
    }
    out.extend(std::iter::repeat_n(' ', trailing));
    out
}
