//! From a program to a connected plugin: run it, read its handshake, connect.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::ChildStdout;
use tonic::transport::Channel;

use crate::connection::connect;
use crate::handshake::{self, COOKIE, Handshake, Malformed, Protocol};
use crate::launcher::Launcher;
use crate::logs::{Listener, LogSink};
use crate::process::{Environment, Invocation, Lines, Process};
use crate::schema_cache::SchemaCache;
use crate::timing::CallSink;
use crate::tls::Identity;

/// How long a plugin may take to say where it listens.
pub const START_TIMEOUT: Duration = Duration::from_secs(60);

/// How to start a plugin.
#[derive(Clone)]
pub struct StartOptions {
    /// The plugin's program.
    pub program: PathBuf,
    /// Its arguments; providers take none.
    pub arguments: Vec<OsString>,
    /// What messages call it; `None` for the name of the program.
    pub name: Option<String>,
    /// Its environment, to which the handshake adds.
    pub environment: Environment,
    /// Its working directory; `None` for ours.
    pub directory: Option<PathBuf>,
    /// Whether the connection is encrypted and both sides show certificates (`TF_DISABLE_PLUGIN_TLS` turns it off).
    pub tls: bool,
    /// Where schemas are kept between runs.
    pub schema_cache: Option<SchemaCache>,
    /// Takes what it logs.
    pub log: Option<LogSink>,
    /// Is told how long its calls take.
    pub calls: Option<CallSink>,
    /// Makes sure that it does not outlive us; without one it may, when we are killed.
    pub launcher: Option<Launcher>,
    /// How long it may take to start.
    pub timeout: Duration,
    /// The version we say we are.
    pub terraform_version: String,
}

impl StartOptions {
    /// The usual way to start `program`.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            name: None,
            environment: Environment::default(),
            directory: None,
            tls: true,
            schema_cache: None,
            log: None,
            calls: None,
            launcher: None,
            timeout: START_TIMEOUT,
            terraform_version: "1.11.4".to_owned(),
        }
    }

    /// What messages call the plugin.
    pub(crate) fn display_name(&self) -> Arc<str> {
        let of_program = || self.program.file_name().unwrap_or(self.program.as_os_str()).to_string_lossy().into_owned();
        self.name.clone().unwrap_or_else(of_program).into()
    }
}

/// Why a plugin could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The program cannot be run.
    #[error("could not run the plugin program `{}`", .program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// It ended before it said where it listens.
    #[error("the plugin program `{}` exited before we could connect ({status}){}", .program.display(), said(.stderr))]
    Exited {
        /// The program.
        program: PathBuf,
        /// How it ended.
        status: String,
        /// What it said.
        stderr: String,
    },
    /// It said nothing for too long.
    #[error("timeout while waiting for plugin to start: `{}` said nothing for {} s{}", .program.display(), .after.as_secs(), said(.stderr))]
    Timeout {
        /// The program.
        program: PathBuf,
        /// For how long.
        after: Duration,
        /// What it said on standard error.
        stderr: String,
    },
    /// Its first line is not a handshake.
    #[error("unrecognized remote plugin message: {line:?}; `{}` is probably not a provider plugin, or built for another architecture{}", .program.display(), said(.stderr))]
    NotAPlugin {
        /// The program.
        program: PathBuf,
        /// Its first line.
        line: String,
        /// What it said on standard error.
        stderr: String,
    },
    /// It speaks another protocol.
    #[error("incompatible API version with plugin `{}`: it offers {offered}, this program speaks provider protocols 5 and 6", .program.display())]
    Incompatible {
        /// The program.
        program: PathBuf,
        /// What it offers.
        offered: String,
    },
    /// Its handshake cannot be used.
    #[error("the handshake of plugin `{}` cannot be used: {reason}", .program.display())]
    Handshake {
        /// The program.
        program: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The certificate for the connection cannot be made.
    #[error("could not make a certificate for the plugin connection")]
    Certificate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It listens, but not to us.
    #[error("could not connect to plugin `{plugin}`{}", said(.stderr))]
    Connect {
        /// Its name.
        plugin: String,
        /// What it said on standard error.
        stderr: String,
        /// Why not.
        #[source]
        source: tonic::transport::Error,
    },
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!("; it said:\n{stderr}") }
}

impl StartError {
    /// The error and everything under it, for a diagnostic's detail.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(next) = cause {
            text.push_str(": ");
            text.push_str(&next.to_string());
            cause = next.source();
        }
        text
    }
}

/// A connected plugin, before anything is asked of it.
pub(crate) struct Started {
    pub(crate) process: Process,
    pub(crate) protocol: Protocol,
    pub(crate) channel: Channel,
}

