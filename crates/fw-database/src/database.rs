//! Opening a database, and running jobs on it.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use tokio::sync::broadcast;

use crate::actor::{Job, Writer};
use crate::readers::Readers;
use crate::tx::Connection;
use crate::{DatabaseError, Result, Signal, Tx, migrate};

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// How to open a database.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many connections to read with; to PostgreSQL also to write with.
    pub connections: u32,
    /// How long to wait for a lock or a connection.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { connections: 8, patience: Duration::from_secs(10) }
    }
}

/// How often a job is tried when other transactions are in its way.
const ATTEMPTS: u32 = 8;
/// How many signals a slow listener may be behind.
const SIGNALS: usize = 1024;
const CHANNEL: &str = "formwork";

/// An open database. Clones share it.
#[derive(Clone)]
pub struct Database {
    store: Store,
    signals: broadcast::Sender<Signal>,
}

#[derive(Clone)]
enum Store {
    Sqlite { writer: Writer, readers: Readers },
    Postgres { pool: PgPool, _listener: Arc<Listener> },
}

/// Ends the task that listens with the last clone of the database.
struct Listener(tokio::task::JoinHandle<()>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Database {
    /// Opens the database at an address, `sqlite:PATH` or `postgres://…`, and brings its tables up to date.
    ///
    /// # Errors
    /// It can't be opened, or is of a newer program.
    pub async fn open(address: &str, options: Options) -> Result<Self> {
        let (signals, _) = broadcast::channel(SIGNALS);
        let store = match address.split_once(':') {
            Some(("sqlite", path)) => Self::open_sqlite(path, options, signals.clone()).await?,
            Some(("postgres" | "postgresql", _)) => Self::open_postgres(address, options, signals.clone()).await?,
            // Without what may be a password.
            _ => return Err(DatabaseError::Address(address.split('@').next_back().unwrap_or_default().to_owned())),
        };
        let database = Self { store, signals };
        migrate::run(&database).await?;
        Ok(database)
    }

    async fn open_sqlite(path: &str, options: Options, signals: broadcast::Sender<Signal>) -> Result<Store> {
        let path = PathBuf::from(path);
        let writer = Writer::start(path.clone(), options.patience, signals).await?;
        Ok(Store::Sqlite { writer, readers: Readers::new(path, options.connections, options.patience) })
    }

    async fn open_postgres(address: &str, options: Options, signals: broadcast::Sender<Signal>) -> Result<Store> {
        let patience = format!("{}ms", options.patience.as_millis());
        let connect = PgConnectOptions::from_str(address)
            .map_err(DatabaseError::open)?
            .application_name("formwork")
            .statement_cache_capacity(200)
            .options([
                ("statement_timeout", "60s"),
                ("lock_timeout", patience.as_str()),
                ("idle_in_transaction_session_timeout", "60s"),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(options.connections)
            .acquire_timeout(options.patience)
            .connect_with(connect.clone())
            .await
            .map_err(DatabaseError::open)?;
        // A pool of its own, so that listening takes no connection away.
        let listening = PgPoolOptions::new().max_connections(1).connect_lazy_with(connect);
        let listener = Arc::new(Listener(tokio::spawn(listen(listening, signals))));
        Ok(Store::Postgres { pool, _listener: listener })
    }

    /// Which database this is.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        match self.store {
            Store::Sqlite { .. } => Dialect::Sqlite,
            Store::Postgres { .. } => Dialect::Postgres,
        }
    }

    /// Whether this program is the only one that writes, so that it hears of every change.
    #[must_use]
    pub const fn is_ours(&self) -> bool {
        matches!(self.store, Store::Sqlite { .. })
    }

    /// Hears what writers tell after their commits.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Signal> {
        self.signals.subscribe()
    }

    /// Runs a job in a transaction: all of it holds, also after a crash, or, if it returns an error, nothing. It is run
    /// again when another transaction was in its way. On SQLite jobs are run one after the other, so a job that waits
    /// for anything but the database stops them all.
    ///
    /// # Errors
    /// The job's own, or the database's.
    pub async fn write<A, T, E, F>(&self, arguments: A, job: F) -> Result<T, E>
    where
        A: Clone + Send + 'static,
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
        F: for<'t> Fn(&'t mut Tx, A) -> BoxFuture<'t, Result<T, E>> + Clone + Send + 'static,
    {
        for attempt in 1..=ATTEMPTS {
            let (job, answer) = Job::new(arguments.clone(), job.clone());
            match &self.store {
                Store::Sqlite { writer, .. } => writer.submit(job).await?,
                Store::Postgres { pool, .. } => {
                    // A task of its own: who gives up waiting must not leave a transaction open.
                    let run = tokio::spawn(transaction(pool.clone(), job, self.signals.clone()));
                    run.await.map_err(|_panic| DatabaseError::Panicked)??;
                }
            }
            match answer.await {
                Ok(Some(result)) => return result,
                Ok(None) => tokio::time::sleep(Duration::from_millis(u64::from(attempt * attempt))).await,
                Err(_gone) => return Err(DatabaseError::Unavailable(None).into()),
            }
        }
        Err(DatabaseError::Conflict.into())
    }

    /// Runs a job that only reads. Its statements may see different moments.
    ///
    /// # Errors
    /// The job's own, or the database's.
    pub async fn read<A, T, E, F>(&self, arguments: A, job: F) -> Result<T, E>
    where
        E: From<DatabaseError>,
        F: for<'t> FnOnce(&'t mut Tx, A) -> BoxFuture<'t, Result<T, E>>,
    {
        let connection = match &self.store {
            Store::Sqlite { readers, .. } => Connection::Reader(readers.acquire().await?),
            Store::Postgres { pool, .. } => Connection::Postgres(pool.acquire().await.map_err(DatabaseError::from)?),
        };
        let mut tx = Tx::new(connection);
        job(&mut tx, arguments).await
    }

    /// Whether it answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<()> {
        self.read((), |tx, ()| async move { tx.row("SELECT 1", Vec::new()).await.map(|_row| ()) }.boxed()).await
    }

    /// Waits for what is under way and closes all connections.
    pub async fn close(&self) {
        match &self.store {
            Store::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Store::Postgres { pool, .. } => pool.close().await,
        }
    }
}

