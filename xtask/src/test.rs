//! `cargo xtask test`: sets up what tests use where it is there, then runs every check and test.

use std::env;
use std::process::Command;

use anyhow::{Context, Result};

use crate::commands::{self, cargo, root};
use crate::{emulator, go, mirrors, tidy};

/// Arguments after `test` go to `cargo test`.
fn run_tests(arguments: &[String]) -> Result<()> {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root()).args(["test", "--workspace"]).args(arguments);
    if let Err(problem) = go::install(&go::TIME) {
        println!("The time provider cannot be built here; tests with it are skipped.\n{problem:#}\n");
    }
    let mirrors = mirrors::all();
    if !mirrors.is_empty() {
        command.env("FORMWORK_TEST_MIRROR", env::join_paths(&mirrors).context("a mirror's path has a separator")?);
    }
    if mirrors::have(&mirrors, "hashicorp/aws") {
        match emulator::install() {
            Ok(Some(program)) => drop(command.env("FORMWORK_TEST_MOTO", program)),
            Ok(None) => println!("No Python here; tests on the AWS emulator are skipped.\n"),
            Err(problem) => println!("No AWS emulator; tests on it are skipped.\n{problem:#}\n"),
        }
    }
    // Tests start these programs from the target directory.
    cargo(&["build", "--workspace", "--bins"])?;
    commands::run(&mut command)
}

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    tidy::run()?;
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"])?;
    run_tests(arguments)
}
