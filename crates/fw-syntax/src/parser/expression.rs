//! Expressions: the conditional, binary operators, unary operators and terms.

use std::sync::Arc;

use fw_diag::Diagnostic;
use fw_value::{Type, Value};

use super::Parser;
use crate::{
    ast::{BinaryOp, Conditional, Expr, ExprKind, Traversal, UnaryOp},
    text::number,
    token::{Token, TokenKind},
};

/// The operator a token is, and how tightly it binds.
fn binary_operator(kind: TokenKind) -> Option<(BinaryOp, u8)> {
    Some(match kind {
        TokenKind::OrOr => (BinaryOp::Or, 1),
        TokenKind::AndAnd => (BinaryOp::And, 2),
        TokenKind::EqualEqual => (BinaryOp::Equal, 3),
        TokenKind::NotEqual => (BinaryOp::NotEqual, 3),
        TokenKind::Greater => (BinaryOp::Greater, 4),
        TokenKind::GreaterOrEqual => (BinaryOp::GreaterOrEqual, 4),
        TokenKind::Less => (BinaryOp::Less, 4),
        TokenKind::LessOrEqual => (BinaryOp::LessOrEqual, 4),
        TokenKind::Plus => (BinaryOp::Add, 5),
        TokenKind::Minus => (BinaryOp::Subtract, 5),
        TokenKind::Star => (BinaryOp::Multiply, 6),
        TokenKind::Slash => (BinaryOp::Divide, 6),
        TokenKind::Percent => (BinaryOp::Modulo, 6),
        _ => return None,
    })
}

impl Parser<'_> {
    /// Any expression.
    pub(crate) fn expression(&mut self) -> Expr {
        self.deeper(Self::conditional)
    }

    fn conditional(&mut self) -> Expr {
        let mark = self.failures;
        let condition = self.binary(1);
        if self.failed_since(mark) || self.accept(TokenKind::Question).is_none() {
            return condition;
        }
        let mark = self.failures;
        let then = self.expression();
        if self.failed_since(mark) {
            return condition;
        }
        let colon = self.peek();
        if colon.kind != TokenKind::Colon {
            let colon = self.span(colon);
            let detail = "The conditional operator (...?...:...) requires a false expression, delimited by a colon.";
            let diagnostic = Diagnostic::error("Missing false expression in conditional", detail);
            self.report(diagnostic.at(colon).within(condition.span.to(colon)));
            return condition;
        }
        self.read();
        let mark = self.failures;
        let otherwise = self.expression();
        if self.failed_since(mark) {
            return condition;
        }
        let span = condition.span.to(otherwise.span);
        Self::expr(ExprKind::Conditional(Box::new(Conditional { condition, then, otherwise })), span)
    }

    /// Operands joined by operators that bind at least as tightly as `least`, grouped from the left.
    fn binary(&mut self, least: u8) -> Expr {
        let mark = self.failures;
        let mut left = self.operand();
        if self.failed_since(mark) {
            return left;
        }
        while let Some((op, level)) = binary_operator(self.peek().kind).filter(|(_, level)| *level >= least) {
            self.read();
            let mark = self.failures;
            let right = if level == 6 { self.operand() } else { self.binary(level + 1) };
            if self.failed_since(mark) {
                return left;
            }
            let span = left.span.to(right.span);
            left = Self::expr(ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) }, span);
        }
        left
    }

    /// A term with what is attached behind it.
    pub(super) fn operand(&mut self) -> Expr {
        let term = self.term();
        self.postfix(term)
    }

    fn term(&mut self) -> Expr {
        let start = self.peek();
        match start.kind {
            TokenKind::Name => self.named(),
            TokenKind::Number => self.number(),
            TokenKind::OpenQuote | TokenKind::OpenHeredoc => self.quoted_template(),
            TokenKind::OpenBracket => self.tuple(),
            TokenKind::OpenBrace => self.object(),
            TokenKind::OpenParen => self.parentheses(),
            TokenKind::Minus => self.deeper(|p| p.unary(UnaryOp::Negate)),
            TokenKind::Bang => self.deeper(|p| p.unary(UnaryOp::Not)),
            _ => self.no_term(start),
        }
    }

    fn no_term(&mut self, found: Token) -> Expr {
        let span = self.span(found);
        if found.kind == TokenKind::EndOfFile {
            let detail = "Expected the start of an expression, but found the end of the file.";
            self.complain("Missing expression", detail, span);
        } else {
            let detail = "Expected the start of an expression, but found an invalid expression token.";
            self.complain("Invalid expression", detail, span);
        }
        self.recovering = true;
        Self::placeholder(span)
    }

    fn unary(&mut self, op: UnaryOp) -> Expr {
        let operator = self.read();
        let op_span = self.span(operator);
        let operand = self.operand();
        let span = op_span.to(operand.span);
        Self::expr(ExprKind::Unary { op, op_span, operand: Box::new(operand) }, span)
    }

    fn number(&mut self) -> Expr {
        let token = self.read();
        let value = self.number_value(token);
        Self::expr(ExprKind::Literal(value), self.span(token))
    }

    pub(super) fn number_value(&mut self, token: Token) -> Value {
        number(self.text(token)).unwrap_or_else(|| {
            let span = self.span(token);
            let detail = "Failed to recognize the value of this number literal.";
            self.error("Invalid number literal", detail, span);
            Value::unknown(Type::Number)
        })
    }

    /// A keyword, a call, or a reference.
    fn named(&mut self) -> Expr {
        let token = self.read();
        if matches!(self.peek().kind, TokenKind::OpenParen | TokenKind::DoubleColon) {
            return self.call(token);
        }
        let literal = match self.text(token) {
            "true" => Value::bool(true),
            "false" => Value::bool(false),
            "null" => Value::null(Type::Dynamic),
            _ => return self.reference(token),
        };
        Self::expr(ExprKind::Literal(literal), self.span(token))
    }

    /// A reference: the name and all static steps after it.
    fn reference(&mut self, token: Token) -> Expr {
        let root = self.ident(token);
        let start = root.span;
        let (steps, span) = self.static_steps(start);
        Self::expr(ExprKind::Traversal(Arc::new(Traversal { root, steps })), span)
    }

    fn parentheses(&mut self) -> Expr {
        let open = self.read();
        let newlines = std::mem::replace(&mut self.newlines, false);
        let mark = self.failures;
        let inner = self.expression();
        if self.failures > mark {
            self.recover(TokenKind::CloseParen);
            self.newlines = newlines;
            return inner;
        }
        let close = self.peek();
        let span = self.span(open).to(self.span(close));
        if close.kind != TokenKind::CloseParen {
            let detail = "Expected a closing parenthesis to terminate the expression.";
            let diagnostic = Diagnostic::error("Unbalanced parentheses", detail);
            self.report(diagnostic.at(self.span(close)).within(span));
            self.recovering = true;
        }
        self.read();
        self.newlines = newlines;
        Self::expr(ExprKind::Parentheses(Box::new(inner)), span)
    }
}
