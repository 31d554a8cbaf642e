//! One measured run of one program, and what several of them say together.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::inputs::Scenario;
use super::peers::Peer;
use crate::commands::{on_path, run_quietly};
use crate::emulator::{self, Emulator};
use crate::mirrors;

/// What scenarios with the AWS provider need.
pub(super) struct Aws {
    emulator: PathBuf,
    /// A CLI configuration that finds the provider.
    settings: String,
}

impl Aws {
    /// `None` where there is no emulator or no provider.
    pub(super) fn find() -> Result<Option<Self>> {
        let mirrors = mirrors::all();
        if !mirrors::have(&mirrors, "hashicorp/aws") {
            return Ok(None);
        }
        let settings = mirrors::cli_configuration(&mirrors);
        Ok(emulator::install()?.map(|emulator| Self { emulator, settings }))
    }
}

/// One run.
#[derive(Clone, Copy)]
pub(super) struct Sample {
    seconds: f64,
    peak_megabytes: f64,
}

/// Several runs.
pub(super) struct Summary {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) most: f64,
    /// The median of the peaks.
    pub(super) peak_megabytes: f64,
}

impl Summary {
    pub(super) fn of(samples: &[Sample]) -> Self {
        let seconds = sorted(samples.iter().map(|sample| sample.seconds));
        Self {
            median: median(&seconds),
            least: seconds.first().copied().unwrap_or(f64::NAN),
            most: seconds.last().copied().unwrap_or(f64::NAN),
            peak_megabytes: median(&sorted(samples.iter().map(|sample| sample.peak_megabytes))),
        }
    }
}

fn sorted(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers
}

fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Prepares a fresh directory and times the scenario's command in it.
///
/// # Errors
/// When a command fails: a figure of a failed run says nothing.
pub(super) fn once(scenario: &Scenario, peer: &Peer, ours: &Peer, aws: Option<&Aws>) -> Result<Sample> {
    let directory = tempfile::Builder::new().prefix("formwork-bench-").tempdir()?;
    for (path, text) in &scenario.files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().context("a file lies in a directory")?)?;
        fs::write(path, text)?;
    }
    let settings = directory.path().join("cli.tfrc");
    fs::write(&settings, aws.map_or("disable_checkpoint = true\n", |aws| &aws.settings))?;
    let emulator = aws.filter(|_| scenario.aws).map(|aws| Emulator::start(&aws.emulator)).transpose()?;
    let environment = |command: &mut Command| {
        command.current_dir(directory.path()).env("TF_CLI_CONFIG_FILE", &settings).env("CHECKPOINT_DISABLE", "1");
        if let Some(emulator) = &emulator {
            command.env("TF_VAR_endpoint", &emulator.endpoint);
        }
    };
    let preparing = if scenario.prepared_by_us { ours } else { peer };
    for arguments in scenario.before {
        let mut command = Command::new(&preparing.program);
        environment(command.args(*arguments));
        run_quietly(&mut command)?;
    }
    timed(scenario, peer, directory.path(), environment)
}

fn timed(scenario: &Scenario, peer: &Peer, directory: &Path, environment: impl Fn(&mut Command)) -> Result<Sample> {
    let usage = directory.join("usage");
    let mut command = match on_path("time") {
        Some(time) => {
            let mut command = Command::new(time);
            command.args(["--format", "%M", "--output"]).arg(&usage).arg(&peer.program);
            command
        }
        None => Command::new(&peer.program),
    };
    environment(command.args(scenario.timed));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let started = Instant::now();
    let output = command.output().with_context(|| format!("cannot start {}", peer.name))?;
    let seconds = started.elapsed().as_secs_f64();
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        bail!("{} {}: {}\n{told}", peer.name, scenario.timed.join(" "), output.status);
    }
    let kilobytes = fs::read_to_string(usage).ok().and_then(|text| text.trim().parse::<f64>().ok());
    Ok(Sample { seconds, peak_megabytes: kilobytes.unwrap_or(f64::NAN) / 1024.0 })
}
