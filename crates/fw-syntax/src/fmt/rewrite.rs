//! Outdated spellings: `"${x}"` for `x`, types in quotes, `list` without an element type, labels without quotes.

use std::ops::Range;

use super::Atom;
use crate::{
    ast::{Expr, NativeBlock, NativeBody},
    deep, literal,
    token::{Token, TokenKind},
};

/// Tokens to replace, and by what.
pub(super) type Edit<'a> = (Range<usize>, Vec<Atom<'a>>);

/// All edits of a file, in order.
pub(super) fn edits<'a>(text: &'a str, tokens: &[Token], body: &NativeBody) -> Vec<Edit<'a>> {
    let mut rewriter = Rewriter { text, tokens, edits: Vec::new() };
    rewriter.body(body, None);
    rewriter.edits.sort_by_key(|(range, _)| range.start);
    rewriter.edits
}

/// The tokens as atoms, edits made; the end of the file is left out.
pub(super) fn apply<'a>(text: &'a str, tokens: &[Token], edits: Vec<Edit<'a>>) -> Vec<Atom<'a>> {
    let mut atoms = Vec::with_capacity(tokens.len());
    let original = |range: Range<usize>| tokens[range].iter().map(|t| Atom::new(t.kind, slice(text, *t)));
    let mut at = 0;
    for (range, replacement) in edits {
        atoms.extend(original(at..range.start));
        atoms.extend(replacement);
        at = range.end;
    }
    atoms.extend(original(at..tokens.len().saturating_sub(1)));
    atoms
}

fn slice(text: &str, token: Token) -> &str {
    text.get(token.start as usize..token.end as usize).unwrap_or("")
}

struct Rewriter<'a, 't> {
    text: &'a str,
    tokens: &'t [Token],
    edits: Vec<Edit<'a>>,
}

