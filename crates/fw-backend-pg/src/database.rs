//! The table of states.

use std::sync::Arc;

use fw_backend::Threads;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _, Row as _};

/// A database with its table of states.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    options: PgConnectOptions,
    schema: String,
    threads: Arc<Threads>,
}

/// One connection, which advisory locks belong to.
#[derive(Debug)]
pub(crate) struct Connection {
    /// Taken away while it is at work elsewhere.
    inner: Option<PgConnection>,
    threads: Arc<Threads>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(connection) = self.inner.take() {
            self.threads.wait(async move {
                // That a connection cannot be closed well changes nothing.
                drop(sqlx::Connection::close(connection).await);
            });
        }
    }
}

/// An identifier as it stands in a statement.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// An error in the words of terraform's library.
fn told(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => format!("pq: {}", error.message()),
        other => other.to_string(),
    }
}

impl Database {
    pub(crate) fn new(options: PgConnectOptions, schema: &str, threads: Arc<Threads>) -> Self {
        Self { options, schema: schema.to_owned(), threads }
    }

    /// Names it, without the password.
    pub(crate) fn place(&self) -> String {
        let options = &self.options;
        format!(
            "{}:{}/{} {}",
            options.get_host(),
            options.get_port(),
            options.get_database().unwrap_or_default(),
            self.schema
        )
    }

    /// The table, as statements name it.
    pub(crate) fn table(&self) -> String {
        format!("{}.states", quoted(&self.schema))
    }

    /// A new connection.
    pub(crate) fn connect(&self) -> Result<Connection, String> {
        let options = self.options.clone();
        let place = format!("{}:{}", options.get_host(), options.get_port());
        let made = self.threads.wait(async move { options.connect().await });
        let inner = made.map_err(|error| match &error {
            sqlx::Error::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused => {
                format!("dial tcp {place}: connect: connection refused")
            }
            other => told(other),
        })?;
        Ok(Connection { inner: Some(inner), threads: Arc::clone(&self.threads) })
    }

    /// Makes what is missing.
    pub(crate) fn prepare(&self, schema: bool, table: bool, index: bool) -> Result<(), String> {
        let mut connection = self.connect()?;
        let name = quoted(&self.schema);
        if schema {
            // Who may not make schemas may still use one that is there.
            let exists = "select count(1) from information_schema.schemata where schema_name = $1";
            let found = connection.rows(exists, &[&self.schema])?;
            if found.first().and_then(|row| row.try_get::<i64, _>(0).ok()).unwrap_or(0) < 1 {
                connection.run(&format!("CREATE SCHEMA IF NOT EXISTS {name}"))?;
            }
        }
        if table {
            connection.run("CREATE SEQUENCE IF NOT EXISTS public.global_states_id_seq AS bigint")?;
            connection.run(&format!(
                "CREATE TABLE IF NOT EXISTS {name}.states (\n  id bigint NOT NULL DEFAULT \
                 nextval('public.global_states_id_seq') PRIMARY KEY,\n  name text UNIQUE,\n  data text\n)"
            ))?;
        }
        if index {
            connection.run(&format!("CREATE UNIQUE INDEX IF NOT EXISTS states_by_name ON {name}.states (name)"))?;
        }
        Ok(())
    }

    /// The names of states but for the default one, sorted.
    pub(crate) fn names(&self) -> Result<Vec<String>, String> {
        let statement = format!("SELECT name FROM {} WHERE name != 'default' ORDER BY name", self.table());
        let rows = self.connect()?.rows(&statement, &[])?;
        rows.iter().map(|row| row.try_get(0).map_err(|error| told(&error))).collect()
    }

    /// Removes a state.
    pub(crate) fn delete(&self, name: &str) -> Result<(), String> {
        let statement = format!("DELETE FROM {} WHERE name = $1", self.table());
        self.connect()?.rows(&statement, &[name]).map(drop)
    }
}

impl Connection {
    /// Runs a statement that gives nothing.
    pub(crate) fn run(&mut self, statement: &str) -> Result<(), String> {
        let statement = statement.to_owned();
        let Some(mut connection) = self.inner.take() else { return Err("the connection is gone".to_owned()) };
        let (connection, result) = self.threads.wait(async move {
            let result = connection.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await.map(|_done| ());
            (connection, result)
        });
        self.inner = Some(connection);
        result.map_err(|error| told(&error))
    }

    /// The rows that a statement gives.
    pub(crate) fn rows(&mut self, statement: &str, arguments: &[&str]) -> Result<Vec<PgRow>, String> {
        let statement = statement.to_owned();
        let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
        let Some(mut connection) = self.inner.take() else { return Err("the connection is gone".to_owned()) };
        let (connection, result) = self.threads.wait(async move {
            let mut query = sqlx::query(AssertSqlSafe(statement));
            for argument in arguments {
                query = query.bind(argument);
            }
            let result = query.fetch_all(&mut connection).await;
            (connection, result)
        });
        self.inner = Some(connection);
        result.map_err(|error| told(&error))
    }
}
