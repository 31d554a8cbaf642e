//! Values that are needed while modules are still being read: addresses of modules, settings of backends. They may be made
//! of variables, local values, paths, the workspace and functions, and of nothing that a provider knows.

mod calls;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use fw_addr::{InstanceKey, ModulePath, Name, Resource};
use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_functions::{CallError, Environment, Function};
use fw_lang::reference::Subject;
use fw_lang::{Functions, Scope};
use fw_syntax::ast::Expr;
use fw_syntax::deep;
use fw_value::convert::convert;
use fw_value::{Marks, Type, Value};

use crate::model::{Module, Variable};

pub(crate) use calls::resolve_calls;

/// What is known before any module is read.
pub trait Early {
    /// The values that are given for variables of the root module.
    fn variables(&self, root: &Module) -> BTreeMap<Name, Value>;
    /// `terraform.workspace`
    fn workspace(&self) -> String;
    /// `path.cwd`
    fn working_directory(&self) -> String;
    /// Files, clock and randomness for functions.
    fn environment(&self) -> &dyn Environment;
    /// The source address of a called module, where it was found out before.
    fn known_source(&self, _called: &ModulePath) -> Option<String> {
        None
    }
}

/// The modules that were read before, by path.
pub(crate) type Above = BTreeMap<ModulePath, Arc<Module>>;

/// The scope of such expressions in one module.
pub struct EarlyScope<'a> {
    early: &'a dyn Early,
    above: Option<&'a Above>,
    module: &'a Module,
    /// What needs the value, and where that is written; names and places that lead to it are put on top.
    users: RefCell<Vec<(String, Span)>>,
    /// What was evaluated; nothing where it could not be.
    known: RefCell<BTreeMap<Subject, Option<Value>>>,
    given: OnceCell<BTreeMap<Name, Value>>,
}

impl<'a> EarlyScope<'a> {
    /// The scope of the root module.
    #[must_use]
    pub fn of_root(early: &'a dyn Early, root: &'a Module, user: &str, span: Span) -> Self {
        Self::new(early, None, root, (user.to_owned(), span))
    }

    pub(crate) fn new(
        early: &'a dyn Early,
        above: Option<&'a Above>,
        module: &'a Module,
        user: (String, Span),
    ) -> Self {
        let (known, given) = (RefCell::default(), OnceCell::new());
        Self { early, above, module, users: RefCell::new(vec![user]), known, given }
    }

    /// A known text that may be shown. Nothing where the value is null and that is allowed, or after an error.
    pub(crate) fn text(&self, expr: &Expr, may_be_null: bool, told: &mut Diagnostics) -> Option<String> {
        let mut problems = Diagnostics::new();
        let value = fw_lang::evaluate(expr, self, &mut problems);
        let failed = problems.has_errors();
        told.append(problems);
        if failed {
            return None;
        }
        let (user, _) = self.user();
        for (mark, what, plural) in
            [(Marks::SENSITIVE, "Sensitive", "sensitive"), (Marks::EPHEMERAL, "Ephemeral", "ephemeral")]
        {
            if value.marks().contains(mark) {
                let detail =
                    format!("{what} values, or values derived from {plural} values, cannot be used as {user}.");
                told.push(Diagnostic::error(format!("{what} value not allowed"), detail).at(expr.span));
                return None;
            }
        }
        let problem = match convert(&value, &Type::String) {
            Err(error) => error.to_string(),
            Ok(value) if value.is_null() && may_be_null => return None,
            Ok(value) if value.is_null() => "null value is not allowed".to_owned(),
            Ok(value) => match value.as_str() {
                Some(text) => return Some(text.to_owned()),
                None => "value must be known".to_owned(),
            },
        };
        let detail = format!("Unsuitable value: {problem}");
        told.push(Diagnostic::error("Unsuitable value type", detail).at(expr.span));
        None
    }

    fn user(&self) -> (String, Span) {
        self.users.borrow().last().cloned().expect("the first user is never taken away")
    }

