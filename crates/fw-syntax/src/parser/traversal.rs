//! Texts that are one absolute reference, as strings of the JSON syntax and addresses on the command line are.

use fw_diag::{Diagnostic, Span};
use fw_value::Value;

use super::Parser;
use crate::{
    ast::{Step, StepKind, Traversal},
    token::{Token, TokenKind},
};

impl Parser<'_> {
    /// All of the text as one reference with static steps only. Returns nothing when any of it is wrong.
    pub(crate) fn absolute_traversal(&mut self) -> Option<Traversal> {
        let first = self.read();
        if first.kind != TokenKind::Name {
            self.error("Variable name required", "Must begin with a variable name.", self.span(first));
            return None;
        }
        let root = self.ident(first);
        let mut steps = Vec::new();
        loop {
            let next = self.peek();
            match next.kind {
                TokenKind::EndOfFile => return Some(Traversal { root, steps }),
                TokenKind::Dot => steps.push(self.plain_attribute(root.span)?),
                TokenKind::OpenBracket => steps.push(self.plain_index(root.span)?),
                _ => {
                    let detail = "Expected an attribute access or an index operator.";
                    self.refuse("Invalid character", detail, next, root.span);
                    return None;
                }
            }
        }
    }

    fn refuse(&mut self, summary: &str, detail: &str, found: Token, start: Span) {
        let subject = self.span(found);
        self.report(Diagnostic::error(summary, detail).at(subject).within(start.to(subject)));
    }

    fn plain_attribute(&mut self, start: Span) -> Option<Step> {
        let dot = self.read();
        let attribute = self.read();
        if attribute.kind != TokenKind::Name {
            let detail = if attribute.kind == TokenKind::Star {
                "Splat expressions (.*) may not be used here."
            } else {
                "Dot must be followed by attribute name."
            };
            self.refuse("Attribute name required", detail, attribute, start);
            return None;
        }
        let span = self.span(dot).to(self.span(attribute));
        Some(Step { kind: StepKind::Attribute(self.name(attribute)), span })
    }

    fn plain_index(&mut self, start: Span) -> Option<Step> {
        let open = self.read();
        let next = self.peek();
        let mark = self.failures;
        let key = match next.kind {
            TokenKind::Number => {
                self.read();
                self.number_value(next)
            }
            TokenKind::OpenQuote => Value::string(&*self.quoted_literal().name),
            TokenKind::Star => {
                let detail = "Splat expressions ([*]) may not be used here.";
                self.refuse("Attribute name required", detail, next, start);
                return None;
            }
            _ => {
                let detail = "Index brackets must contain either a literal number or a literal string.";
                self.refuse("Index value required", detail, next, start);
                return None;
            }
        };
        let close = self.read();
        let span = self.span(open).to(self.span(close));
        if close.kind != TokenKind::CloseBracket {
            let detail = "Index key must be followed by a closing bracket.";
            self.refuse("Unclosed index brackets", detail, close, self.span(open));
        }
        (self.failures == mark).then_some(Step { kind: StepKind::Index(key), span })
    }
}
