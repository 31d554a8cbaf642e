//! Small conversions from source text to names and values.

use std::borrow::Cow;

use fw_value::{Number, Str, Value};
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// A name of the language: NFC.
pub(crate) fn name(text: &str) -> Str {
    Str::from(&*normalized(text))
}

/// The text in NFC, borrowed where it is already.
pub(crate) fn normalized(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

/// The number a literal stands for, `None` when it is not a number: `1.2.3`.
pub(crate) fn number(text: &str) -> Option<Value> {
    Number::parse(text).map(Value::number)
}