/// Runs a job in a transaction of its own.
async fn transaction(pool: PgPool, mut job: Job, listeners: broadcast::Sender<Signal>) -> Result<()> {
    let mut tx = Tx::new(Connection::Postgres(pool.acquire().await?));
    tx.script("BEGIN").await?;
    if !job.run(&mut tx).await {
        if tx.script("ROLLBACK").await.is_err() {
            tx.spoil();
        }
        if tx.conflicted() {
            job.conflict();
        } else {
            job.finish();
        }
        return Ok(());
    }
    let signals = tx.take_signals();
    for text in signals.iter().filter_map(|signal| signal.text()) {
        tx.execute("SELECT pg_notify($1, $2)", crate::args![CHANNEL, text]).await?;
    }
    match tx.script("COMMIT").await {
        Ok(()) => {}
        Err(DatabaseError::Conflict) => {
            job.conflict();
            return Ok(());
        }
        Err(error) => {
            tx.spoil();
            return Err(error);
        }
    }
    for signal in signals {
        // Nobody listens: fine.
        let _heard: Result<usize, _> = listeners.send(signal);
    }
    job.finish();
    Ok(())
}

/// Passes on what others on the same database tell. The connection comes back by itself after it was lost.
async fn listen(pool: PgPool, signals: broadcast::Sender<Signal>) {
    loop {
        if let Ok(mut listener) = PgListener::connect_with(&pool).await
            && listener.listen(CHANNEL).await.is_ok()
        {
            while let Ok(notification) = listener.recv().await {
                if let Some(signal) = Signal::parse(notification.payload()) {
                    let _heard: Result<usize, _> = signals.send(signal);
                }
            }
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
