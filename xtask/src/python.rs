//! Programs that come as Python packages: each in an environment of its own below the target directory.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::commands::{on_path, run_quietly, target};

/// Installs packages unless they are there, and says where the environment's programs are. `None` where Python is missing.
///
/// # Errors
/// When the environment cannot be made or a package cannot be had.
pub(crate) fn install(name: &str, packages: &[&str]) -> Result<Option<PathBuf>> {
    let Some(python) = on_path("python3") else { return Ok(None) };
    let place = target().join(name);
    let programs = place.join("bin");
    let finished = place.join("installed");
    let wanted = packages.join("\n");
    if fs::read_to_string(&finished).is_ok_and(|installed| installed == wanted) {
        return Ok(Some(programs));
    }
    run_quietly(Command::new(python).args(["-m", "venv"]).arg(&place))?;
    run_quietly(Command::new(programs.join("pip")).args(["install", "--quiet"]).args(packages))?;
    fs::write(finished, wanted)?;
    Ok(Some(programs))
}
