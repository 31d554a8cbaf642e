//! The AWS emulator (moto) in a Python environment of its own.

use std::io::Read;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::python;

/// The version measured against; `server` brings the web server, the rest what the services in use need.
const PACKAGE: &str = "moto[server,ec2,iam,s3,sqs,dynamodb]==5.2.5";

/// Installs the emulator unless it is there. `None` where Python is missing.
///
/// # Errors
/// When the environment cannot be made or the package cannot be had.
pub(crate) fn install() -> Result<Option<PathBuf>> {
    let programs = python::install("moto", &[PACKAGE])?;
    Ok(programs.map(|programs| programs.join("moto_server")))
}

/// A running emulator; it ends with this value.
pub(crate) struct Emulator {
    process: Child,
    /// `http://127.0.0.1:PORT`.
    pub(crate) endpoint: String,
}

impl Emulator {
    /// Starts the emulator on a free port of the loopback interface and waits until it listens.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) fn start(program: &PathBuf) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut process = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start `{}`", program.display()))?;
        let announced = Self::wait_for_announcement(&mut process);
        let emulator = Self { process, endpoint: format!("http://127.0.0.1:{port}") };
        announced.map(|()| emulator)
    }

    /// Reads standard error until the server says that it runs, then lets a thread drain the rest.
    fn wait_for_announcement(process: &mut Child) -> Result<()> {
        let mut errors = process.stderr.take().context("standard error is a pipe")?;
        let (mut told, mut chunk) = (Vec::new(), [0; 1024]);
        loop {
            let read = errors.read(&mut chunk)?;
            if read == 0 {
                bail!("the emulator ended: {}", String::from_utf8_lossy(&told));
            }
            told.extend(chunk.iter().take(read));
            if String::from_utf8_lossy(&told).contains("Running on") {
                break;
            }
        }
        std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::sink()));
        Ok(())
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if self.process.kill().is_ok() {
            drop(self.process.wait());
        }
    }
}
