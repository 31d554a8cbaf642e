//! `for` expressions.

use fw_diag::Diagnostic;

use super::Parser;
use crate::{
    ast::{Expr, ExprKind, For, Ident},
    token::{Token, TokenKind},
};

const SUMMARY: &str = "Invalid 'for' expression";

impl Parser<'_> {
    /// A `for` expression after its opening bracket; newlines are ignored already.
    pub(super) fn for_expression(&mut self, open: Token, closer: TokenKind) -> Expr {
        self.read();
        match self.for_parts(open, closer) {
            Some(parts) => {
                let span = parts.open.to(parts.close);
                Self::expr(ExprKind::For(Box::new(parts)), span)
            }
            None => {
                let close = self.recover(closer);
                Self::placeholder(self.span(open).to(self.span(close)))
            }
        }
    }

    fn for_complaint(&mut self, open: Token, detail: &str) {
        let subject = self.next_span();
        self.complain_within(SUMMARY, detail, subject, self.span(open).to(subject));
    }

    /// `k, v in`, or what is wrong there: no first name, no second, no `in`.
    pub(super) fn loop_names(&mut self) -> Result<(Option<Ident>, Ident), usize> {
        let first = self.accept(TokenKind::Name).ok_or(0_usize)?;
        let first = self.ident(first);
        let names = if self.accept(TokenKind::Comma).is_some() {
            let second = self.accept(TokenKind::Name).ok_or(1_usize)?;
            (Some(first), self.ident(second))
        } else {
            (None, first)
        };
        if !self.is_keyword(self.peek(), "in") {
            return Err(2);
        }
        self.read();
        Ok(names)
    }

    /// An expression; nothing when it failed.
    fn sound_expression(&mut self) -> Option<Expr> {
        let mark = self.failures;
        let expr = self.expression();
        (!self.failed_since(mark)).then_some(expr)
    }

    fn for_parts(&mut self, open: Token, closer: TokenKind) -> Option<For> {
        let (key, value) = match self.loop_names() {
            Ok(names) => names,
            Err(problem) => {
                let details = [
                    "For expression requires variable name after 'for'.",
                    "For expression requires value variable name after comma.",
                    "For expression requires the 'in' keyword after its name declarations.",
                ];
                self.for_complaint(open, details[problem]);
                return None;
            }
        };
        let collection = self.sound_expression()?;
        if self.accept(TokenKind::Colon).is_none() {
            self.for_complaint(open, "For expression requires a colon after the collection expression.");
            return None;
        }
        let first = self.sound_expression()?;
        let (result_key, result) = match self.accept(TokenKind::FatArrow) {
            Some(_) => (Some(first), self.sound_expression()?),
            None => (None, first),
        };
        let ellipsis = self.accept(TokenKind::Ellipsis);
        let condition = if self.is_keyword(self.peek(), "if") {
            self.read();
            Some(self.sound_expression()?)
        } else {
            None
        };
        let close = match self.accept(closer) {
            Some(close) => close,
            None => {
                self.for_complaint(open, "Extra characters after the end of the 'for' expression.");
                self.recover(closer)
            }
        };
        let group = ellipsis.is_some();
        let (open, close) = (self.span(open), self.span(close));
        let parts = For { key, value, collection, result_key, result, condition, group, open, close };
        self.check_for(&parts, closer == TokenKind::CloseBrace, ellipsis);
        Some(parts)
    }

    /// Whether the parts fit what is made.
    fn check_for(&mut self, parts: &For, makes_object: bool, ellipsis: Option<Token>) {
        let whole = parts.open.to(parts.close);
        let mut wrong = |detail: &str, subject| {
            self.report(Diagnostic::error(SUMMARY, detail).at(subject).within(whole));
        };
        match (&parts.result_key, makes_object) {
            (None, true) => wrong("Key expression is required when building an object.", parts.result.span),
            (Some(key), false) => wrong("Key expression is not valid when building a tuple.", key.span),
            _ => {}
        }
        if let Some(ellipsis) = ellipsis.filter(|_| !makes_object) {
            let subject = self.span(ellipsis);
            let detail = "Grouping ellipsis (...) cannot be used when building a tuple.";
            self.report(Diagnostic::error(SUMMARY, detail).at(subject).within(whole));
        }
    }
}
