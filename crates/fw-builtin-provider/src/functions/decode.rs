//! The text of a variables file as an object.

use fw_diag::{Diagnostic, Diagnostics, SourceMap};
use fw_value::Value;

const NAME: &str = "<decode_tfvars argument>";

/// Reads the text.
pub(super) fn tfvars(text: &str) -> Result<Value, String> {
    let sources = SourceMap::new();
    let file = sources.add(NAME, text);
    let (body, problems) = fw_syntax::parse_native_named(file, NAME, text);
    if let Some(problem) = problems.iter().find(|problem| problem.is_error()) {
        return Err(format!("invalid tfvars syntax: {}", describe(problem, &sources)));
    }
    let (attributes, problems) = fw_syntax::Body::Native(body).just_attributes();
    if let Some(problem) = problems.iter().find(|problem| problem.is_error()) {
        return Err(format!("invalid tfvars content: {}", describe(problem, &sources)));
    }
    let mut values = Vec::new();
    for attribute in attributes {
        let mut problems = Diagnostics::new();
        let value = fw_lang::evaluate_constant(&attribute.expr, &mut problems);
        if let Some(problem) = problems.iter().find(|problem| problem.is_error()) {
            let name = fw_value::go_quoted(&attribute.name.name);
            return Err(format!("invalid expression for variable {name}: {}", describe(problem, &sources)));
        }
        values.push((attribute.name.name, value));
    }
    Ok(Value::object(values))
}

/// A problem in one line, as it stands in the failure of a function.
fn describe(problem: &Diagnostic, sources: &SourceMap) -> String {
    let place = problem.subject.map_or_else(|| NAME.to_owned(), |span| sources.describe(span));
    format!("{place}: {}; {}", problem.summary, problem.detail)
}
