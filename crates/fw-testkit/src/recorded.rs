//! Folders of text files that hold what a run is expected to say.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::Host;

/// Runs every file of a folder, several at a time, and fails with all differences. `run` makes the text of a file anew, with
/// what is really said; `difference` tells two texts apart.
///
/// With `FORMWORK_RECORD=terraform` the files are written anew from the terraform binary, but for those that begin with
/// "(Not as terraform: "; with `FORMWORK_RECORD=ours` from our engine. `FORMWORK_SCENARIO` names the only files to run, by a
/// part of their names.
///
/// # Panics
/// When a file has another text.
pub fn check_files(
    directory: &Path,
    run: impl Fn(&str, Host) -> String + Sync + std::panic::RefUnwindSafe,
    difference: impl Fn(&str, &str, &str) -> String + Sync,
) {
    let only = std::env::var("FORMWORK_SCENARIO").unwrap_or_default();
    let listed = std::fs::read_dir(directory).expect("the folder can be read");
    let mut files: Vec<PathBuf> = listed.map(|entry| entry.expect("the folder can be read").path()).collect();
    files.retain(|file| file.to_string_lossy().contains(&only));
    files.sort();
    assert!(!files.is_empty(), "no file of that name");
    let queue = Mutex::new(files.into_iter());
    let failures: Mutex<Vec<String>> = Mutex::default();
    let work = || {
        while let Some(path) = next(&queue) {
            if let Err((name, expected, found)) = check(&path, &run) {
                let told =
                    found.map_or_else(|| format!("{name}: panicked"), |found| difference(&name, &expected, &found));
                failures.lock().unwrap_or_else(PoisonError::into_inner).push(told);
            }
        }
    };
    std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(work))));
    let failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn next(queue: &Mutex<impl Iterator<Item = PathBuf>>) -> Option<PathBuf> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).next()
}

/// The name of the file, what is expected, and what was found instead; nothing where the run panicked.
type Mismatch = (String, String, Option<String>);

fn check(path: &Path, run: &(impl Fn(&str, Host) -> String + std::panic::RefUnwindSafe)) -> Result<(), Mismatch> {
    let expected = std::fs::read_to_string(path).expect("the file can be read");
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let record = std::env::var("FORMWORK_RECORD").ok();
    let host = if record.as_deref() == Some("terraform") { Host::Terraform } else { Host::Ours };
    if host == Host::Terraform && expected.starts_with("(Not as terraform: ") {
        return Ok(());
    }
    let Ok(found) = std::panic::catch_unwind(|| run(&expected, host)) else {
        return Err((name, expected, None));
    };
    if record.is_some() {
        std::fs::write(path, found).expect("the file can be written");
        return Ok(());
    }
    if found == expected { Ok(()) } else { Err((name, expected, Some(found))) }
}
