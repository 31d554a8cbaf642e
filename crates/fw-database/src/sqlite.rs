//! SQLite within the program: a connection whose statements run on the thread that asks. To hand each to a thread of its own
//! costs many times what the statement does.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::{ToSql, ToSqlOutput, Value, ValueRef};
use rusqlite::{CachedStatement, OpenFlags};

use crate::Arg;

/// How many prepared statements are kept.
const STATEMENTS: usize = 200;

/// A connection.
pub(crate) struct Sqlite(rusqlite::Connection);

/// The columns of a row.
pub(crate) type Columns = Vec<Value>;

impl Sqlite {
    /// Opens a file, which is made if it is not there, to read and to write.
    pub(crate) fn writer(path: &Path, patience: Duration) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Self::open(path, flags, patience)?;
        let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON";
        opened.0.execute_batch(settings)?;
        Ok(opened)
    }

    /// Opens a file that is there, to read.
    pub(crate) fn reader(path: &Path, patience: Duration) -> rusqlite::Result<Self> {
        Self::open(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX, patience)
    }

    fn open(path: &Path, flags: OpenFlags, patience: Duration) -> rusqlite::Result<Self> {
        let connection = rusqlite::Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(patience)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self(connection))
    }

    /// Runs a statement; how many rows it has changed. What it answers is not looked at.
    pub(crate) fn execute(&self, sql: &str, arguments: &[Arg]) -> rusqlite::Result<u64> {
        let mut statement = self.bound(sql, arguments)?;
        let mut rows = statement.raw_query();
        while rows.next()?.is_some() {}
        drop(rows);
        Ok(self.0.changes())
    }

    /// Runs a query.
    pub(crate) fn rows(&self, sql: &str, arguments: &[Arg]) -> rusqlite::Result<Vec<Columns>> {
        let mut statement = self.bound(sql, arguments)?;
        let columns = statement.column_count();
        let mut rows = statement.raw_query();
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push((0..columns).map(|column| row.get(column)).collect::<rusqlite::Result<_>>()?);
        }
        Ok(all)
    }

    /// Runs statements without parameters or rows.
    pub(crate) fn script(&self, sql: &str) -> rusqlite::Result<()> {
        self.0.execute_batch(sql)
    }

    /// Closes it, which leaves all in one file.
    pub(crate) fn close(self) {
        // Nothing is lost if it fails: all commits are synced.
        drop(self.0.close());
    }

    /// A statement with its parameters, which are `$1` and so on; SQLite takes these as names and numbers them as they come.
    fn bound(&self, sql: &str, arguments: &[Arg]) -> rusqlite::Result<CachedStatement<'_>> {
        let mut statement = self.0.prepare_cached(sql)?;
        for place in 1..=statement.parameter_count() {
            let name = statement.parameter_name(place).unwrap_or_default();
            let number = name.strip_prefix('$').and_then(|digits| digits.parse::<usize>().ok());
            let argument = number.and_then(|number| arguments.get(number.checked_sub(1)?));
            let argument = argument.ok_or_else(|| rusqlite::Error::InvalidParameterName(name.to_owned()))?;
            statement.raw_bind_parameter(place, argument)?;
        }
        Ok(statement)
    }
}

impl ToSql for Arg {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Int(Some(number)) => ValueRef::Integer(*number),
            Self::Text(Some(text)) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(Some(bytes)) => ValueRef::Blob(bytes),
            Self::Int(None) | Self::Text(None) | Self::Bytes(None) => ValueRef::Null,
        }))
    }
}
