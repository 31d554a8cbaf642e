//! `cargo xtask demo`: builds the program and runs the main job on real input, with the best providers within reach.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::commands::{build_release, cargo, program_name, root, target};
use crate::emulator::Emulator;
use crate::{emulator, go, mirrors};

/// A configuration of the demo, and the change that replaces something in it.
struct Play {
    /// Its directory below `xtask/demo`.
    name: &'static str,
    /// What it is, for the audience.
    title: &'static str,
    /// A variable and the value that makes the third act.
    change: &'static str,
}

/// Richest first: the first one whose providers can be had is shown.
const PLAYS: [Play; 2] = [
    Play { name: "utilities", title: "names, files and an archive", change: "words=3" },
    Play { name: "time", title: "moments and intervals", change: "start=2027-01-01T00:00:00Z" },
];
const OWN: Play = Play { name: "own", title: "objects of the workspace's own provider", change: "size=2" };
const AWS: Play = Play { name: "aws", title: "a network on the AWS emulator", change: "network=10.1.0.0/16" };

pub(crate) fn run() -> Result<()> {
    let program = build_release()?;
    let stage = open(&program)?;
    stage.perform(&[])?;
    aws(&program)
}

/// Where a play is performed: a directory with its configuration, and where its providers come from.
struct Stage {
    program: PathBuf,
    play: &'static Play,
    directory: TempDir,
    /// A CLI configuration of our own instead of the user's.
    settings: Option<PathBuf>,
}

/// Finds a play and a source of providers that fit: the user's own settings first, then packages on this machine.
fn open(program: &Path) -> Result<Stage> {
    for play in &PLAYS {
        let stage = Stage::new(program, play)?;
        if stage.initialises(&[]) {
            println!("Providers: from the registry or the mirrors of this machine's CLI configuration.");
            return Ok(stage);
        }
    }
    if let Err(problem) = go::install(&go::TIME) {
        println!("The time provider cannot be built as a Go module.\n{problem:#}");
    }
    let mirrors = mirrors::all();
    for play in &PLAYS {
        let stage = Stage::new(program, play)?.with_settings(&mirrors::cli_configuration(&mirrors))?;
        if stage.initialises(&[]) {
            println!("Providers: from directories on this machine, since no registry is in reach:");
            mirrors.iter().for_each(|mirror| println!("  {}", mirror.display()));
            return Ok(stage);
        }
    }
    own(program)
}

/// The workspace's own provider as a development override.
fn own(program: &Path) -> Result<Stage> {
    println!("Providers: none within reach, so the one of this workspace, as a process of its own.");
    cargo(&["build", "--release", "--package", "fw-testprovider"])?;
    let stage = Stage::new(program, &OWN)?;
    let place = stage.directory.path().join("provider");
    fs::create_dir(&place)?;
    let built = target().join("release").join(program_name("fw-testprovider"));
    fs::copy(&built, place.join(program_name("terraform-provider-fwtest"))).context("the provider was just built")?;
    let place = serde_json::Value::from(place.to_string_lossy().as_ref());
    let overrides = format!("dev_overrides {{\n    \"hashicorp/fwtest\" = {place}\n  }}");
    let stage = stage.with_settings(&format!("provider_installation {{\n  {overrides}\n  direct {{}}\n}}\n"))?;
    stage.initialises(&[]);
    Ok(stage)
}

/// The second play, where a mirror has the AWS provider and Python can run the emulator.
fn aws(program: &Path) -> Result<()> {
    let mirrors = mirrors::all();
    if !mirrors::have(&mirrors, "hashicorp/aws") {
        println!("\nNo mirror on this machine has the AWS provider; the play on the AWS emulator is left out.");
        return Ok(());
    }
    let Some(moto) = emulator::install()? else {
        println!("\nNo Python on this machine; the play on the AWS emulator is left out.");
        return Ok(());
    };
    let emulator = Emulator::start(&moto)?;
    let stage = Stage::new(program, &AWS)?.with_settings(&mirrors::cli_configuration(&mirrors))?;
    let endpoint = [("TF_VAR_endpoint", emulator.endpoint.as_str())];
    if !stage.initialises(&endpoint) {
        bail!("the AWS provider is in a mirror but could not be installed; see `cargo xtask providers`");
    }
    stage.perform(&endpoint)
}

impl Stage {
    fn new(program: &Path, play: &'static Play) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("formwork-demo-").tempdir()?;
        let source = root().join("xtask/demo").join(play.name);
        for entry in fs::read_dir(&source)? {
            let path = entry?.path();
            fs::copy(&path, directory.path().join(path.file_name().context("an entry has a name")?))?;
        }
        Ok(Self { program: program.to_owned(), play, directory, settings: None })
    }

    fn with_settings(mut self, settings: &str) -> Result<Self> {
        let path = self.directory.path().join("cli.tfrc");
        fs::write(&path, settings)?;
        self.settings = Some(path);
        Ok(self)
    }

    fn command(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(self.directory.path()).args(arguments).envs(environment.iter().copied());
        if let Some(settings) = &self.settings {
            command.env("TF_CLI_CONFIG_FILE", settings);
        }
        command
    }

    /// Whether the play's providers can be had. Quiet: what is missing here may be elsewhere.
    fn initialises(&self, environment: &[(&str, &str)]) -> bool {
        let mut command = self.command(&["init", "-input=false", "-no-color"], environment);
        command.env("TF_REGISTRY_DISCOVERY_RETRY", "0").env("TF_REGISTRY_CLIENT_TIMEOUT", "5");
        command.output().is_ok_and(|output| output.status.success())
    }

    /// Plan, apply, a plan without changes, a change with a replacement, destroy.
    fn perform(&self, environment: &[(&str, &str)]) -> Result<()> {
        println!("\n=== {}: {} ===", self.play.name, self.play.title);
        let change = format!("-var={}", self.play.change);
        let change = change.as_str();
        self.act("What will be made", &["plan", "-input=false"], 0, environment)?;
        self.act("Making it", &["apply", "-input=false", "-auto-approve"], 0, environment)?;
        self.act("Nothing left to do", &["plan", "-input=false", "-detailed-exitcode"], 0, environment)?;
        self.act("A change", &["plan", "-input=false", "-detailed-exitcode", change], 2, environment)?;
        self.act("Changing it", &["apply", "-input=false", "-auto-approve", change], 0, environment)?;
        self.act("Taking it away", &["destroy", "-input=false", "-auto-approve", change], 0, environment)
    }

    fn act(&self, title: &str, arguments: &[&str], expected: i32, environment: &[(&str, &str)]) -> Result<()> {
        println!("\n--- {title}: formwork {} ---", arguments.join(" "));
        let status = self.command(arguments, environment).status()?;
        if status.code() != Some(expected) {
            bail!("formwork {} ended with {status}; {expected} was expected", arguments.join(" "));
        }
        Ok(())
    }
}
