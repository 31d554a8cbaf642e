//! A job's way to the database: statements with parameters, rows with columns.

use std::fmt::Display;
use std::str::FromStr;

use rusqlite::types::{FromSql, ValueRef};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Executor, Postgres, Row as _, SqlSafeStr};

use crate::arguments::bind;
use crate::readers::Reader;
use crate::sqlite::{Columns, Sqlite};
use crate::{Arg, DatabaseError, Dialect, Result, Signal};

/// How many rows are inserted at once at most.
const MOST_ROWS: usize = 50;

/// A connection, mostly within a transaction that its owner begins and ends.
pub struct Tx {
    connection: Connection,
    signals: Vec<Signal>,
    conflict: bool,
}

pub(crate) enum Connection {
    /// The one that writes.
    Sqlite(Sqlite),
    /// One that reads.
    Reader(Reader),
    Postgres(PoolConnection<Postgres>),
}

/// A row of an answer.
pub struct Row(RowOf);

enum RowOf {
    Sqlite(Columns),
    Postgres(sqlx::postgres::PgRow),
}

impl Tx {
    pub(crate) const fn new(connection: Connection) -> Self {
        Self { connection, signals: Vec::new(), conflict: false }
    }

    /// Which database this is.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        match self.connection {
            Connection::Sqlite(_) | Connection::Reader(_) => Dialect::Sqlite,
            Connection::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs a statement and tells how many rows it has changed.
    ///
    /// # Errors
    /// The database refuses it or is gone.
    pub async fn execute(&mut self, sql: impl SqlSafeStr, arguments: Vec<Arg>) -> Result<u64> {
        let sql = sql.into_sql_str();
        let done = match &mut self.connection {
            Connection::Postgres(connection) => {
                let done = bind(sqlx::query(sql), arguments).execute(&mut **connection).await;
                done.map(|done| done.rows_affected()).map_err(DatabaseError::from)
            }
            within => within.sqlite(|sqlite| sqlite.execute(sql.as_str(), &arguments)),
        };
        self.noted(done)
    }

    /// Runs a query.
    ///
    /// # Errors
    /// The database refuses it or is gone.
    pub async fn rows(&mut self, sql: impl SqlSafeStr, arguments: Vec<Arg>) -> Result<Vec<Row>> {
        let sql = sql.into_sql_str();
        let rows = match &mut self.connection {
            Connection::Postgres(connection) => {
                let rows = bind(sqlx::query(sql), arguments).fetch_all(&mut **connection).await;
                rows.map(|rows| rows.into_iter().map(RowOf::Postgres).map(Row).collect()).map_err(DatabaseError::from)
            }
            within => within.sqlite(|sqlite| {
                let rows = sqlite.rows(sql.as_str(), &arguments)?;
                Ok(rows.into_iter().map(RowOf::Sqlite).map(Row).collect())
            }),
        };
        self.noted(rows)
    }

    /// Runs a query and gives its first row.
    ///
    /// # Errors
    /// The database refuses it or is gone.
    pub async fn row(&mut self, sql: impl SqlSafeStr, arguments: Vec<Arg>) -> Result<Option<Row>> {
        Ok(self.rows(sql, arguments).await?.into_iter().next())
    }

    /// Inserts rows, many with one statement. The statement ends with `VALUES`.
    ///
    /// # Errors
    /// The database refuses it or is gone.
    pub async fn insert(&mut self, statement: &'static str, rows: Vec<Vec<Arg>>) -> Result<()> {
        self.insert_into(statement, rows).await
    }

    /// As [`Self::insert`]; nothing that came from outside may be in the statement.
    pub(crate) async fn insert_into(&mut self, statement: &str, rows: Vec<Vec<Arg>>) -> Result<()> {
        let mut rows = rows.into_iter().peekable();
        while let Some(columns) = rows.peek().map(Vec::len) {
            let some: Vec<Arg> = rows.by_ref().take(MOST_ROWS).flatten().collect();
            let numbers: Vec<usize> = (1..=some.len()).collect();
            let groups: Vec<String> = numbers
                .chunks(columns.max(1))
                .map(|row| format!("({})", row.iter().map(|n| format!("${n}")).collect::<Vec<_>>().join(",")))
                .collect();
            // Nothing in it but the statement and numbers.
            self.execute(AssertSqlSafe(format!("{statement} {}", groups.join(","))), some).await?;
        }
        Ok(())
    }

    /// Tells the others after the commit.
    pub fn signal(&mut self, signal: Signal) {
        if !self.signals.contains(&signal) {
            self.signals.push(signal);
        }
    }

