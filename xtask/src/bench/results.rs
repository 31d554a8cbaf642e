//! Figures of earlier runs, kept so that a report can be made of scenarios measured one by one.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use serde_json::{Value, json};

use super::measure::Summary;
use crate::commands::target;

/// The figures of one program in one scenario.
pub(super) struct Figure {
    pub(super) program: String,
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) most: f64,
    pub(super) peak_megabytes: f64,
}

/// All figures, by scenario; ours come first.
#[derive(Default)]
pub(super) struct Results {
    pub(super) scenarios: BTreeMap<String, Vec<Figure>>,
}

impl Figure {
    pub(super) fn new(program: &str, summary: &Summary) -> Self {
        let Summary { median, least, most, peak_megabytes } = *summary;
        Self { program: program.to_owned(), median, least, most, peak_megabytes }
    }

    fn to_json(&self) -> Value {
        json!({
            "program": self.program, "median": self.median, "least": self.least, "most": self.most,
            "peak_megabytes": self.peak_megabytes,
        })
    }

    fn of_json(value: &Value) -> Option<Self> {
        let number = |name: &str| value.get(name).and_then(Value::as_f64);
        Some(Self {
            program: value.get("program")?.as_str()?.to_owned(),
            median: number("median")?,
            least: number("least")?,
            most: number("most")?,
            peak_megabytes: number("peak_megabytes").unwrap_or(f64::NAN),
        })
    }
}

impl Results {
    fn file() -> PathBuf {
        target().join("bench").join("results.json")
    }

    /// What was measured before; nothing when there is no such file.
    pub(super) fn load() -> Self {
        let stored = fs::read_to_string(Self::file()).ok().and_then(|text| serde_json::from_str::<Value>(&text).ok());
        let Some(Value::Object(stored)) = stored else { return Self::default() };
        let figures = |value: &Value| value.as_array().into_iter().flatten().filter_map(Figure::of_json).collect();
        Self { scenarios: stored.iter().map(|(name, value)| (name.clone(), figures(value))).collect() }
    }

    /// Keeps them for later reports.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn store(&self) -> Result<()> {
        let file = Self::file();
        if let Some(directory) = file.parent() {
            fs::create_dir_all(directory)?;
        }
        let stored: BTreeMap<&String, Vec<Value>> = self
            .scenarios
            .iter()
            .map(|(name, figures)| (name, figures.iter().map(Figure::to_json).collect()))
            .collect();
        Ok(fs::write(file, serde_json::to_string_pretty(&stored)?)?)
    }
}
