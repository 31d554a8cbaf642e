//! Tokens: what the scanner gives to the parser and to the formatter.

/// A token: its kind and the bytes it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// Offset of the first byte.
    pub(crate) start: u32,
    /// Offset after the last byte.
    pub(crate) end: u32,
    /// What it is.
    pub(crate) kind: TokenKind,
}

/// The kinds of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TokenKind {
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    OpenParen,
    CloseParen,
    /// `"` that begins a template.
    OpenQuote,
    /// `"` that ends one.
    CloseQuote,
    /// `<<EOT` or `<<-EOT` with its newline.
    OpenHeredoc,
    /// The closing marker with the blanks around it, without its newline.
    CloseHeredoc,
    Star,
    Slash,
    Plus,
    Minus,
    Percent,
    /// `=`
    Assign,
    EqualEqual,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    AndAnd,
    OrOr,
    Bang,
    Dot,
    Comma,
    Ellipsis,
    FatArrow,
    Question,
    Colon,
    DoubleColon,
    /// `${` or `${~`
    OpenInterpolation,
    /// `%{` or `%{~`
    OpenDirective,
    /// The `}` or `~}` of a template sequence.
    CloseSequence,
    /// Literal text of a quoted template, escapes not resolved.
    QuotedText,
    /// Literal text of a heredoc or bare template; at most to the end of a line.
    PlainText,
    Number,
    Name,
    /// A comment; one that runs to the end of the line has the newline in it.
    Comment,
    Newline,
    EndOfFile,
    /// `&`
    BitAnd,
    /// `|`
    BitOr,
    /// `^`
    BitXor,
    /// `~`
    BitNot,
    Semicolon,
    Backtick,
    Apostrophe,
    /// Line breaks inside a quoted template.
    QuotedNewline,
    /// What the language has no use for.
    Invalid,
}

impl TokenKind {
    /// The other end of a bracketing pair.
    pub(crate) fn opposite(self) -> Option<Self> {
        Some(match self {
            Self::OpenBrace => Self::CloseBrace,
            Self::CloseBrace => Self::OpenBrace,
            Self::OpenBracket => Self::CloseBracket,
            Self::CloseBracket => Self::OpenBracket,
            Self::OpenParen => Self::CloseParen,
            Self::CloseParen => Self::OpenParen,
            Self::OpenQuote => Self::CloseQuote,
            Self::CloseQuote => Self::OpenQuote,
            Self::OpenHeredoc => Self::CloseHeredoc,
            Self::CloseHeredoc => Self::OpenHeredoc,
            Self::OpenInterpolation | Self::OpenDirective => Self::CloseSequence,
            Self::CloseSequence => Self::OpenInterpolation,
            _ => return None,
        })
    }

    /// Whether it opens a bracketing pair.
    pub(crate) fn opens(self) -> bool {
        matches!(
            self,
            Self::OpenBrace
                | Self::OpenBracket
                | Self::OpenParen
                | Self::OpenQuote
                | Self::OpenHeredoc
                | Self::OpenInterpolation
                | Self::OpenDirective
        )
    }

    /// Whether it closes a bracketing pair.
    pub(crate) fn closes(self) -> bool {
        matches!(
            self,
            Self::CloseBrace
                | Self::CloseBracket
                | Self::CloseParen
                | Self::CloseQuote
                | Self::CloseHeredoc
                | Self::CloseSequence
        )
    }
}
