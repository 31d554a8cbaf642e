//! `cargo xtask compat DIR`: test programs of other people's projects, run with terraform and with our binary.
//!
//! `DIR` has a directory for each suite, with one program that `go test -c` made (`NAME.test`) and the files its tests
//! expect around them. What came out is kept below the target directory, so that suites can be run one by one; the document
//! is written of everything that is kept.

mod document;
mod outcome;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::commands::{cargo, on_path, program_name, target};
use crate::mirrors;
use outcome::Outcomes;

/// Longer than any suite takes.
const LIMIT: &str = "-test.timeout=60m";

/// A program under test.
struct Side {
    name: &'static str,
    binary: PathBuf,
}

/// A test program in its directory.
struct Suite {
    name: String,
    program: PathBuf,
}

/// Arguments: the directory, then names of suites; none for all. With `--ours`, what is kept of terraform stands. Or
/// `report`, for the document alone.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let kept = target().join("compat");
    let Some((directory, wanted)) = arguments.split_first() else {
        bail!("which directory has the test programs? `cargo xtask compat DIR [SUITE..]`");
    };
    if directory == "report" {
        return document::write(&kept);
    }
    let directory = Path::new(directory).canonicalize().with_context(|| format!("no directory `{directory}`"))?;
    let only_ours = wanted.iter().any(|word| word == "--ours");
    let wanted: Vec<String> = wanted.iter().filter(|word| *word != "--ours").cloned().collect();
    let suites = suites(&directory, &wanted)?;
    let mut sides = sides(&kept)?;
    sides.retain(|side| !only_ours || side.name != "terraform");
    let settings = kept.join("cli.tfrc");
    fs::write(&settings, mirrors::cli_configuration(&mirrors::all()))?;
    for suite in &suites {
        for side in &sides {
            let started = Instant::now();
            let outcomes = run_suite(suite, side, &settings)?;
            println!("{} with {}: {outcomes} in {} s", suite.name, side.name, started.elapsed().as_secs());
            outcomes.keep(&kept.join(side.name).join(&suite.name))?;
        }
    }
    document::write(&kept)
}

/// The suites of a directory with these names, sorted.
fn suites(directory: &Path, wanted: &[String]) -> Result<Vec<Suite>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_wanted = wanted.is_empty() || wanted.contains(&name);
        if let Some(program) = test_program(&entry.path()).filter(|_| is_wanted) {
            found.push(Suite { name, program });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    if found.is_empty() {
        bail!("{} has no such suite: directories with a program `NAME.test`", directory.display());
    }
    Ok(found)
}

fn test_program(directory: &Path) -> Option<PathBuf> {
    // Suites may be links into the sources of their projects, where their tests want to run.
    let files = fs::read_dir(directory.canonicalize().ok()?).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    files.filter(|path| path.is_file()).find(|path| path.extension().is_some_and(|extension| extension == "test"))
}

/// Terraform and ours, both by a path that ends with `terraform`.
fn sides(kept: &Path) -> Result<Vec<Side>> {
    let theirs =
        on_path(&program_name("terraform")).context("there is no terraform on this machine to compare with")?;
    cargo(&["build", "--package", "formwork"])?;
    let built = target().join("debug").join(program_name("formwork"));
    let ours = kept.join("bin").join(program_name("terraform"));
    fs::create_dir_all(kept.join("bin"))?;
    // A copy: the next build must not change the program under test.
    fs::copy(&built, &ours).with_context(|| format!("cannot copy `{}`", built.display()))?;
    Ok(vec![Side { name: "terraform", binary: theirs }, Side { name: "formwork", binary: ours }])
}

fn run_suite(suite: &Suite, side: &Side, settings: &Path) -> Result<Outcomes> {
    let scratch = tempfile::tempdir()?;
    let mut command = Command::new(&suite.program);
    command
        .args(["-test.v=test2json", "-test.parallel=2", LIMIT])
        .current_dir(suite.program.parent().context("a program is in a directory")?)
        .env("TF_ACC", "1")
        .env("TF_ACC_TERRAFORM_PATH", &side.binary)
        .env("TFEXEC_E2ETEST_TERRAFORM_PATH", &side.binary)
        .env("TF_CLI_CONFIG_FILE", env::var_os("TF_CLI_CONFIG_FILE").unwrap_or_else(|| settings.into()))
        .env("TMPDIR", scratch.path())
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    let output = command.output().with_context(|| format!("cannot start `{}`", suite.program.display()))?;
    Ok(Outcomes::read(&String::from_utf8_lossy(&output.stdout)))
}
