//! Short forms for defining functions, and for reading their arguments.

use fw_value::{Number, Type, Value};

use crate::function::{Call, CallError, Function, Parameter};

/// What a function's type rule answers with.
pub(crate) type TypeResult = Result<Type, CallError>;
/// What a function answers with.
pub(crate) type CallResult = Result<Value, CallError>;

/// A parameter that allows nothing special.
pub(crate) fn param(name: &'static str, ty: Type) -> Parameter {
    Parameter {
        name,
        description: "",
        ty,
        allow_null: false,
        allow_unknown: false,
        allow_dynamic: false,
        allow_marked: false,
    }
}

/// A string parameter.
pub(crate) fn text(name: &'static str) -> Parameter {
    param(name, Type::String)
}

/// A number parameter.
pub(crate) fn number(name: &'static str) -> Parameter {
    param(name, Type::Number)
}

/// A parameter for values of any type.
pub(crate) fn any(name: &'static str) -> Parameter {
    param(name, Type::Dynamic)
}

impl Parameter {
    pub(crate) fn describe(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    pub(crate) fn nullable(mut self) -> Self {
        self.allow_null = true;
        self
    }

    pub(crate) fn unknown(mut self) -> Self {
        self.allow_unknown = true;
        self
    }

    pub(crate) fn dynamic(mut self) -> Self {
        self.allow_dynamic = true;
        self
    }

    pub(crate) fn marked(mut self) -> Self {
        self.allow_marked = true;
        self
    }
}

/// A function of these parameters whose result is never null.
pub(crate) fn function(
    name: &'static str,
    description: &'static str,
    parameters: impl Into<Vec<Parameter>>,
    result_type: fn(&[Value]) -> TypeResult,
    implementation: fn(&Call<'_>, &Type) -> CallResult,
) -> Function {
    Function {
        name,
        description,
        parameters: parameters.into(),
        variadic: None,
        never_null: true,
        keeps_marks: false,
        result_type,
        implementation,
    }
}

impl Function {
    /// With a parameter for all further arguments.
    pub(crate) fn variadic(mut self, parameter: Parameter) -> Self {
        self.variadic = Some(parameter);
        self
    }

    /// With something unknown its result keeps the marks it would look at.
    pub(crate) fn keeps_marks(mut self) -> Self {
        self.keeps_marks = true;
        self
    }

    /// Its result may be null, or nothing is said about it.
    pub(crate) fn maybe_null(mut self) -> Self {
        self.never_null = false;
        self
    }
}

/// The type rule of functions that always give a string.
pub(crate) fn string_result(_: &[Value]) -> TypeResult {
    Ok(Type::String)
}

/// The type rule of functions that always give a number.
pub(crate) fn number_result(_: &[Value]) -> TypeResult {
    Ok(Type::Number)
}

/// The type rule of functions that always give a bool.
pub(crate) fn bool_result(_: &[Value]) -> TypeResult {
    Ok(Type::Bool)
}

/// The type rule of functions that always give a list of strings.
pub(crate) fn strings_result(_: &[Value]) -> TypeResult {
    Ok(Type::list(Type::String))
}

/// The type rule of functions that give what they are given.
pub(crate) fn first_type(arguments: &[Value]) -> TypeResult {
    Ok(arguments.first().map_or(Type::Dynamic, |v| v.ty().clone()))
}

/// A failure that is nobody's fault in particular.
pub(crate) fn fail<T>(message: impl Into<String>) -> Result<T, CallError> {
    Err(CallError::Call(message.into()))
}

/// A failure because of an argument.
pub(crate) fn fail_at<T>(index: usize, message: impl Into<String>) -> Result<T, CallError> {
    Err(CallError::Argument(index, message.into()))
}

impl<'a> Call<'a> {
    /// The text of a string argument, whatever its marks.
    pub(crate) fn text(&self, index: usize) -> &'a str {
        self.arguments.get(index).and_then(Value::as_str).unwrap_or_default()
    }

    /// The argument at an index; there is one for each parameter.
    pub(crate) fn argument(&self, index: usize) -> &'a Value {
        &self.arguments[index]
    }

    /// A number argument, whatever its marks.
    pub(crate) fn number(&self, index: usize) -> Number {
        self.arguments.get(index).and_then(Value::as_number).cloned().unwrap_or_default()
    }

    /// A whole number argument; the error is the fragment go-cty gives.
    pub(crate) fn integer(&self, index: usize) -> Result<i64, String> {
        integer(self.argument(index))
    }

    /// A number argument in floating point.
    pub(crate) fn float(&self, index: usize) -> Result<f64, CallError> {
        let number = self.number(index);
        let float = number.to_f64();
        if float.is_infinite() && !number.is_infinite() {
            return fail(format!("value must be between {:.6} and {:.6} inclusive", f64::MIN, f64::MAX));
        }
        Ok(float)
    }
}

/// A whole number that fits Go's `int`; the error is the fragment go-cty gives.
pub(crate) fn integer(value: &Value) -> Result<i64, String> {
    value
        .as_number()
        .and_then(Number::to_i64)
        .ok_or_else(|| "value must be a whole number, between -9223372036854775808 and 9223372036854775807".to_owned())
}

/// Text for messages, unless the marks of its value forbid to show it.
pub(crate) fn redacted(shown: String, marks: fw_value::Marks) -> String {
    use fw_value::Marks;
    match (marks.contains(Marks::EPHEMERAL), marks.contains(Marks::SENSITIVE)) {
        (true, true) => "(ephemeral sensitive value)".to_owned(),
        (true, false) => "(ephemeral value)".to_owned(),
        (false, true) => "(sensitive value)".to_owned(),
        (false, false) => shown,
    }
}
