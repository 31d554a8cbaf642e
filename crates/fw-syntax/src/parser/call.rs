//! Function calls.

use fw_diag::{Diagnostic, Span};

use super::Parser;
use crate::{
    ast::{Call, Expr, ExprKind, Ident},
    text,
    token::{Token, TokenKind},
};

impl Parser<'_> {
    /// A call whose first name has been read; `(` or `::` comes next.
    pub(super) fn call(&mut self, first: Token) -> Expr {
        let start = self.span(first);
        let mut name = self.text(first).to_owned();
        let mut name_span = start;
        let mut open = self.read();
        while open.kind == TokenKind::DoubleColon {
            let part = self.read();
            if part.kind != TokenKind::Name {
                let detail = "Function scope resolution symbol :: must be followed by a function name in this scope.";
                return self.broken_call("Missing function name", detail, start, part);
            }
            name.push_str("::");
            name.push_str(self.text(part));
            name_span = start.to(self.span(part));
            open = self.read();
        }
        if open.kind != TokenKind::OpenParen {
            let detail = "Function selector must be followed by an open parenthesis to begin the function call.";
            return self.broken_call("Missing open parenthesis", detail, start, open);
        }
        let newlines = std::mem::replace(&mut self.newlines, false);
        let (args, expand_last, close) = self.arguments(start, open);
        self.newlines = newlines;
        let parentheses = self.span(open).to(close.unwrap_or_else(|| self.previous_span()));
        let name = Ident { name: text::name(&name), span: name_span };
        Self::expr(ExprKind::Call(Box::new(Call { name, args, expand_last, parentheses })), start.to(parentheses))
    }

    fn broken_call(&mut self, summary: &str, detail: &str, start: Span, found: Token) -> Expr {
        let span = start.to(self.span(found));
        self.report(Diagnostic::error(summary, detail).at(self.span(found)).within(span));
        self.recover_over(TokenKind::OpenParen);
        Self::placeholder(span)
    }

    /// The arguments, whether the last is expanded, and the closing parenthesis if there is one.
    fn arguments(&mut self, name: Span, open: Token) -> (Vec<Expr>, bool, Option<Span>) {
        let mut args = Vec::new();
        loop {
            if let Some(close) = self.accept(TokenKind::CloseParen) {
                return (args, false, Some(self.span(close)));
            }
            let mark = self.failures;
            args.push(self.expression());
            if self.failed_since(mark) {
                let found = self.recover(TokenKind::CloseParen);
                let close = (found.kind == TokenKind::CloseParen).then(|| self.span(found));
                return (args, false, close);
            }
            let separator = self.read();
            match separator.kind {
                TokenKind::CloseParen => return (args, false, Some(self.span(separator))),
                TokenKind::Comma => {}
                TokenKind::Ellipsis => {
                    let close = self.after_ellipsis(name, separator);
                    return (args, true, Some(close));
                }
                _ => {
                    let close = self.no_separator(name, open, separator);
                    return (args, false, Some(close));
                }
            }
        }
    }

    fn after_ellipsis(&mut self, name: Span, ellipsis: Token) -> Span {
        let close = if self.peek().kind == TokenKind::CloseParen {
            self.read()
        } else {
            let ellipsis = self.span(ellipsis);
            let detail =
                "An expanded function argument (with ...) must be immediately followed by closing parentheses.";
            self.complain_within("Missing closing parenthesis", detail, ellipsis, name.to(ellipsis));
            self.recover(TokenKind::CloseParen)
        };
        self.span(close)
    }

    fn no_separator(&mut self, name: Span, open: Token, found: Token) -> Span {
        if found.kind == TokenKind::EndOfFile {
            let detail = "There is no closing parenthesis for this function call before the end of the file. This may \
                          be caused by incorrect parenthesis nesting elsewhere in this file.";
            let subject = name.to(self.span(open));
            self.error("Unterminated function call", detail, subject);
        } else {
            let subject = self.span(found);
            let detail = "A comma is required to separate each function argument from the next.";
            let diagnostic = Diagnostic::error("Missing argument separator", detail);
            self.report(diagnostic.at(subject).within(name.to(subject)));
        }
        let close = self.recover(TokenKind::CloseParen);
        self.span(close)
    }
}
