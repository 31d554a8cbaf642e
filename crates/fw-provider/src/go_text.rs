//! Values as Go syntax, for messages to developers of providers.

use fw_value::Value;

/// The value as Go code that makes it.
pub(crate) fn go_text(value: &Value) -> String {
    value.to_go_string()
}

/// A string in quotes, escaped as Go does.
pub(crate) fn quoted(text: &str) -> String {
    fw_value::go_quoted(text)
}
