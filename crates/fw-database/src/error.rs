//! What can go wrong with the database.

use std::error::Error;

use rusqlite::ffi;
use sqlx::error::ErrorKind;

/// What a database said.
type Cause = Box<dyn Error + Send + Sync>;

/// Why a statement or a transaction failed.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The address is none of a database.
    #[error("`{0}` is not the address of a database: it begins with sqlite: or postgres:")]
    Address(String),
    /// It could not be opened.
    #[error("opening the database failed")]
    Open(#[source] Cause),
    /// It is gone, full, locked by others, or overloaded. Trying again later may help.
    #[error("the database is not available")]
    Unavailable(#[source] Option<Cause>),
    /// Another transaction was in the way. Nothing has been done.
    #[error("another transaction was in the way")]
    Conflict,
    /// There is such a row already.
    #[error("there is such a row already: {0}")]
    Duplicate(String),
    /// A job found that what it was asked makes no sense. Nothing has been done.
    #[error("{0}")]
    Refused(String),
    /// A row does not hold what it should.
    #[error("a row does not hold what it should: {0}")]
    Corrupt(String),
    /// The statement is wrong or was refused.
    #[error("a statement failed")]
    Statement(#[source] Cause),
    /// A defect of ours in a job.
    #[error("a job on the database panicked")]
    Panicked,
    /// The database is of a newer program.
    #[error("the database has the unknown migration {0}: it is of a newer version of this program")]
    Newer(i64),
}

impl DatabaseError {
    /// Whether the same may work later.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Conflict)
    }

    pub(crate) fn open(error: impl Into<Cause>) -> Self {
        Self::Open(error.into())
    }

    pub(crate) fn corrupt(what: impl std::fmt::Display) -> Self {
        Self::Corrupt(what.to_string())
    }
}

impl From<serde_json::Error> for DatabaseError {
    fn from(error: serde_json::Error) -> Self {
        Self::corrupt(error)
    }
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(refusal) = &error else {
            return match error {
                sqlx::Error::ColumnDecode { .. }
                | sqlx::Error::Decode(_)
                | sqlx::Error::ColumnIndexOutOfBounds { .. }
                | sqlx::Error::ColumnNotFound(_)
                | sqlx::Error::TypeNotFound { .. } => Self::corrupt(error),
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
                | sqlx::Error::BeginFailed => Self::Unavailable(Some(error.into())),
                other => Self::Statement(other.into()),
            };
        };
        if matches!(refusal.kind(), ErrorKind::UniqueViolation) {
            return Self::Duplicate(refusal.message().to_owned());
        }
        let code = refusal.code().unwrap_or_default().into_owned();
        match code.get(..2) {
            // Serialization failure, deadlock, lock timeout.
            _ if ["40001", "40P01", "55P03"].contains(&code.as_str()) => Self::Conflict,
            // Connection, resources, operator intervention, system.
            Some("08" | "53" | "57" | "58") => Self::Unavailable(Some(error.into())),
            Some("25") if code == "25006" => Self::Unavailable(Some(error.into())),
            _ => Self::Statement(error.into()),
        }
    }
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let rusqlite::Error::SqliteFailure(failure, message) = &error else { return Self::Statement(error.into()) };
        if [ffi::SQLITE_CONSTRAINT_UNIQUE, ffi::SQLITE_CONSTRAINT_PRIMARYKEY].contains(&failure.extended_code) {
            return Self::Duplicate(message.clone().unwrap_or_default());
        }
        match failure.code {
            Code::DatabaseBusy
            | Code::DatabaseLocked
            | Code::OutOfMemory
            | Code::OperationInterrupted
            | Code::SystemIoFailure
            | Code::DiskFull
            | Code::CannotOpen => Self::Unavailable(Some(error.into())),
            _ => Self::Statement(error.into()),
        }
    }
}
