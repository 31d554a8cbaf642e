//! Chores of the project, each one command that does its own set-up. `cargo xtask` lists them.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a chore talks to the person who runs it")]

mod bench;
mod cluster;
mod commands;
mod compat;
mod demo;
mod emulator;
mod go;
mod mirrors;
mod peers;
#[path = "../../crates/fw-testkit/src/servers/postgres.rs"]
#[expect(dead_code, unreachable_pub, reason = "shared with tests")]
mod postgres;
mod providers;
mod python;
mod servers;
#[path = "../../crates/fw-testkit/src/servers/temporal.rs"]
#[expect(dead_code, unreachable_pub, reason = "shared with tests")]
mod temporal;
mod test;
mod tidy;

use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "\
Usage: cargo xtask CHORE

  demo            build the program and run the main job with real providers
  test            set up and run every test; what CI runs
  tidy            check what the compiler does not: layers, documents, file sizes
  bench [NAME..]  measure the program against terraform and tofu, where they are installed; `bench report` writes
                  docs/performance.md of what was measured; `bench service [DIR]` measures the service, with programs that were
                  built before
  cluster [embedded] [PROGRAM]
                  run three servers and five workers on PostgreSQL and Temporal, or without Temporal, on this machine, to
                  kill any of them; with a program that was built before, or else one that is built now
  compat DIR      run compiled Go test programs with terraform and with ours; `compat report` writes
                  docs/compatibility.md of what was run
  peers           build OpenTofu as a Go module, for `bench`
  providers       get the providers that can be built as Go modules, and list what this machine has
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match perform(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("xtask: {problem:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(arguments: &[String]) -> Result<()> {
    let rest = arguments.get(1..).unwrap_or_default();
    match arguments.first().map(String::as_str) {
        Some("demo") => demo::run(),
        Some("test") => test::run(rest),
        Some("tidy") => tidy::run(),
        Some("bench") => bench::run(rest),
        Some("cluster") => cluster::run(rest),
        Some("compat") => compat::run(rest),
        Some("peers") => peers::run(),
        Some("providers") => providers::run(),
        Some("help" | "-h" | "--help") => {
            print!("{USAGE}");
            Ok(())
        }
        Some(other) => bail!("there is no chore `{other}`\n\n{USAGE}"),
        None => bail!("which chore?\n\n{USAGE}"),
    }
}
