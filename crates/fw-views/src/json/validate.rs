//! `validate -json`.

use fw_diag::{Diagnostics, SourceMap};
use fw_state::gojson::indent;

use super::writer::Writer;

/// The result of a validation, without a newline at the end.
#[must_use]
pub fn validate(diagnostics: &Diagnostics, sources: &SourceMap) -> String {
    let errors = diagnostics.iter().filter(|one| one.is_error()).count();
    let mut w = Writer::default();
    w.object(|w| {
        w.key("format_version").string("1.0");
        w.key("valid").bool(errors == 0);
        w.key("error_count").number(&errors);
        w.key("warning_count").number(&(diagnostics.len() - errors));
        w.key("diagnostics").array(|w| diagnostics.iter().for_each(|one| diagnostic(one, sources, w)));
    });
    let mut text = String::new();
    indent(&mut text, &w.into_text(), 0);
    text
}

/// One diagnostic.
pub(super) fn diagnostic(diagnostic: &fw_diag::Diagnostic, sources: &SourceMap, w: &mut Writer) {
    let rendered = fw_diag::render::json(diagnostic, sources);
    tree(&rendered, w);
}

/// JSON of another maker, escaped as ours is.
fn tree(json: &serde_json::Value, w: &mut Writer) {
    use serde_json::Value;
    match json {
        Value::Null => w.null(),
        Value::Bool(b) => w.bool(*b),
        Value::Number(n) => w.number(n),
        Value::String(text) => w.string(text),
        Value::Array(elements) => w.array(|w| elements.iter().for_each(|element| tree(element, w))),
        Value::Object(members) => w.object(|w| members.iter().for_each(|(name, member)| tree(member, w.key(name)))),
    }
}
