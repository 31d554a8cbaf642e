//! Tokens to tree, by recursive descent, with recovery: what can't be read is diagnosed, left out, and parsing goes on at
//! a place that is likely to make sense again.
//!
//! After a failure the parser is *recovering*: complaints that would only be echoes are suppressed until the next body
//! item that looks sound. Sub-parsers tell their caller of failure through [`Parser::failed_since`].

mod body;
mod call;
mod collection;
mod expression;
mod loops;
mod postfix;
mod template;
mod template_tree;
mod traversal;

use fw_diag::{Diagnostic, Diagnostics, FileId, Span};
use fw_value::Value;

use crate::{
    ast::{Expr, ExprKind, Ident},
    names::Names,
    place,
    scanner::{ScanMode, scan},
    token::{Token, TokenKind},
};

/// Deeper nesting than this is refused. Far above anything written by people or generators.
const DEEPEST: u32 = 20_000;

/// What is parsed and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    /// The file, for spans.
    pub(crate) file: FileId,
    /// The name of the file, for messages that name another place.
    pub(crate) file_name: &'a str,
    /// The text of the whole file.
    pub(crate) file_text: &'a str,
    /// The text to parse: the whole file or, decoded, a string in it.
    pub(crate) text: &'a str,
    /// How offsets in `text` become offsets in the file.
    pub(crate) origin: Origin<'a>,
}

/// How offsets in the parsed text become offsets in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin<'a> {
    /// By adding this.
    At(u32),
    /// By pieces: from the first offset in the text on, counting goes on at the second offset in the file.
    Pieces(&'a [(u32, u32)]),
}

impl<'a> Source<'a> {
    /// A whole file.
    pub(crate) fn whole(file: FileId, file_name: &'a str, text: &'a str) -> Self {
        Self { file, file_name, file_text: text, text, origin: Origin::At(0) }
    }

    fn offset(&self, at: u32) -> u32 {
        match self.origin {
            Origin::At(base) => base.saturating_add(at),
            Origin::Pieces(pieces) => {
                let piece = pieces.partition_point(|(start, _)| *start <= at).checked_sub(1);
                piece.map_or(at, |i| pieces[i].1.saturating_add(at - pieces[i].0))
            }
        }
    }

    pub(crate) fn span(&self, start: u32, end: u32) -> Span {
        Span::new(self.file, self.offset(start), self.offset(end))
    }

    /// The place as messages name it.
    fn describe(&self, span: Span) -> String {
        place::describe(self.file_name, self.file_text, span)
    }
}

