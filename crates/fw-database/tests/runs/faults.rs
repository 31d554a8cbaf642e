//! A database that is locked, full, gone and back: errors that say so, nothing half done, and work goes on afterwards.

use std::time::Duration;

use fw_database::{Database, DatabaseError, Options, args};

use crate::postgres::Postgres;

const INSERT: &str = "INSERT INTO run_inbox (run, event) VALUES ($1, $2)";

async fn insert(database: &Database, event: String) -> Result<u64, DatabaseError> {
    database.write(event, |tx, event| Box::pin(tx.execute(INSERT, args!["r", event]))).await
}

async fn count(database: &Database) -> i64 {
    let row = database.read((), |tx, ()| Box::pin(tx.row("SELECT count(*) FROM run_inbox", args![]))).await;
    row.unwrap_or_else(|error: DatabaseError| panic!("{error:?}")).unwrap().int(0).unwrap()
}

async fn execute(database: &Database, sql: &'static str) -> Result<u64, DatabaseError> {
    database.write(sql, |tx, sql| Box::pin(tx.execute(sql, args![]))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_is_locked_by_somebody_else() {
    let directory = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", directory.path().join("test.db").display());
    let options = Options { patience: Duration::from_millis(100), ..Options::default() };
    let ours = Database::open(&address, options).await.unwrap();
    let theirs = Database::open(&address, options).await.unwrap();
    let (locked, is_locked) = tokio::sync::oneshot::channel();
    let (unlock, unlocked) = tokio::sync::oneshot::channel::<()>();
    let hold = std::sync::Arc::new(std::sync::Mutex::new(Some((locked, unlocked))));
    let holder = tokio::spawn(async move {
        let held = theirs.write(hold, |tx, hold| {
            Box::pin(async move {
                tx.execute(INSERT, args!["r", "theirs"]).await?;
                let (locked, unlocked) = hold.lock().unwrap().take().expect("it is run once");
                locked.send(()).unwrap();
                unlocked.await.unwrap();
                Ok::<_, DatabaseError>(())
            })
        });
        held.await.unwrap();
    });
    is_locked.await.unwrap();
    let refused = insert(&ours, "ours".to_owned()).await;
    assert!(refused.as_ref().is_err_and(DatabaseError::is_transient), "{refused:?}");
    assert_eq!(count(&ours).await, 0, "readers are not in the way of writers");
    unlock.send(()).unwrap();
    holder.await.unwrap();
    insert(&ours, "ours".to_owned()).await.unwrap();
    assert_eq!(count(&ours).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_has_no_room() {
    let directory = tempfile::tempdir().unwrap();
    let database = crate::suite::sqlite(&directory).await;
    insert(&database, "small".to_owned()).await.unwrap();
    execute(&database, "PRAGMA max_page_count = 1").await.unwrap();
    let full = insert(&database, "x".repeat(1_000_000)).await;
    assert!(full.as_ref().is_err_and(DatabaseError::is_transient), "{full:?}");
    execute(&database, "PRAGMA max_page_count = 1000000").await.unwrap();
    insert(&database, "x".repeat(1_000_000)).await.unwrap();
    assert_eq!(count(&database).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_of_a_newer_program() {
    let directory = tempfile::tempdir().unwrap();
    let database = crate::suite::sqlite(&directory).await;
    execute(&database, "INSERT INTO migrations (number, name) VALUES (98, 'x')").await.unwrap();
    database.close().await;
    let address = format!("sqlite:{}", directory.path().join("test.db").display());
    let newer = Database::open(&address, Options::default()).await.err();
    assert!(matches!(newer, Some(DatabaseError::Newer(98))), "{newer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_is_gone_and_back() {
    let Some(mut postgres) = Postgres::start().await else { return };
    let options = Options { patience: Duration::from_secs(1), ..Options::default() };
    let database = postgres.database_with(options).await;
    insert(&database, "before".to_owned()).await.unwrap();
    postgres.kill();
    for _ in 0..3 {
        let gone = insert(&database, "meanwhile".to_owned()).await;
        assert!(gone.as_ref().is_err_and(DatabaseError::is_transient), "{gone:?}");
    }
    postgres.start_again();
    let mut tries = 0;
    while let Err(error) = insert(&database, "after".to_owned()).await {
        tries += 1;
        assert!(error.is_transient() && tries < 50, "{error:?}");
    }
    assert_eq!(count(&database).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_none() {
    for address in ["mysql://user:secret@host/x", "nonsense", ""] {
        let error = Database::open(address, Options::default()).await.err().unwrap();
        assert!(matches!(error, DatabaseError::Address(_)));
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
