//! Every file in `cases`: the documents that our engine and views give are those written there, byte for byte but for
//! what no two runs have in common. How they are recorded: see [`fw_testkit::check_files`].

mod case;
mod normal;
mod oracle;
mod ours;

use std::path::Path;

use case::Case;

#[test]
fn documents() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents/cases");
    fw_testkit::check_files(&directory, |text, host| Case::parse(text).run(host), difference);
}

/// The first lines that differ, with what is before them.
fn difference(name: &str, expected: &str, found: &str) -> String {
    let (left, right): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
    let same = left.iter().zip(&right).take_while(|(l, r)| l == r).count();
    let command = left.iter().take(same + 1).rfind(|line| line.starts_with("$ ")).unwrap_or(&"");
    let mut text = format!("\n{name}, line {}, {command}:\n", same + 1);
    let from = same.saturating_sub(12);
    left.iter().skip(from).take(same - from).for_each(|line| text.push_str(&format!("    {line}\n")));
    left.iter().skip(same).take(12).for_each(|line| text.push_str(&format!("  - {line}\n")));
    right.iter().skip(same).take(12).for_each(|line| text.push_str(&format!("  + {line}\n")));
    text
}
