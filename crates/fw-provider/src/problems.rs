//! Collecting problems with a value while going through it.

use fw_value::{Path, PathError, PathStep};

/// The place where a check is, and what it has found.
#[derive(Default)]
pub(crate) struct Problems {
    path: Path,
    found: Vec<PathError>,
}

impl Problems {
    /// A problem at the present place.
    pub(crate) fn add(&mut self, message: impl Into<String>) {
        self.found.push(PathError { path: self.path.clone(), message: message.into() });
    }

    /// Does `check` one step further in.
    pub(crate) fn within(&mut self, step: PathStep, check: impl FnOnce(&mut Self)) {
        self.path.0.push(step);
        check(self);
        self.path.0.pop();
    }

    /// Whether the present place is the whole value.
    pub(crate) fn at_root(&self) -> bool {
        self.path.is_root()
    }

    /// What was found.
    pub(crate) fn finish(self) -> Vec<PathError> {
        self.found
    }
}

/// A problem as messages to provider developers write it: the object's address, the place in it, what is wrong.
#[must_use]
pub fn problem_text(address: &str, problem: &PathError) -> String {
    format!("{address}{}: {}", problem.path, problem.message)
}
