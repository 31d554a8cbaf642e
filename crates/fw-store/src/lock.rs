//! Locks on state files, in the way that keeps terraform and us out of each other's operations: a record lock on the file
//! itself, and a file beside it that says who holds it.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

use fw_diag::Diagnostic;
use fw_state::COMPATIBLE_VERSION;
use serde::{Deserialize, Serialize};

use crate::timestamp::{rfc3339, spelled_out};
use crate::{StoreError, files};

/// Who holds a lock, for the eyes of who wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct LockInfo {
    /// Names the lock; `force-unlock` takes it.
    #[serde(rename = "ID")]
    pub id: String,
    /// What the holder does: `OperationTypeApply`.
    pub operation: String,
    /// More about it.
    pub info: String,
    /// `user@host`.
    pub who: String,
    /// The version of the holder.
    pub version: String,
    /// When, in RFC 3339.
    pub created: String,
    /// The state file.
    pub path: String,
}

impl LockInfo {
    /// What a new holder says of itself.
    pub(crate) fn new(request: &LockRequest<'_>, path: String, now: SystemTime) -> Self {
        Self {
            id: uuid::Uuid::new_v4().to_string(),
            operation: request.operation.to_owned(),
            info: request.info.to_owned(),
            who: who(),
            version: COMPATIBLE_VERSION.to_owned(),
            created: rfc3339(now),
            path,
        }
    }

    /// What a lock file says; `None` where there is none.
    pub(crate) fn read(path: &Path) -> Result<Self, LockError> {
        let quiet = |message: String| LockError { message, holder: None };
        let bytes = std::fs::read(path)
            .map_err(|error| quiet(format!("open {}: {}", path.display(), fw_diag::system_error(&error))))?;
        serde_json::from_slice(&bytes)
            .map_err(|error| quiet(format!("state locked, but could not unmarshal lock info: {error}")))
    }
}

impl std::fmt::Display for LockInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "Lock Info:")?;
        writeln!(f, "  ID:        {}", self.id)?;
        writeln!(f, "  Path:      {}", self.path)?;
        writeln!(f, "  Operation: {}", self.operation)?;
        writeln!(f, "  Who:       {}", self.who)?;
        writeln!(f, "  Version:   {}", self.version)?;
        writeln!(f, "  Created:   {}", spelled_out(&self.created))?;
        writeln!(f, "  Info:      {}", self.info)
    }
}

/// What a lock is wanted for.
#[derive(Clone, Copy, Debug)]
pub struct LockRequest<'a> {
    /// The operation: `OperationTypeApply`, `state-rm`.
    pub operation: &'a str,
    /// More about it; usually nothing.
    pub info: &'a str,
    /// How long to try while somebody else holds it.
    pub timeout: Duration,
}

/// Lets the caller speak and give up while a lock is waited for.
pub trait WaitForLock {
    /// The lock is held by somebody else, and has been for a moment. Called once.
    fn waiting(&mut self) {}

    /// Whether to give up now.
    fn cancelled(&mut self) -> bool {
        false
    }
}

/// Says nothing and never gives up before the time.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoWait;

impl WaitForLock for NoWait {}

/// Why there is no lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockError {
    /// What the attempt said.
    pub message: String,
    /// Who holds it, where that is known.
    pub holder: Option<LockInfo>,
}

impl std::fmt::Display for LockError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        match &self.holder {
            Some(holder) => write!(f, "\n{holder}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for LockError {}

impl LockError {
    pub(crate) fn of(error: &StoreError) -> Self {
        Self { message: error.chain(), holder: None }
    }

    /// The error as the user sees it, in terraform's words.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::error(
            "Error acquiring the state lock",
            format!(
                "Error message: {self}\n\nTerraform acquires a state lock to protect the state from being written\nby multiple users at the same time. Please resolve the issue above and try\nagain. For most commands, you can disable locking with the \"-lock=false\"\nflag, but this is not recommended."
            ),
        )
    }

    /// The error of a lock that could not be given back.
    #[must_use]
    pub fn release_diagnostic(&self) -> Diagnostic {
        Diagnostic::error(
            "Error releasing the state lock",
            format!(
                "Error message: {self}\n\nTerraform acquires a lock when accessing your state to prevent others\nrunning Terraform to potentially modify the state at the same time. An\nerror occurred while releasing this lock. This could mean that the lock\ndid or did not release properly. If the lock didn't release properly,\nTerraform may not be able to run future commands since it'll appear as if\nthe lock is held.\n\nIn this scenario, please call the \"force-unlock\" command to unlock the\nstate manually. This is a very dangerous operation since if it is done\nerroneously it could result in two people modifying state at the same time.\nOnly call this command if you're certain that the unlock above failed and\nthat no one else is holding a lock."
            ),
        )
    }
}

