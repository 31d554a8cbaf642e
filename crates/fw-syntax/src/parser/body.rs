//! Bodies: attributes and blocks.

use std::{collections::HashSet, sync::Arc};

use fw_diag::{Diagnostic, Span};
use fw_value::Str;

use super::Parser;
use crate::{
    ast::{Attribute, Ident, NativeBlock, NativeBody},
    token::{Token, TokenKind},
};

const ITEM_REQUIRED: (&str, &str) =
    ("Argument or block definition required", "An argument or block definition is required here.");
const NO_EQUALS: &str = "An argument or block definition is required here. To set an argument, use the equals sign \
    \"=\" to introduce the argument value.";
const UNCLOSED_BLOCK: (&str, &str) = (
    "Unclosed configuration block",
    "There is no closing brace for this block before the end of the file. This may be caused by incorrect brace nesting \
     elsewhere in this file.",
);
const INVALID_BLOCK: &str = "Invalid block definition";
const INVALID_SINGLE: &str = "Invalid single-argument block definition";

/// The items of a body so far.
#[derive(Default)]
struct Items {
    attributes: Vec<Attribute>,
    blocks: Vec<NativeBlock>,
    /// Names of the attributes, once there are many.
    names: HashSet<Str>,
}

/// Up to so many attributes are searched one by one for duplicates.
const FEW: usize = 12;

impl Items {
    /// The attribute that has this name already.
    fn duplicate(&self, name: &Str) -> Option<&Attribute> {
        if self.attributes.len() > FEW && !self.names.contains(name) {
            return None;
        }
        self.attributes.iter().find(|a| a.name.name == *name)
    }

    fn push(&mut self, attribute: Attribute) {
        if self.attributes.len() == FEW {
            self.names.extend(self.attributes.iter().map(|a| Str::clone(&a.name.name)));
        }
        if self.attributes.len() >= FEW {
            self.names.insert(Str::clone(&attribute.name.name));
        }
        self.attributes.push(attribute);
    }
}

