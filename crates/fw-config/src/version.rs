//! Versions and version constraints as `required_version`, `required_providers` and module `version` write them.
//!
//! The syntax is that of terraform's own checks when it reads configuration. Constraints of providers are matched against
//! the versions of a registry by the installer, with the same rules.

use std::cmp::Ordering;
use std::fmt;

/// A version: numeric segments, prerelease, build metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    segments: Vec<u64>,
    /// How many segments were written; the rest is filled with zeros up to three.
    written: usize,
    prerelease: String,
    metadata: String,
}

/// One comparison: `>= 1.2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    operator: Operator,
    version: Version,
    /// As written, with the blanks around it.
    text: String,
}

/// Comparisons that must all hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraints(Vec<Constraint>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Pessimistic,
}

/// Longest operators first, so that `>=` is not read as `>`.
const OPERATORS: [(&str, Operator); 7] = [
    (">=", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("!=", Operator::NotEqual),
    ("~>", Operator::Pessimistic),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
];

impl Version {
    /// Reads `1.2.3`, `v1.2`, `1.0.0-beta1+build`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (rest, metadata) = match text.split_once('+') {
            Some((rest, metadata)) => (rest, identifiers(metadata, false)?),
            None => (text, ""),
        };
        let numeric = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (numbers, tail) = rest.split_at_checked(numeric)?;
        let prerelease = match tail.strip_prefix('-') {
            Some(tail) => identifiers(tail, false)?,
            None if tail.is_empty() => "",
            None => identifiers(tail, true)?,
        };
        let mut segments = numbers.split('.').map(|n| n.parse().ok()).collect::<Option<Vec<u64>>>()?;
        let written = segments.len();
        segments.resize(written.max(3), 0);
        Some(Self { segments, written, prerelease: prerelease.to_owned(), metadata: metadata.to_owned() })
    }

    /// Whether it is a prerelease.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }

    /// Compared by segments, then prerelease; metadata does not count.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        self.compare_segments(other).then_with(|| compare_prerelease(&self.prerelease, &other.prerelease))
    }

    fn compare_segments(&self, other: &Self) -> Ordering {
        let length = self.segments.len().max(other.segments.len());
        let at = |v: &Self, i: usize| v.segments.get(i).copied().unwrap_or(0);
        (0..length).map(|i| at(self, i).cmp(&at(other, i))).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let segments: Vec<String> = self.segments.iter().map(u64::to_string).collect();
        write!(f, "{}", segments.join("."))?;
        if !self.prerelease.is_empty() {
            write!(f, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

/// Dot-separated identifiers of a prerelease or metadata; glued to the number they must start with a letter.
fn identifiers(text: &str, letter_first: bool) -> Option<&str> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '~';
    let first_fits = !letter_first || text.starts_with(|c: char| !c.is_ascii_digit());
    (first_fits && text.split('.').all(|part| !part.is_empty() && part.chars().all(allowed))).then_some(text)
}

/// No prerelease is later than any; numeric identifiers come before others.
fn compare_prerelease(a: &str, b: &str) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        let (l, r) = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(l), Some(r)) => (l, r),
        };
        let order = match (l.parse::<u64>(), r.parse::<u64>()) {
            (Ok(l), Ok(r)) => l.cmp(&r),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => l.cmp(r),
        };
        if order.is_ne() {
            return order;
        }
    }
}

impl Constraints {
    /// Reads comparisons separated by commas.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.split(',').map(Constraint::parse).collect::<Option<Vec<_>>>().map(Self)
    }

    /// Whether a version satisfies all of them.
    #[must_use]
    pub fn allow(&self, version: &Version) -> bool {
        self.0.iter().all(|c| c.allows(version))
    }

    /// Whether one of them asks for exactly this version, as it must for a prerelease of a registry's module.
    #[must_use]
    pub fn name(&self, version: &Version) -> bool {
        self.0.iter().any(|c| c.operator == Operator::Equal && c.version.compare(version).is_eq())
    }

    /// The text of the first comparison with a prerelease version.
    #[must_use]
    pub fn prerelease(&self) -> Option<&str> {
        self.0.iter().find(|c| c.version.is_prerelease()).map(|c| c.text.as_str())
    }
}

