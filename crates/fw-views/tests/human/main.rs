//! Plans and states as people read them, against what terraform 1.11.4 printed. Each case holds a plan (or state) as the
//! JSON document terraform gave for it, and the text it gave for the same.

mod document;
mod schema;

use std::fs;
use std::path::{Path, PathBuf};

use fw_views::human::{self, Schemas, Style, Tool};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/human")
}

fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(directory().join("cases")).expect("there are cases");
    let mut cases: Vec<_> = entries.map(|entry| entry.expect("it can be listed").path()).collect();
    cases.sort();
    cases
}

fn schemas() -> Schemas {
    schema::read(&fs::read_to_string(directory().join("schemas.json")).expect("the schemas are there"))
}

fn style(color: bool) -> Style {
    Style { color, tool: Tool::TERRAFORM, ..Style::default() }
}

/// Collects differences, so that one run shows all of them.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn compare(&mut self, what: &str, expected: &str, found: &str) {
        if expected == found {
            return;
        }
        let (old, new): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
        let first = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let show = |lines: &[&str]| {
            lines
                .iter()
                .skip(first.saturating_sub(3))
                .take(14)
                .map(|line| format!("    {line:?}\n"))
                .collect::<String>()
        };
        self.0.push(format!("{what}, line {}:\n  terraform\n{}  ours\n{}", first + 1, show(&old), show(&new)));
    }

    fn none(self) {
        assert!(self.0.is_empty(), "{} differences:\n{}", self.0.len(), self.0.join("\n"));
    }
}

#[test]
fn plans_read_as_terraform_prints_them() {
    let schemas = schemas();
    let mut differences = Differences::default();
    let mut seen = 0;
    for case in cases() {
        let plan = document::plan(&fs::read_to_string(case.join("plan.json")).expect("a plan"), &schemas);
        for (color, file) in [(false, "plan.txt"), (true, "plan.color.txt")] {
            let expected = fs::read_to_string(case.join(file)).expect("a text");
            let found = human::plan(&plan, &schemas, &style(color));
            let name = case.file_name().expect("a name").to_string_lossy().into_owned();
            differences.compare(&format!("{name}/{file}"), &expected, &found);
            seen += 1;
        }
    }
    assert!(seen > 30, "only {seen} plans compared");
    differences.none();
}

#[test]
fn states_read_as_terraform_prints_them() {
    let schemas = schemas();
    let mut differences = Differences::default();
    let mut seen = 0;
    for case in cases() {
        let Ok(text) = fs::read(case.join("state.json")) else { continue };
        let state = fw_state::read(&text).expect("a state");
        let expected = fs::read_to_string(case.join("state.txt")).expect("a text");
        let name = case.file_name().expect("a name").to_string_lossy().into_owned();
        differences.compare(&format!("{name}/state.txt"), &expected, &human::state(&state, &schemas, &style(false)));
        seen += 1;
    }
    assert!(seen > 5, "only {seen} states compared");
    differences.none();
}
