//! What preconditions, postconditions, validations and check blocks said in the last run.

/// All results, in the order they were recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckResults(pub Vec<CheckResult>);

impl CheckResults {
    /// Whether nothing is recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The results of one checkable thing of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckResult {
    /// What kind of thing it is.
    pub kind: CheckKind,
    /// Its address in the configuration: `module.a.output.b`.
    pub config_address: String,
    /// All its objects taken together.
    pub status: CheckStatus,
    /// Each of its objects; `None` where expansion did not get so far.
    pub objects: Option<Vec<CheckObject>>,
}

/// The result of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckObject {
    /// Its address: `module.a[0].output.b`.
    pub address: String,
    /// How it went.
    pub status: CheckStatus,
    /// Why it failed, in the words of the configuration.
    pub failure_messages: Vec<String>,
}

/// What can be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CheckKind {
    /// A resource or data source with pre- or postconditions.
    Resource,
    /// An output with preconditions.
    Output,
    /// A check block.
    Check,
    /// An input variable with validations.
    Variable,
}

impl CheckKind {
    /// As files say it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Output => "output",
            Self::Check => "check",
            Self::Variable => "var",
        }
    }

    /// From a file; a kind of a later version is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Resource, Self::Output, Self::Check, Self::Variable].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CheckStatus {
    /// All conditions hold.
    Pass,
    /// A condition does not hold.
    Fail,
    /// A condition could not be evaluated.
    Error,
    /// Not decided yet.
    Unknown,
}

impl CheckStatus {
    /// As files say it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Unknown => "unknown",
        }
    }

    /// From a file; a status of a later version counts as unknown.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        [Self::Pass, Self::Fail, Self::Error]
            .into_iter()
            .find(|status| status.as_str() == text)
            .unwrap_or(Self::Unknown)
    }
}
