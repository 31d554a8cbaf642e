//! Input variables: what is given, converted and defaulted; and their validation rules.

use std::collections::BTreeMap;
use std::rc::Rc;

use fw_addr::Name;
use fw_config::{Module, Variable};
use fw_diag::{Diagnostic, Diagnostics, Severity, SourceMap, Span};
use fw_value::{Marks, Value};

use crate::{Evaluator, Frame, Outcome, Phase, RepetitionData};

/// A value given for a root variable.
#[derive(Clone, Debug)]
pub struct GivenVariable {
    /// The value; text from the command line or environment is parsed by the variable's type before it comes here.
    pub value: Value,
    /// Where it comes from.
    pub source: VariableSource,
}

/// Where the value of a root variable comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariableSource {
    /// `-var`, with the argument as given.
    Argument,
    /// `TF_VAR_name`.
    Environment,
    /// A file, at the place of its expression.
    File(Span),
    /// Typed at the prompt.
    Prompt,
    /// Recorded in a plan, or given by the program.
    Program,
}

impl VariableSource {
    fn describe(&self, name: &str) -> Option<String> {
        match self {
            Self::Argument => Some(format!("set using -var=\"{name}=...\"")),
            Self::Environment => Some(format!("set using the TF_VAR_{name} environment variable")),
            Self::Prompt => Some("set using an interactive prompt".to_owned()),
            Self::Program => Some("set from outside of the configuration".to_owned()),
            Self::File(_) => None,
        }
    }
}

const INVALID_VALUE: &str = "Invalid value for input variable";

/// The final values of the root's variables: given or default, converted and marked. While validating, those not given are
/// unknown.
#[must_use]
pub fn prepare_root_variables(
    module: &Module,
    given: &BTreeMap<Name, GivenVariable>,
    phase: Phase,
    sources: &SourceMap,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<Name, Value> {
    let mut values = BTreeMap::new();
    for (name, variable) in &module.variables {
        let value = match given.get(name) {
            None if phase == Phase::Validate => any(variable),
            None if variable.default.is_none() => {
                diagnostics.push(not_set(variable));
                Value::unknown(variable.ty.without_optional())
            }
            found => root_value(variable, found, sources, diagnostics),
        };
        values.insert(Name::clone(name), value);
    }
    values
}

/// Any value that a variable may have.
pub(crate) fn any(variable: &Variable) -> Value {
    Value::unknown(variable.ty.without_optional()).with_marks(own_marks(variable))
}

fn not_set(variable: &Variable) -> Diagnostic {
    let detail = format!(
        "The root module input variable \"{}\" is not set, and has no default value. Use a -var or -var-file command line \
         argument to provide a value for this variable.",
        variable.name
    );
    Diagnostic::error("No value for required variable", detail).at(variable.span)
}

fn root_value(
    variable: &Variable,
    given: Option<&GivenVariable>,
    sources: &SourceMap,
    diagnostics: &mut Diagnostics,
) -> Value {
    let place = |at: &VariableSource| match at {
        VariableSource::File(span) => *span,
        VariableSource::Argument | VariableSource::Environment | VariableSource::Prompt | VariableSource::Program => {
            variable.span
        }
    };
    let problem = |why: Problem| {
        let source = given.map_or(VariableSource::Program, |g| g.source.clone());
        let text = why.text();
        let summary = why.summary();
        let detail = match source.describe(&variable.name) {
            Some(how) => format!("Unsuitable value for var.{} {how}: {text}.", variable.name),
            None => why.with_declaration(variable, "", sources),
        };
        Diagnostic::error(summary, detail).at(place(&source))
    };
    match convert(variable, given.map(|g| g.value.clone())) {
        Ok(value) => value,
        Err(why) => {
            diagnostics.push(problem(why));
            Value::unknown(variable.ty.without_optional())
        }
    }
}

/// The final value of a variable of a called module.
pub(crate) fn final_value(
    variable: &Variable,
    module: &fw_addr::ModuleInstance,
    given: Option<(Value, Span)>,
    sources: &SourceMap,
    diagnostics: &mut Diagnostics,
) -> Value {
    let span = given.as_ref().map(|(_, span)| *span);
    if !variable.ephemeral && given.as_ref().is_some_and(|(value, _)| value.has_mark_deep(Marks::EPHEMERAL)) {
        let detail = "This input variable is not declared as accepting a ephemeral values, so it cannot be set to a result \
             derived from an ephemeral value.";
        diagnostics.push(Diagnostic::error("Ephemeral value not allowed", detail).at(span.unwrap_or(variable.span)));
        return Value::unknown(variable.ty.without_optional());
    }
    match convert(variable, given.map(|(value, _)| value)) {
        Ok(value) => value,
        Err(why) => {
            let detail = why.with_declaration(variable, &format!("{module}."), sources);
            diagnostics.push(Diagnostic::error(why.summary(), detail).at(span.unwrap_or(variable.span)));
            Value::unknown(variable.ty.without_optional())
        }
    }
}

enum Problem {
    Conversion(String),
    Null,
}

impl Problem {
    fn summary(&self) -> &'static str {
        match self {
            Self::Conversion(_) => INVALID_VALUE,
            Self::Null => "Required variable not set",
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Conversion(message) => message.clone(),
            Self::Null => "required variable may not be set to null".to_owned(),
        }
    }

    fn with_declaration(&self, variable: &Variable, module: &str, sources: &SourceMap) -> String {
        let declared = sources.describe(variable.span);
        let text = self.text();
        let verb = match self {
            Self::Conversion(_) => "declared",
            Self::Null => "defined",
        };
        format!("The given value is not suitable for {module}var.{} {verb} at {declared}: {text}.", variable.name)
    }
}

