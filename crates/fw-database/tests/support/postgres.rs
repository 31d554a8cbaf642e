//! A private PostgreSQL for a test: its programs are found in the directory that `FORMWORK_TEST_POSTGRESQL` names, or on
//! the path. It is gone with the value.

use std::env;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use fw_database::{Database, Options};
use tempfile::TempDir;

pub(crate) struct Postgres {
    command: Command,
    server: Child,
    directory: TempDir,
    made: AtomicU32,
}

/// Who the server runs as if we are root, which it refuses to be.
const USERS: [&str; 2] = ["postgres", "nobody"];

impl Postgres {
    /// Starts a server, or says why not.
    pub(crate) async fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            println!(
                "skipped: no PostgreSQL. Name the directory with initdb and postgres in FORMWORK_TEST_POSTGRESQL."
            );
            return None;
        };
        let directory = tempfile::tempdir().unwrap();
        let user = (fs::metadata(directory.path()).unwrap().uid() == 0).then(ordinary_user);
        if let Some((uid, gid)) = user {
            chown(directory.path(), Some(uid), Some(gid)).unwrap();
        }
        let as_user = |program: &str| {
            let mut command = Command::new(programs.join(program));
            if let Some((uid, gid)) = user {
                command.uid(uid).gid(gid);
            }
            command.current_dir(directory.path()).stdout(Stdio::null());
            command
        };
        let data = directory.path().join("data");
        let mut initdb = as_user("initdb");
        initdb.arg("-D").arg(&data).args(["-A", "trust", "-N", "-U", "formwork", "--locale=C", "-E", "UTF8"]);
        assert!(initdb.stderr(Stdio::inherit()).status().unwrap().success(), "initdb");
        let mut command = as_user("postgres");
        command.arg("-D").arg(&data).arg("-k").arg(directory.path());
        command.args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200"]);
        command.stderr(Stdio::null());
        let server = command.spawn().unwrap();
        let postgres = Self { command, server, directory, made: AtomicU32::new(0) };
        postgres.ready().await;
        Some(postgres)
    }

    /// Kills the server: the machine is gone.
    pub(crate) fn kill(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    /// Starts it again, over the same data.
    pub(crate) async fn start_again(&mut self) {
        // The dead one could not remove it.
        let stale = fs::remove_file(self.directory.path().join("data").join("postmaster.pid"));
        stale.unwrap();
        self.server = self.command.spawn().unwrap();
        self.ready().await;
    }

    /// The address of a database of its own name.
    pub(crate) fn address(&self, name: &str) -> String {
        format!("postgres://formwork@localhost/{name}?host={}", self.directory.path().display())
    }

    /// A new database.
    pub(crate) async fn database(&self) -> Database {
        self.database_with(Options::default()).await
    }

    /// A new database, opened with these options.
    pub(crate) async fn database_with(&self, options: Options) -> Database {
        let name = format!("test{}", self.made.fetch_add(1, Ordering::Relaxed));
        let maintenance = Database::open(&self.address("postgres"), Options::default()).await.unwrap();
        let create = format!("CREATE DATABASE {name}");
        let created = maintenance.read(create, |connection, create| {
            Box::pin(async move { connection.execute(sqlx::AssertSqlSafe(create), Vec::new()).await })
        });
        let _rows: u64 = created.await.unwrap();
        maintenance.close().await;
        Database::open(&self.address(&name), options).await.unwrap()
    }

    async fn ready(&self) {
        let mut tries = 0;
        loop {
            match Database::open(&self.address("postgres"), Options::default()).await {
                Ok(database) => return database.close().await,
                Err(error) if tries > 200 => panic!("PostgreSQL does not start: {error:?}"),
                Err(_) => tries += 1,
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Its data is thrown away: no need for a shutdown.
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

fn programs() -> Option<PathBuf> {
    let named = env::var_os("FORMWORK_TEST_POSTGRESQL").map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let mut places = named.into_iter().chain(env::split_paths(&path));
    places.find(|place| ["initdb", "postgres"].iter().all(|program| place.join(program).is_file()))
}

fn ordinary_user() -> (u32, u32) {
    let users = fs::read_to_string(Path::new("/etc/passwd")).unwrap();
    let user = |name: &&str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(*name))?;
        let mut fields = line.split(':').skip(2).map(|field| field.parse().ok());
        Some((fields.next()??, fields.next()??))
    };
    USERS.iter().find_map(user).expect("there is an ordinary user")
}
