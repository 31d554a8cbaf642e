//! Paths into values.

use crate::{Marks, Str, Value};

/// One step into a value.
#[derive(Clone, Debug, PartialEq)]
pub enum PathStep {
    /// Into an object.
    Attribute(Str),
    /// Into a list or tuple (number), a map (string) or a set (the element itself).
    Index(Value),
}

/// Steps from the outside in; empty for the value itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path(pub Vec<PathStep>);

/// Marks found at a place.
#[derive(Clone, Debug, PartialEq)]
pub struct PathMarks {
    /// The place.
    pub path: Path,
    /// Its own marks, not those of what is around or inside it.
    pub marks: Marks,
}

impl Path {
    /// The path of the value itself.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// This path and one attribute step more.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<Str>) -> Self {
        self.0.push(PathStep::Attribute(name.into()));
        self
    }

    /// This path and one index step more.
    #[must_use]
    pub fn index(mut self, key: Value) -> Self {
        self.0.push(PathStep::Index(key));
        self
    }

    /// The steps.
    #[must_use]
    pub fn steps(&self) -> &[PathStep] {
        &self.0
    }
}
