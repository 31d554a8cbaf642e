//! A running plugin process: its streams, its end, and how it is ended.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::{mpsc, watch};

use crate::launcher::{self, Launcher};
use crate::logs::Listener;

/// Longer lines are cut; a plugin that never ends its line must not fill our memory.
const LINE_LIMIT: u64 = 1 << 20;

/// The environment of a plugin.
#[derive(Clone, Debug)]
pub enum Environment {
    /// Ours and these.
    Inherit(Vec<(OsString, OsString)>),
    /// Only these.
    Exactly(Vec<(OsString, OsString)>),
}

impl Default for Environment {
    fn default() -> Self {
        Self::Inherit(Vec::new())
    }
}

/// What to run.
pub(crate) struct Invocation<'a> {
    pub(crate) program: &'a PathBuf,
    pub(crate) arguments: &'a [OsString],
    pub(crate) environment: &'a Environment,
    /// Set whatever the environment says.
    pub(crate) handshake: Vec<(&'static str, String)>,
    pub(crate) directory: Option<&'a PathBuf>,
    pub(crate) launcher: Option<&'a Launcher>,
}

/// A process we started. Dropping it kills the process.
pub(crate) struct Process {
    pid: Option<u32>,
    kill: mpsc::Sender<()>,
    ended: watch::Receiver<Option<ExitStatus>>,
    silent: watch::Receiver<bool>,
    pub(crate) listener: Arc<Listener>,
}

impl Process {
    /// Starts it; its standard output is for the handshake.
    pub(crate) async fn start(what: Invocation<'_>, listener: Arc<Listener>) -> io::Result<(Self, ChildStdout)> {
        let mut child = launcher::spawn(command(what)).await?;
        let missing = || io::Error::other("the streams of the process are missing");
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = child.stderr.take().ok_or_else(missing)?;
        let (now_silent, silent) = watch::channel(false);
        let to = Arc::clone(&listener);
        tokio::spawn(async move {
            let mut lines = Lines::new(stderr);
            while let Some(line) = lines.next().await {
                to.line(&line);
            }
            now_silent.send_replace(true);
        });
        let pid = child.id();
        let (kill, killed) = mpsc::channel(1);
        let (now_ended, ended) = watch::channel(None);
        tokio::spawn(watch_over(child, killed, now_ended));
        Ok((Self { pid, kill, ended, silent, listener }, stdout))
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// How it ended, if it has.
    pub(crate) fn status(&self) -> Option<ExitStatus> {
        *self.ended.borrow()
    }

    /// Waits for its end at most so long.
    pub(crate) async fn ended_within(&self, time: Duration) -> Option<ExitStatus> {
        let mut ended = self.ended.clone();
        let wait = async move { ended.wait_for(Option::is_some).await.ok().and_then(|status| *status) };
        tokio::time::timeout(time, wait).await.ok().flatten()
    }

    /// Waits until everything it said is heard; a grandchild may keep the stream open, so not for long.
    pub(crate) async fn silent_within(&self, time: Duration) {
        let mut silent = self.silent.clone();
        drop(tokio::time::timeout(time, silent.wait_for(|silent| *silent)).await);
    }

    /// Kills it and everything in its process group, and waits for its end.
    pub(crate) async fn kill(&self) -> Option<ExitStatus> {
        // A full or closed channel means that it is being killed, or has ended, already.
        match self.kill.try_send(()) {
            Ok(()) | Err(_) => {}
        }
        self.ended_within(Duration::from_secs(10)).await
    }
}

fn command(what: Invocation<'_>) -> Command {
    let mut command = match what.launcher {
        Some(launcher) => launcher.command(what.program, what.arguments),
        None => {
            let mut command = Command::new(what.program);
            command.args(what.arguments);
            command
        }
    };
    match what.environment {
        Environment::Inherit(more) => command.envs(more.iter().map(pair)),
        Environment::Exactly(all) => command.env_clear().envs(all.iter().map(pair)),
    };
    if let Some(directory) = what.directory {
        command.current_dir(directory);
    }
    command.envs(what.handshake).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    // Ctrl-C on the terminal is for us; we ask the plugin to stop.
    #[cfg(unix)]
    command.process_group(0);
    command
}

fn pair((name, value): &(OsString, OsString)) -> (&OsStr, &OsStr) {
    (name, value)
}

/// Owns the child until its end, so that its id means this process whenever a signal is sent.
async fn watch_over(mut child: Child, mut killed: mpsc::Receiver<()>, ended: watch::Sender<Option<ExitStatus>>) {
    let status = tokio::select! {
        status = child.wait() => status,
        // Asked to, or the `Process` was dropped.
        _asked = killed.recv() => {
            kill_group(&child);
            drop(child.start_kill());
            child.wait().await
        }
    };
    ended.send_replace(status.ok());
}

#[cfg(unix)]
fn kill_group(child: &Child) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        match rustix::process::kill_process_group(pid, rustix::process::Signal::KILL) {
            // It may be gone already.
            Ok(()) | Err(_) => {}
        }
    }
}

#[cfg(not(unix))]
fn kill_group(_child: &Child) {}

/// Lines of bounded length.
pub(crate) struct Lines<R> {
    from: BufReader<R>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(crate) fn new(from: R) -> Self {
        Self { from: BufReader::new(from) }
    }

    /// The next line, or `None` at the end or when reading fails.
    pub(crate) async fn next(&mut self) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        let read = (&mut self.from).take(LINE_LIMIT).read_until(b'\n', &mut line).await.ok()?;
        (read > 0).then_some(line)
    }
}
