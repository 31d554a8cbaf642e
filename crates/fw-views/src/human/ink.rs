//! Colours, and the marks that stand before changed lines.

use super::diff::Change;

/// Codes for terminals; empty text where there is to be no colour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ink {
    pub(crate) color: bool,
}

/// What a terminal can be told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Code {
    Reset,
    Bold,
    Red,
    Green,
    Yellow,
    Cyan,
    Grey,
}

impl Ink {
    pub(crate) fn code(self, code: Code) -> &'static str {
        if !self.color {
            return "";
        }
        match code {
            Code::Reset => "\x1b[0m",
            Code::Bold => "\x1b[1m",
            Code::Red => "\x1b[31m",
            Code::Green => "\x1b[32m",
            Code::Yellow => "\x1b[33m",
            Code::Cyan => "\x1b[36m",
            Code::Grey => "\x1b[90m",
        }
    }

    /// Text in a colour. Terraform's colouring ends with two resets wherever the text itself ends with one.
    pub(crate) fn paint(self, code: Code, text: &str) -> String {
        let reset = self.code(Code::Reset);
        format!("{}{text}{reset}{reset}", self.code(code))
    }

    /// The three columns that stand before a changed line.
    pub(crate) fn symbol(self, change: Change) -> &'static str {
        match (change, self.color) {
            (Change::None, _) => "   ",
            (Change::Create, false) => "  +",
            (Change::Create, true) => "  \x1b[32m+\x1b[0m\x1b[0m",
            (Change::Delete, false) => "  -",
            (Change::Delete, true) => "  \x1b[31m-\x1b[0m\x1b[0m",
            (Change::Update, false) => "  ~",
            (Change::Update, true) => "  \x1b[33m~\x1b[0m\x1b[0m",
        }
    }

    /// Between an old and a new value.
    pub(crate) fn arrow(self) -> String {
        self.paint(Code::Yellow, "->")
    }
}
