//! Whether there is a blank between two tokens on a line.

use super::Atom;
use crate::token::TokenKind as K;

/// Whether a blank stands between `this` and `next`; `before` is what comes before `this` in its cell.
pub(super) fn between(before: Option<&Atom<'_>>, this: &Atom<'_>, next: &Atom<'_>) -> bool {
    if let Some(glued) = never_split(before, this, next) {
        return glued;
    }
    match (this.kind, next.kind) {
        (K::Bang, _) => false,
        (K::Minus, _) => !is_sign(before),
        // Braces, unlike other brackets, have blanks inside, unless they are empty.
        (K::OpenBrace, K::CloseBrace) => false,
        (K::OpenBrace, _) | (_, K::CloseBrace) => true,
        // Braces next to those of a template sequence are kept apart from them.
        (K::OpenInterpolation | K::OpenDirective, K::OpenBrace) | (K::CloseBrace, K::CloseSequence) => true,
        (K::CloseSequence, K::OpenInterpolation | K::OpenDirective) => false,
        _ => this.bracket_change() <= 0 && next.bracket_change() >= 0,
    }
}

/// The cases decided by what is written closely together.
fn never_split(before: Option<&Atom<'_>>, this: &Atom<'_>, next: &Atom<'_>) -> Option<bool> {
    let kinds = (this.kind, next.kind);
    match kinds {
        (_, K::Newline) | (K::Name, K::OpenParen | K::DoubleColon) | (K::DoubleColon, K::Name) => return Some(false),
        (K::Dot, _) | (_, K::Dot | K::Comma | K::Ellipsis) => return Some(false),
        (K::Comma, _) => return Some(true),
        (K::QuotedText | K::PlainText | K::OpenQuote | K::OpenHeredoc, _)
        | (_, K::QuotedText | K::PlainText | K::CloseQuote | K::CloseHeredoc) => return Some(false),
        _ => {}
    }
    // `for x in [y]`: the `in` is no name that is indexed.
    if this.kind == K::Name && this.text == "in" && before.is_some_and(|b| b.kind == K::Name) {
        return Some(true);
    }
    let indexes =
        next.kind == K::OpenBracket && (matches!(this.kind, K::Name | K::Number) || this.bracket_change() < 0);
    indexes.then_some(false)
}

/// Whether a minus after `before` is a sign and not a subtraction: when nothing before it can be an operand.
fn is_sign(before: Option<&Atom<'_>>) -> bool {
    let Some(before) = before else { return true };
    matches!(
        before.kind,
        K::OpenParen
            | K::OpenBrace
            | K::OpenBracket
            | K::Assign
            | K::Colon
            | K::Comma
            | K::Question
            | K::Plus
            | K::Star
            | K::Slash
            | K::Percent
            | K::Minus
            | K::EqualEqual
            | K::NotEqual
            | K::Greater
            | K::GreaterOrEqual
            | K::Less
            | K::LessOrEqual
            | K::AndAnd
            | K::OrOr
            | K::Bang
    )
}
