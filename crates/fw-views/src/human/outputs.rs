//! Root outputs and single values in the syntax of the language.

use std::collections::BTreeMap;
use std::fmt::Write;

use fw_state::OutputState;
use fw_value::Value;

use super::Style;
use super::ink::Code;

/// Root outputs, one after the other: `name = value`, sensitive ones hidden; as `output` prints them.
#[must_use]
pub fn outputs(outputs: &BTreeMap<String, OutputState>) -> String {
    let mut out = String::new();
    for (name, output) in outputs {
        let text = if output.sensitive { "<sensitive>".to_owned() } else { value(&output.value) };
        writeln!(out, "{name} = {text}").expect("strings take all");
    }
    out
}

/// The block `Outputs:` at the end of an apply; empty when there are none.
#[must_use]
pub fn apply_outputs(all: &BTreeMap<String, OutputState>, style: &Style) -> String {
    if all.is_empty() {
        return String::new();
    }
    let ink = style.ink();
    let (bold, green, reset) = (ink.code(Code::Bold), ink.code(Code::Green), ink.code(Code::Reset));
    format!("{reset}{bold}{green}\nOutputs:\n\n{reset}{}", outputs(all))
}

/// One value, as `output NAME` and `console` print it, without a newline at its end.
#[must_use]
pub fn value(value: &Value) -> String {
    fw_lang::format::format_value(value, 0)
}
