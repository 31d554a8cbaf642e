//! Values, types and paths as the JSON of state files.

use std::fmt;

use fw_value::json::{JsonError, Node};
use fw_value::{Marks, Path, PathError, PathMarks, PathStep, Type, Value, json};

use crate::gojson;

/// Why a piece of JSON is not what it should be, or a value cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodecError(pub String);

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CodecError {}

impl From<PathError> for CodecError {
    fn from(error: PathError) -> Self {
        Self(error.to_string())
    }
}

impl From<JsonError> for CodecError {
    fn from(error: JsonError) -> Self {
        Self(error.message)
    }
}

/// A value as JSON: where `ty` is dynamic, with its type beside it. Marks are ignored.
pub(crate) fn value_to_json(value: &Value, ty: &Type) -> Result<String, CodecError> {
    if value.contains_marked() {
        return Ok(json::marshal(&value.clone().unmark_deep().0, ty)?);
    }
    Ok(json::marshal(value, ty)?)
}

/// The value of `ty` that a JSON text says.
pub(crate) fn value_from_json(text: &str, ty: &Type) -> Result<Value, CodecError> {
    Ok(json::unmarshal_str(text, ty)?)
}

/// A type as JSON.
pub(crate) fn type_to_json(ty: &Type) -> String {
    json::type_to_json(ty)
}

/// The type a JSON text says.
pub(crate) fn type_from_json(text: &str) -> Result<Type, CodecError> {
    Ok(json::type_from_json(text)?)
}

/// The type a bare JSON value suggests: strings, numbers, bools, tuples and objects.
pub(crate) fn implied_type(text: &str) -> Result<Type, CodecError> {
    Ok(json::implied_type(text)?)
}

/// Paths as state files have them: a list of lists of steps.
pub(crate) fn paths_to_json(paths: &[Path]) -> Result<String, CodecError> {
    let mut out = String::from("[");
    for (i, path) in paths.iter().enumerate() {
        out.push_str(if i == 0 { "[" } else { ",[" });
        for (i, step) in path.steps().iter().enumerate() {
            out.push_str(if i == 0 { "" } else { "," });
            match step {
                PathStep::Attribute(name) => {
                    out.push_str(r#"{"type":"get_attr","value":"#);
                    gojson::quote(&mut out, name);
                }
                PathStep::Index(key) => {
                    out.push_str(r#"{"type":"index","value":"#);
                    json::marshal_into(key, &Type::Dynamic, &mut out)?;
                }
            }
            out.push('}');
        }
        out.push(']');
    }
    out.push(']');
    Ok(out)
}

/// Paths from a state file.
pub(crate) fn paths_from_json(text: &str) -> Result<Vec<Path>, CodecError> {
    let Node::Array(paths) = Node::parse(text)? else { return Err(not_paths()) };
    paths.iter().map(path_of).collect()
}

fn not_paths() -> CodecError {
    CodecError("the places of sensitive values are not a list of paths".into())
}

fn path_of(node: &Node) -> Result<Path, CodecError> {
    let Node::Array(steps) = node else { return Err(not_paths()) };
    steps.iter().map(step_of).collect::<Result<_, _>>().map(Path)
}

fn step_of(node: &Node) -> Result<PathStep, CodecError> {
    let member = |name| node.get(name).ok_or_else(not_paths);
    match (member("type")?, member("value")?) {
        (Node::String(kind), Node::String(name)) if &**kind == "get_attr" => {
            Ok(PathStep::Attribute(name.as_str().into()))
        }
        (Node::String(kind), key) if &**kind == "index" => {
            Ok(PathStep::Index(json::value_of_node(key, &Type::Dynamic)?))
        }
        (Node::String(kind), _) => Err(CodecError(format!("Unsupported path step type {}", gojson::quoted(kind)))),
        _ => Err(not_paths()),
    }
}

/// The places of a value that are marked sensitive, outermost first.
pub(crate) fn sensitive_paths(value: &Value) -> Vec<Path> {
    let sensitive = |place: &PathMarks| place.marks.contains(Marks::SENSITIVE);
    value.marks_with_paths().into_iter().filter(sensitive).map(|place| place.path).collect()
}

/// The value with more marks at some places; places that do not exist are passed over.
pub(crate) fn mark_paths(value: Value, marks: &[PathMarks]) -> Value {
    if marks.is_empty() { value } else { value.mark_with_paths(marks) }
}