/// Runs the program, shakes hands and connects. The process is killed when anything fails.
pub(crate) async fn start(options: &StartOptions, name: &Arc<str>) -> Result<Started, StartError> {
    let identity =
        options.tls.then(Identity::generate).transpose().map_err(|e| StartError::Certificate(Box::new(e)))?;
    let mut handshake = vec![
        (COOKIE.0, COOKIE.1.to_owned()),
        ("PLUGIN_MIN_PORT", "10000".to_owned()),
        ("PLUGIN_MAX_PORT", "25000".to_owned()),
        ("PLUGIN_PROTOCOL_VERSIONS", "6,5".to_owned()),
    ];
    // An inherited certificate, should we run below another host, is not ours.
    handshake.push(("PLUGIN_CLIENT_CERT", identity.as_ref().map(|i| i.pem().to_owned()).unwrap_or_default()));
    let listener = Arc::new(Listener::new(Arc::clone(name), options.log.clone()));
    let invocation = Invocation {
        program: &options.program,
        arguments: &options.arguments,
        environment: &options.environment,
        handshake,
        directory: options.directory.as_ref(),
        launcher: options.launcher.as_ref(),
    };
    let (process, stdout) = Process::start(invocation, listener)
        .await
        .map_err(|source| StartError::Spawn { program: options.program.clone(), source })?;
    let result = shake_hands(options, &process, stdout, identity).await;
    match result {
        Ok((protocol, channel)) => Ok(Started { process, protocol, channel }),
        Err(error) => {
            process.kill().await;
            Err(error)
        }
    }
}

async fn shake_hands(
    options: &StartOptions,
    process: &Process,
    stdout: ChildStdout,
    identity: Option<Identity>,
) -> Result<(Protocol, Channel), StartError> {
    let Handshake { protocol, address, certificate } = read_handshake(options, process, stdout).await?;
    let unusable = |reason: &str| StartError::Handshake { program: options.program.clone(), reason: reason.to_owned() };
    let tls = match (identity, certificate) {
        (None, None) => None,
        (None, Some(_)) => return Err(unusable("it wants an encrypted connection although none was offered")),
        (Some(_), None) => {
            return Err(unusable("it shows no certificate; TF_DISABLE_PLUGIN_TLS allows connections without"));
        }
        (Some(ours), Some(theirs)) => Some(ours.connect_to(theirs).map_err(|e| StartError::Certificate(Box::new(e)))?),
    };
    let connected = tokio::time::timeout(options.timeout, connect(address, tls)).await;
    match connected {
        Ok(Ok(channel)) => Ok((protocol, channel)),
        Ok(Err(source)) => {
            let plugin = options.display_name().to_string();
            Err(StartError::Connect { plugin, stderr: process.listener.last_words(), source })
        }
        Err(_elapsed) => Err(timeout(options, process)),
    }
}

fn timeout(options: &StartOptions, process: &Process) -> StartError {
    let (program, stderr) = (options.program.clone(), process.listener.last_words());
    StartError::Timeout { program, after: options.timeout, stderr }
}

async fn read_handshake(
    options: &StartOptions,
    process: &Process,
    stdout: ChildStdout,
) -> Result<Handshake, StartError> {
    let mut lines = Lines::new(stdout);
    let Ok(first) = tokio::time::timeout(options.timeout, first_line(&mut lines)).await else {
        return Err(timeout(options, process));
    };
    let Some(line) = first else { return Err(exited(options, process).await) };
    match handshake::parse(&line) {
        Ok(handshake) => {
            // A full pipe would block the plugin.
            tokio::spawn(async move { while lines.next().await.is_some() {} });
            Ok(handshake)
        }
        Err(problem) => Err(refused(options, process, line, problem).await),
    }
}

/// The first line that is not empty.
async fn first_line(lines: &mut Lines<ChildStdout>) -> Option<String> {
    loop {
        let line = String::from_utf8_lossy(&lines.next().await?).trim().to_owned();
        if !line.is_empty() {
            return Some(line);
        }
    }
}

/// Time for a program that has closed its output to end and be heard.
const GRACE: Duration = Duration::from_millis(500);

async fn exited(options: &StartOptions, process: &Process) -> StartError {
    let status = process.ended_within(GRACE).await;
    process.silent_within(GRACE).await;
    let (program, stderr) = (options.program.clone(), process.listener.last_words());
    let status = status.map_or_else(|| "it closed its output but still runs".to_owned(), describe_status);
    StartError::Exited { program, status, stderr }
}

pub(crate) fn describe_status(status: ExitStatus) -> String {
    status.to_string()
}

async fn refused(options: &StartOptions, process: &Process, line: String, problem: Malformed) -> StartError {
    let program = options.program.clone();
    match problem {
        Malformed::NotAHandshake => {
            process.ended_within(GRACE).await;
            process.silent_within(GRACE).await;
            let line = line.chars().take(200).collect();
            StartError::NotAPlugin { program, line, stderr: process.listener.last_words() }
        }
        Malformed::CoreProtocol(version) => {
            StartError::Incompatible { program, offered: format!("core plugin protocol {version}") }
        }
        Malformed::Version(version) => {
            StartError::Incompatible { program, offered: format!("provider protocol {version}") }
        }
        Malformed::Rpc(kind) => StartError::Incompatible { program, offered: format!("calls over {kind}, not gRPC") },
        Malformed::Network(network) => {
            StartError::Handshake { program, reason: format!("it listens on an unknown kind of network, {network:?}") }
        }
        Malformed::Certificate => {
            StartError::Handshake { program, reason: "its certificate cannot be decoded".to_owned() }
        }
    }
}
