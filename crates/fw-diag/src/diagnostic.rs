//! The diagnostic value and the list of them.

use crate::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The operation can't be done.
    Error,
    /// The operation goes on; the user should know.
    Warning,
}

/// The value of one reference inside an expression that a diagnostic is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionValue {
    /// As written: `var.name`, `each.key`.
    pub traversal: String,
    /// What it is, as a statement: `is "x"`, `has a sensitive value`.
    pub statement: String,
}

/// The function call that a diagnostic is about: "while calling element(list, index)".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionCall {
    /// The name in the source, with its namespace.
    pub called_as: String,
    /// What the function takes and gives.
    pub signature: Option<FunctionSignature>,
}

/// What a function takes and gives. Types are in terraform's JSON form: `"string"`, `["list","dynamic"]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionSignature {
    /// The name without a namespace.
    pub name: String,
    /// Names and types of positional parameters.
    pub parameters: Vec<(String, String)>,
    /// Name and type of the parameter for all further arguments.
    pub variadic: Option<(String, String)>,
    /// The type of the result.
    pub return_type: String,
}

/// One problem, for a person to read and a tool to match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// A fixed headline without names in it: `Reference to undeclared resource`.
    pub summary: String,
    /// What, why, and what to do. Paragraphs are separated by a blank line; indented lines are not wrapped.
    pub detail: String,
    /// The exact place.
    pub subject: Option<Span>,
    /// A wider place that makes the subject understandable.
    pub context: Option<Span>,
    /// The object concerned: `aws_instance.a[0]`.
    pub address: Option<String>,
    /// Values of the references in the expression concerned. Sensitive values must not come here.
    pub values: Vec<ExpressionValue>,
    /// The function call concerned. Boxed: it is rare, and diagnostics are moved about.
    pub call: Option<Box<FunctionCall>>,
    /// Whether a check block says so, by its assertions or the data it reads: an apply says it again, or no more.
    pub of_check: bool,
    /// The object whose condition says so: `check.a`, `aws_instance.a[0]`.
    pub checked: Option<Box<str>>,
}

impl Diagnostic {
    /// An error.
    #[must_use]
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            summary: summary.into(),
            detail: detail.into(),
            subject: None,
            context: None,
            address: None,
            values: Vec::new(),
            call: None,
            of_check: false,
            checked: None,
        }
    }

    /// A warning.
    #[must_use]
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(summary, detail) }
    }

    /// The same with the exact place set.
    #[must_use]
    pub fn at(mut self, subject: Span) -> Self {
        self.subject = Some(subject);
        self
    }

    /// The same with the wider place set.
    #[must_use]
    pub fn within(mut self, context: Span) -> Self {
        self.context = Some(context);
        self
    }

    /// The same with the object's address set.
    #[must_use]
    pub fn on(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }

    /// The same with the values of references set.
    #[must_use]
    pub fn with_values(mut self, values: Vec<ExpressionValue>) -> Self {
        self.values = values;
        self
    }

    /// The same with the failed function call set.
    #[must_use]
    pub fn in_call(mut self, call: FunctionCall) -> Self {
        self.call = Some(Box::new(call));
        self
    }

    /// The same as a check block says it: never an error.
    #[must_use]
    pub fn of_check(self) -> Self {
        Self { severity: Severity::Warning, of_check: true, ..self }
    }

    /// Whether this is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Problems in the order they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// No problems.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds all of `other`.
    pub fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether an error is among them.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(Diagnostic::is_error)
    }

    /// Whether there are none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// In order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// In order, to change each (say, to set an address).
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Diagnostic> {
        self.0.iter_mut()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(one: Diagnostic) -> Self {
        Self(vec![one])
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, all: I) {
        self.0.extend(all);
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
