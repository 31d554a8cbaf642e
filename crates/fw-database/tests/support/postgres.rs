//! A private PostgreSQL for a test, and databases in it.

#[path = "../../../fw-testkit/src/servers/postgres.rs"]
#[expect(dead_code, unreachable_pub, reason = "shared with other tests")]
mod server;

use std::sync::atomic::{AtomicU32, Ordering};

use fw_database::{Database, Options};
use tempfile::TempDir;

pub(crate) struct Postgres {
    server: server::Postgres,
    _directory: TempDir,
    made: AtomicU32,
}

impl Postgres {
    /// Starts a server, or says why not.
    pub(crate) async fn start() -> Option<Self> {
        let Some(programs) = server::Postgres::programs() else {
            println!(
                "skipped: no PostgreSQL. Name the directory with initdb and postgres in FORMWORK_TEST_POSTGRESQL."
            );
            return None;
        };
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().to_owned();
        let started = tokio::task::spawn_blocking(move || server::Postgres::start(&programs, &place)).await;
        Some(Self { server: started.unwrap().unwrap(), _directory: directory, made: AtomicU32::new(0) })
    }

    /// Kills the server: the machine is gone.
    pub(crate) fn kill(&mut self) {
        self.server.kill();
    }

    /// Starts it again, over the same data.
    pub(crate) fn start_again(&mut self) {
        tokio::task::block_in_place(|| self.server.up()).unwrap();
    }

    /// The address of a database of its own name.
    pub(crate) fn address(&self, name: &str) -> String {
        self.server.address_of(name)
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
}