    /// The value of a name of the module, evaluated once.
    fn named(&self, subject: &Subject, span: Span, told: &mut Diagnostics) -> Value {
        if let Some(known) = self.known.borrow().get(subject) {
            return known.clone().unwrap_or_else(Value::dynamic);
        }
        let name = subject.to_string();
        if let Some((_, place)) = self.users.borrow().iter().find(|(user, _)| *user == name) {
            told.push(Diagnostic::error("Circular reference", format!("{name} is self referential")).at(*place));
            return Value::dynamic();
        }
        let mut problems = Diagnostics::new();
        let found = deep::guard(|| match subject {
            Subject::Local(local) => self.local(local, span, &mut problems),
            Subject::Variable(variable) => self.variable(variable, span, &mut problems),
            _ => None,
        });
        let failed = problems.has_errors() || found.is_none();
        told.append(problems);
        if failed {
            let (user, place) = self.user();
            let detail = format!("{user} depends on {name} which is not available");
            told.push(Diagnostic::error("Unable to compute static value", detail).at(place));
        }
        let found = found.filter(|_| !failed);
        self.known.borrow_mut().insert(subject.clone(), found.clone());
        found.unwrap_or_else(Value::dynamic)
    }

    fn local(&self, name: &Name, span: Span, told: &mut Diagnostics) -> Option<Value> {
        let Some(local) = self.module.locals.get(name) else {
            told.push(Diagnostic::error("Undefined local", format!("Undefined local local.{name}")).at(span));
            return None;
        };
        self.users.borrow_mut().push((format!("local.{name}"), local.span));
        let value = fw_lang::evaluate(&local.expr, self, told);
        self.users.borrow_mut().pop();
        Some(value)
    }

    fn variable(&self, name: &Name, span: Span, told: &mut Diagnostics) -> Option<Value> {
        let Some(variable) = self.module.variables.get(name) else {
            told.push(Diagnostic::error("Undefined variable", format!("Undefined variable var.{name}")).at(span));
            return None;
        };
        let given = match self.calling() {
            Some((above, caller, called)) => self.argument(above, caller, called, name, told),
            None => self.given.get_or_init(|| self.early.variables(self.module)).get(name).cloned(),
        };
        if given.is_none() && variable.default.is_none() {
            let detail = format!(
                "The input variable \"{name}\" is not set, and has no default value. It is needed to compute {}, before \
                 anything is planned. Use a -var or -var-file command line argument, or an environment variable, to provide a \
                 value for this variable.",
                self.user().0
            );
            told.push(Diagnostic::error("No value for required variable", detail).at(variable.span));
            return None;
        }
        let value = final_value(variable, given);
        value
            .map_err(|why| {
                let detail = format!("The given value is not suitable for var.{name}: {why}.");
                told.push(Diagnostic::error("Invalid value for input variable", detail).at(variable.span));
            })
            .ok()
    }

    /// The module that calls this one, and by which name.
    fn calling(&self) -> Option<(&'a Above, &'a Module, &'a Name)> {
        let (parent, name) = self.module.path.0.split_last().map(|(name, parent)| (parent, name))?;
        let above = self.above?;
        let caller = above.get(&ModulePath(parent.into()))?;
        Some((above, caller, name))
    }

    /// What the call of this module gives a variable.
    fn argument(
        &self,
        above: &'a Above,
        caller: &'a Module,
        called: &Name,
        variable: &Name,
        told: &mut Diagnostics,
    ) -> Option<Value> {
        let call = caller.calls.get(called)?;
        let (arguments, _) = call.body.just_attributes();
        let argument = arguments.iter().find(|argument| argument.name.name == *variable)?;
        let user = (format!("module.{called}.{variable}"), argument.expr.span);
        let scope = EarlyScope::new(self.early, Some(above), caller, user);
        Some(fw_lang::evaluate(&argument.expr, &scope, told))
    }

    fn path(&self, name: &str, span: Span, told: &mut Diagnostics) -> Value {
        match name {
            "module" => Value::string(&*self.module.directory),
            "root" => Value::string(self.root_directory()),
            "cwd" => Value::string(self.early.working_directory()),
            _ => unknown_attribute("path", name, span, told),
        }
    }