    pub(crate) async fn script(&mut self, sql: &'static str) -> Result<()> {
        let done = match &mut self.connection {
            Connection::Postgres(connection) => {
                connection.execute(sqlx::raw_sql(sql)).await.map(drop).map_err(DatabaseError::from)
            }
            within => within.sqlite(|sqlite| sqlite.script(sql)),
        };
        self.noted(done)
    }

    pub(crate) fn into_connection(self) -> Connection {
        self.connection
    }

    /// The connection is in a state nobody knows; it is not used again.
    pub(crate) fn spoil(&mut self) {
        if let Connection::Postgres(connection) = &mut self.connection {
            connection.close_on_drop();
        }
    }

    pub(crate) fn truncate_signals(&mut self, length: usize) {
        self.signals.truncate(length);
    }

    pub(crate) fn take_signals(&mut self) -> Vec<Signal> {
        std::mem::take(&mut self.signals)
    }

    /// Whether a statement failed because of another transaction.
    pub(crate) const fn conflicted(&self) -> bool {
        self.conflict
    }

    fn noted<T>(&mut self, result: Result<T>) -> Result<T> {
        self.conflict |= matches!(result, Err(DatabaseError::Conflict));
        result
    }
}

impl Connection {
    /// Runs something on SQLite.
    fn sqlite<T>(&mut self, work: impl FnOnce(&Sqlite) -> rusqlite::Result<T>) -> Result<T> {
        let done = match self {
            Self::Sqlite(connection) => work(connection).map_err(DatabaseError::from),
            Self::Reader(reader) => match reader.get() {
                Some(connection) => work(connection).map_err(DatabaseError::from),
                None => Err(DatabaseError::Unavailable(None)),
            },
            Self::Postgres(_) => Err(DatabaseError::Unavailable(None)),
        };
        if let (Self::Reader(reader), Err(DatabaseError::Unavailable(_))) = (self, &done) {
            reader.spoil();
        }
        done
    }
}

/// What a column of SQLite holds.
fn held<T: FromSql>(row: &Columns, column: usize) -> Result<T> {
    let value = row.get(column).ok_or_else(|| DatabaseError::corrupt(format_args!("no column {column}")))?;
    T::column_result(ValueRef::from(value))
        .map_err(|error| DatabaseError::corrupt(format_args!("column {column}: {error}")))
}

macro_rules! column {
    ($(#[$doc:meta])* $name:ident: $kind:ty) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// The column holds something else.
        pub fn $name(&self, column: usize) -> Result<$kind> {
            Ok(match &self.0 {
                RowOf::Sqlite(row) => held(row, column)?,
                RowOf::Postgres(row) => row.try_get(column)?,
            })
        }
    };
}

impl Row {
    column!(
        /// A number.
        int: i64
    );
    column!(
        /// A number or nothing.
        int_opt: Option<i64>
    );
    column!(
        /// A text.
        text: String
    );
    column!(
        /// A text or nothing.
        text_opt: Option<String>
    );
    column!(
        /// Bytes.
        bytes: Vec<u8>
    );
    column!(
        /// Bytes or nothing.
        bytes_opt: Option<Vec<u8>>
    );

    /// A number of another type than `i64`.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn number<T: TryFrom<i64>>(&self, column: usize) -> Result<T> {
        let number = self.int(column)?;
        T::try_from(number).map_err(|_error| DatabaseError::corrupt(format_args!("{number} in column {column}")))
    }

    /// A truth value.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn truth(&self, column: usize) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }

    /// A time.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn time(&self, column: usize) -> Result<fw_run::Time> {
        self.int(column).map(fw_run::Time)
    }

    /// A text that stands for something: an id, a digest, a set of labels.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn parse<T: FromStr<Err: Display>>(&self, column: usize) -> Result<T> {
        self.text(column)?.parse().map_err(DatabaseError::corrupt)
    }

    /// As [`Self::parse`], or nothing.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn parse_opt<T: FromStr<Err: Display>>(&self, column: usize) -> Result<Option<T>> {
        self.text_opt(column)?.map(|text| text.parse().map_err(DatabaseError::corrupt)).transpose()
    }

    /// A text of JSON.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: usize) -> Result<T> {
        Ok(serde_json::from_str(&self.text(column)?)?)
    }

    /// A text of JSON, or nothing.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn json_opt<T: serde::de::DeserializeOwned>(&self, column: usize) -> Result<Option<T>> {
        Ok(self.text_opt(column)?.map(|text| serde_json::from_str(&text)).transpose()?)
    }
}

/// A query whose rows stay as they are until the transaction ends. SQLite has one writer anyway.
macro_rules! for_update {
    ($tx:expr, $sql:literal) => {
        match $tx.dialect() {
            $crate::Dialect::Sqlite => $sql,
            $crate::Dialect::Postgres => concat!($sql, " FOR UPDATE"),
        }
    };
}
pub(crate) use for_update;
