//! Diagnostics as the JSON objects of `validate -json` and of the machine-readable UI.

use serde_json::{Value, json};

use super::snippet::{Place, Snippet, place};
use crate::{Diagnostic, FunctionCall, Position, Severity, SourceMap};

/// The diagnostic as a JSON object.
#[must_use]
pub fn json(diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut object = json!({
        "severity": severity,
        "summary": diagnostic.summary,
        "detail": diagnostic.detail,
    });
    if let Some(address) = diagnostic.address.as_deref().filter(|a| !a.is_empty()) {
        object["address"] = json!(address);
    }
    if let Some(place) = place(diagnostic, sources) {
        object["range"] = range(&place);
        if let Some(snippet) = place.snippet {
            object["snippet"] = snippet_object(diagnostic, &snippet);
        }
    }
    object
}

fn range(place: &Place) -> Value {
    let position = |p: &Position| json!({"line": p.line, "column": p.column, "byte": p.byte});
    json!({"filename": place.file, "start": position(&place.start), "end": position(&place.end)})
}

fn snippet_object(diagnostic: &Diagnostic, snippet: &Snippet) -> Value {
    let mut values: Vec<_> = diagnostic.values.iter().collect();
    values.sort_by(|a, b| a.traversal.cmp(&b.traversal));
    let values: Vec<_> = values.iter().map(|v| json!({"traversal": v.traversal, "statement": v.statement})).collect();
    let mut object = json!({
        "context": snippet.block,
        "code": snippet.code,
        "start_line": snippet.first_line,
        "highlight_start_offset": snippet.highlight.0,
        "highlight_end_offset": snippet.highlight.1,
        "values": values,
    });
    if let Some(call) = &diagnostic.call {
        object["function_call"] = call_object(call);
    }
    object
}

fn call_object(call: &FunctionCall) -> Value {
    let mut object = json!({"called_as": call.called_as});
    let ty = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| json!("dynamic"));
    let parameter = |(name, kind): &(String, String)| json!({"name": name, "type": ty(kind)});
    if let Some(signature) = &call.signature {
        let parameters: Vec<_> = signature.parameters.iter().map(parameter).collect();
        let mut described = json!({"name": signature.name, "params": parameters});
        if let Some(variadic) = &signature.variadic {
            described["variadic_param"] = parameter(variadic);
        }
        described["return_type"] = ty(&signature.return_type);
        object["signature"] = described;
    }
    object
}
