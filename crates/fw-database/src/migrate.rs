//! Migrations: the tables as this program wants them. Each is run once, in order of its number, in one transaction.
//!
//! A new one gets a folder entry for each database and a line below. A released one is never changed.

use std::collections::BTreeSet;

use crate::{Database, DatabaseError, Dialect, Result, Tx, args};

struct Migration {
    number: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migration {
    ($number:literal, $name:literal, $file:literal) => {
        Migration {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!("migrations/sqlite/", $file)),
            postgres: include_str!(concat!("migrations/postgres/", $file)),
        }
    };
}

/// Numbers 1 to 99 are the runs', from 100 on the server's.
const MIGRATIONS: &[Migration] = &[
    migration!(1, "runs", "0001_runs.sql"),
    migration!(2, "accounts of workers", "0002_worker_accounts.sql"),
    migration!(100, "server", "0100_server.sql"),
    migration!(101, "installation", "0101_installation.sql"),
];

/// Any number; the same for all programs on a database.
const ADVISORY_LOCK: i64 = 0x666f_726d;

pub(crate) async fn run(database: &Database) -> Result<()> {
    database.write((), |tx, ()| Box::pin(migrate(tx))).await
}

async fn migrate(tx: &mut Tx) -> Result<()> {
    if tx.dialect() == Dialect::Postgres {
        tx.execute("SELECT pg_advisory_xact_lock($1)", args![ADVISORY_LOCK]).await?;
    }
    let table = "CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL)";
    tx.execute(table, Vec::new()).await?;
    let rows = tx.rows("SELECT number FROM migrations", Vec::new()).await?;
    let done = rows.iter().map(|row| row.int(0)).collect::<Result<BTreeSet<_>>>()?;
    let known: BTreeSet<_> = MIGRATIONS.iter().map(|migration| migration.number).collect();
    if let Some(unknown) = done.difference(&known).next() {
        return Err(DatabaseError::Newer(*unknown));
    }
    for migration in MIGRATIONS.iter().filter(|migration| !done.contains(&migration.number)) {
        match tx.dialect() {
            Dialect::Sqlite => tx.script(migration.sqlite).await?,
            Dialect::Postgres => tx.script(migration.postgres).await?,
        }
        let row = args![migration.number, migration.name];
        tx.execute("INSERT INTO migrations (number, name) VALUES ($1, $2)", row).await?;
    }
    Ok(())
}
