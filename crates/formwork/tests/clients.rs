//! The Go module `tests/clients`, with this binary: terraform-exec's calls, and acceptance tests of providers that the test
//! process serves. Needs a Go toolchain, and once the modules that it downloads.

#![expect(clippy::print_stderr, reason = "says what it skips")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Compiles the module's tests; `None` where that cannot be done, which is said.
fn compiled(module: &Path, directory: &Path) -> Option<PathBuf> {
    let program = directory.join("clients.test");
    let mut build = Command::new("go");
    build.args(["test", "-c", "-o"]).arg(&program).arg(".").current_dir(module);
    match build.output() {
        Ok(built) if built.status.success() => Some(program),
        Ok(built) => {
            let told = String::from_utf8_lossy(&built.stderr);
            // Without its modules nothing can be said; a mistake in the tests themselves is one.
            assert!(!told.contains(".go:"), "the module tests/clients does not compile:\n{told}");
            eprintln!("skipped: the module tests/clients cannot be built here:\n{told}");
            None
        }
        Err(problem) => {
            eprintln!("skipped: no Go toolchain here: {problem}");
            None
        }
    }
}

fn told(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text)).concat()
}

#[test]
fn clients_written_in_go() {
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clients");
    let directory = tempfile::tempdir().expect("a directory");
    let Some(program) = compiled(&module, directory.path()) else { return };
    // Some clients look at the program's name.
    let binary = directory.path().join("terraform");
    std::fs::hard_link(env!("CARGO_BIN_EXE_formwork"), &binary)
        .or_else(|_| std::fs::copy(env!("CARGO_BIN_EXE_formwork"), &binary).map(drop))
        .expect("a link to the binary");
    let mut tests = Command::new(program);
    tests.args(["-test.parallel=4", "-test.timeout=10m"]).current_dir(&module).env("CLIENTS_BINARY", &binary);
    for variable in std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("TF_")) {
        tests.env_remove(variable);
    }
    let output = tests.output().expect("the compiled tests run");
    assert!(output.status.success(), "{}", told(&output));
}
