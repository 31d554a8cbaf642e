//! The function model and the rules every call obeys before the function itself sees its arguments.

use fw_value::{Marks, Type, Value, convert};

use crate::environment::Environment;

/// A parameter and what may be given for it. What may not is dealt with before the function is called: nulls are errors,
/// unknowns make the result unknown, marks go from the arguments to the result.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// For messages.
    pub name: &'static str,
    /// For `metadata functions`; often empty.
    pub description: &'static str,
    /// Arguments are converted to it.
    pub ty: Type,
    /// The function handles null itself.
    pub allow_null: bool,
    /// The function handles unknown values itself (also inside the argument).
    pub allow_unknown: bool,
    /// The function handles arguments of unknown type itself.
    pub allow_dynamic: bool,
    /// The function handles marks itself.
    pub allow_marked: bool,
}

/// A call after the common rules were applied.
pub struct Call<'a> {
    /// The arguments, converted.
    pub arguments: &'a [Value],
    /// The outside world.
    pub environment: &'a dyn Environment,
}

/// Why a call fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError {
    /// Because of the argument with this index ("Invalid function argument").
    Argument(usize, String),
    /// For another reason ("Error in function call").
    Call(String),
}

impl CallError {
    /// The fragment that says what is wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        match self {
            Self::Argument(_, message) | Self::Call(message) => message,
        }
    }
}

/// A function.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// For `metadata functions`.
    pub description: &'static str,
    /// Positional parameters.
    pub parameters: Vec<Parameter>,
    /// Takes all further arguments.
    pub variadic: Option<Parameter>,
    /// Its result is never null, which is then known of unknown results too.
    pub never_null: bool,
    /// Marks of arguments whose parameter allows marks are on the result too if something is unknown. So it is with terraform's
    /// own functions; those of go-cty forget them then.
    pub keeps_marks: bool,
    /// The type of the result for these arguments (which may be unknown).
    pub result_type: fn(&[Value]) -> Result<Type, CallError>,
    /// The function itself.
    pub implementation: fn(&Call<'_>, &Type) -> Result<Value, CallError>,
}

/// The type of a result, as far as the arguments tell.
enum ResultType {
    Known(Type),
    /// An argument has no type yet, and the function can't do without.
    OfUntypedArguments,
}

impl Function {
    /// The parameter an argument is for; `None` for one argument too many.
    #[must_use]
    pub fn parameter(&self, index: usize) -> Option<&Parameter> {
        self.parameters.get(index).or(self.variadic.as_ref())
    }

    /// Calls the function. The number of arguments is checked by whoever evaluates the call, who also has the words for
    /// it; here arguments too many are ignored.
    ///
    /// # Errors
    /// When an argument does not fit its parameter, and when the function fails.
    pub fn call(&self, arguments: &[Value], environment: &dyn Environment) -> Result<Value, CallError> {
        let converted = self.convert_arguments(arguments).map_err(|mut errors| errors.swap_remove(0))?;
        self.call_converted(converted, environment)
    }

    /// The arguments as values of the parameters' types.
    ///
    /// # Errors
    /// One for each argument that can't be converted; never none.
    pub fn convert_arguments(&self, arguments: &[Value]) -> Result<Vec<Value>, Vec<CallError>> {
        let mut errors = Vec::new();
        let mut converted = Vec::with_capacity(arguments.len());
        for (index, argument) in arguments.iter().enumerate() {
            let Some(parameter) = self.parameter(index) else { break };
            match convert::convert(argument, &parameter.ty) {
                Ok(value) => converted.push(value),
                Err(error) => errors.push(CallError::Argument(index, error.to_string())),
            }
        }
        if errors.is_empty() { Ok(converted) } else { Err(errors) }
    }

    /// Calls the function with arguments from [`Self::convert_arguments`].
    ///
    /// # Errors
    /// When an argument must not be null, and when the function fails.
    pub fn call_converted(&self, arguments: Vec<Value>, environment: &dyn Environment) -> Result<Value, CallError> {
        let any_unknown = self.given(&arguments).any(|(v, parameter)| !v.is_known() && !parameter.allow_unknown);
        let (arguments, marks) = self.unmark(arguments);
        let kept = || arguments.iter().filter(|_| self.keeps_marks).fold(marks, |all, given| all | given.marks_deep());
        let ty = match self.type_for(&arguments)? {
            ResultType::Known(ty) => ty,
            ResultType::OfUntypedArguments => return Ok(Value::dynamic().with_marks(kept())),
        };
        let result = if any_unknown {
            Value::unknown(ty).with_marks(kept())
        } else {
            (self.implementation)(&Call { arguments: &arguments, environment }, &ty)?
        };
        let result = if self.never_null { result.refine_not_null() } else { result };
        Ok(result.with_marks(marks))
    }

    /// The type of the result when nothing is known but the types of the parameters, with one variadic argument.
    #[must_use]
    pub fn general_result_type(&self) -> Type {
        let parameters = self.parameters.iter().chain(&self.variadic);
        let arguments: Vec<Value> = parameters.map(|parameter| Value::unknown(parameter.ty.clone())).collect();
        match self.type_for(&arguments) {
            Ok(ResultType::Known(ty)) => ty,
            Ok(ResultType::OfUntypedArguments) | Err(_) => Type::Dynamic,
        }
    }

    fn given<'a>(&'a self, arguments: &'a [Value]) -> impl Iterator<Item = (&'a Value, &'a Parameter)> {
        arguments.iter().enumerate().filter_map(|(index, v)| Some((v, self.parameter(index)?)))
    }

    /// Takes the marks off all arguments but those whose parameter allows them.
    fn unmark(&self, arguments: Vec<Value>) -> (Vec<Value>, Marks) {
        let mut marks = Marks::NONE;
        let unmarked = arguments.into_iter().enumerate().map(|(index, value)| {
            if self.parameter(index).is_some_and(|parameter| parameter.allow_marked) {
                return value;
            }
            let (value, own) = value.unmark_deep();
            marks |= own;
            value
        });
        (unmarked.collect(), marks)
    }

    fn type_for(&self, arguments: &[Value]) -> Result<ResultType, CallError> {
        for (index, (value, parameter)) in self.given(arguments).enumerate() {
            if value.is_null() && !parameter.allow_null {
                return Err(CallError::Argument(index, "argument must not be null".to_owned()));
            }
            if *value.ty() == Type::Dynamic && !parameter.allow_dynamic {
                return Ok(ResultType::OfUntypedArguments);
            }
        }
        (self.result_type)(arguments).map(ResultType::Known)
    }
}

#[cfg(test)]
mod tests;
