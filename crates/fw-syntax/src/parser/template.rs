//! Templates: first a flat list of pieces with strip markers and flush indentation applied, then (in `template_tree`) the
//! nesting of directives.

use fw_diag::{Diagnostic, Span};
use unicode_segmentation::UnicodeSegmentation;

use super::Parser;
use crate::{
    ast::{Expr, ExprKind, Ident, Template, TemplatePart, TemplateStyle},
    literal,
    suggest::did_you_mean,
    text::name,
    token::{Token, TokenKind},
};

const SHELL: &str = "Expected a closing brace to end the interpolation expression, but found extra characters.\n\nThis \
    can happen when you include interpolation syntax for another language, such as shell scripting, but forget to escape \
    the interpolation start token. If this is an embedded sequence for another language, escape it by starting with \
    \"$${\" instead of just \"${\".";
const COLON: &str = "Template interpolation doesn't expect a colon at this location. Did you intend this to be a literal \
    sequence to be processed as part of another language? If so, you can escape it by starting with \"$${\" instead of \
    just \"${\".";
const UNCLOSED_IN_QUOTES: &str = "There is no closing brace for this interpolation sequence before the end of the quoted \
    template. This might be caused by incorrect nesting inside the given expression.";
const UNCLOSED: &str = "There is no closing brace for this interpolation sequence before the end of the file. This might \
    be caused by incorrect nesting inside the given expression.";

/// An element of the flat list.
pub(super) enum Piece {
    Text { text: String, span: Span },
    Interpolation(Expr),
    If { condition: Expr, span: Span },
    For { key: Option<Ident>, value: Ident, collection: Expr, span: Span },
    Else(Span),
    EndIf(Span),
    EndFor(Span),
}

/// What the strip markers around ask for.
#[derive(Default)]
struct Strip {
    /// The next piece, if it is text, loses the blanks it begins with.
    next: bool,
    /// The last piece is text and comes right before.
    previous: bool,
}

