//! The rules every call obeys.

use fw_value::{Marks, Type, Value};

use super::CallError;
use crate::{Environment, builtin, metadata, names};

struct Nowhere;

impl Environment for Nowhere {
    fn read_file(&self, path: &str) -> Result<Vec<u8>, String> {
        Err(format!("open {path}: permission denied"))
    }
    fn file_exists(&self, _: &str) -> Result<bool, String> {
        Ok(false)
    }
    fn files_below(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(vec!["a/b.txt".to_owned(), "c.txt".to_owned(), "c.md".to_owned()])
    }
    fn absolute(&self, path: &str) -> String {
        format!("/somewhere/{path}")
    }
    fn home(&self) -> Option<String> {
        None
    }
    fn now(&self) -> Option<(i64, u32)> {
        None
    }
    fn plan_time(&self) -> Option<(i64, u32)> {
        Some((0, 0))
    }
    fn random(&self, _: &mut [u8]) -> Option<()> {
        None
    }
}

fn call(name: &str, arguments: &[Value]) -> Result<Value, CallError> {
    builtin(name).expect("there is such a function").call(arguments, &Nowhere)
}

#[test]
fn null_is_refused_where_nobody_wants_it() {
    let error = call("upper", &[Value::null(Type::String)]).unwrap_err();
    assert_eq!(error, CallError::Argument(0, "argument must not be null".to_owned()));
}

#[test]
fn marks_go_to_the_result() {
    let secret = Value::from("a").with_marks(Marks::SENSITIVE);
    let result = call("upper", std::slice::from_ref(&secret)).unwrap();
    assert_eq!(result, Value::from("A").with_marks(Marks::SENSITIVE));
    let unknown = call("join", &[secret, Value::unknown(Type::list(Type::String))]).unwrap();
    assert!(!unknown.is_known() && unknown.has_mark(Marks::SENSITIVE));
}

#[test]
fn unknown_results_are_not_null() {
    let result = call("upper", &[Value::unknown(Type::String)]).unwrap();
    assert!(result.is_definitely_not_null());
    let untyped = call("format", &[Value::from("%s"), Value::null(Type::Dynamic)]).unwrap();
    assert_eq!(untyped, Value::dynamic());
}

#[test]
fn arguments_are_converted() {
    assert_eq!(call("upper", &[Value::from(1)]).unwrap(), Value::from("1"));
    let error = call("upper", &[Value::empty_tuple()]).unwrap_err();
    assert_eq!(error, CallError::Argument(0, "string required".to_owned()));
}

#[test]
fn what_changes_is_unknown_while_planning() {
    assert!(!call("timestamp", &[]).unwrap().is_known());
    assert!(!call("uuid", &[]).unwrap().is_known());
    assert_eq!(call("plantimestamp", &[]).unwrap(), Value::from("1970-01-01T00:00:00Z"));
}

#[test]
fn files_are_found_by_pattern() {
    let found = call("fileset", &[Value::from("."), Value::from("**/*.txt")]).unwrap();
    assert_eq!(found, Value::set(Type::String, [Value::from("a/b.txt"), Value::from("c.txt")]));
}

#[test]
fn everything_is_there_and_described() {
    // The two that are gone are not described; the four of the evaluator are.
    assert_eq!(metadata().len(), 118);
    assert_eq!(names().len(), 116);
    let described = metadata();
    let of = |name: &str| described.iter().find(|f| f.name == name).expect("it is described").return_type.clone();
    assert_eq!(of("length"), Type::Number);
    assert_eq!(of("contains"), Type::Dynamic);
    assert_eq!(of("distinct"), Type::list(Type::Dynamic));
}