/// Takes the lock on an open state file, trying again until the time is up, and says so in the file beside it.
pub(crate) fn acquire(
    file: &File,
    state: &Path,
    request: &LockRequest<'_>,
    wait: &mut dyn WaitForLock,
) -> Result<LockInfo, LockError> {
    let info_path = files::beside(state, ".lock.info");
    until_time_is_up(request.timeout, wait, || {
        try_lock(file).map_err(|refusal| match LockInfo::read(&info_path) {
            Ok(holder) => LockError { message: refusal, holder: Some(holder) },
            Err(unknown) => LockError { message: format!("{refusal}\n{}", unknown.message), holder: None },
        })
    })?;
    let info = LockInfo::new(request, state.display().to_string(), SystemTime::now());
    let json = serde_json::to_vec(&info).unwrap_or_default();
    write_private(&info_path, &json).map_err(|error| LockError {
        message: format!("could not write lock info for \"{}\": {}", state.display(), fw_diag::system_error(&error)),
        holder: None,
    })?;
    Ok(info)
}

/// Tries again and again to take a lock that somebody else holds.
pub(crate) fn until_time_is_up<T>(
    timeout: Duration,
    wait: &mut dyn WaitForLock,
    mut attempt: impl FnMut() -> Result<T, LockError>,
) -> Result<T, LockError> {
    let started = std::time::Instant::now();
    let mut delay = Duration::from_secs(1);
    loop {
        let error = match attempt() {
            Ok(taken) => return Ok(taken),
            Err(error) => error,
        };
        // As in terraform: a lock that nobody explains is not waited for.
        let explained = error.holder.as_ref().is_some_and(|holder| !holder.id.is_empty());
        let left = timeout.saturating_sub(started.elapsed());
        if !explained || left.is_zero() || !pause(delay.min(left), started, wait) {
            return Err(error);
        }
        delay = (delay * 2).min(Duration::from_secs(16));
    }
}

/// Waits in small pieces; false when the caller gives up.
fn pause(length: Duration, started: std::time::Instant, wait: &mut dyn WaitForLock) -> bool {
    const SPEAK_AFTER: Duration = Duration::from_millis(400);
    let mut left = length;
    while !left.is_zero() {
        if wait.cancelled() {
            return false;
        }
        let piece = left.min(Duration::from_millis(100));
        let before = started.elapsed();
        std::thread::sleep(piece);
        if before < SPEAK_AFTER && started.elapsed() >= SPEAK_AFTER {
            wait.waiting();
        }
        left = left.saturating_sub(piece);
    }
    true
}

fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(content)
}

/// `user@host`.
fn who() -> String {
    format!("{}@{}", user(), host())
}

#[cfg(unix)]
fn user() -> String {
    let user = nix::unistd::User::from_uid(nix::unistd::Uid::current());
    user.ok().flatten().map(|user| user.name).unwrap_or_default()
}

#[cfg(unix)]
fn host() -> String {
    nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok()).unwrap_or_default()
}

#[cfg(not(unix))]
fn user() -> String {
    std::env::var("USERNAME").unwrap_or_default()
}

#[cfg(not(unix))]
fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

/// A lock on the open file, not on the process: closing another handle of the same file, or another thread, does not
/// give it away. It excludes terraform's locks, which are the process's, and the other way round.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn try_lock(file: &File) -> Result<(), String> {
    use nix::fcntl::{FcntlArg, fcntl};
    fcntl(file, FcntlArg::F_OFD_SETLK(&whole_file())).map(drop).map_err(refusal)
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn try_lock(file: &File) -> Result<(), String> {
    use nix::fcntl::{FcntlArg, fcntl};
    fcntl(file, FcntlArg::F_SETLK(&whole_file())).map(drop).map_err(refusal)
}

#[cfg(not(unix))]
fn try_lock(file: &File) -> Result<(), String> {
    file.try_lock().map_err(|error| error.to_string())
}

#[cfg(unix)]
fn whole_file() -> nix::libc::flock {
    #[expect(clippy::cast_possible_truncation, reason = "the constants are small, and their types differ by platform")]
    nix::libc::flock {
        l_type: nix::libc::F_WRLCK as nix::libc::c_short,
        l_whence: nix::libc::SEEK_SET as nix::libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    }
}

#[cfg(unix)]
fn refusal(error: nix::errno::Errno) -> String {
    use nix::errno::Errno;
    match error {
        Errno::EAGAIN | Errno::EACCES => "resource temporarily unavailable".to_owned(),
        other => other.desc().to_owned(),
    }
}
