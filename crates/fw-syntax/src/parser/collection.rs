//! Tuple and object constructors.

use fw_diag::{Diagnostic, Span};
use fw_value::Content;

use super::Parser;
use crate::{
    ast::{Expr, ExprKind, Ident, ObjectItem, ObjectKey},
    token::{Token, TokenKind},
};

const UNTERMINATED_OBJECT: &str = "There is no corresponding closing brace before the end of the file. This may be \
    caused by incorrect brace nesting elsewhere in this file.";

impl Parser<'_> {
    /// `[…]`.
    pub(super) fn tuple(&mut self) -> Expr {
        let open = self.read();
        let newlines = std::mem::replace(&mut self.newlines, false);
        let expr = if self.is_keyword(self.peek(), "for") {
            self.for_expression(open, TokenKind::CloseBracket)
        } else {
            self.tuple_items(open)
        };
        self.newlines = newlines;
        expr
    }

    fn tuple_items(&mut self, open: Token) -> Expr {
        let mut items = Vec::new();
        let close = loop {
            if let Some(close) = self.accept(TokenKind::CloseBracket) {
                break close;
            }
            let mark = self.failures;
            items.push(self.expression());
            if self.failed_since(mark) {
                break self.recover(TokenKind::CloseBracket);
            }
            let next = self.peek();
            match next.kind {
                TokenKind::CloseBracket => break self.read(),
                TokenKind::Comma => {
                    self.read();
                }
                _ => {
                    self.no_tuple_separator(open, next);
                    break self.recover(TokenKind::CloseBracket);
                }
            }
        };
        let span = self.span(open).to(self.span(close));
        Self::expr(ExprKind::Tuple(items), span)
    }

    fn no_tuple_separator(&mut self, open: Token, found: Token) {
        let (open, subject) = (self.span(open), self.span(found));
        if found.kind == TokenKind::EndOfFile {
            let detail = "There is no corresponding closing bracket before the end of the file. This may be caused by \
                          incorrect bracket nesting elsewhere in this file.";
            self.complain("Unterminated tuple constructor expression", detail, open);
        } else {
            let detail = "Expected a comma to mark the beginning of the next item.";
            self.complain_within("Missing item separator", detail, subject, open.to(subject));
        }
    }

    /// `{…}`.
    pub(super) fn object(&mut self) -> Expr {
        let open = self.read();
        // A `for` may stand on a later line, though newlines separate items otherwise.
        let newlines = std::mem::replace(&mut self.newlines, false);
        let expr = if self.is_keyword(self.peek(), "for") {
            self.for_expression(open, TokenKind::CloseBrace)
        } else {
            self.newlines = true;
            self.object_items(open)
        };
        self.newlines = newlines;
        expr
    }

    fn object_items(&mut self, open: Token) -> Expr {
        let mut items = Vec::new();
        let close = loop {
            match self.peek().kind {
                TokenKind::Newline => {
                    self.read();
                    continue;
                }
                TokenKind::CloseBrace => break self.read(),
                _ => {}
            }
            if !self.object_item(open, &mut items) {
                break self.recover(TokenKind::CloseBrace);
            }
            let next = self.peek();
            match next.kind {
                TokenKind::CloseBrace => break self.read(),
                TokenKind::Comma | TokenKind::Newline => {
                    self.read();
                }
                _ => {
                    self.no_item_separator(open, next);
                    break self.recover(TokenKind::CloseBrace);
                }
            }
        };
        let span = self.span(open).to(self.span(close));
        Self::expr(ExprKind::Object(items), span)
    }

    /// One `key = value`. Returns whether to go on.
    fn object_item(&mut self, open: Token, items: &mut Vec<ObjectItem>) -> bool {
        let mark = self.failures;
        let key = self.expression();
        if self.failed_since(mark) {
            return false;
        }
        let next = self.peek();
        if !matches!(next.kind, TokenKind::Assign | TokenKind::Colon) {
            self.no_value(self.span(open), next);
            return false;
        }
        self.read();
        let mark = self.failures;
        let value = self.expression();
        let sound = !self.failed_since(mark);
        if sound {
            items.push(ObjectItem { key: object_key(key), value });
        }
        sound
    }

    fn no_value(&mut self, open: Span, found: Token) {
        const SEPARATOR: &str = "Missing key/value separator";
        let subject = self.span(found);
        let (summary, detail) = match found.kind {
            TokenKind::Newline | TokenKind::Comma => {
                ("Missing attribute value", "Expected an attribute value, introduced by an equals sign (\"=\").")
            }
            TokenKind::Name => (
                SEPARATOR,
                "Expected an equals sign (\"=\") to mark the beginning of the attribute value. If you intended to \
                 given an attribute name containing periods or spaces, write the name in quotes to create a string \
                 literal.",
            ),
            TokenKind::EndOfFile => {
                return self.complain("Unterminated object constructor expression", UNTERMINATED_OBJECT, open);
            }
            _ => (SEPARATOR, "Expected an equals sign (\"=\") to mark the beginning of the attribute value."),
        };
        self.complain_with(|| Diagnostic::error(summary, detail).at(subject).within(open.to(subject)));
    }

    fn no_item_separator(&mut self, open: Token, found: Token) {
        let (open, subject) = (self.span(open), self.span(found));
        if found.kind == TokenKind::EndOfFile {
            self.complain("Unterminated object constructor expression", UNTERMINATED_OBJECT, open);
        } else {
            let detail = "Expected a newline or comma to mark the beginning of the next attribute.";
            self.complain_within("Missing attribute separator", detail, subject, open.to(subject));
        }
    }
}

/// A bare name stands for itself, also where it means a value elsewhere (`null`); anything else is evaluated.
fn object_key(key: Expr) -> ObjectKey {
    match &key.kind {
        ExprKind::Traversal(traversal) if traversal.steps.is_empty() => ObjectKey::Name(traversal.root.clone()),
        ExprKind::Literal(value) if value.is_known() => match value.content() {
            Content::Null => ObjectKey::Name(Ident { name: "null".into(), span: key.span }),
            Content::Bool(truth) => ObjectKey::Name(Ident { name: truth.to_string().into(), span: key.span }),
            _ => ObjectKey::Expr(key),
        },
        _ => ObjectKey::Expr(key),
    }
}
