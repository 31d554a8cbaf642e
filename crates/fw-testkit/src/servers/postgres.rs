//! A private PostgreSQL in a directory of its own, without any network. It is gone with the value, its data with the directory.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Who the server runs as if we are root, which it refuses to be.
const USERS: [&str; 2] = ["postgres", "nobody"];
/// How often it is looked whether it is ready, and how many times.
const LOOK: Duration = Duration::from_millis(20);
const LOOKS: u32 = 1500;

/// A running server.
#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    directory: PathBuf,
    user: Option<(u32, u32)>,
    server: Option<Child>,
}

impl Postgres {
    /// The directory with `initdb` and `postgres`: the one that `FORMWORK_TEST_POSTGRESQL` names, or one on the path.
    #[must_use]
    pub fn programs() -> Option<PathBuf> {
        let named = std::env::var_os("FORMWORK_TEST_POSTGRESQL").map(PathBuf::from);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut places = named.into_iter().chain(std::env::split_paths(&path));
        places.find(|place| ["initdb", "postgres"].iter().all(|program| place.join(program).is_file()))
    }

    /// Starts a server with these programs over the data in a directory, which is made when there is none.
    ///
    /// # Errors
    /// When the programs fail.
    pub fn start(programs: &Path, directory: &Path) -> io::Result<Self> {
        let user = if fs::metadata(directory)?.uid() == 0 { Some(ordinary_user()?) } else { None };
        if let Some((uid, gid)) = user {
            chown(directory, Some(uid), Some(gid))?;
        }
        let mut postgres = Self { programs: programs.to_owned(), directory: directory.to_owned(), user, server: None };
        if !postgres.data().exists() {
            let mut initdb = postgres.command("initdb");
            initdb.arg("-D").arg(postgres.data());
            initdb.args(["-A", "trust", "-N", "-U", "formwork", "--locale=C", "-E", "UTF8"]);
            if !initdb.stderr(Stdio::inherit()).status()?.success() {
                return Err(io::Error::other("initdb failed"));
            }
        }
        postgres.up()?;
        Ok(postgres)
    }

    /// The address of its first database.
    #[must_use]
    pub fn address(&self) -> String {
        self.address_of("postgres")
    }

    /// The address of a database.
    #[must_use]
    pub fn address_of(&self, name: &str) -> String {
        format!("postgres://formwork@localhost/{name}?host={}", self.directory.display())
    }

    /// The id of its process while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.server.as_ref().map(Child::id)
    }

    /// Whether it runs.
    #[must_use]
    pub fn runs(&mut self) -> bool {
        self.server.as_mut().is_some_and(|server| matches!(server.try_wait(), Ok(None)))
    }

    /// Kills it: the machine is gone.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            // It may be dead already.
            drop(server.kill());
            drop(server.wait());
        }
    }

    /// Starts it again over the same data.
    ///
    /// # Errors
    /// When it does not get ready.
    pub fn up(&mut self) -> io::Result<()> {
        self.kill();
        match fs::remove_file(self.note()) {
            // A dead one could not remove it.
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let mut server = self.command("postgres");
        server.arg("-D").arg(self.data()).arg("-k").arg(&self.directory);
        server.args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200"]);
        self.server = Some(server.stderr(Stdio::null()).spawn()?);
        for _ in 0..LOOKS {
            // Its last line says how it is.
            if fs::read_to_string(self.note()).is_ok_and(|note| note.lines().nth(7).is_some_and(is_ready)) {
                return Ok(());
            }
            std::thread::sleep(LOOK);
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "PostgreSQL does not get ready"))
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    fn note(&self) -> PathBuf {
        self.data().join("postmaster.pid")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command.current_dir(&self.directory).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Its data is thrown away: no need for a shutdown.
        self.kill();
    }
}

fn is_ready(line: &str) -> bool {
    line.trim() == "ready"
}

fn ordinary_user() -> io::Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd")?;
    let user = |name: &&str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(*name))?;
        let mut fields = line.split(':').skip(2).map(|field| field.parse().ok());
        Some((fields.next()??, fields.next()??))
    };
    USERS.iter().find_map(user).ok_or_else(|| io::Error::other("there is no ordinary user"))
}
