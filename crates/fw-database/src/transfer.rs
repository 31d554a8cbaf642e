//! Area: all rows of a SQLite database into an empty PostgreSQL, in one transaction: all of them or none.
//!
//! Tables and columns are asked for, not listed here: both databases have the same ones, by the same migrations.

use std::collections::BTreeSet;

use sqlx::AssertSqlSafe;

use crate::{Arg, Database, DatabaseError, Result, Row, Tx, args, installation};

/// How many rows are read in one go.
const PAGE: usize = 500;

/// What was copied: each table with its rows.
pub type Copied = Vec<(String, u64)>;

/// Copies everything into the database of the transaction, whose tables have to be empty. Nothing is copied, and nothing
/// returned, if that is what it holds already: it was copied before.
///
/// # Errors
/// There is another installation, or a database fails.
pub async fn copy(tx: &mut Tx, source: &Database) -> Result<Option<Copied>> {
    let from = source.read((), |tx, ()| Box::pin(installation::value(tx, "id"))).await?;
    let from = from.ok_or_else(|| DatabaseError::Refused("the database has no installation".to_owned()))?;
    match installation::value(tx, "id").await? {
        Some(there) if there == from => return Ok(None),
        Some(_) => return Err(DatabaseError::Refused("the new database has an installation of its own".to_owned())),
        None => {}
    }
    let mut copied = Vec::new();
    for table in source.read((), |tx, ()| Box::pin(tables(tx))).await? {
        let count = copy_table(tx, source, &table).await?;
        copied.push((table.name, count));
    }
    continue_identities(tx).await?;
    Ok(Some(copied))
}

/// A table of SQLite.
#[derive(Clone)]
struct Table {
    name: String,
    columns: Vec<Column>,
}

#[derive(Clone)]
struct Column {
    name: String,
    kind: Kind,
    /// Its place in the primary key, from 1 on; 0 if it is no part of it.
    key: i64,
}

#[derive(Clone, Copy)]
enum Kind {
    Int,
    Text,
    Bytes,
}

/// All tables, each after those it refers to.
async fn tables(tx: &mut Tx) -> Result<Vec<Table>> {
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
               AND name <> 'migrations' ORDER BY name";
    let names = tx.rows(sql, Vec::new()).await?.iter().map(|row| row.text(0)).collect::<Result<Vec<_>>>()?;
    let mut waiting = Vec::new();
    for name in names {
        let sql = "SELECT \"table\" FROM pragma_foreign_key_list($1)";
        let needs = tx.rows(sql, args![name.as_str()]).await?;
        let needs = needs.iter().map(|row| row.text(0)).collect::<Result<BTreeSet<_>>>()?;
        let columns = tx.rows("SELECT name, type, pk FROM pragma_table_info($1)", args![name.as_str()]).await?;
        let columns = columns.iter().map(column).collect::<Result<_>>()?;
        waiting.push((needs, Table { name, columns }));
    }
    let (mut sorted, mut done) = (Vec::new(), BTreeSet::new());
    while !waiting.is_empty() {
        let (ready, rest): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|(needs, table)| needs.iter().all(|need| done.contains(need) || *need == table.name));
        if ready.is_empty() {
            return Err(DatabaseError::corrupt("tables that refer to each other"));
        }
        done.extend(ready.iter().map(|(_, table)| table.name.clone()));
        sorted.extend(ready.into_iter().map(|(_, table)| table));
        waiting = rest;
    }
    Ok(sorted)
}

fn column(row: &Row) -> Result<Column> {
    let kind = match row.text(1)?.as_str() {
        "BIGINT" | "INTEGER" => Kind::Int,
        "TEXT" => Kind::Text,
        "BLOB" => Kind::Bytes,
        other => return Err(DatabaseError::corrupt(format_args!("a column of the type {other}"))),
    };
    Ok(Column { name: row.text(0)?, kind, key: row.int(2)? })
}

async fn copy_table(tx: &mut Tx, source: &Database, table: &Table) -> Result<u64> {
    let names = table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ");
    let insert = format!("INSERT INTO \"{}\" ({names}) OVERRIDING SYSTEM VALUE VALUES", table.name);
    let (mut count, mut last) = (0, None);
    loop {
        let rows = source.read((table.clone(), last), |tx, (table, last)| Box::pin(page(tx, table, last))).await?;
        let Some(end) = rows.last() else { return Ok(count) };
        last = Some(keys(table, end));
        count += rows.len() as u64;
        tx.insert_into(&insert, rows).await?;
    }
}

/// The rows after one with this key.
async fn page(tx: &mut Tx, table: Table, last: Option<Vec<Arg>>) -> Result<Vec<Vec<Arg>>> {
    let names = table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ");
    let key = key_columns(&table).iter().map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ");
    let (after, arguments) = match last {
        None => (String::new(), Vec::new()),
        Some(last) => {
            let list = (1..=last.len()).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ");
            (format!("WHERE ({key}) > ({list})"), last)
        }
    };
    // Nothing in it but names from our own migrations and numbers.
    let sql = AssertSqlSafe(format!("SELECT {names} FROM \"{}\" {after} ORDER BY {key} LIMIT {PAGE}", table.name));
    let rows = tx.rows(sql, arguments).await?;
    rows.iter()
        .map(|row| table.columns.iter().enumerate().map(|(at, column)| value(row, at, column.kind)).collect())
        .collect()
}

fn value(row: &Row, at: usize, kind: Kind) -> Result<Arg> {
    Ok(match kind {
        Kind::Int => Arg::Int(row.int_opt(at)?),
        Kind::Text => Arg::Text(row.text_opt(at)?),
        Kind::Bytes => Arg::Bytes(row.bytes_opt(at)?),
    })
}

/// The columns of the primary key, in its order.
fn key_columns(table: &Table) -> Vec<&Column> {
    let mut columns: Vec<_> = table.columns.iter().filter(|column| column.key > 0).collect();
    columns.sort_by_key(|column| column.key);
    columns
}

fn keys(table: &Table, row: &[Arg]) -> Vec<Arg> {
    let mut keys: Vec<_> = table.columns.iter().zip(row).filter(|(column, _)| column.key > 0).collect();
    keys.sort_by_key(|(column, _)| column.key);
    keys.into_iter().map(|(_, value)| value.clone()).collect()
}

/// Numbers that the database gives go on after those that were copied.
async fn continue_identities(tx: &mut Tx) -> Result<()> {
    let sql = "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns \
               WHERE is_identity = 'YES' AND table_schema = current_schema()";
    for row in tx.rows(sql, Vec::new()).await? {
        let (table, column) = (row.text(0)?, row.text(1)?);
        let sql = format!(
            "SELECT setval(pg_get_serial_sequence($1, $2), COALESCE(max(\"{column}\"), 1), max(\"{column}\") IS NOT NULL) \
             FROM \"{table}\""
        );
        // Nothing in it but names from our own migrations.
        tx.rows(AssertSqlSafe(sql), args![table, column]).await?;
    }
    Ok(())
}
