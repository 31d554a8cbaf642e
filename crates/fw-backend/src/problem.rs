//! What is wrong with the settings of a backend.

use fw_diag::{Diagnostic, Severity};
use fw_value::Path;

/// Something wrong with the settings of a backend.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Error or warning.
    pub severity: Severity,
    /// Headline.
    pub summary: String,
    /// The rest.
    pub detail: String,
    /// The setting concerned; `None` for what is said without a place.
    pub path: Option<Path>,
}

/// All that is wrong.
pub type Problems = Vec<Problem>;

impl Problem {
    /// An error without a place.
    #[must_use]
    pub fn error(summary: impl Into<String>) -> Self {
        Self { severity: Severity::Error, summary: summary.into(), detail: String::new(), path: None }
    }

    /// An error with a setting.
    #[must_use]
    pub fn at(name: &str, summary: &str, detail: impl Into<String>) -> Self {
        let path = Some(Path::root().attribute(name));
        Self { severity: Severity::Error, summary: summary.to_owned(), detail: detail.into(), path }
    }

    /// A warning about a setting.
    #[must_use]
    pub fn warning_at(name: &str, summary: &str, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::at(name, summary, detail) }
    }

    /// Whether it is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// As a diagnostic without a place.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        match self.severity {
            Severity::Error => Diagnostic::error(self.summary.as_str(), self.detail.as_str()),
            Severity::Warning => Diagnostic::warning(self.summary.as_str(), self.detail.as_str()),
        }
    }
}