    fn root_directory(&self) -> &str {
        let root = self.above.and_then(|above| above.get(&ModulePath::root()));
        root.map_or(&self.module.directory, |root| &root.directory)
    }

    /// What only providers know, or what there is only once something is planned.
    fn unavailable(&self, subject: &Subject, span: Span, told: &mut Diagnostics) -> Value {
        let summary = match subject {
            Subject::ModuleOutput(..) => "Module output not supported in static context",
            _ => "Dynamic value in static context",
        };
        let detail = format!("Unable to use {subject} in static context, which is required by {}", self.user().0);
        told.push(Diagnostic::error(summary, detail).at(span));
        Value::dynamic()
    }
}

fn unknown_attribute(object: &str, name: &str, span: Span, told: &mut Diagnostics) -> Value {
    let detail = format!("The \"{object}\" object does not have an attribute named \"{name}\".");
    told.push(Diagnostic::error(format!("Invalid \"{object}\" attribute"), detail).at(span));
    Value::dynamic()
}

/// What a variable is in the end: given or default, of its type, with its marks.
fn final_value(variable: &Variable, given: Option<Value>) -> Result<Value, String> {
    let is_missing = given.as_ref().is_none_or(|value| value.is_null() && !variable.nullable);
    let value = match (is_missing, given, &variable.default) {
        (true, _, Some(default)) => default.clone(),
        (true, _, None) => return Err("required variable may not be set to null".to_owned()),
        (false, given, _) => given.unwrap_or_else(Value::dynamic),
    };
    let value = match &variable.type_defaults {
        Some(defaults) if !value.is_null() => defaults.apply(&value),
        Some(_) | None => value,
    };
    let mut marks = Marks::NONE;
    if variable.sensitive {
        marks |= Marks::SENSITIVE;
    }
    if variable.ephemeral {
        marks |= Marks::EPHEMERAL;
    }
    Ok(convert(&value, &variable.ty).map_err(|error| error.to_string())?.with_marks(marks))
}

impl Scope for EarlyScope<'_> {
    fn value_of(&self, subject: &Subject, span: Span, told: &mut Diagnostics) -> Value {
        match subject {
            Subject::Variable(_) | Subject::Local(_) => self.named(subject, span, told),
            Subject::Path(name) => self.path(name, span, told),
            Subject::Terraform(name) if &**name == "workspace" => Value::string(self.early.workspace()),
            Subject::Terraform(name) if &**name != "applying" => unknown_attribute("terraform", name, span, told),
            _ => self.unavailable(subject, span, told),
        }
    }

    fn resource_instance(
        &self,
        resource: &Resource,
        key: &InstanceKey,
        span: Span,
        told: &mut Diagnostics,
    ) -> Option<Value> {
        Some(self.unavailable(&Subject::ResourceInstance(resource.clone(), key.clone()), span, told))
    }

    fn module_instance(&self, name: &Name, key: &InstanceKey, span: Span, told: &mut Diagnostics) -> Option<Value> {
        let subject = Subject::ModuleInstance(Name::clone(name), Some(key.clone()));
        Some(self.unavailable(&subject, span, told))
    }

    fn module_output(
        &self,
        name: &Name,
        key: Option<&InstanceKey>,
        output: &Name,
        span: Span,
        told: &mut Diagnostics,
    ) -> Option<Value> {
        let subject = Subject::ModuleOutput(Name::clone(name), key.cloned(), Name::clone(output));
        Some(self.unavailable(&subject, span, told))
    }

    fn functions(&self) -> &dyn Functions {
        self
    }
}

impl Functions for EarlyScope<'_> {
    fn builtin(&self, name: &str) -> Option<&Function> {
        fw_functions::builtin(name)
    }

    fn call_provider(&self, _: &str, _: &str, _: &[Value]) -> Option<Result<Value, CallError>> {
        None
    }

    fn names(&self) -> Vec<&str> {
        fw_functions::names().collect()
    }

    fn environment(&self) -> &dyn Environment {
        self.early.environment()
    }
}
