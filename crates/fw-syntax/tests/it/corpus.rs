//! Real configurations, where a directory of them is named by `FORMWORK_TEST_CORPUS`: all are read, and formatted as the
//! `terraform` program does, where it is installed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::FILE;

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "tf") {
            found.push(path);
        }
    }
}

#[expect(clippy::print_stderr, reason = "says what it skips")]
fn corpus() -> Vec<PathBuf> {
    let Some(directory) = std::env::var_os("FORMWORK_TEST_CORPUS") else {
        eprintln!("skipped: FORMWORK_TEST_CORPUS names no directory");
        return Vec::new();
    };
    let mut found = Vec::new();
    files(Path::new(&directory), &mut found);
    found.sort();
    found
}

#[test]
fn real_files_are_read_and_formatting_them_twice_is_formatting_once() {
    for path in corpus() {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let (_, problems) = fw_syntax::parse_native(FILE, &text);
        let formatted = fw_syntax::fmt::format(&text);
        assert_eq!(problems.has_errors(), formatted.is_err(), "{}", path.display());
        if let Ok(once) = formatted {
            assert_eq!(fw_syntax::fmt::format(&once).ok(), Some(once), "{}", path.display());
        }
    }
}

#[test]
fn real_files_are_formatted_as_terraform_does() {
    let files = corpus();
    let present = Command::new("terraform").arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !present.is_ok_and(|status| status.success()) {
        println!("skipped: there is no terraform program");
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let mut texts = Vec::new();
    for (index, path) in files.iter().enumerate() {
        let Ok(text) = fs::read_to_string(path) else { continue };
        if let Ok(formatted) = fw_syntax::fmt::format(&text) {
            let copy = scratch.path().join(format!("{index}.tf"));
            fs::write(&copy, text).unwrap();
            texts.push((path, copy, formatted));
        }
    }
    if texts.is_empty() {
        return;
    }
    let status = Command::new("terraform").args(["fmt", "-list=false"]).arg(scratch.path()).status().unwrap();
    assert!(status.success());
    for (path, copy, formatted) in texts {
        assert_eq!(fs::read_to_string(copy).unwrap(), formatted, "{}", path.display());
    }
}