impl<'a> Rewriter<'a, '_> {
    /// `block` is the type of the block the body is of, if that block is at the top.
    fn body(&mut self, body: &NativeBody, block: Option<&str>) {
        for attribute in &body.attributes {
            let range = self.range(&attribute.expr);
            let is_type = block == Some("variable") && &*attribute.name.name == "type";
            let replacement = if is_type { self.type_expression(&range) } else { self.unwrapped(&range) };
            self.edits.extend(replacement.map(|atoms| (range, atoms)));
        }
        for inner in &body.blocks {
            self.labels(inner);
            // Only a block at the top is known by its type; below, any other name does.
            let kind = if block.is_none() { &*inner.kind.name } else { "" };
            deep::guard(|| self.body(&inner.body, Some(kind)));
        }
    }

    /// The tokens of an expression.
    fn range(&self, expr: &Expr) -> Range<usize> {
        let start = self.tokens.partition_point(|t| t.start < expr.span.start);
        let end = self.tokens.partition_point(|t| t.end <= expr.span.end && t.kind != TokenKind::EndOfFile);
        start..end.max(start)
    }

    fn kinds(&self, range: &Range<usize>) -> Vec<TokenKind> {
        self.tokens[range.clone()].iter().map(|t| t.kind).collect()
    }

    fn atom(&self, token: Token) -> Atom<'a> {
        Atom::new(token.kind, slice(self.text, token))
    }

    /// `"string"`, `"list"`, `"map"` as in old times, and collections without an element type.
    fn type_expression(&self, range: &Range<usize>) -> Option<Vec<Atom<'a>>> {
        let first = *self.tokens.get(range.start)?;
        let (name, element) = match self.kinds(range).as_slice() {
            [TokenKind::Name] => match slice(self.text, first) {
                name @ ("list" | "map" | "set") => (name, "any"),
                _ => return None,
            },
            [TokenKind::OpenQuote, TokenKind::QuotedText, TokenKind::CloseQuote] => {
                match slice(self.text, self.tokens[range.start + 1]) {
                    name @ "string" => return Some(vec![Atom::new(TokenKind::Name, name)]),
                    name @ ("list" | "map") => (name, "string"),
                    _ => return None,
                }
            }
            _ => return None,
        };
        Some(vec![
            Atom::new(TokenKind::Name, name),
            Atom::new(TokenKind::OpenParen, "("),
            Atom::new(TokenKind::Name, element),
            Atom::new(TokenKind::CloseParen, ")"),
        ])
    }

    /// What is inside `"${…}"`, when that is all of it.
    fn unwrapped(&self, range: &Range<usize>) -> Option<Vec<Atom<'a>>> {
        let tokens = &self.tokens[range.clone()];
        let [open, interpolation, inside @ .., sequence, close] = tokens else { return None };
        let wrapping = [open.kind, interpolation.kind, sequence.kind, close.kind];
        let wanted =
            [TokenKind::OpenQuote, TokenKind::OpenInterpolation, TokenKind::CloseSequence, TokenKind::CloseQuote];
        if wrapping != wanted || inside.is_empty() || !is_one_interpolation(inside) {
            return None;
        }
        let is_newline = |t: &&Token| t.kind == TokenKind::Newline;
        let before = inside.iter().take_while(is_newline).count();
        let after = inside.iter().rev().take_while(is_newline).count();
        let inside = inside.get(before..inside.len() - after).unwrap_or_default();
        let mut atoms: Vec<_> = inside.iter().map(|t| self.atom(*t)).collect();
        // On several lines it would end at the first without brackets.
        if inside.iter().any(|t| t.kind == TokenKind::Newline) && !in_parentheses(inside) {
            atoms.insert(0, Atom::new(TokenKind::OpenParen, "("));
            atoms.push(Atom::new(TokenKind::CloseParen, ")"));
        }
        Some(atoms)
    }

    /// Labels are quoted, with nothing between them.
    fn labels(&mut self, block: &NativeBlock) {
        let Some(last) = block.labels.last() else { return };
        let start = self.tokens.partition_point(|t| t.end <= block.kind.span.end);
        let end = self.tokens.partition_point(|t| t.end <= last.span.end);
        let mut atoms = Vec::with_capacity(3 * block.labels.len());
        for label in &block.labels {
            let source = self.text.get(label.span.start as usize..label.span.end as usize).unwrap_or("");
            let inner = source.strip_prefix('"').and_then(|s| s.strip_suffix('"')).unwrap_or(source);
            atoms.push(Atom::new(TokenKind::OpenQuote, "\""));
            if !inner.is_empty() {
                let (resolved, _) = literal::resolve(inner, source.starts_with('"'));
                let same = resolved == inner && !inner.contains(|c: char| c.is_control());
                let text = if same { inner.into() } else { escaped(&resolved).into() };
                atoms.push(Atom { kind: TokenKind::QuotedText, text, blanks: 0 });
            }
            atoms.push(Atom::new(TokenKind::CloseQuote, "\""));
        }
        self.edits.push((start..end, atoms));
    }
}

/// Whether tokens between `${` and `}` hold no other sequence of the same template, as far as can be told simply.
fn is_one_interpolation(inside: &[Token]) -> bool {
    let mut quotes = 0_isize;
    for token in inside {
        match token.kind {
            TokenKind::OpenQuote => quotes += 1,
            TokenKind::CloseQuote => quotes -= 1,
            TokenKind::OpenInterpolation | TokenKind::CloseSequence | TokenKind::QuotedText if quotes <= 0 => {
                return false;
            }
            _ => {}
        }
    }
    true
}

fn in_parentheses(inside: &[Token]) -> bool {
    let kind = |t: Option<&Token>| t.map(|t| t.kind);
    kind(inside.first()) == Some(TokenKind::OpenParen) && kind(inside.last()) == Some(TokenKind::CloseParen)
}

/// A text as it is written between quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '$' | '%' => {
                out.push(c);
                if rest.peek() == Some(&'{') {
                    out.push(c);
                }
            }
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}
