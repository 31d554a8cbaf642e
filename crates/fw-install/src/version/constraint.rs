//! Version constraints: `~> 1.2, != 1.2.5`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::Version;

/// Several constraints that must all be met; none means that any release will do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Constraints(pub Vec<Constraint>);

/// One constraint.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Constraint {
    /// The version it speaks of; portions left out are zero.
    pub version: Version,
    /// What it says about it.
    pub operator: Operator,
}

/// How a version relates to that of a constraint, in the order in which constraints on one version are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operator {
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `=`, or none
    Equal,
    /// `~>` with three numbers: of the same minor version
    SameMinor,
    /// `~>` with one or two numbers: of the same major version
    SameMajor,
    /// `<=`
    LessOrEqual,
    /// `<`
    Less,
    /// `!=`
    NotEqual,
}

impl Operator {
    fn symbol(self) -> &'static str {
        match self {
            Self::Greater => "> ",
            Self::GreaterOrEqual => ">= ",
            Self::Equal => "",
            Self::SameMinor | Self::SameMajor => "~> ",
            Self::LessOrEqual => "<= ",
            Self::Less => "< ",
            Self::NotEqual => "!= ",
        }
    }
}

/// Why a text is no version or no constraint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConstraintError {
    /// What is wrong.
    pub message: String,
}

impl Constraint {
    /// Whether the version meets it, by precedence alone.
    #[must_use]
    pub fn admits(&self, version: &Version) -> bool {
        let bound = &self.version;
        let order = version.precedence(bound);
        match self.operator {
            Operator::Greater => order.is_gt(),
            Operator::GreaterOrEqual => order.is_ge(),
            Operator::Equal => version == bound,
            Operator::NotEqual => version != bound,
            Operator::LessOrEqual => order.is_le(),
            Operator::Less => order.is_lt(),
            Operator::SameMinor => {
                order.is_ge()
                    && version.precedence(&Version::new(bound.major, bound.minor.saturating_add(1), 0)).is_lt()
            }
            Operator::SameMajor => {
                order.is_ge() && version.precedence(&Version::new(bound.major.saturating_add(1), 0, 0)).is_lt()
            }
        }
    }
}

impl Constraints {
    /// Whether the version meets all of them. Prereleases must be asked for exactly by one of them.
    #[must_use]
    pub fn admit(&self, version: &Version) -> bool {
        let asked = || self.0.iter().any(|c| c.operator == Operator::Equal && c.version == *version);
        self.0.iter().all(|c| c.admits(version)) && (!version.is_prerelease() || asked())
    }

    /// The newest of the versions that meet all of them.
    #[must_use]
    pub fn newest<'a>(&self, versions: impl IntoIterator<Item = &'a Version>) -> Option<&'a Version> {
        versions.into_iter().filter(|version| self.admit(version)).max()
    }

    /// Only this version.
    #[must_use]
    pub fn exactly(version: &Version) -> Self {
        Self(vec![Constraint { version: version.clone(), operator: Operator::Equal }])
    }

    /// Adds those of others.
    pub fn merge(&mut self, others: &Self) {
        self.0.extend(others.0.iter().cloned());
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Constraints {
    /// In the normal form of lock files: sorted, each once, all numbers written out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sorted: BTreeSet<&Constraint> = self.0.iter().collect();
        for (i, constraint) in sorted.into_iter().enumerate() {
            write!(f, "{}{}", if i == 0 { "" } else { ", " }, constraint.operator.symbol())?;
            let version = &constraint.version;
            if constraint.operator == Operator::SameMajor {
                write!(f, "{}.{}", version.major, version.minor)?;
                if !version.prerelease.is_empty() {
                    write!(f, "-{}", version.prerelease)?;
                }
            } else {
                write!(f, "{version}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Constraints {
    type Err = ConstraintError;

    fn from_str(text: &str) -> Result<Self, ConstraintError> {
        text.split(',').map(parse_constraint).collect::<Result<_, _>>().map(Self)
    }
}

fn parse_constraint(text: &str) -> Result<Constraint, ConstraintError> {
    let text = text.trim();
    let symbols = [">=", "<=", "~>", "!=", ">", "<", "="];
    let (symbol, rest) = symbols.iter().find_map(|s| text.strip_prefix(s).map(|rest| (*s, rest))).unwrap_or(("", text));
    let parsed = parse_version(rest.trim_start())?;
    let operator = match symbol {
        ">=" => Operator::GreaterOrEqual,
        "<=" => Operator::LessOrEqual,
        "!=" => Operator::NotEqual,
        ">" => Operator::Greater,
        "<" => Operator::Less,
        "~>" if parsed.given < 3 => Operator::SameMajor,
        "~>" => Operator::SameMinor,
        _ => Operator::Equal,
    };
    Ok(Constraint { version: parsed.version, operator })
}

/// A version and how many of its numbers were given.
pub(super) struct Parsed {
    pub(super) version: Version,
    pub(super) given: usize,
}

pub(super) fn parse_version(text: &str) -> Result<Parsed, ConstraintError> {
    let error = |message: String| Err(ConstraintError { message });
    if text.is_empty() {
        return error("a version number is required".to_owned());
    }
    if text.starts_with(['v', 'V']) {
        return error("a \"v\" prefix should not be used".to_owned());
    }
    let (rest, metadata) = text.split_once('+').map_or((text, None), |(rest, m)| (rest, Some(m)));
    let (numbers, prerelease) = rest.split_once('-').map_or((rest, None), |(rest, p)| (rest, Some(p)));
    for part in [prerelease, metadata].into_iter().flatten().flat_map(|part| part.split('.')) {
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return error(format!("invalid specification \"{text}\""));
        }
    }
    let mut parts = [0_u64; 3];
    let mut given = 0;
    for number in numbers.split('.') {
        let Some(part) = parts.get_mut(given) else {
            return error(format!(
                "invalid specification \"{text}\": too many numbered portions; only three are allowed (major, minor, patch)"
            ));
        };
        let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        match number.parse() {
            Ok(value) if digits => *part = value,
            _ => return error(format!("invalid specification \"{text}\"")),
        }
        given += 1;
    }
    let [major, minor, patch] = parts;
    let own = |part: Option<&str>| part.unwrap_or_default().to_owned();
    Ok(Parsed { version: Version { major, minor, patch, prerelease: own(prerelease), metadata: own(metadata) }, given })
}
