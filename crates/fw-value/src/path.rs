//! Paths into values.

use std::fmt;

use crate::{Content, Marks, Str, Value};

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

/// A problem with a value, at a place inside it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct PathError {
    /// The place.
    pub path: Path,
    /// What is wrong, as a fragment without full stop.
    pub message: String,
}

impl PathError {
    /// A problem with the value itself.
    #[must_use]
    pub fn here(message: impl Into<String>) -> Self {
        Self { path: Path::root(), message: message.into() }
    }

    /// The same problem, seen from one step further out.
    #[must_use]
    pub fn under(mut self, step: PathStep) -> Self {
        self.path.0.insert(0, step);
        self
    }
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

    /// Whether it is the path of the value itself.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this path starts with all steps of `prefix`.
    #[must_use]
    pub fn starts_with(&self, prefix: &Self) -> bool {
        self.0.starts_with(&prefix.0)
    }

    /// This path and all steps of `rest`.
    #[must_use]
    pub fn join(mut self, rest: &Self) -> Self {
        self.0.extend(rest.0.iter().cloned());
        self
    }
}

impl fmt::Display for Path {
    /// As terraform's messages show it: `.name[0]["key"]`; `[...]` for what has no short form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.0 {
            match step {
                PathStep::Attribute(name) => write!(f, ".{name}")?,
                PathStep::Index(key) => match key.content() {
                    Content::Number(n) => write!(f, "[{n}]")?,
                    Content::String(text) => write!(f, "[{}]", crate::type_text::go_quoted(text))?,
                    _ => f.write_str("[...]")?,
                },
            }
        }
        Ok(())
    }
}
