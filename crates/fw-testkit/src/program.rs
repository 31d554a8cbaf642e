//! Programs of the workspace, as tests of other crates need them.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// A program of the workspace, built the way the running test was. One that is not there yet is built.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    static BUILD: Mutex<()> = Mutex::new(());
    let test = std::env::current_exe().expect("a running test has a program");
    // `target/debug/deps/test-0123`, and the programs are beside `deps`.
    let directory = test.ancestors().nth(2).expect("tests run from a target directory").to_owned();
    let path = directory.join(name);
    let building = BUILD.lock().unwrap_or_else(PoisonError::into_inner);
    if !path.exists() {
        build(name, &directory);
    }
    drop(building);
    assert!(path.exists(), "cargo has not made {}", path.display());
    path
}

fn build(name: &str, directory: &std::path::Path) {
    let cargo = option_env!("CARGO").unwrap_or("cargo");
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--package", name]);
    if directory.ends_with("release") {
        command.arg("--release");
    }
    if let Some(target) = directory.parent() {
        command.arg("--target-dir").arg(target);
    }
    let status = command.status().expect("cargo runs");
    assert!(status.success(), "cargo builds {name}");
}