impl Parser<'_> {
    /// A quoted template or a heredoc.
    pub(super) fn quoted_template(&mut self) -> Expr {
        let open = self.read();
        let start = self.span(open);
        let style = if open.kind == TokenKind::OpenQuote { TemplateStyle::Quoted } else { TemplateStyle::Heredoc };
        let parts = match self.plain_text() {
            Some(part) => vec![part],
            None => {
                let closer = open.kind.opposite().unwrap_or(TokenKind::EndOfFile);
                self.template_parts(closer, self.text(open).starts_with("<<-"))
            }
        };
        let span = start.to(self.previous_span());
        Self::expr(ExprKind::Template(Template { parts, style, json: None }), span)
    }

    /// The text up to a closing quote, when there is nothing else before it and nothing wrong: most strings.
    fn plain_text(&mut self) -> Option<TemplatePart> {
        let first = self.tokens.get(self.at).copied()?;
        if first.kind == TokenKind::CloseQuote {
            self.at += 1;
            return Some(TemplatePart::Literal("".into(), self.span(first).at_end()));
        }
        let second = self.tokens.get(self.at + 1)?;
        if (first.kind, second.kind) != (TokenKind::QuotedText, TokenKind::CloseQuote) {
            return None;
        }
        let (text, bad) = literal::resolve(self.text(first), true);
        if !bad.is_empty() {
            return None;
        }
        // Short texts come again as names do; normalised ones are the same text here.
        let text = if text.is_ascii() { self.names.get(&text) } else { text.into() };
        let part = TemplatePart::Literal(text, self.span(first));
        self.at += 2;
        Some(part)
    }

    /// The whole text as a template without delimiters.
    pub(crate) fn bare_template(&mut self, style: TemplateStyle) -> Template {
        Template { parts: self.template_parts(TokenKind::EndOfFile, false), style, json: None }
    }

    fn template_parts(&mut self, closer: TokenKind, flush: bool) -> Vec<TemplatePart> {
        let start = self.next_span();
        let (mut pieces, end) = self.pieces(closer, start);
        if pieces.is_empty() {
            pieces.push(Piece::Text { text: String::new(), span: start.at_end() });
        }
        if flush {
            flush_indentation(&mut pieces);
        }
        self.template_tree(join_texts(pieces), end)
    }

    /// All pieces up to the closer, and where that is.
    fn pieces(&mut self, closer: TokenKind, start: Span) -> (Vec<Piece>, Span) {
        let mut pieces = Vec::new();
        let mut strip = Strip::default();
        loop {
            let token = self.read();
            if token.kind == closer {
                return (pieces, self.span(token));
            }
            let around = std::mem::take(&mut strip);
            match token.kind {
                TokenKind::PlainText | TokenKind::QuotedText => {
                    pieces.push(self.text_piece(token, around.next));
                    strip.previous = true;
                }
                TokenKind::OpenInterpolation | TokenKind::OpenDirective => {
                    if around.previous && self.text(token).ends_with('~') {
                        strip_end(&mut pieces);
                    }
                    let newlines = std::mem::replace(&mut self.newlines, false);
                    let (piece, strips_next) = if token.kind == TokenKind::OpenInterpolation {
                        self.interpolation(start, closer)
                    } else {
                        self.directive(token, start)
                    };
                    self.newlines = newlines;
                    strip.next = strips_next;
                    pieces.extend(piece);
                }
                _ => {
                    let subject = self.span(token);
                    let detail = "No closing marker was found for the string.";
                    self.complain_within("Unterminated template string", detail, subject, start.to(subject));
                    self.recovering = true;
                    let end = if token.kind == TokenKind::EndOfFile { token } else { self.recover(closer) };
                    return (pieces, self.span(end));
                }
            }
        }
    }

    fn text_piece(&mut self, token: Token, strip_start: bool) -> Piece {
        let text = self.resolved(token);
        let text = if strip_start { text.trim_start().to_owned() } else { text };
        Piece::Text { text, span: self.span(token) }
    }

    /// The text of a literal token; bad escapes are diagnosed.
    fn resolved(&mut self, token: Token) -> String {
        let (text, bad) = literal::resolve(self.text(token), token.kind == TokenKind::QuotedText);
        for escape in bad {
            let offset = |n: usize| token.start.saturating_add(u32::try_from(n).unwrap_or(u32::MAX));
            let span = self.source.span(offset(escape.start), offset(escape.end));
            self.error("Invalid escape sequence", &escape.detail, span);
        }
        text.into_owned()
    }

    /// After `${`: the expression up to its `}`, and whether the text behind is to be stripped.
    fn interpolation(&mut self, start: Span, closer: TokenKind) -> (Option<Piece>, bool) {
        let expr = self.expression();
        let close = self.peek();
        let strips = if close.kind == TokenKind::CloseSequence {
            self.read();
            self.text(close).starts_with('~')
        } else {
            self.unclosed_interpolation(start, close, closer);
            self.recover(TokenKind::CloseSequence);
            false
        };
        (Some(Piece::Interpolation(expr)), strips)
    }

    fn unclosed_interpolation(&mut self, start: Span, found: Token, closer: TokenKind) {
        const EXTRA: &str = "Extra characters after interpolation expression";
        const SUMMARY: &str = "Unclosed template interpolation sequence";
        let subject = self.span(found);
        match found.kind {
            TokenKind::EndOfFile => self.complain(SUMMARY, UNCLOSED, start),
            TokenKind::Colon => self.complain_within(EXTRA, COLON, subject, start.to(subject)),
            TokenKind::CloseQuote | TokenKind::OpenQuote if closer == TokenKind::CloseQuote => {
                self.complain(SUMMARY, UNCLOSED_IN_QUOTES, start);
            }
            _ => self.complain_within(EXTRA, SHELL, subject, start.to(subject)),
        }
    }

    /// After `%{`: the directive up to its `}`, and whether the text behind is to be stripped.
    fn directive(&mut self, open: Token, start: Span) -> (Option<Piece>, bool) {
        let keyword = self.peek();
        let Some(piece) = self.directive_inside(open, keyword) else {
            self.recover(TokenKind::CloseSequence);
            return (None, false);
        };
        let close = self.peek();
        if close.kind == TokenKind::CloseSequence {
            self.read();
            return (Some(piece), self.text(close).starts_with('~'));
        }
        let subject = self.span(close);
        let summary = format!("Extra characters in {} marker", self.text(keyword));
        let detail = "Expected a closing brace to end the sequence, but found extra characters.";
        self.complain_within(&summary, detail, subject, start.to(subject));
        self.recover(TokenKind::CloseSequence);
        (Some(piece), false)
    }

    fn directive_inside(&mut self, open: Token, keyword: Token) -> Option<Piece> {
        let start = self.span(open);
        if keyword.kind != TokenKind::Name {
            let subject = self.span(keyword);
            let detail =
                "A template directive keyword (\"if\", \"for\", etc) is expected at the beginning of a %{ sequence.";
            self.complain_within("Invalid template directive", detail, subject, start.to(subject));
            return None;
        }
        self.read();
        Some(match self.text(keyword) {
            "if" => {
                let condition = self.expression();
                Piece::If { condition, span: start.to(self.next_span()) }
            }
            "for" => return self.for_directive(start),
            "else" => Piece::Else(start.to(self.next_span())),
            "endif" => Piece::EndIf(start.to(self.next_span())),
            "endfor" => Piece::EndFor(start.to(self.next_span())),
            given => {
                let subject = self.span(keyword);
                let suggestion = did_you_mean(given, ["if", "for", "else", "endif", "endfor"]);
                let detail = format!("{given:?} is not a valid template control keyword.{suggestion}");
                self.complain_within("Invalid template control keyword", &detail, subject, start.to(subject));
                return None;
            }
        })
    }

    fn for_directive(&mut self, start: Span) -> Option<Piece> {
        match self.loop_names() {
            Ok((key, value)) => {
                let collection = self.expression();
                Some(Piece::For { key, value, collection, span: start.to(self.next_span()) })
            }
            Err(problem) => {
                let details = [
                    "For directive requires variable name after 'for'.",
                    "For directive requires value variable name after comma.",
                    "For directive requires 'in' keyword after names.",
                ];
                let subject = self.next_span();
                self.complain("Invalid 'for' directive", details[problem], subject);
                None
            }
        }
    }

    /// A quoted string without template sequences, as labels are; its quotes are in the span.
    pub(super) fn quoted_literal(&mut self) -> Ident {
        let open = self.read();
        let start = self.span(open);
        let mut text = String::new();
        loop {
            let token = self.read();
            let span = self.span(token);
            match token.kind {
                TokenKind::CloseQuote => return Ident { name: name(&text), span: start.to(span) },
                TokenKind::QuotedText => text.push_str(&self.resolved(token)),
                TokenKind::OpenInterpolation | TokenKind::OpenDirective => {
                    let mark = if token.kind == TokenKind::OpenInterpolation { "$" } else { "%" };
                    let detail = format!(
                        "Template sequences are not allowed in this string. To include a literal {mark:?}, double it \
                         (as \"{mark}{mark}\") to escape it."
                    );
                    self.not_literal(&detail, start, span);
                    text.push_str(mark);
                    text.push_str("{ ... }");
                    self.recover(TokenKind::CloseSequence);
                }
                TokenKind::EndOfFile => {
                    let detail = "Unable to find the closing quote mark before the end of the file.";
                    let diagnostic = Diagnostic::error("Unterminated string literal", detail);
                    self.report(diagnostic.at(span).within(start.to(span)));
                    return Ident { name: name(&text), span: start.to(span) };
                }
                _ => {
                    self.not_literal("This item is not valid in a string literal.", start, span);
                    self.recover(TokenKind::CloseQuote);
                    return Ident { name: name(&text), span: start.to(span) };
                }
            }
        }
    }

    fn not_literal(&mut self, detail: &str, start: Span, subject: Span) {
        self.report(Diagnostic::error("Invalid string literal", detail).at(subject).within(start.to(subject)));
    }
}

