//! A running service with the provider for tests, in a directory of its own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::commands::{program_name, run_quietly};

/// The service; it ends with this.
pub(super) struct Place {
    child: Child,
    pub(super) address: String,
    pub(super) token: String,
    directory: TempDir,
}

impl Place {
    pub(super) fn start(programs: &Path) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("formwork-bench-").tempdir()?;
        let program = &programs.join(program_name("formwork"));
        install(program, &programs.join(program_name("fw-testprovider")), directory.path())?;
        let mut child = Command::new(program)
            .args(["serve", "--listen=127.0.0.1:0", "--data-dir=data", "--admin-token-file=token", "--log=warn"])
            .args(["--workers-min=4", "--workers-max=32"])
            .current_dir(directory.path())
            .env("TF_CLI_CONFIG_FILE", directory.path().join("cli.tfrc"))
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the service")?;
        let mut lines = BufReader::new(child.stdout.take().context("it has an output")?).lines();
        let line = lines.next().context("the service says where it listens")??;
        let address = line.rsplit_once("//").context("an address")?.1.to_owned();
        // The second line tells that the token is there.
        lines.next().context("the service makes a token")??;
        let token = fs::read_to_string(directory.path().join("token"))?.trim().to_owned();
        Ok(Self { child, address, token, directory })
    }

    /// The file in which the provider notes every call.
    pub(super) fn calls_log(&self) -> PathBuf {
        self.directory.path().join("cloud").join("calls.log")
    }

    /// How long that file is.
    pub(super) fn calls(&self) -> u64 {
        fs::metadata(self.calls_log()).map_or(0, |log| log.len())
    }

    /// The most memory that the service itself has had.
    pub(super) fn peak_megabytes(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("the system knows the peak")?;
        let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes / 1024)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A mirror with the provider for tests, started by a script that says where its cloud is.
fn install(program: &Path, provider: &Path, directory: &Path) -> Result<()> {
    let told = run_quietly(Command::new(program).args(["version", "-json"]).current_dir(directory))?;
    let told: serde_json::Value = serde_json::from_slice(&told)?;
    let Some(platform) = told["platform"].as_str() else { bail!("the program does not say its platform") };
    let package = directory.join("mirror/registry.terraform.io/hashicorp/fwtest/1.0.0").join(platform);
    fs::create_dir_all(&package)?;
    let script = format!(
        "#!/bin/sh\nexport FW_TESTPROVIDER_CLOUD='{}'\nexec '{}' \"$@\"\n",
        directory.join("cloud").display(),
        provider.display()
    );
    let path = package.join("terraform-provider-fwtest");
    fs::write(&path, script)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    let mirror = directory.join("mirror");
    let settings =
        format!("provider_installation {{\n  filesystem_mirror {{\n    path = \"{}\"\n  }}\n}}\n", mirror.display());
    Ok(fs::write(directory.join("cli.tfrc"), settings)?)
}
