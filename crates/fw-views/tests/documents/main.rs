//! Every file in `cases`: the documents that our engine and views give are those written there, byte for byte but for
//! what no two runs have in common. With `FORMWORK_RECORD=terraform` the files are written anew from the terraform binary,
//! with `FORMWORK_RECORD=ours` from our engine.
//! `FORMWORK_SCENARIO` names the only files to run, by a part of their names.

mod case;
mod normal;
mod oracle;
mod ours;

use std::path::Path;

use case::{Case, Host};

#[test]
fn documents() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents/cases");
    let only = std::env::var("FORMWORK_SCENARIO").unwrap_or_default();
    let mut files: Vec<_> = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.to_string_lossy().contains(&only));
    files.sort();
    assert!(!files.is_empty());
    let queue = std::sync::Mutex::new(files.into_iter());
    let failures: std::sync::Mutex<Vec<String>> = std::sync::Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(path) = queue.lock().unwrap().next() else { break };
                    if let Some(difference) = check(&path) {
                        failures.lock().unwrap().push(difference);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn check(path: &Path) -> Option<String> {
    let expected = std::fs::read_to_string(path).expect("a case can be read");
    let record = std::env::var("FORMWORK_RECORD").ok();
    let host = if record.as_deref() == Some("terraform") { Host::Terraform } else { Host::Ours };
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let Ok(found) = std::panic::catch_unwind(|| Case::parse(&expected).run(host)) else {
        return Some(format!("{name}: panicked"));
    };
    if record.is_some() {
        std::fs::write(path, found).expect("a case can be written");
        return None;
    }
    (found != expected).then(|| difference(&name, &expected, &found))
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
