//! `docs/compatibility.md`: a row for each suite, and every difference with its reason. Reasons are written by people, into
//! the document; a test that still differs keeps its reason when the document is written anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Result;

use super::outcome::{Outcome, Outcomes};
use crate::commands::root;

const BEGIN: &str = "<!-- outcomes: written by `cargo xtask compat DIR` -->\n";
const END: &str = "<!-- end of outcomes -->\n";
const UNEXPLAINED: &str = "not looked into yet";

/// The outcomes of one suite on both sides.
struct Compared {
    suite: String,
    theirs: Outcomes,
    ours: Outcomes,
}

impl Compared {
    /// How many tests pass with terraform, and how many of them with ours.
    fn passed(&self) -> (usize, usize) {
        let with_theirs = self.theirs.0.iter().filter(|(_, outcome)| **outcome == Outcome::Passed);
        let with_both = with_theirs.clone().filter(|(name, _)| self.ours.0.get(*name) == Some(&Outcome::Passed));
        (with_theirs.count(), with_both.count())
    }

    /// Tests that end otherwise: name, with terraform, with ours.
    fn differences(&self) -> impl Iterator<Item = (&str, &'static str, &'static str)> {
        let missing = "not run";
        let names = self.theirs.0.keys().chain(self.ours.0.keys().filter(|name| !self.theirs.0.contains_key(*name)));
        names
            .map(|name| (name, self.theirs.0.get(name), self.ours.0.get(name)))
            .filter(|(_, theirs, ours)| theirs != ours)
            .map(move |(name, theirs, ours)| {
                let word = |outcome: Option<&Outcome>| outcome.map_or(missing, |outcome| outcome.word());
                (name.as_str(), word(theirs), word(ours))
            })
    }
}

/// Writes the outcomes that are kept, suite by suite.
///
/// # Errors
/// When they or the document cannot be read or written.
pub(super) fn write(kept: &Path) -> Result<()> {
    let path = root().join("docs/compatibility.md");
    let text = fs::read_to_string(&path)?;
    let (before, rest) = text.split_once(BEGIN).unwrap_or((&text, END));
    let (old, after) = rest.split_once(END).unwrap_or((rest, ""));
    let mut all = Vec::new();
    for entry in fs::read_dir(kept.join("formwork"))? {
        let suite = entry?.file_name().to_string_lossy().into_owned();
        let theirs = Outcomes::kept(&kept.join("terraform").join(&suite))?;
        let ours = Outcomes::kept(&kept.join("formwork").join(&suite))?;
        all.push(Compared { suite, theirs, ours });
    }
    all.sort_by(|a, b| a.suite.cmp(&b.suite));
    fs::write(&path, format!("{before}{BEGIN}{}{END}{after}", outcomes(&all, &reasons(old))))?;
    println!("wrote {}", path.display());
    Ok(())
}

fn outcomes(all: &[Compared], reasons: &BTreeMap<(&str, &str), &str>) -> String {
    let mut text = "\n| suite | pass with terraform | of these with ours | share | failed with terraform, ours \
                    | skipped with terraform, ours |\n|---|---|---|---|---|---|\n"
        .to_owned();
    let mut total = (0, 0);
    for compared in all {
        let (theirs, both) = compared.passed();
        total = (total.0 + theirs, total.1 + both);
        let [failed, skipped] = [Outcome::Failed, Outcome::Skipped]
            .map(|outcome| format!("{}, {}", compared.theirs.count(outcome), compared.ours.count(outcome)));
        let share = share(both, theirs);
        text += &format!("| {} | {theirs} | {both} | {share} | {failed} | {skipped} |\n", compared.suite);
    }
    text += &format!("| all | {} | {} | {} | | |\n", total.0, total.1, share(total.1, total.0));
    text += "\n## Differences\n\n";
    for compared in all {
        for (name, theirs, ours) in compared.differences() {
            let reason = reasons.get(&(compared.suite.as_str(), name)).unwrap_or(&UNEXPLAINED);
            text += &format!("- `{}` `{name}`: {theirs} with terraform, {ours} with ours: {reason}\n", compared.suite);
        }
    }
    text + "\n"
}

fn share(part: usize, whole: usize) -> String {
    let tenths = (part * 1000).checked_div(whole).unwrap_or(1000);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// The reasons in the document, by suite and test.
fn reasons(old: &str) -> BTreeMap<(&str, &str), &str> {
    let one = |line| {
        let (suite, rest) = str::strip_prefix(line, "- `")?.split_once("` `")?;
        let (name, rest) = rest.split_once("`: ")?;
        let (_, reason) = rest.split_once(" with ours: ")?;
        Some(((suite, name), reason))
    };
    old.lines().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::{Compared, Outcomes, outcomes, reasons};

    #[test]
    fn reasons_stay_with_their_tests() {
        let read = |text| Outcomes::read(text);
        let both = || Compared {
            suite: "random".to_owned(),
            theirs: read("--- PASS: TestA (0s)\n--- PASS: TestB/x (0s)\n--- SKIP: TestC (0s)\n"),
            ours: read("--- FAIL: TestA (0s)\n--- PASS: TestB/x (0s)\n--- SKIP: TestC (0s)\n"),
        };
        let first = outcomes(&[both()], &reasons(""));
        assert!(first.contains("| random | 2 | 1 | 50.0 % | 0, 1 | 1, 1 |"), "{first}");
        let explained = first.replace("not looked into yet", "because: of that");
        let second = outcomes(&[both()], &reasons(&explained));
        assert!(
            second.contains("- `random` `TestA`: passed with terraform, failed with ours: because: of that\n"),
            "{second}"
        );
    }
}
