//! Labels: what a step needs of a worker, and what a worker has.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const LONGEST: usize = 63;

/// A capability such as `aws`, `linux` or `environment=prod`: lower-case letters, digits and `. _ - / =`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(String);

/// Why a text is no label.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a label: it has 1 to 63 lower-case letters, digits and any of `. _ - / =`")]
pub struct LabelError(String);

impl Label {
    /// The label as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Label {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, LabelError> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-/=".contains(&byte);
        if text.is_empty() || text.len() > LONGEST || !text.bytes().all(fits) {
            return Err(LabelError(text.chars().take(LONGEST).collect()));
        }
        Ok(Self(text.to_owned()))
    }
}

/// A set of labels. As text: in order, with commas between them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelSet(BTreeSet<Label>);

impl LabelSet {
    /// Whether a worker with these labels can do what needs those.
    #[must_use]
    pub fn covers(&self, needed: &Self) -> bool {
        self.0.is_superset(&needed.0)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The labels in order.
    pub fn iter(&self) -> impl Iterator<Item = &Label> {
        self.0.iter()
    }
}

impl FromIterator<Label> for LabelSet {
    fn from_iter<I: IntoIterator<Item = Label>>(labels: I) -> Self {
        Self(labels.into_iter().collect())
    }
}

impl fmt::Display for LabelSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, label) in self.0.iter().enumerate() {
            write!(f, "{}{label}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl FromStr for LabelSet {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, LabelError> {
        text.split(',').map(str::trim).filter(|label| !label.is_empty()).map(str::parse).collect()
    }
}

impl Serialize for LabelSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Label::as_str))
    }
}

impl<'de> Deserialize<'de> for LabelSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let labels = Vec::<String>::deserialize(deserializer)?;
        labels.iter().map(|label| label.parse()).collect::<Result<_, _>>().map_err(D::Error::custom)
    }
}
