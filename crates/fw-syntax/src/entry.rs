//! The ways in: from text to trees and diagnostics.

use std::sync::Arc;

use fw_diag::{Diagnostics, FileId};

use crate::{
    ast::{Expr, NativeBody, Template, TemplateStyle, Traversal},
    parser::{Origin, Parser, Source},
    scanner::ScanMode,
};

/// A file in native syntax. There is always a tree; what could not be read is not in it.
///
/// Messages that name a second place in the file say `:3,1-5`; [`parse_native_named`] gives them the file's name.
#[must_use]
pub fn parse_native(file: FileId, text: &str) -> (Arc<NativeBody>, Diagnostics) {
    parse_native_named(file, "", text)
}

/// A file in native syntax, with its name for messages that name a second place in it.
#[must_use]
pub fn parse_native_named(file: FileId, name: &str, text: &str) -> (Arc<NativeBody>, Diagnostics) {
    let mut parser = Parser::new(Source::whole(file, name, text), ScanMode::Normal);
    let body = parser.file();
    (Arc::new(body), parser.into_diagnostics())
}

/// A text that is one expression, whose spans begin at `base` in the file. Newlines mean nothing in it.
#[must_use]
pub fn parse_expression(file: FileId, text: &str, base: u32) -> (Option<Expr>, Diagnostics) {
    let source = Source { origin: Origin::At(base), ..Source::whole(file, "", text) };
    expression_in(source)
}

pub(crate) fn expression_in(source: Source<'_>) -> (Option<Expr>, Diagnostics) {
    let mut parser = Parser::new(source, ScanMode::Normal);
    parser.ignore_newlines();
    let expr = parser.expression();
    parser.expect_end();
    let diagnostics = parser.into_diagnostics();
    ((!diagnostics.has_errors()).then_some(expr), diagnostics)
}

/// A text that is a template without delimiters, as files for `templatefile` are.
#[must_use]
pub fn parse_template(file: FileId, text: &str) -> (Option<Template>, Diagnostics) {
    parse_template_named(file, "", text)
}

/// The same, with the name of the file for messages that name a second place in it.
#[must_use]
pub fn parse_template_named(file: FileId, name: &str, text: &str) -> (Option<Template>, Diagnostics) {
    template_in(Source::whole(file, name, text), TemplateStyle::Bare)
}

pub(crate) fn template_in(source: Source<'_>, style: TemplateStyle) -> (Option<Template>, Diagnostics) {
    let mut parser = Parser::new(source, ScanMode::Template);
    let template = parser.bare_template(style);
    let diagnostics = parser.into_diagnostics();
    ((!diagnostics.has_errors()).then_some(template), diagnostics)
}

/// A text that is one absolute reference with static steps: `aws_instance.a[0].id`.
#[must_use]
pub fn parse_traversal(file: FileId, text: &str) -> (Option<Traversal>, Diagnostics) {
    traversal_in(Source::whole(file, "", text))
}

pub(crate) fn traversal_in(source: Source<'_>) -> (Option<Traversal>, Diagnostics) {
    let mut parser = Parser::new(source, ScanMode::Normal);
    parser.ignore_newlines();
    let traversal = parser.absolute_traversal();
    let diagnostics = parser.into_diagnostics();
    (traversal.filter(|_| !diagnostics.has_errors()), diagnostics)
}
