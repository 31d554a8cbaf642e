//! What provisioners do: commands on this machine, and what `fw-remote` does on others.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use fw_apply::Command;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::sync::watch;

use crate::Surroundings;

/// Runs commands on this machine and scripts on others.
pub(crate) struct LocalProvisioners {
    directory: PathBuf,
    #[cfg(feature = "remote")]
    home: Option<PathBuf>,
    variables: Vec<(String, String)>,
    /// Says that commands are to end.
    stopping: watch::Sender<bool>,
}

impl LocalProvisioners {
    pub(crate) fn new(surroundings: &Surroundings) -> Self {
        let variables = surroundings.variables.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        Self {
            directory: surroundings.root.clone(),
            #[cfg(feature = "remote")]
            home: surroundings.home.clone(),
            variables,
            stopping: watch::Sender::new(false),
        }
    }
}

#[async_trait::async_trait(?Send)]
impl fw_apply::Provisioners for LocalProvisioners {
    async fn command(&self, command: &Command, output: &(dyn for<'l> Fn(&'l str) + '_)) -> Result<(), String> {
        let (program, arguments) = command.arguments.split_first().ok_or("there is no command")?;
        let directory = command.directory.as_ref().map_or_else(|| self.directory.clone(), |d| self.directory.join(d));
        let mut process = tokio::process::Command::new(program);
        process
            .args(arguments)
            .current_dir(&directory)
            .env_clear()
            .envs(self.variables.iter().map(|(k, v)| (k, v)))
            .envs(&command.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = process.spawn().map_err(|error| not_started(program, &directory, command, &error))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let output = |line: &str| output(line);
        let reading = futures::future::join(lines(stdout, output), lines(stderr, output));
        let mut stopping = self.stopping.subscribe();
        // What a command has left running may hold its output open, so a stop does not wait for the end of that.
        tokio::select! {
            _ = reading => {}
            _ = stopping.wait_for(|stopping| *stopping) => drop(child.start_kill()),
        }
        let status = child.wait().await.map_err(|e| e.to_string())?;
        match (status.success(), status.code()) {
            (true, _) => Ok(()),
            (false, Some(code)) => Err(format!("exit status {code}")),
            (false, None) => Err(signal_text(status)),
        }
    }

    #[cfg(feature = "remote")]
    async fn remote(
        &self,
        kind: &str,
        config: &fw_value::Value,
        connection: &fw_value::Value,
        output: &(dyn for<'l> Fn(&'l str) + '_),
    ) -> Result<(), String> {
        let agent = self.variables.iter().find(|(name, value)| name == "SSH_AUTH_SOCK" && !value.is_empty());
        let around = fw_remote::Around {
            directory: &self.directory,
            home: self.home.as_deref(),
            agent: agent.map(|(_, socket)| socket.as_str()),
        };
        let mut stopping = self.stopping.subscribe();
        tokio::select! {
            done = fw_remote::run(kind, config, connection, around, output) => done,
            // The connection ends with the future.
            _ = stopping.wait_for(|stopping| *stopping) => Err(format!("{kind} was interrupted")),
        }
    }

    async fn stop(&self) {
        self.stopping.send_replace(true);
    }
}

/// Why a command could not be started, in Go's words.
fn not_started(program: &str, directory: &Path, command: &Command, error: &std::io::Error) -> String {
    let why = fw_diag::system_error(error);
    match &command.directory {
        Some(given) if !directory.is_dir() => format!("chdir {given}: {why}"),
        _ if program.contains('/') => format!("fork/exec {program}: {why}"),
        _ => format!("exec: {}: executable file not found in $PATH", fw_value::go_quoted(program)),
    }
}

/// How Go says that a signal ended a process.
fn signal_text(status: std::process::ExitStatus) -> String {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal = None;
    let name = match signal {
        Some(1) => "hangup",
        Some(2) => "interrupt",
        Some(3) => "quit",
        Some(6) => "aborted",
        Some(9) => "killed",
        Some(11) => "segmentation fault",
        Some(13) => "broken pipe",
        Some(15) => "terminated",
        Some(other) => return format!("signal: signal {other}"),
        None => return status.to_string(),
    };
    format!("signal: {name}")
}

/// Hands on each line; what is not UTF-8 is replaced.
async fn lines(stream: Option<impl AsyncRead + Unpin>, output: impl Fn(&str)) {
    let Some(stream) = stream else { return };
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while let Ok(read) = reader.read_until(b'\n', &mut line).await {
        if read == 0 {
            break;
        }
        let text = String::from_utf8_lossy(&line);
        output(text.trim_end_matches(['\n', '\r']));
        line.clear();
    }
}