fn own_marks(variable: &Variable) -> Marks {
    let mut marks = Marks::NONE;
    if variable.sensitive {
        marks |= Marks::SENSITIVE;
    }
    if variable.ephemeral {
        marks |= Marks::EPHEMERAL;
    }
    marks
}

fn convert(variable: &Variable, given: Option<Value>) -> Result<Value, Problem> {
    let default = || variable.default.clone();
    let value = match given {
        None => default().unwrap_or_else(|| Value::null(variable.ty.without_optional())),
        // A null for a variable that can't be null means its default.
        Some(value) if value.is_null() && !variable.nullable => match default() {
            Some(default) => default.with_marks(value.marks()),
            None => return Err(Problem::Null),
        },
        Some(value) => value,
    };
    let value = match &variable.type_defaults {
        Some(defaults) if !value.is_null() => defaults.apply(&value),
        Some(_) | None => value,
    };
    let value = fw_value::convert::convert(&value, &variable.ty).map_err(|e| Problem::Conversion(e.to_string()))?;
    if value.is_null() && !variable.nullable {
        return Err(Problem::Null);
    }
    Ok(value.with_marks(own_marks(variable)))
}

impl Evaluator<'_> {
    /// Runs the validation rules of a variable of a frame on its value. `value_span` is where the value is written.
    pub fn validate_variable(&self, frame: &Rc<Frame>, name: &Name, diagnostics: &mut Diagnostics) -> Vec<Outcome> {
        let Some(variable) = frame.module.variables.get(name) else { return Vec::new() };
        let mut scope = self.scope(frame, RepetitionData::default());
        if self.settings().phase == Phase::Validate && !frame.instance.is_root() {
            // Of its own variable a rule sees what is given, whatever else may be.
            scope = scope.with_variable(name, self.argument(frame, variable, &mut Diagnostics::new()));
        }
        let place = self.argument_span(frame, name).unwrap_or(variable.span);
        let mut outcomes = Vec::new();
        for rule in &variable.validations {
            let mut found = Diagnostics::new();
            let outcome = crate::check(rule, &scope, "Invalid value for variable", Severity::Error, &mut found);
            for diagnostic in &mut found.iter_mut() {
                if diagnostic.summary == "Invalid value for variable" {
                    let rule_at = self.settings().sources.describe(rule.span);
                    diagnostic.detail = format!(
                        "{}\n\nThis was checked by the validation rule at {rule_at}.",
                        diagnostic.detail.trim_end()
                    );
                    diagnostic.subject = Some(place);
                    let within = if frame.instance.is_root() { String::new() } else { format!("{}.", frame.instance) };
                    diagnostic.checked = Some(format!("{within}var.{name}").into());
                }
            }
            diagnostics.append(found);
            outcomes.push(outcome);
        }
        outcomes
    }
}