pub(crate) struct Parser<'a> {
    source: Source<'a>,
    tokens: Vec<Token>,
    at: usize,
    /// Whether newlines are tokens here.
    newlines: bool,
    recovering: bool,
    /// Whether anything was skipped in recovery: then brackets may not balance any more.
    skipped: bool,
    /// How many problems there were, suppressed ones too.
    failures: usize,
    depth: u32,
    names: Names,
    diagnostics: Diagnostics,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(source: Source<'a>, mode: ScanMode) -> Self {
        let tokens = scan(source.text, mode);
        let mut diagnostics = Diagnostics::new();
        crate::invalid::report(&source, &tokens, &mut diagnostics);
        Self {
            source,
            tokens,
            at: 0,
            newlines: true,
            recovering: false,
            skipped: false,
            failures: 0,
            depth: 0,
            names: Names::new(),
            diagnostics,
        }
    }

    /// From now on newlines mean nothing, as between brackets.
    pub(crate) fn ignore_newlines(&mut self) {
        self.newlines = false;
    }

    pub(crate) fn into_diagnostics(self) -> Diagnostics {
        self.diagnostics
    }

    /// The tokens and what is wrong with them.
    pub(crate) fn into_tokens(self) -> (Vec<Token>, Diagnostics) {
        (self.tokens, self.diagnostics)
    }

    /// Complains if something is left; for texts that are one expression.
    pub(crate) fn expect_end(&mut self) {
        let next = self.peek();
        if next.kind != TokenKind::EndOfFile {
            self.complain(
                "Extra characters after expression",
                "An expression was successfully parsed, but extra characters were found after it.",
                self.span(next),
            );
        }
    }

    fn next(&self) -> (Token, usize) {
        let mut index = self.at;
        while let Some(token) = self.tokens.get(index).copied() {
            index += 1;
            match token.kind {
                TokenKind::Newline if !self.newlines => {}
                TokenKind::Comment => {
                    // A comment to the end of the line has swallowed the newline, which may mean something here.
                    if self.newlines && self.text(token).ends_with('\n') {
                        return (Token { kind: TokenKind::Newline, ..token }, index);
                    }
                }
                _ => return (token, index),
            }
        }
        let end = u32::try_from(self.source.text.len()).unwrap_or(u32::MAX);
        let last = self.tokens.last().copied();
        (last.unwrap_or(Token { start: end, end, kind: TokenKind::EndOfFile }), self.tokens.len())
    }

    fn peek(&self) -> Token {
        self.next().0
    }

    fn read(&mut self) -> Token {
        let (token, index) = self.next();
        self.at = index;
        token
    }

    /// Reads the next token if it is of this kind.
    fn accept(&mut self, kind: TokenKind) -> Option<Token> {
        (self.peek().kind == kind).then(|| self.read())
    }

    fn text(&self, token: Token) -> &'a str {
        self.source.text.get(token.start as usize..token.end as usize).unwrap_or("")
    }

    fn span(&self, token: Token) -> Span {
        self.source.span(token.start, token.end)
    }

    fn next_span(&self) -> Span {
        self.span(self.peek())
    }

    /// Where the token read last is; at the very beginning, the next one.
    fn previous_span(&self) -> Span {
        match self.at.checked_sub(1).and_then(|i| self.tokens.get(i)) {
            Some(token) => self.span(*token),
            None => self.next_span(),
        }
    }

    fn name(&mut self, token: Token) -> fw_value::Str {
        let text = self.text(token);
        self.names.get(text)
    }

    fn ident(&mut self, token: Token) -> Ident {
        Ident { name: self.name(token), span: self.span(token) }
    }

    fn is_keyword(&self, token: Token, keyword: &str) -> bool {
        token.kind == TokenKind::Name && self.text(token) == keyword
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.failures += 1;
        self.diagnostics.push(diagnostic);
    }

    /// An error that is always said.
    fn error(&mut self, summary: &str, detail: &str, subject: Span) {
        self.report(Diagnostic::error(summary, detail).at(subject));
    }

    /// An error that is said unless it is likely an echo of an earlier one.
    fn complain(&mut self, summary: &str, detail: &str, subject: Span) {
        self.complain_with(|| Diagnostic::error(summary, detail).at(subject));
    }

    fn complain_within(&mut self, summary: &str, detail: &str, subject: Span, context: Span) {
        self.complain_with(|| Diagnostic::error(summary, detail).at(subject).within(context));
    }

    fn complain_with(&mut self, diagnostic: impl FnOnce() -> Diagnostic) {
        self.failures += 1;
        if !self.recovering {
            self.diagnostics.push(diagnostic());
        }
    }

    /// Whether something failed since there were `mark` failures, in a way that left the parser at an odd place.
    fn failed_since(&self, mark: usize) -> bool {
        self.recovering && self.failures > mark
    }

    /// Stands in the tree for what could not be read.
    fn placeholder(span: Span) -> Expr {
        Expr::new(ExprKind::Literal(Value::dynamic()), span)
    }

    /// Skips to after the `end` that belongs to where we are, passing over nested pairs, and returns that token, or the
    /// end of the file.
    fn recover(&mut self, end: TokenKind) -> Token {
        let start = end.opposite();
        self.recovering = true;
        self.skipped = true;
        let mut nested = 0_usize;
        loop {
            let token = self.read();
            let kind = match token.kind {
                TokenKind::OpenDirective if end == TokenKind::CloseSequence => TokenKind::OpenInterpolation,
                kind => kind,
            };
            if kind == TokenKind::EndOfFile {
                return token;
            }
            if Some(kind) == start {
                nested += 1;
            } else if kind == end {
                if nested == 0 {
                    return token;
                }
                nested -= 1;
            }
        }
    }

    /// Skips to after the next `start` and all up to its end.
    fn recover_over(&mut self, start: TokenKind) {
        loop {
            let kind = self.read().kind;
            if kind == start || kind == TokenKind::EndOfFile {
                break;
            }
        }
        if let Some(end) = start.opposite() {
            self.recover(end);
        }
    }

    /// Skips to after the newline that ends this body item, brackets considered.
    fn recover_after_item(&mut self) {
        self.recovering = true;
        self.skipped = true;
        let mut open: Vec<TokenKind> = Vec::new();
        loop {
            let kind = self.read().kind;
            match kind {
                TokenKind::EndOfFile => return,
                TokenKind::Newline if open.is_empty() => return,
                kind if kind.opens() => open.push(kind),
                kind if kind.closes() => while open.pop().is_some_and(|opened| opened.opposite() != Some(kind)) {},
                _ => {}
            }
        }
    }

    /// Runs `parse` one level deeper, on more stack if needed. Past the greatest depth, gives up on the text.
    fn deeper(&mut self, parse: impl FnOnce(&mut Self) -> Expr) -> Expr {
        if self.depth >= DEEPEST {
            let span = self.next_span();
            self.complain(
                "Nesting too deep",
                "This is nested too deeply to be understood: at most 20,000 levels of nesting are supported.",
                span,
            );
            self.recovering = true;
            self.at = self.tokens.len().saturating_sub(1);
            return Self::placeholder(span);
        }
        self.depth += 1;
        let expr = crate::deep::guard(|| parse(self));
        self.depth -= 1;
        expr
    }

    fn expr(kind: ExprKind, span: Span) -> Expr {
        Expr { kind, span }
    }
}
