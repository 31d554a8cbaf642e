//! Chores of the project: `cargo xtask test` builds everything and runs every test.

use std::process::Command;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("test") => cargo(&["test", "--workspace"]),
        other => bail!("unknown chore {other:?}; known: test"),
    }
}

fn cargo(arguments: &[&str]) -> Result<()> {
    let status = Command::new(env!("CARGO")).args(arguments).status()?;
    if !status.success() {
        bail!("cargo {} failed: {status}", arguments.join(" "));
    }
    Ok(())
}
