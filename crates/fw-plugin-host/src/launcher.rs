//! The two halves of starting a plugin so that it never outlives us.
//!
//! A plugin runs in a process group of its own, so Ctrl-C on the terminal reaches only us and we decide what to tell the
//! plugin. Then nothing would end it when we are killed with no chance to clean up. On Linux a process can ask the
//! kernel for a signal when its parent dies, but only for itself, and code between fork and exec needs `unsafe`. So a
//! plugin is started through a [`Launcher`], a hidden mode of our own program: it asks for that signal, then replaces
//! itself by the plugin, which inherits the wish. One more exec costs about a millisecond.
//!
//! The kernel's "parent" is the thread that forked, so every fork happens on one thread that lives as long as we do.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::mpsc;

use tokio::process::{Child, Command};
use tokio::sync::oneshot;

/// How to reach the hidden mode: a program and the arguments before those of [`exec_plugin`].
#[derive(Clone, Debug)]
pub struct Launcher {
    /// Our own program, usually.
    pub program: PathBuf,
    /// What makes it call [`exec_plugin`].
    pub arguments: Vec<OsString>,
}

impl Launcher {
    /// The running program in its hidden mode, which `argument` selects.
    #[must_use]
    pub fn this_program(argument: &str) -> Option<Self> {
        // The link stays right when the file is replaced under us by an upgrade.
        let link = PathBuf::from("/proc/self/exe");
        let program = if link.exists() { link } else { std::env::current_exe().ok()? };
        Some(Self { program, arguments: vec![argument.into()] })
    }

    /// The command that runs `program` with `arguments` below this launcher.
    pub(crate) fn command(&self, program: &std::path::Path, arguments: &[OsString]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).arg(std::process::id().to_string()).arg(program).args(arguments);
        command
    }
}

/// The hidden mode: `PARENT-PID PROGRAM [ARGUMENTS]` as a [`Launcher`] passes them. Returns only when it fails.
#[must_use]
pub fn exec_plugin(mut arguments: impl Iterator<Item = OsString>) -> io::Error {
    let usage = || io::Error::new(io::ErrorKind::InvalidInput, "expected a process id and a program");
    let parent = arguments.next().and_then(|a| a.to_str()?.parse::<i32>().ok());
    let (Some(parent), Some(program)) = (parent, arguments.next()) else { return usage() };
    if let Err(error) = die_with_parent(parent) {
        return error;
    }
    replace_process(std::process::Command::new(program).args(arguments))
}

#[cfg(target_os = "linux")]
fn die_with_parent(parent: i32) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    // It may have died before we asked; then the signal will not come.
    let now = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
    if now == Some(parent) { Ok(()) } else { Err(io::Error::other("the parent process is gone")) }
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent(_parent: i32) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn replace_process(command: &mut std::process::Command) -> io::Error {
    use std::os::unix::process::CommandExt as _;
    command.exec()
}

#[cfg(not(unix))]
fn replace_process(command: &mut std::process::Command) -> io::Error {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}

type Job = Box<dyn FnOnce() + Send>;

/// Spawns on the thread that lives as long as the process.
pub(crate) async fn spawn(mut command: Command) -> io::Result<Child> {
    static THREAD: OnceLock<mpsc::Sender<Job>> = OnceLock::new();
    let runtime = tokio::runtime::Handle::current();
    let (answer, child) = oneshot::channel();
    let job: Job = Box::new(move || {
        let _inside = runtime.enter();
        // When nobody waits any more the child is dropped, which kills it.
        drop(answer.send(command.spawn()));
    });
    let gone = || io::Error::other("the thread that starts plugins is gone");
    THREAD.get_or_init(start_thread).send(job).map_err(|_gone| gone())?;
    child.await.map_err(|_gone| gone())?
}

fn start_thread() -> mpsc::Sender<Job> {
    let (sender, jobs) = mpsc::channel::<Job>();
    let thread = std::thread::Builder::new().name("plugin-launcher".to_owned()).spawn(move || {
        for job in jobs {
            job();
        }
    });
    // Without a thread the receiver is gone, and every send says so.
    drop(thread);
    sender
}
