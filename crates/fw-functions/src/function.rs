//! The function model and the rules every call obeys before the function itself sees its arguments.

use fw_value::{Type, Value};

/// A parameter and what may be given for it. What may not is dealt with before the function is called: nulls are errors,
/// unknowns make the result unknown, marks go from the arguments to the result.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// For messages.
    pub name: &'static str,
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

/// What a function needs of the outside world.
pub trait Environment {
    /// The bytes of a file; the message is for people.
    fn read_file(&self, path: &str) -> Result<Vec<u8>, String>;
    /// Whether a regular file is there.
    fn file_exists(&self, path: &str) -> Result<bool, String>;
    /// All files below a directory, as paths relative to it with `/`.
    fn files_below(&self, directory: &str) -> Result<Vec<String>, String>;
    /// The absolute form of a path.
    fn absolute(&self, path: &str) -> String;
    /// The home directory, for `~`.
    fn home(&self) -> Option<String>;
    /// Seconds and nanoseconds since the Unix epoch; `None` while planning, when `timestamp()` is unknown.
    fn now(&self) -> Option<(i64, u32)>;
    /// The time of the plan, for `plantimestamp()`; `None` when there is none.
    fn plan_time(&self) -> Option<(i64, u32)>;
    /// Random bytes; `None` while planning, when `uuid()` and `bcrypt()` are unknown.
    fn random(&self, buffer: &mut [u8]) -> Option<()>;
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
    /// Because of the argument with this index.
    Argument(usize, String),
    /// For another reason.
    Call(String),
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
    /// The type of the result for these arguments (which may be unknown).
    pub result_type: fn(&[Value]) -> Result<Type, CallError>,
    /// The function itself.
    pub implementation: fn(&Call<'_>, &Type) -> Result<Value, CallError>,
}
