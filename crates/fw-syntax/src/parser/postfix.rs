//! What follows a term: attribute access, indexing, splats.

use fw_diag::Span;
use fw_value::Value;

use super::Parser;
use crate::{
    ast::{Expr, ExprKind, SplatStyle, Step, StepKind, TemplatePart},
    token::{Token, TokenKind},
};

const NAME_REQUIRED: (&str, &str) = ("Invalid attribute name", "An attribute name is required after a dot.");

/// What one postfix operator turned out to be.
enum Postfix {
    Step(Step),
    Index(Expr, Span),
    Splat {
        each: Box<Expr>,
        style: SplatStyle,
        marker: Span,
        end: Span,
    },
    /// A dot without a name: nothing can be made of the expression.
    Broken,
    None,
}

impl Parser<'_> {
    /// The static steps that come next, for a reference that begins at `start`, and the span of the whole. Stops before
    /// anything that is not plainly a static step.
    pub(super) fn static_steps(&mut self, start: Span) -> (Vec<Step>, Span) {
        let mut steps = Vec::new();
        let mut span = start;
        while self.peek().kind == TokenKind::Dot {
            let (dot, after_dot) = self.next();
            let before = std::mem::replace(&mut self.at, after_dot);
            let Some(attribute) = self.accept(TokenKind::Name) else {
                self.at = before;
                break;
            };
            let step = self.span(dot).to(self.span(attribute));
            span = span.to(step);
            steps.push(Step { kind: StepKind::Attribute(self.name(attribute)), span: step });
        }
        (steps, span)
    }

    /// Applies all that follows to `expr`.
    pub(super) fn postfix(&mut self, mut expr: Expr) -> Expr {
        loop {
            let next = self.peek();
            let found = match next.kind {
                TokenKind::Dot => self.after_dot(),
                TokenKind::OpenBracket => self.brackets(),
                _ => return expr,
            };
            expr = match found {
                Postfix::Step(step) => with_step(expr, step),
                Postfix::Index(key, brackets) => {
                    let span = expr.span.to(brackets);
                    let (collection, key) = (Box::new(expr), Box::new(key));
                    Self::expr(ExprKind::Index { collection, key, brackets }, span)
                }
                Postfix::Splat { each, style, marker, end } => {
                    let span = expr.span.to(end);
                    Self::expr(ExprKind::Splat { source: Box::new(expr), each, style, marker }, span)
                }
                Postfix::Broken => Self::placeholder(expr.span.to(self.previous_span())),
                Postfix::None => expr,
            };
        }
    }

    fn after_dot(&mut self) -> Postfix {
        let dot = self.read();
        let next = self.peek();
        match next.kind {
            TokenKind::Name => {
                self.read();
                let span = self.span(dot).to(self.span(next));
                Postfix::Step(Step { kind: StepKind::Attribute(self.name(next)), span })
            }
            TokenKind::Number => {
                self.read();
                Postfix::Step(self.legacy_index(dot, next, next, "Use the proper index syntax instead, like"))
            }
            TokenKind::Star => self.attribute_splat(dot),
            _ => {
                self.error(NAME_REQUIRED.0, NAME_REQUIRED.1, self.span(next));
                self.recovering = true;
                Postfix::Broken
            }
        }
    }

    /// `.0`, which people used to write for `[0]`. `.0.1` reads as a fraction and is refused.
    fn legacy_index(&mut self, dot: Token, number: Token, subject: Token, advice: &str) -> Step {
        let span = self.span(dot).to(self.span(number));
        let text = self.text(number);
        let Some((first, second)) = text.split_once('.') else {
            return Step { kind: StepKind::Index(self.number_value(number)), span };
        };
        let detail = format!(
            "When using the legacy index syntax, chaining two indexes together is not permitted. {advice} \
             [{first}][{second}]."
        );
        self.error("Invalid legacy index syntax", &detail, self.span(subject));
        Step { kind: StepKind::Index(Value::dynamic()), span }
    }

    /// `.*`: the attribute steps after it apply to each element.
    fn attribute_splat(&mut self, dot: Token) -> Postfix {
        let star = self.read();
        let marker = self.span(dot).to(self.span(star));
        let item = Self::expr(ExprKind::SplatItem, marker);
        let mut steps = Vec::new();
        let first = self.next_span();
        let mut end = self.span(star);
        while let Some(dot) = self.accept(TokenKind::Dot) {
            let next = self.peek();
            let step = match next.kind {
                TokenKind::Number => {
                    self.read();
                    let advice = "Use the proper index syntax with a full splat expression [*] instead, like";
                    self.legacy_index(dot, next, star, advice)
                }
                TokenKind::Name => {
                    self.read();
                    let span = self.span(dot).to(self.span(next));
                    Step { kind: StepKind::Attribute(self.name(next)), span }
                }
                _ => {
                    self.no_splat_name(star, next);
                    return Postfix::None;
                }
            };
            end = self.span(next);
            steps.push(step);
        }
        let each = if steps.is_empty() {
            item
        } else {
            Self::expr(ExprKind::Relative { source: Box::new(item), steps }, first.to(end))
        };
        Postfix::Splat { each: Box::new(each), style: SplatStyle::Attribute, marker, end }
    }

    fn no_splat_name(&mut self, star: Token, found: Token) {
        if found.kind == TokenKind::Star {
            let detail = "A splat expression (*) cannot be used inside another attribute-only splat expression.";
            self.complain("Nested splat expression not allowed", detail, self.span(found));
        } else {
            self.complain(NAME_REQUIRED.0, NAME_REQUIRED.1, self.span(star));
        }
        self.recovering = true;
    }

    fn brackets(&mut self) -> Postfix {
        let open = self.read();
        if self.peek().kind == TokenKind::Star {
            return self.full_splat(open);
        }
        let newlines = std::mem::replace(&mut self.newlines, false);
        let mark = self.failures;
        let key = self.expression();
        let close = if self.failed_since(mark) {
            self.recover(TokenKind::CloseBracket)
        } else {
            self.close_bracket(
                "Missing close bracket on index",
                "The index operator must end with a closing bracket (\"]\").",
            )
        };
        self.newlines = newlines;
        let brackets = self.span(open).to(self.span(close));
        match literal_key(&key) {
            Some(key) => Postfix::Step(Step { kind: StepKind::Index(key), span: brackets }),
            None => Postfix::Index(key, brackets),
        }
    }

    fn close_bracket(&mut self, summary: &str, detail: &str) -> Token {
        let close = self.read();
        if close.kind == TokenKind::CloseBracket || self.recovering {
            return close;
        }
        // Where reading goes on is what terraform points to, so we do as well.
        let found = self.recover(TokenKind::CloseBracket);
        self.error(summary, detail, self.span(found));
        found
    }

    /// `[*]`: everything after it applies to each element.
    fn full_splat(&mut self, open: Token) -> Postfix {
        self.read();
        let close = self.close_bracket(
            "Missing close bracket on splat index",
            "The star for a full splat operator must be immediately followed by a closing bracket (\"]\").",
        );
        let marker = self.span(open).to(self.span(close));
        let item = Self::expr(ExprKind::SplatItem, marker);
        let each = self.deeper(|p| p.postfix(item));
        let end = each.span;
        Postfix::Splat { each: Box::new(each), style: SplatStyle::Full, marker, end }
    }
}

/// The value of an index key that is a literal.
fn literal_key(key: &Expr) -> Option<Value> {
    match &key.kind {
        ExprKind::Literal(value) => Some(value.clone()),
        ExprKind::Template(template) => match template.parts.as_slice() {
            [TemplatePart::Literal(text, _)] => Some(Value::string(&**text)),
            _ => None,
        },
        _ => None,
    }
}

/// `expr` and one static step more.
fn with_step(mut expr: Expr, step: Step) -> Expr {
    let span = expr.span.to(step.span);
    match &mut expr.kind {
        ExprKind::Traversal(traversal) => {
            std::sync::Arc::make_mut(traversal).steps.push(step);
            expr.span = span;
            expr
        }
        ExprKind::Relative { steps, .. } => {
            steps.push(step);
            expr.span = span;
            expr
        }
        _ => Expr::new(ExprKind::Relative { source: Box::new(expr), steps: vec![step] }, span),
    }
}
