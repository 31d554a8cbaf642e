//! Versions of providers, and constraints on them.

mod constraint;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

pub use constraint::{Constraint, ConstraintError, Constraints, Operator};

/// An exact version. Ordered by precedence; build metadata breaks ties, so that the order is total.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    /// The first number.
    pub major: u64,
    /// The second number.
    pub minor: u64,
    /// The third number.
    pub patch: u64,
    /// What comes after `-`; empty for releases.
    pub prerelease: String,
    /// What comes after `+`.
    pub metadata: String,
}

impl Version {
    /// A release.
    #[must_use]
    pub fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self { major, minor, patch, prerelease: String::new(), metadata: String::new() }
    }

    /// Whether it is a prerelease, which is chosen only where it is asked for by name.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }

    fn precedence(&self, other: &Self) -> Ordering {
        let numbers = |v: &Self| (v.major, v.minor, v.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| match (self.is_prerelease(), other.is_prerelease()) {
            (false, false) => Ordering::Equal,
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (true, true) => compare_identifiers(&self.prerelease, &other.prerelease),
        })
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.precedence(other)
            .then_with(|| compare_identifiers(&self.metadata, &other.metadata))
            .then_with(|| self.metadata.cmp(&other.metadata))
            .then_with(|| self.prerelease.cmp(&other.prerelease))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Dotted identifiers: numbers by size and before words, words by bytes, the shorter list first.
fn compare_identifiers(a: &str, b: &str) -> Ordering {
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.trim_start_matches('0').to_owned());
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        let (a, b) = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => (a, b),
        };
        let order = match (number(a), number(b)) {
            (Some(a), Some(b)) => a.len().cmp(&b.len()).then_with(|| a.cmp(&b)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => a.cmp(b),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(f, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

impl FromStr for Version {
    type Err = ConstraintError;

    /// All three numbers must be there.
    fn from_str(text: &str) -> Result<Self, ConstraintError> {
        let parsed = constraint::parse_version(text)?;
        if parsed.given < 3 {
            return Err(ConstraintError { message: format!("\"{text}\" must have three numbered portions") });
        }
        Ok(parsed.version)
    }
}

/// A version that may leave out its last numbers, which are zero then.
pub(crate) fn parse_padded(text: &str) -> Result<Version, ConstraintError> {
    constraint::parse_version(text).map(|parsed| parsed.version)
}

#[cfg(test)]
mod tests;
