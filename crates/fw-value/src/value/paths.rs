//! Following paths into values.

use super::Value;
use crate::{Path, PathError, PathStep, Type};

impl Value {
    /// What stands at a path, with the marks of all it passes through. Unknown where the path goes through an unknown.
    ///
    /// # Errors
    /// When there is nothing at the path, or the path goes through a null.
    pub fn at_path(&self, path: &Path) -> Result<Self, PathError> {
        let mut current = self.clone();
        for (i, step) in path.steps().iter().enumerate() {
            current = current
                .at_step(step)
                .map_err(|message| PathError { path: Path(path.steps().iter().take(i).cloned().collect()), message })?;
        }
        Ok(current)
    }

    /// What stands at a path, or `None`.
    #[must_use]
    pub fn get_path(&self, path: &Path) -> Option<Self> {
        self.at_path(path).ok()
    }

    /// What stands one step inside.
    ///
    /// # Errors
    /// A sentence fragment when there is nothing.
    pub fn at_step(&self, step: &PathStep) -> Result<Self, String> {
        let nothing = match step {
            _ if self.is_null() => "cannot access attributes on a null value",
            PathStep::Attribute(_) if !matches!(self.ty, Type::Object(_) | Type::Dynamic) => "not an object type",
            PathStep::Attribute(_) => "object has no attribute of that name",
            PathStep::Index(_) => "value does not have given index key",
        };
        let found = match step {
            PathStep::Attribute(name) => self.attr(name),
            PathStep::Index(key) if matches!(self.ty, Type::Set(_)) => {
                self.position_of(step).map(|_| key.clone().with_marks(self.marks))
            }
            PathStep::Index(key) => self.index(key),
        };
        found.ok_or_else(|| nothing.to_owned())
    }
}