/// Takes the blanks off the end of the last piece.
fn strip_end(pieces: &mut [Piece]) {
    if let Some(Piece::Text { text, .. }) = pieces.last_mut() {
        text.truncate(text.trim_end().len());
    }
}

/// For `<<-`: takes as many blanks off the start of every line as the least indented one has. Lines of blanks only don't
/// count and stay as they are; what interpolations give plays no part.
fn flush_indentation(pieces: &mut [Piece]) {
    let mut least = usize::MAX;
    let mut lines = Vec::new();
    let mut starts_line = true;
    for (index, piece) in pieces.iter().enumerate() {
        let Piece::Text { text, .. } = piece else {
            if std::mem::take(&mut starts_line) {
                least = 0;
            }
            continue;
        };
        let ends_line = text.ends_with('\n');
        if starts_line {
            let inside = text.trim_start();
            if !inside.is_empty() || !ends_line {
                let blanks = text.get(..text.len() - inside.len()).unwrap_or("");
                least = least.min(blanks.graphemes(true).count());
                lines.push(index);
            }
        }
        starts_line = ends_line;
    }
    for index in lines {
        if let Piece::Text { text, span } = &mut pieces[index] {
            let cut: usize = text.graphemes(true).take(least).map(str::len).sum();
            text.drain(..cut);
            span.start = span.start.saturating_add(u32::try_from(cut).unwrap_or(u32::MAX)).min(span.end);
        }
    }
}

/// Joins neighbouring texts.
fn join_texts(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match (joined.last_mut(), piece) {
            (Some(Piece::Text { text, span }), Piece::Text { text: more, span: end }) => {
                text.push_str(&more);
                *span = span.to(end);
            }
            (_, piece) => joined.push(piece),
        }
    }
    joined
}
