//! The settings of a backend: the values of its block, and what stands in for those that are not set.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fw_value::Value;

use crate::{Problem, Problems};

/// What is around a backend.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Environment variables.
    pub variables: BTreeMap<String, String>,
    /// The directory that relative paths are seen from.
    pub root: PathBuf,
    /// The working data: `.terraform`.
    pub data: PathBuf,
    /// The user's home directory.
    pub home: Option<PathBuf>,
}

impl Surroundings {
    /// An environment variable that is set and not empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// The first of several environment variables that is set and not empty.
    #[must_use]
    pub fn first_variable(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.variable(name))
    }

    /// A path as the user writes it, with `~` for the home directory.
    #[must_use]
    pub fn path(&self, text: &str) -> PathBuf {
        match (text.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.root.join(Path::new(text)),
        }
    }
}

/// The settings of a backend.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// The value of the block, of the type that the schema implies.
    pub value: &'a Value,
    /// What stands in.
    pub around: &'a Surroundings,
}

impl<'a> Settings<'a> {
    /// A setting that is set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.value.attr_ref(name).filter(|value| !value.is_null() && value.is_known())
    }

    /// A text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.get(name).and_then(Value::as_str)
    }

    /// A text that is not empty.
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<&'a str> {
        self.text(name).filter(|text| !text.is_empty())
    }

    /// A text, or that of an environment variable.
    #[must_use]
    pub fn text_or(&self, name: &str, variables: &[&str]) -> Option<&'a str> {
        self.text(name).or_else(|| self.around.first_variable(variables))
    }

    /// A truth value.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.get(name).and_then(Value::as_bool)
    }

    /// A truth value, or that of an environment variable.
    ///
    /// # Errors
    /// When the variable says something else.
    pub fn flag_or(&self, name: &str, variable: &str) -> Result<Option<bool>, Problems> {
        match (self.flag(name), self.around.variable(variable)) {
            (Some(flag), _) => Ok(Some(flag)),
            (None, None) => Ok(None),
            (None, Some("1" | "t" | "T" | "true" | "TRUE" | "True")) => Ok(Some(true)),
            (None, Some("0" | "f" | "F" | "false" | "FALSE" | "False")) => Ok(Some(false)),
            (None, Some(other)) => {
                let detail = format!("The environment variable {variable} must be true or false, not \"{other}\".");
                Err(vec![Problem::at(name, "Invalid value for environment variable", detail)])
            }
        }
    }

    /// A whole number that is not negative, or that of an environment variable.
    #[must_use]
    pub fn number_or(&self, name: &str, variable: &str) -> Option<u64> {
        let given = self.get(name).and_then(Value::as_number).map(ToString::to_string);
        given.as_deref().or_else(|| self.around.variable(variable)).and_then(|text| text.parse().ok())
    }

    /// The texts of a list or set.
    #[must_use]
    pub fn texts(&self, name: &str) -> Option<Vec<String>> {
        let elements = self.get(name)?.elements();
        Some(elements.filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// The texts of a map.
    #[must_use]
    pub fn map(&self, name: &str) -> BTreeMap<String, String> {
        let pair = |(key, value): (&fw_value::Str, &Value)| Some((key.to_string(), value.as_str()?.to_owned()));
        self.get(name).map(|map| map.string_entries().filter_map(pair).collect()).unwrap_or_default()
    }

    /// The settings within an object that is set.
    #[must_use]
    pub fn object(&self, name: &str) -> Option<Self> {
        Some(Settings { value: self.get(name)?, around: self.around })
    }
}
