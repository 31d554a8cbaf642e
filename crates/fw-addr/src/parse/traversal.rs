//! Texts as steps: `a.b["c"][0]`.

use super::{ParseError, literal};
use crate::{InstanceKey, Name};

/// One step and where it starts.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) kind: StepKind,
    pub(super) offset: usize,
}

#[derive(Clone, Debug)]
pub(super) enum StepKind {
    /// The first name, or one after a dot.
    Name(Name),
    /// An index that can be an instance key.
    Key(InstanceKey),
    /// A number that is no instance key.
    BadNumber,
}

/// Whether a text is an identifier of the language.
#[must_use]
pub fn is_identifier(text: &str) -> bool {
    !text.is_empty() && identifier_length(text) == text.len()
}

fn identifier_length(text: &str) -> usize {
    let starts = |c: char| unicode_ident::is_xid_start(c) || c == '_';
    let continues = |c: char| unicode_ident::is_xid_continue(c) || c == '-';
    if !text.chars().next().is_some_and(starts) {
        return 0;
    }
    text.find(|c| !continues(c)).unwrap_or(text.len())
}

/// The steps of a text.
pub(super) fn parse(text: &str) -> Result<Vec<Step>, ParseError> {
    let mut parser = Parser { text, at: 0 };
    parser.skip_space();
    let offset = parser.at;
    let Some(root) = parser.identifier() else {
        return Err(ParseError::new("Variable name required", "Must begin with a variable name.", offset));
    };
    let mut steps = vec![Step { kind: StepKind::Name(root), offset }];
    loop {
        parser.skip_space();
        let offset = parser.at;
        let kind = match parser.next() {
            None => return Ok(steps),
            Some('.') => StepKind::Name(parser.attribute()?),
            Some('[') => parser.index()?,
            Some(other) => return Err(unexpected(other, offset)),
        };
        steps.push(Step { kind, offset });
    }
}

fn unexpected(c: char, offset: usize) -> ParseError {
    let message = match c {
        ';' => {
            "The \";\" character is not valid. Use newlines to separate arguments and blocks, and commas to separate items \
             in collection values."
        }
        '@' | '#' | '$' | '^' | '~' => "This character is not used within the language.",
        '\'' => "Single quotes are not valid. Use double quotes (\") to enclose strings.",
        _ => "Expected an attribute access or an index operator.",
    };
    ParseError::new("Invalid character", message, offset)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_space(&mut self) {
        let spaces = self.rest().find(|c| !matches!(c, ' ' | '\t')).unwrap_or(self.rest().len());
        self.at += spaces;
    }

    fn identifier(&mut self) -> Option<Name> {
        let length = identifier_length(self.rest());
        let name = self.rest().get(..length).filter(|name| !name.is_empty()).map(Name::from)?;
        self.at += length;
        Some(name)
    }

    // After a dot.
    fn attribute(&mut self) -> Result<Name, ParseError> {
        self.at += 1;
        self.skip_space();
        let offset = self.at;
        let splat = self.next() == Some('*');
        self.identifier().ok_or_else(|| {
            let message = match splat {
                true => "Splat expressions (.*) may not be used here.",
                false => "Dot must be followed by attribute name.",
            };
            ParseError::new("Attribute name required", message, offset)
        })
    }

    // From the opening bracket to the closing one.
    fn index(&mut self) -> Result<StepKind, ParseError> {
        self.at += 1;
        self.skip_space();
        let kind = match self.next() {
            Some('"') => {
                let (key, end) = literal::string(self.text, self.at)?;
                self.at = end;
                StepKind::Key(InstanceKey::String(key.into()))
            }
            Some('0'..='9') => {
                let (value, end) = literal::number(self.text, self.at);
                self.at = end;
                value.map_or(StepKind::BadNumber, |n| StepKind::Key(InstanceKey::Int(n)))
            }
            Some('*') => {
                let message = "Splat expressions ([*]) may not be used here.";
                return Err(ParseError::new("Attribute name required", message, self.at));
            }
            Some(quote @ '\'') => return Err(unexpected(quote, self.at)),
            _ => {
                let message = "Index brackets must contain either a literal number or a literal string.";
                return Err(ParseError::new("Index value required", message, self.at));
            }
        };
        self.skip_space();
        if self.next() != Some(']') {
            let message = "Index key must be followed by a closing bracket.";
            return Err(ParseError::new("Unclosed index brackets", message, self.at));
        }
        self.at += 1;
        Ok(kind)
    }
}
