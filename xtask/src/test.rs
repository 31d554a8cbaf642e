//! `cargo xtask test`: sets up what tests use where it is there, then runs every check and test.

use std::env;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::commands::{self, cargo, root};
use crate::emulator::Emulator;
use crate::{emulator, go, mirrors, servers, tidy};

/// Arguments after `test` go to `cargo test`.
fn run_tests(arguments: &[String]) -> Result<()> {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root()).args(["test", "--workspace", "--no-fail-fast"]).args(arguments);
    if let Err(problem) = go::install(&go::TIME) {
        println!("The time provider cannot be built here; tests with it are skipped.\n{problem:#}\n");
    }
    let mirrors = mirrors::all();
    if !mirrors.is_empty() {
        command.env("FORMWORK_TEST_MIRROR", env::join_paths(&mirrors).context("a mirror's path has a separator")?);
    }
    let emulators = emulators();
    let endpoints: Vec<&str> = emulators.iter().map(|emulator| emulator.endpoint.as_str()).collect();
    command.env("FORMWORK_TEST_AWS", endpoints.join(" "));
    for (name, what, found) in [
        ("FORMWORK_TEST_POSTGRESQL", "PostgreSQL", servers::postgresql()),
        ("FORMWORK_TEST_TEMPORAL", "Temporal", servers::temporal()),
        ("FORMWORK_TEST_AZURITE", "Azurite", servers::azurite()),
    ] {
        match found {
            Ok(Some(place)) => _ = command.env(name, place),
            Ok(None) => println!("No {what}; tests on it are skipped.\n"),
            Err(problem) => println!("No {what}; tests on it are skipped.\n{problem:#}\n"),
        }
    }
    // Tests start these programs from the target directory.
    cargo(&["build", "--workspace", "--bins"])?;
    commands::run(&mut command)
}

/// One emulator for each side of a comparison; none where they cannot be had.
fn emulators() -> Vec<Emulator> {
    let started = emulator::install().and_then(|program| match program {
        Some(program) => Ok(vec![Emulator::start(&program)?, Emulator::start(&program)?]),
        None => bail!("there is no Python on this machine"),
    });
    started.unwrap_or_else(|problem| {
        println!("No AWS emulator; tests on it are skipped.\n{problem:#}\n");
        Vec::new()
    })
}

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    tidy::run()?;
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"])?;
    run_tests(arguments)
}
