//! Root outputs and single values in the syntax of the language.

use std::collections::BTreeMap;
use std::fmt::Write;

use fw_state::OutputState;
use fw_value::Value;

use super::Style;
use super::ink::Code;
use crate::live::Counts;

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

/// What an apply or a destroy has done, with the empty line before it.
#[must_use]
pub fn apply_summary(counts: &Counts, is_destroy: bool, style: &Style) -> String {
    let Counts { imported, added, changed, destroyed } = counts;
    let ink = style.ink();
    let (bold, green, reset) = (ink.code(Code::Bold), ink.code(Code::Green), ink.code(Code::Reset));
    let text = if is_destroy {
        format!("Destroy complete! Resources: {destroyed} destroyed.")
    } else {
        let imported = if *imported > 0 { format!("{imported} imported, ") } else { String::new() };
        format!("Apply complete! Resources: {imported}{added} added, {changed} changed, {destroyed} destroyed.")
    };
    format!("{reset}{bold}{green}\n{text}\n{reset}")
}
