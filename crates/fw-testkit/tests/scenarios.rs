//! Every file in `tests/scenarios`: what our engine says is what is written there. With `FORMWORK_RECORD=terraform` the
//! files are written anew from the terraform binary (but those that begin with "(Not as terraform: "), with `FORMWORK_RECORD=ours` from our engine.
//! `FORMWORK_SCENARIO` names the only files to run, by a part of their names.

use std::path::Path;

use fw_testkit::{Host, Scenario};

#[test]
fn scenarios() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let only = std::env::var("FORMWORK_SCENARIO").unwrap_or_default();
    let mut files: Vec<_> = std::fs::read_dir(&directory).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.to_string_lossy().contains(&only));
    files.sort();
    assert!(!files.is_empty());
    let queue = std::sync::Mutex::new(files.into_iter());
    let failures: std::sync::Mutex<Vec<String>> = std::sync::Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(path) = queue.lock().unwrap().next() else { break };
                    if let Err(difference) = check(&path) {
                        failures.lock().unwrap().push(difference);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn check(path: &Path) -> Result<(), String> {
    let expected = std::fs::read_to_string(path).expect("a scenario can be read");
    let scenario = Scenario::parse(&expected);
    let host = match std::env::var("FORMWORK_RECORD").as_deref() {
        Ok("terraform") => Host::Terraform,
        _ => Host::Ours,
    };
    let ours_alone = expected.starts_with("(Not as terraform: ");
    if host == Host::Terraform && ours_alone {
        return Ok(());
    }
    let found = std::panic::catch_unwind(|| scenario.run(host));
    let found = found.map_err(|_panic| format!("{}: panicked", path.display()))?;
    if std::env::var("FORMWORK_RECORD").is_ok() {
        std::fs::write(path, found).expect("a scenario can be written");
        return Ok(());
    }
    if found == expected { Ok(()) } else { Err(difference(path, &expected, &found)) }
}

/// The lines that differ, with the command they follow.
fn difference(path: &Path, expected: &str, found: &str) -> String {
    let (left, right): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
    let mut text = format!("\n{}:\n", path.file_name().unwrap_or_default().to_string_lossy());
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
