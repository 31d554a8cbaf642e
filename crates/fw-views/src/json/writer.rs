//! Compact JSON written into a text from front to back, as Go's `encoding/json` writes it.

use std::fmt::Display;
use std::fmt::Write;

use fw_value::json::push_string;

use super::DocumentError;

/// JSON on its way. A string never ends with a bracket, so the last byte tells whether something stands before.
#[derive(Default)]
pub(super) struct Writer {
    out: String,
    problem: Option<String>,
}

impl Writer {
    /// The text.
    ///
    /// # Errors
    /// The first problem that was noted.
    pub(super) fn finish(self) -> Result<String, DocumentError> {
        match self.problem {
            Some(problem) => Err(DocumentError(problem)),
            None => Ok(self.out),
        }
    }

    /// The text of a document in which nothing can go wrong.
    pub(super) fn into_text(self) -> String {
        self.out
    }

    /// Notes that the document can't be written; the first note counts.
    pub(super) fn fail(&mut self, problem: impl Into<String>) {
        self.problem.get_or_insert_with(|| problem.into());
    }

    fn separate(&mut self) {
        if matches!(self.out.as_bytes().last(), Some(b) if !matches!(b, b'{' | b'[' | b':')) {
            self.out.push(',');
        }
    }

    /// `{…}`
    pub(super) fn object(&mut self, members: impl FnOnce(&mut Self)) {
        self.separate();
        self.out.push('{');
        members(self);
        self.out.push('}');
    }

    /// `[…]`
    pub(super) fn array(&mut self, elements: impl FnOnce(&mut Self)) {
        self.separate();
        self.out.push('[');
        elements(self);
        self.out.push(']');
    }

    /// `"name":`, to be followed by its value.
    pub(super) fn key(&mut self, name: &str) -> &mut Self {
        self.separate();
        push_string(name, &mut self.out);
        self.out.push(':');
        self
    }

    /// A string.
    pub(super) fn string(&mut self, text: &str) {
        self.separate();
        push_string(text, &mut self.out);
    }

    /// The text of something, as a string.
    pub(super) fn display(&mut self, thing: &impl Display) {
        self.string(&thing.to_string());
    }

    /// A bool.
    pub(super) fn bool(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    /// A number.
    pub(super) fn number(&mut self, value: &impl Display) {
        self.separate();
        write!(self.out, "{value}").expect("strings take all");
    }

    /// `null`
    pub(super) fn null(&mut self) {
        self.raw("null");
    }

    /// JSON text as it is: compact, and escaped as this writer does it.
    pub(super) fn raw(&mut self, json: &str) {
        self.separate();
        self.out.push_str(json);
    }

    /// A member that is left out when it is empty.
    pub(super) fn text_if_any(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.key(name).string(text);
        }
    }

    /// A member that is left out when it is false.
    pub(super) fn flag(&mut self, name: &str, value: bool) {
        if value {
            self.key(name).raw("true");
        }
    }
}