impl Parser<'_> {
    /// Everything to the end of the text.
    pub(crate) fn file(&mut self) -> NativeBody {
        self.body(TokenKind::EndOfFile)
    }

    /// Items up to `end`, which is read.
    fn body(&mut self, end: TokenKind) -> NativeBody {
        crate::deep::guard(|| self.body_here(end))
    }

    fn body_here(&mut self, end: TokenKind) -> NativeBody {
        let start = self.previous_span();
        let mut items = Items::default();
        loop {
            let next = self.peek();
            if next.kind == end {
                self.read();
                let close = self.span(next);
                let span = start.to(close);
                let Items { attributes, blocks, .. } = items;
                return NativeBody { attributes, blocks, span, end: close };
            }
            match next.kind {
                TokenKind::Newline => {
                    self.read();
                }
                TokenKind::Name => {
                    self.regain(next);
                    self.item(&mut items);
                }
                TokenKind::EndOfFile => {
                    self.unclosed_block(start, None);
                    let here = self.span(next);
                    self.recovering = true;
                    let Items { attributes, blocks, .. } = items;
                    return NativeBody { attributes, blocks, span: start.to(here), end: here };
                }
                _ => self.no_item(next),
            }
        }
    }

    /// The end of the file inside a block. Where something was skipped before, its closing brace may have been in that.
    fn unclosed_block(&mut self, open: Span, header: Option<Span>) {
        self.failures += 1;
        if !self.recovering && !self.skipped {
            let diagnostic = Diagnostic::error(UNCLOSED_BLOCK.0, UNCLOSED_BLOCK.1).at(open);
            self.diagnostics.push(Diagnostic { context: header, ..diagnostic });
        }
    }

    /// Stops being recovering when a sound item seems to begin here, at the start of a line.
    fn regain(&mut self, first: Token) {
        if !self.recovering {
            return;
        }
        let line_starts = self.at.checked_sub(1).is_none_or(|i| {
            self.tokens.get(i).is_some_and(|t| matches!(t.kind, TokenKind::Newline | TokenKind::Comment))
        });
        let (_, after) = self.next();
        let before = std::mem::replace(&mut self.at, after);
        let second = self.peek().kind;
        self.at = before;
        let sound = match first.kind {
            TokenKind::Name => {
                matches!(second, TokenKind::Assign | TokenKind::OpenBrace | TokenKind::OpenQuote | TokenKind::Name)
            }
            _ => true,
        };
        if line_starts && sound {
            self.recovering = false;
        }
    }

    /// Something that no item begins with: the rest of the line is skipped.
    fn no_item(&mut self, found: Token) {
        if found.kind == TokenKind::OpenQuote {
            self.regain(found);
            self.complain("Invalid argument name", "Argument names must not be quoted.", self.span(found));
        } else {
            self.complain(ITEM_REQUIRED.0, ITEM_REQUIRED.1, self.span(found));
        }
        self.recover_after_item();
    }

    fn item(&mut self, items: &mut Items) {
        let first = self.read();
        match self.peek().kind {
            TokenKind::Assign => {
                let attribute = self.attribute(first, false);
                self.add_attribute(items, attribute);
            }
            TokenKind::OpenQuote | TokenKind::OpenBrace | TokenKind::Name => {
                let block = self.block(first);
                items.blocks.push(block);
            }
            _ => {
                self.error(ITEM_REQUIRED.0, NO_EQUALS, self.span(first));
                self.recover_after_item();
            }
        }
    }

    fn add_attribute(&mut self, items: &mut Items, attribute: Attribute) {
        let name = &attribute.name;
        let Some(existing) = items.duplicate(&name.name) else {
            return items.push(attribute);
        };
        let place = self.source.describe(existing.name.span);
        let detail =
            format!("The argument {:?} was already set at {place}. Each argument may be set only once.", &*name.name);
        self.error("Attribute redefined", &detail, name.span);
    }

    /// `= expression` and the end of the line.
    fn attribute(&mut self, first: Token, single_line: bool) -> Attribute {
        let name = self.ident(first);
        self.read();
        let mark = self.failures;
        let expr = self.expression();
        let end = self.previous_span();
        if self.failed_since(mark) {
            self.recover_after_item();
        } else if !single_line {
            self.end_of_attribute(name.span);
        }
        let span = name.span.to(end);
        Attribute { name, expr: Arc::new(expr), span }
    }

    fn end_of_attribute(&mut self, name: Span) {
        let end = self.peek();
        if matches!(end.kind, TokenKind::Newline | TokenKind::EndOfFile) {
            self.read();
            return;
        }
        let subject = self.span(end);
        let (summary, detail) = if end.kind == TokenKind::Comma {
            (
                "Unexpected comma after argument",
                "Argument definitions must be separated by newlines, not commas. An argument definition must end with \
                 a newline.",
            )
        } else {
            ("Missing newline after argument", "An argument definition must end with a newline.")
        };
        self.complain_within(summary, detail, subject, name.to(subject));
        self.recover_after_item();
    }

    fn block(&mut self, first: Token) -> NativeBlock {
        let kind = self.ident(first);
        // No block type has more.
        let mut labels = Vec::with_capacity(2);
        let mut header = kind.span;
        let open = loop {
            let next = self.peek();
            match next.kind {
                TokenKind::OpenBrace => break self.read(),
                TokenKind::OpenQuote => labels.push(self.quoted_literal()),
                TokenKind::Name => {
                    self.read();
                    labels.push(self.ident(next));
                }
                _ => {
                    self.no_block(next, kind.span);
                    return headless(kind, labels);
                }
            }
            header = header.to(self.previous_span());
        };
        let open = self.span(open);
        let (body, close) = self.block_body(kind.span, open);
        self.end_of_block(kind.span);
        NativeBlock { kind, labels, body: Arc::new(body), header, open, close }
    }

    fn no_block(&mut self, found: Token, kind: Span) {
        let subject = self.span(found);
        let detail = match found.kind {
            TokenKind::Assign => {
                "The equals sign \"=\" indicates an argument definition, and must not be used when defining a block."
            }
            TokenKind::Newline => {
                "A block definition must have block content delimited by \"{\" and \"}\", starting on the same line as \
                 the block header."
            }
            _ => {
                let detail = "Either a quoted string block label or an opening brace (\"{\") is expected here.";
                self.complain_within(INVALID_BLOCK, detail, subject, kind.to(subject));
                return self.recover_after_item();
            }
        };
        self.report(Diagnostic::error(INVALID_BLOCK, detail).at(subject).within(kind.to(subject)));
        self.recover_after_item();
    }

    /// The inside of a block, and where it ends.
    fn block_body(&mut self, kind: Span, open: Span) -> (NativeBody, Span) {
        if matches!(self.peek().kind, TokenKind::Newline | TokenKind::EndOfFile | TokenKind::CloseBrace) {
            let body = self.body(TokenKind::CloseBrace);
            let close = self.previous_span();
            return (body, close);
        }
        let attributes = Vec::from_iter(self.only_attribute());
        self.end_of_single(kind, open);
        let close = self.previous_span();
        let span = attributes.first().map_or(open.to(close), |a| a.span);
        (NativeBody { attributes, blocks: Vec::new(), span, end: close }, close)
    }

    /// The one attribute of a block on a single line.
    fn only_attribute(&mut self) -> Option<Attribute> {
        let first = self.read();
        let subject = self.span(first);
        if first.kind != TokenKind::Name {
            self.error(ITEM_REQUIRED.0, ITEM_REQUIRED.1, subject);
            self.recover_after_item();
            return None;
        }
        let next = self.peek();
        match next.kind {
            TokenKind::Assign => return Some(self.attribute(first, true)),
            TokenKind::OpenQuote | TokenKind::OpenBrace | TokenKind::Name => {
                let detail = format!(
                    "A single-line block definition can contain only a single argument. If you meant to define \
                     argument {:?}, use an equals sign to assign it a value. To define a nested block, place it on a \
                     line of its own within its parent block.",
                    self.text(first)
                );
                self.error("Argument definition required", &detail, subject.to(self.span(next)));
            }
            _ => self.error(ITEM_REQUIRED.0, NO_EQUALS, subject),
        }
        self.recover_after_item();
        None
    }

    /// The closing brace of a block on a single line.
    fn end_of_single(&mut self, kind: Span, open: Span) {
        let next = self.peek();
        let subject = self.span(next);
        match next.kind {
            TokenKind::CloseBrace => {
                self.read();
                return;
            }
            TokenKind::Comma => self.error(
                INVALID_SINGLE,
                "Single-line block syntax can include only one argument definition. To define multiple arguments, use \
                 the multi-line block syntax with one argument definition per line.",
                subject,
            ),
            TokenKind::Newline => self.error(
                INVALID_SINGLE,
                "An argument definition on the same line as its containing block creates a single-line block \
                 definition, which must also be closed on the same line. Place the block's closing brace immediately \
                 after the argument definition.",
                subject,
            ),
            TokenKind::EndOfFile => self.unclosed_block(open, Some(kind.to(open))),
            _ => self.complain(
                INVALID_SINGLE,
                "A single-line block definition must end with a closing brace immediately after its single argument \
                 definition.",
                subject,
            ),
        }
        self.recover(TokenKind::CloseBrace);
    }

    fn end_of_block(&mut self, kind: Span) {
        let next = self.peek();
        if matches!(next.kind, TokenKind::Newline | TokenKind::EndOfFile) {
            self.read();
            return;
        }
        let subject = self.span(next);
        let detail = "A block definition must end with a newline.";
        self.complain_within("Missing newline after block definition", detail, subject, kind.to(subject));
        self.recover_after_item();
    }
}

/// A block of which only the header is there.
fn headless(kind: Ident, labels: Vec<Ident>) -> NativeBlock {
    let here = kind.span;
    let body = NativeBody { attributes: Vec::new(), blocks: Vec::new(), span: here, end: here };
    NativeBlock { kind, labels, body: Arc::new(body), header: here, open: here, close: here }
}
