//! Every file in `tests/scenarios`: what our engine says is what is written there. How they are recorded: see
//! [`fw_testkit::check_files`].

use std::path::Path;

use fw_testkit::Scenario;

#[test]
fn scenarios() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    fw_testkit::check_files(&directory, |text, host| Scenario::parse(text).run(host), difference);
}

/// The lines that differ, with the command they follow.
fn difference(name: &str, expected: &str, found: &str) -> String {
    let (left, right): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
    let mut text = format!("\n{name}:\n");
    // The longest common subsequence, the plain way: the files are short.
    let mut table = vec![vec![0_usize; right.len() + 1]; left.len() + 1];
    for (i, l) in left.iter().enumerate().rev() {
        for (j, r) in right.iter().enumerate().rev() {
            table[i][j] = if l == r { table[i + 1][j + 1] + 1 } else { table[i + 1][j].max(table[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut command) = (0, 0, "");
    while i < left.len() || j < right.len() {
        if i < left.len() && j < right.len() && left[i] == right[j] {
            if left[i].starts_with("$ ") {
                command = left[i];
            }
            (i, j) = (i + 1, j + 1);
            continue;
        }
        if !command.is_empty() {
            text.push_str(&format!("  {command}\n"));
            command = "";
        }
        if j == right.len() || (i < left.len() && table[i + 1][j] >= table[i][j + 1]) {
            text.push_str(&format!("  - {}\n", left[i]));
            i += 1;
        } else {
            text.push_str(&format!("  + {}\n", right[j]));
            j += 1;
        }
    }
    text
}
