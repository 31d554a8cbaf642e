//! The text of a variables file as an object.

use fw_addr::{InstanceKey, Name, Resource};
use fw_diag::{Diagnostic, Diagnostics, SourceMap, Span};
use fw_functions::{CallError, Environment, Function};
use fw_lang::reference::Subject;
use fw_lang::{Functions, Scope};
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
        let value = fw_lang::evaluate(&attribute.expr, &Nothing, &mut problems);
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

/// A scope in which there is nothing.
struct Nothing;

impl Scope for Nothing {
    fn value_of(&self, _subject: &Subject, _span: Span, _diagnostics: &mut Diagnostics) -> Value {
        Value::dynamic()
    }

    fn resource_instance(&self, _: &Resource, _: &InstanceKey, _: Span, _: &mut Diagnostics) -> Option<Value> {
        None
    }

    fn module_instance(&self, _: &Name, _: &InstanceKey, _: Span, _: &mut Diagnostics) -> Option<Value> {
        None
    }

    fn functions(&self) -> &dyn Functions {
        self
    }

    fn is_constant(&self) -> bool {
        true
    }
}

impl Functions for Nothing {
    fn builtin(&self, _name: &str) -> Option<&Function> {
        None
    }

    fn call_provider(&self, _: &str, _: &str, _: &[Value]) -> Option<Result<Value, CallError>> {
        None
    }

    fn names(&self) -> Vec<&str> {
        Vec::new()
    }

    fn environment(&self) -> &dyn Environment {
        self
    }
}

impl Environment for Nothing {
    fn read_file(&self, path: &str) -> Result<Vec<u8>, String> {
        Err(format!("no file can be read here, not even {path}"))
    }

    fn file_exists(&self, _path: &str) -> Result<bool, String> {
        Ok(false)
    }

    fn files_below(&self, _directory: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }

    fn absolute(&self, path: &str) -> String {
        path.to_owned()
    }

    fn home(&self) -> Option<String> {
        None
    }

    fn now(&self) -> Option<(i64, u32)> {
        None
    }

    fn plan_time(&self) -> Option<(i64, u32)> {
        None
    }

    fn random(&self, _buffer: &mut [u8]) -> Option<()> {
        None
    }
}
