//! Source files: what each says about itself, how long it is, and that the lower layers reach no effects.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::Findings;
use super::layers::Package;
use crate::commands::root;

/// A file that is longer, tests not counted, has to be divided.
const LONGEST: usize = 1_000;

/// What a crate of the layers 0 to 2 gets as an argument instead.
const EFFECTS: [&str; 7] =
    ["std::fs", "std::env", "std::net", "std::process", "SystemTime::now", "Instant::now", "tokio::fs"];

pub(crate) fn check(packages: &BTreeMap<String, Package>, findings: &mut Findings) -> Result<()> {
    for package in packages.values() {
        let pure = package.layer.is_some_and(|layer| layer <= 2);
        for file in rust_files(&package.directory)? {
            let text = fs::read_to_string(&file)?;
            check_file(&file, &text, pure, findings);
        }
    }
    Ok(())
}

fn check_file(file: &Path, text: &str, pure: bool, findings: &mut Findings) {
    let root = root();
    let shown = file.strip_prefix(&root).unwrap_or(file);
    let test = is_test(shown);
    if !text.starts_with("//!") {
        findings.add(format!("{}: does not begin with `//!` and what it is for", shown.display()));
    }
    if file.ends_with("mod.rs") {
        findings.add(format!("{}: a module is `name.rs` beside `name/`", shown.display()));
    }
    let lines = text.lines().count();
    if !test && lines > LONGEST {
        findings.add(format!("{}: {lines} lines, more than {LONGEST}", shown.display()));
    }
    if pure && !test {
        let code = text.split("#[cfg(test)]").next().unwrap_or(text);
        let used = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        for effect in EFFECTS.iter().filter(|effect| used.clone().any(|line| line.contains(**effect))) {
            findings.add(format!("{}: uses {effect}; layers 0 to 2 have no effects", shown.display()));
        }
    }
}

/// Tests, benchmarks, examples and build scripts may do what the crate itself may not.
fn is_test(file: &Path) -> bool {
    let outside = ["tests", "benches", "examples"];
    file.ends_with("tests.rs")
        || file.ends_with("build.rs")
        || file.components().any(|part| outside.iter().any(|name| part.as_os_str() == *name))
}

fn rust_files(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}