impl Constraint {
    fn parse(text: &str) -> Option<Self> {
        let trimmed = text.trim_matches(|c: char| c.is_ascii_whitespace());
        let found = OPERATORS.iter().find_map(|(sign, op)| trimmed.strip_prefix(sign).map(|rest| (*op, rest)));
        let (operator, rest) = found.unwrap_or((Operator::Equal, trimmed));
        let version = Version::parse(rest.trim_start_matches(|c: char| c.is_ascii_whitespace()))?;
        Some(Self { operator, version, text: text.to_owned() })
    }

    fn allows(&self, version: &Version) -> bool {
        let wanted = &self.version;
        let order = version.compare(wanted);
        match self.operator {
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => order.is_ne(),
            Operator::Greater => comparable(version, wanted) && order.is_gt(),
            Operator::Less => comparable(version, wanted) && order.is_lt(),
            Operator::GreaterOrEqual => comparable(version, wanted) && order.is_ge(),
            Operator::LessOrEqual => comparable(version, wanted) && order.is_le(),
            Operator::Pessimistic => pessimistic(version, wanted),
        }
    }
}

/// Prereleases are only found by constraints that name a prerelease of the same version.
fn comparable(version: &Version, wanted: &Version) -> bool {
    !version.is_prerelease() || wanted.is_prerelease() && version.compare_segments(wanted).is_eq()
}

/// `~> 1.2.3`: at least that, and the same in all written segments but the last.
fn pessimistic(version: &Version, wanted: &Version) -> bool {
    if !comparable(version, wanted) || wanted.is_prerelease() && !version.is_prerelease() {
        return false;
    }
    if version.compare(wanted).is_lt() || wanted.segments.len() > version.segments.len() {
        return false;
    }
    let fixed = wanted.written.saturating_sub(1);
    version.segments.iter().zip(&wanted.segments).take(fixed).all(|(v, w)| v == w)
}

#[cfg(test)]
mod tests {
    use super::{Constraints, Version};

    fn allows(constraints: &str, version: &str) -> bool {
        Constraints::parse(constraints).expect(constraints).allow(&Version::parse(version).expect(version))
    }

    #[test]
    fn constraints_allow() {
        for (constraints, version, expected) in [
            ("~> 1", "1.11.4", true),
            ("~> 1", "2.0.0", true),
            ("~> 0.12", "1.11.4", false),
            ("~> 1.11.0", "1.11.4", true),
            ("~> 1.11.4.5", "1.11.4", false),
            ("~> 1.10.0", "1.11.4", false),
            (">= 1.0, < 2", "1.11.4", true),
            ("v1.11.4", "1.11.4", true),
            ("= 1.11.4+meta", "1.11.4", true),
            ("!= 1.11.4", "1.11.4", false),
            (">= 1.0", "1.1.0-beta1", false),
            (">= 1.1.0-alpha", "1.1.0-beta1", true),
            ("> 1.0.0-beta1", "1.0.0", true),
        ] {
            assert_eq!(allows(constraints, version), expected, "{constraints} on {version}");
        }
    }

    #[test]
    fn bad_syntax_is_refused() {
        for text in ["", "1.0 2.0", "^1", "=> 1", "1.*", "1.0, 2.0,,", "x", "1..2"] {
            assert!(Constraints::parse(text).is_none(), "{text}");
        }
        for text in ["> v1.0", " >=1.0 , <2 ", "1.2.3.4", "= 1.0.0-beta1", "1.0beta"] {
            assert!(Constraints::parse(text).is_some(), "{text}");
        }
    }
}
