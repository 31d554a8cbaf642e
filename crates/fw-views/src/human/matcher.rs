//! Which places of a value are meant by a set of paths, asked on the way from the outside in.

use fw_value::{Path, PathStep};

/// What is left of a set of paths at some place.
#[derive(Clone, Debug)]
pub(super) enum Matcher<'a> {
    /// Everything is meant.
    All,
    /// The rests of the paths that lead through this place.
    Paths {
        rests: Vec<&'a [PathStep]>,
        /// Whether what is inside a place that is meant is meant too.
        inside: bool,
    },
}

impl<'a> Matcher<'a> {
    /// Just the places themselves.
    pub(super) fn places(paths: &'a [Path]) -> Self {
        Self::Paths { rests: paths.iter().map(Path::steps).collect(), inside: false }
    }

    /// The places and all that is inside of them.
    pub(super) fn areas(paths: impl IntoIterator<Item = &'a Path>) -> Self {
        Self::Paths { rests: paths.into_iter().map(Path::steps).collect(), inside: true }
    }

    pub(super) fn none() -> Self {
        Self::Paths { rests: Vec::new(), inside: false }
    }

    /// Whether this very place is meant.
    pub(super) fn here(&self) -> bool {
        match self {
            Self::All => true,
            Self::Paths { rests, .. } => rests.iter().any(|rest| rest.is_empty()),
        }
    }

    /// Whether this place, something around it or something inside it is meant.
    pub(super) fn concerns(&self) -> bool {
        match self {
            Self::All => true,
            Self::Paths { rests, .. } => !rests.is_empty(),
        }
    }

    /// At an attribute or a key of a map.
    pub(super) fn key(&self, name: &str) -> Self {
        self.step(|step| match step {
            PathStep::Attribute(attribute) => **attribute == *name,
            PathStep::Index(key) => key.as_str() == Some(name),
        })
    }

    /// At a position of a list.
    pub(super) fn position(&self, index: usize) -> Self {
        self.step(|step| match step {
            PathStep::Attribute(_) => false,
            PathStep::Index(key) => match key.as_str() {
                Some(text) => text.parse() == Ok(index),
                None => key.as_number().and_then(fw_value::Number::to_usize) == Some(index),
            },
        })
    }

    fn step(&self, is_taken: impl Fn(&PathStep) -> bool) -> Self {
        let Self::Paths { rests, inside } = self else { return Self::All };
        if rests.is_empty() {
            return self.clone();
        }
        let follow = |rest: &&'a [PathStep]| match rest.split_first() {
            None => inside.then_some(*rest),
            Some((first, rest)) => is_taken(first).then_some(rest),
        };
        Self::Paths { rests: rests.iter().filter_map(follow).collect(), inside: *inside }
    }
}
