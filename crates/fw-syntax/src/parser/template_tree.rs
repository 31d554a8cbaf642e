//! The nesting of template directives. On an own stack, so that any depth of nesting is fine.

use fw_diag::Span;

use super::{Parser, template::Piece};
use crate::ast::{Expr, Ident, TemplatePart};

/// A directive that waits for its end.
struct Open {
    directive: Directive,
    span: Span,
    /// What came before it at its level.
    before: Vec<TemplatePart>,
}

enum Directive {
    If { condition: Expr, then: Option<Vec<TemplatePart>> },
    For { key: Option<Ident>, value: Ident, collection: Expr },
}

impl Parser<'_> {
    /// The parts with directives nested; `end` is the end of the template.
    pub(super) fn template_tree(&mut self, pieces: Vec<Piece>, end: Span) -> Vec<TemplatePart> {
        let mut open: Vec<Open> = Vec::new();
        let mut parts = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match piece {
                Piece::Text { text, span } => parts.push(TemplatePart::Literal(text.into(), span)),
                Piece::Interpolation(expr) => parts.push(TemplatePart::Interpolation(expr)),
                Piece::If { condition, span } => {
                    let before = std::mem::take(&mut parts);
                    open.push(Open { directive: Directive::If { condition, then: None }, span, before });
                }
                Piece::For { key, value, collection, span } => {
                    let before = std::mem::take(&mut parts);
                    open.push(Open { directive: Directive::For { key, value, collection }, span, before });
                }
                Piece::Else(span) => self.else_directive(&mut open, &mut parts, span),
                Piece::EndIf(span) => self.end_directive(&mut open, &mut parts, span, "endif"),
                Piece::EndFor(span) => self.end_directive(&mut open, &mut parts, span, "endfor"),
            }
        }
        while let Some(unclosed) = open.pop() {
            let (kind, closer) = unclosed.directive.names();
            let place = self.source.describe(unclosed.span);
            let detail = format!("The {kind} directive at {place} is missing its corresponding {closer} directive.");
            self.error("Unexpected end of template", &detail, end);
            parts = unclosed.abandon(end);
        }
        parts
    }

    fn unbalanced(&mut self, name: &str, span: Span) -> TemplatePart {
        let detail = "The control directives within this template are unbalanced.";
        self.error(&format!("Unexpected {name} directive"), detail, span);
        TemplatePart::Interpolation(Self::placeholder(span))
    }

    fn else_directive(&mut self, open: &mut Vec<Open>, parts: &mut Vec<TemplatePart>, span: Span) {
        let Some(last) = open.last_mut() else {
            let part = self.unbalanced("else", span);
            return parts.push(part);
        };
        let detail = match &mut last.directive {
            Directive::If { then: then @ None, .. } => {
                *then = Some(std::mem::take(parts));
                return;
            }
            Directive::If { .. } => {
                format!("Already in the else clause for the if started at {}.", self.source.describe(last.span))
            }
            Directive::For { .. } => "An else clause is not expected for a for directive.".to_owned(),
        };
        self.error("Unexpected else directive", &detail, span);
        if let Some(last) = open.pop() {
            *parts = last.abandon(span);
        }
    }

    fn end_directive(&mut self, open: &mut Vec<Open>, parts: &mut Vec<TemplatePart>, span: Span, name: &str) {
        let Some(last) = open.pop() else {
            let part = self.unbalanced(name, span);
            return parts.push(part);
        };
        if last.directive.names().1 == name {
            let inside = std::mem::take(parts);
            *parts = last.close(inside, span);
            return;
        }
        let place = self.source.describe(last.span);
        let detail = match last.directive {
            Directive::If { .. } => format!("Expecting an endif directive for the if started at {place}."),
            Directive::For { .. } => {
                format!("Expecting an endfor directive corresponding to the for directive at {place}.")
            }
        };
        self.error(&format!("Unexpected {name} directive"), &detail, span);
        *parts = last.abandon(span);
    }
}

impl Directive {
    /// Its keyword and that of its end.
    fn names(&self) -> (&'static str, &'static str) {
        match self {
            Self::If { .. } => ("if", "endif"),
            Self::For { .. } => ("for", "endfor"),
        }
    }
}

impl Open {
    /// What came before and the finished directive.
    fn close(mut self, inside: Vec<TemplatePart>, end: Span) -> Vec<TemplatePart> {
        let span = self.span.to(end);
        self.before.push(match self.directive {
            Directive::If { condition, then: None } => {
                TemplatePart::If { condition: Box::new(condition), then: inside, otherwise: Vec::new(), span }
            }
            Directive::If { condition, then: Some(then) } => {
                TemplatePart::If { condition: Box::new(condition), then, otherwise: inside, span }
            }
            Directive::For { key, value, collection } => {
                TemplatePart::For { key, value, collection: Box::new(collection), body: inside, span }
            }
        });
        self.before
    }

    /// What came before and a stand-in for the directive.
    fn abandon(mut self, at: Span) -> Vec<TemplatePart> {
        self.before.push(TemplatePart::Interpolation(Parser::placeholder(at)));
        self.before
    }
}
