//! A scope of given values, for tests.

use std::collections::BTreeMap;

use fw_addr::{InstanceKey, Name, Resource};
use fw_diag::{Diagnostic, Diagnostics, SourceMap, Span};
use fw_functions::{CallError, Environment, Function};
use fw_lang::reference::Subject;
use fw_lang::{Functions, ProviderFunction, Scope, Signature, Templates};
use fw_value::{Type, Value};

/// Values by the text of their reference: `var.a`, `local.b`, `aws_instance.c`.
pub(crate) struct TestScope {
    pub(crate) values: BTreeMap<String, Value>,
    pub(crate) sources: SourceMap,
    pub(crate) templates: Templates,
    /// What was asked of the scope, in order.
    pub(crate) asked: std::cell::RefCell<Vec<String>>,
}

impl TestScope {
    pub(crate) fn new(sources: SourceMap) -> Self {
        Self { values: BTreeMap::new(), sources, templates: Templates::new(), asked: std::cell::RefCell::default() }
    }

    pub(crate) fn with(mut self, name: &str, value: Value) -> Self {
        self.values.insert(name.to_owned(), value);
        self
    }
}

impl Scope for TestScope {
    fn value_of(&self, subject: &Subject, span: Span, diagnostics: &mut Diagnostics) -> Value {
        let name = subject.to_string();
        self.asked.borrow_mut().push(name.clone());
        if let Some(value) = self.values.get(&name) {
            return value.clone();
        }
        diagnostics.push(undeclared(subject).at(span));
        Value::dynamic()
    }

    fn resource_instance(&self, resource: &Resource, key: &InstanceKey, _: Span, _: &mut Diagnostics) -> Option<Value> {
        let name = format!("{resource}{key}");
        let found = self.values.get(&name).cloned();
        if found.is_some() {
            self.asked.borrow_mut().push(name);
        }
        found
    }

    fn module_instance(&self, name: &Name, key: &InstanceKey, _: Span, _: &mut Diagnostics) -> Option<Value> {
        let name = format!("module.{name}{key}");
        let found = self.values.get(&name).cloned();
        if found.is_some() {
            self.asked.borrow_mut().push(name);
        }
        found
    }

    fn module_output(
        &self,
        name: &Name,
        key: Option<&InstanceKey>,
        output: &Name,
        _: Span,
        _: &mut Diagnostics,
    ) -> Option<Value> {
        let key = key.map(ToString::to_string).unwrap_or_default();
        let name = format!("module.{name}{key}.{output}");
        let found = self.values.get(&name).cloned();
        if found.is_some() {
            self.asked.borrow_mut().push(name);
        }
        found
    }

    fn functions(&self) -> &dyn Functions {
        self
    }

    fn sources(&self) -> Option<&SourceMap> {
        Some(&self.sources)
    }

    fn templates(&self) -> Option<&Templates> {
        Some(&self.templates)
    }
}

impl Functions for TestScope {
    fn builtin(&self, name: &str) -> Option<&Function> {
        fw_functions::builtin(name)
    }

    fn provider_function(&self, provider: &str, function: &str) -> ProviderFunction {
        match (provider, function) {
            ("test", "refuse") => ProviderFunction::Known(Signature {
                parameters: vec![("first".to_owned(), Type::String), ("second".to_owned(), Type::Number)],
                variadic: None,
                result: Type::String,
            }),
            ("test", _) => ProviderFunction::NoFunction,
            _ => ProviderFunction::NoProvider,
        }
    }

    fn call_provider(&self, _: &str, _: &str, _: &[Value]) -> Option<Result<Value, CallError>> {
        Some(Err(CallError::Argument(1, "it is never right".to_owned())))
    }

    fn names(&self) -> Vec<&str> {
        fw_functions::names().collect()
    }

    fn environment(&self) -> &dyn Environment {
        &Surroundings
    }
}

/// Real files, a clock that stands still, and numbers that are not random at all.
struct Surroundings;

impl Environment for Surroundings {
    fn read_file(&self, path: &str) -> Result<Vec<u8>, String> {
        match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => Err(format!("read {path}: is a directory")),
            _ => std::fs::read(path).map_err(|error| error.to_string()),
        }
    }

    fn file_exists(&self, path: &str) -> Result<bool, String> {
        match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => Err(format!("{path:?} is a directory, not a file")),
            Ok(_) => Ok(true),
            Err(_) => Ok(false),
        }
    }

    fn files_below(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }

    fn absolute(&self, path: &str) -> String {
        path.to_owned()
    }

    fn home(&self) -> Option<String> {
        None
    }

    fn now(&self) -> Option<(i64, u32)> {
        Some((1_700_000_000, 0))
    }

    fn plan_time(&self) -> Option<(i64, u32)> {
        Some((1_700_000_000, 0))
    }

    fn random(&self, buffer: &mut [u8]) -> Option<()> {
        buffer.fill(7);
        Some(())
    }
}

fn undeclared(subject: &Subject) -> Diagnostic {
    match subject {
        Subject::Variable(name) => Diagnostic::error(
            "Reference to undeclared input variable",
            format!(
                "An input variable with the name \"{name}\" has not been declared. This variable can be declared with a \
                 variable \"{name}\" {{}} block."
            ),
        ),
        Subject::Resource(resource) => Diagnostic::error(
            "Reference to undeclared resource",
            format!(
                "A managed resource \"{}\" \"{}\" has not been declared in the root module.",
                resource.kind, resource.name
            ),
        ),
        Subject::Count(_) => Diagnostic::error(
            "Reference to \"count\" in non-counted context",
            "The \"count\" object can only be used in \"module\", \"resource\", and \"data\" blocks, and only when the \
             \"count\" argument is set.",
        ),
        other => Diagnostic::error("Reference to undeclared object", format!("{other} is not there.")),
    }
}
