//! Complaints about tokens that no program has, so that the parser need not know of each.

use fw_diag::{Diagnostic, Diagnostics};

use crate::{
    parser::Source,
    token::{Token, TokenKind},
};

const CURLY_QUOTES: &str = "\"Curly quotes\" are not valid here. These can sometimes be inadvertently introduced when \
    sharing code via documents or discussion forums. It might help to replace the character with a \"straight quote\".";
const QUOTED_NEWLINE: &str = "Quoted strings may not be split over multiple lines. To produce a multi-line string, \
    either use the \\n escape to represent a newline character or use the \"heredoc\" multi-line template syntax.";
const BACKTICK: &str =
    "The \"`\" character is not valid. To create a multi-line string, use the \"heredoc\" syntax, like \"<<EOT\".";
const SEMICOLON: &str = "The \";\" character is not valid. Use newlines to separate arguments and blocks, and commas to \
    separate items in collection values.";

/// How often each kind has been said, to say it seldom.
#[derive(Default)]
struct Told {
    bitwise: u8,
    backtick: u8,
    apostrophe: u8,
    semicolon: u8,
}

/// Adds a diagnostic for each token that is never valid, limiting repetition.
pub(crate) fn report(source: &Source<'_>, tokens: &[Token], diagnostics: &mut Diagnostics) {
    let mut told = Told::default();
    // Kinds from BitAnd on are the invalid ones.
    for token in tokens.iter().filter(|t| t.kind as u8 >= TokenKind::BitAnd as u8) {
        if let Some((summary, detail)) = told.complaint(source, *token) {
            diagnostics.push(Diagnostic::error(summary, detail).at(source.span(token.start, token.end)));
        }
    }
}

impl Told {
    fn complaint(&mut self, source: &Source<'_>, token: Token) -> Option<(&'static str, String)> {
        const CHARACTER: &str = "Invalid character";
        let (summary, detail) = match token.kind {
            TokenKind::BitAnd => return self.bitwise(" Did you mean boolean AND (\"&&\")?"),
            TokenKind::BitOr => return self.bitwise(" Did you mean boolean OR (\"||\")?"),
            TokenKind::BitNot => return self.bitwise(" Did you mean boolean NOT (\"!\")?"),
            TokenKind::BitXor => return self.bitwise(""),
            TokenKind::Backtick if alternates(&mut self.backtick) => (CHARACTER, BACKTICK),
            TokenKind::Apostrophe if alternates(&mut self.apostrophe) => {
                (CHARACTER, "Single quotes are not valid. Use double quotes (\") to enclose strings.")
            }
            TokenKind::Semicolon if once(&mut self.semicolon) => (CHARACTER, SEMICOLON),
            TokenKind::QuotedNewline => ("Invalid multi-line string", QUOTED_NEWLINE),
            TokenKind::Invalid => {
                let text = source.text.get(token.start as usize..token.end as usize);
                let curly = matches!(text, Some("\u{201c}" | "\u{201d}"));
                (CHARACTER, if curly { CURLY_QUOTES } else { "This character is not used within the language." })
            }
            _ => return None,
        };
        Some((summary, detail.to_owned()))
    }

    fn bitwise(&mut self, suggestion: &str) -> Option<(&'static str, String)> {
        if self.bitwise >= 4 {
            return None;
        }
        self.bitwise += 1;
        Some(("Unsupported operator", format!("Bitwise operators are not supported.{suggestion}")))
    }
}

/// Whether to say it: the first and, as pairs enclose strings, every other one for a while.
fn alternates(told: &mut u8) -> bool {
    let say = told.is_multiple_of(2);
    if *told <= 2 {
        *told += 1;
    }
    say
}

fn once(told: &mut u8) -> bool {
    let say = *told == 0;
    *told = 1;
    say
}
