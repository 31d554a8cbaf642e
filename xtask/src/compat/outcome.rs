//! How the tests of a suite ended.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// As it should.
    Passed,
    /// Otherwise, or not at all.
    Failed,
    /// It was not meant for this machine or version.
    Skipped,
}

impl Outcome {
    const ALL: [(Self, &'static str, &'static str); 3] =
        [(Self::Passed, "PASS", "passed"), (Self::Failed, "FAIL", "failed"), (Self::Skipped, "SKIP", "skipped")];

    /// In words.
    pub(super) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(outcome, ..)| *outcome == self).map_or("", |(.., word)| word)
    }
}

/// Tests by name, subtests as `Test/name`.
#[derive(Debug, Default)]
pub(super) struct Outcomes(pub(super) BTreeMap<String, Outcome>);

impl Outcomes {
    /// Reads what a test program prints when it is asked to be verbose.
    pub(super) fn read(printed: &str) -> Self {
        let mut found = BTreeMap::new();
        for line in printed.lines() {
            // Lines about tests begin with a control character; what tests print themselves may end just before it.
            let line = line.rsplit('\u{16}').next().unwrap_or(line).trim_start();
            if let Some(name) = line.strip_prefix("=== RUN   ") {
                // A test that never ends has failed.
                found.insert(name.trim().to_owned(), Outcome::Failed);
            }
            let Some((outcome, rest)) = line.strip_prefix("--- ").and_then(|rest| rest.split_once(": ")) else {
                continue;
            };
            let outcome = Outcome::ALL.iter().find(|(_, printed, _)| *printed == outcome);
            if let (Some((outcome, ..)), Some((name, _))) = (outcome, rest.rsplit_once(" (")) {
                found.insert(name.to_owned(), *outcome);
            }
        }
        Self(found)
    }

    /// How many ended like this.
    pub(super) fn count(&self, outcome: Outcome) -> usize {
        self.0.values().filter(|found| **found == outcome).count()
    }

    /// Writes a file.
    pub(super) fn keep(&self, path: &Path) -> Result<()> {
        fs::create_dir_all(path.parent().context("a file is in a directory")?)?;
        let lines: String = self.0.iter().map(|(name, outcome)| format!("{} {name}\n", outcome.word())).collect();
        fs::write(path, lines).with_context(|| format!("cannot write `{}`", path.display()))
    }

    /// Reads the file again.
    pub(super) fn kept(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let one = |line: &str| {
            let (word, name) = line.split_once(' ')?;
            let (outcome, ..) = Outcome::ALL.iter().find(|(.., known)| *known == word)?;
            Some((name.to_owned(), *outcome))
        };
        Ok(Self(text.lines().filter_map(one).collect()))
    }
}

impl fmt::Display for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [passed, failed, skipped] =
            [Outcome::Passed, Outcome::Failed, Outcome::Skipped].map(|outcome| self.count(outcome));
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Outcomes};

    #[test]
    fn verbose_output_is_read() {
        let printed = "=== RUN   TestA\n\u{16}=== RUN   TestA/one_(1)\nsome text\u{16}    --- PASS: TestA/one_(1) (0.10s)\n\
                       \u{16}--- FAIL: TestA (0.20s)\n--- SKIP: TestB (0.00s)\n=== RUN   TestC\npanic: gone\n";
        let found = Outcomes::read(printed);
        assert_eq!(found.0["TestA"], Outcome::Failed);
        assert_eq!(found.0["TestA/one_(1)"], Outcome::Passed);
        assert_eq!(found.0["TestB"], Outcome::Skipped);
        assert_eq!(found.0["TestC"], Outcome::Failed);
        assert_eq!(found.to_string(), "1 passed, 2 failed, 1 skipped");
    }
}
