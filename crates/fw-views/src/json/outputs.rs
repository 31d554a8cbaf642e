//! Root outputs, as `output -json` and `output -raw` give them.

use std::collections::BTreeMap;

use fw_diag::Diagnostic;
use fw_state::OutputState;
use fw_state::gojson::indent;
use fw_value::convert::convert;
use fw_value::json::type_to_json;
use fw_value::{Content, Type};

use super::value;
use super::writer::Writer;

/// All outputs: `output -json`, without a newline at the end.
#[must_use]
pub fn outputs(outputs: &BTreeMap<String, OutputState>) -> String {
    let mut w = Writer::default();
    w.object(|w| {
        for (name, output) in outputs {
            w.key(name).object(|w| {
                w.key("sensitive").bool(output.sensitive);
                w.key("type").raw(&type_to_json(output.value.ty()));
                value::plain(&output.value, w.key("value"));
            });
        }
    });
    let mut text = String::new();
    indent(&mut text, &w.into_text(), 0);
    text
}

/// The value of one output: `output -json NAME`.
#[must_use]
pub fn output(output: &OutputState) -> String {
    let mut w = Writer::default();
    value::plain(&output.value, &mut w);
    w.into_text()
}

/// The text of one output: `output -raw NAME`.
///
/// # Errors
/// The diagnostic when the value is no string and can't become one.
pub fn raw_output(name: &str, output: &OutputState) -> Result<String, Box<Diagnostic>> {
    let unsupported = |detail: String| Box::new(Diagnostic::error("Unsupported value for raw output", detail));
    let (value, _) = output.value.clone().unmark_deep();
    let text = convert(&value, &Type::String).map_err(|_reason| {
        unsupported(format!(
            "The -raw option only supports strings, numbers, and boolean values, but output value \"{name}\" is {}.\n\n\
             Use the -json option for machine-readable representations of output values that have complex types.",
            value.ty().friendly_name()
        ))
    })?;
    match text.content() {
        Content::String(text) => Ok(text.to_string()),
        Content::Null => {
            Err(unsupported(format!("The value for output value \"{name}\" is null, so -raw mode cannot print it.")))
        }
        _ => Err(unsupported(format!(
            "The value for output value \"{name}\" won't be known until after a successful terraform apply, so -raw mode \
             cannot print it."
        ))),
    }
}

/// The outputs of a state, as its document has them.
pub(super) fn of_state(outputs: &BTreeMap<String, OutputState>, w: &mut Writer) {
    w.object(|w| {
        for (name, output) in outputs {
            w.key(name).object(|w| {
                w.key("sensitive").bool(output.sensitive);
                value::plain(&output.value, w.key("value"));
                w.key("type").raw(&type_to_json(output.value.ty()));
            });
        }
    });
}
