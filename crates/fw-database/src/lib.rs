//! The service's database: SQLite or PostgreSQL behind the same functions.
//!
//! [`Database::write`] runs a job in a transaction, [`Database::read`] without one. A job speaks to the database through
//! [`Tx`], in SQL that both understand: `$1` parameters, columns of BIGINT, TEXT and bytes, ids as text, times as
//! milliseconds, booleans as 0 and 1. Where they differ, [`Tx::dialect`] tells.
//!
//! **Areas.** Each area is a module with its tables' migrations. Its functions take `&mut Tx`, so that a caller can join
//! several of them in one transaction; they return once the statement is done, and what they did holds when `write`
//! returns. A job may be run again after a conflict: it has no effects of its own outside the database.
//!
//! **SQLite.** One thread owns the one connection that writes, and commits the jobs that wait in one go with one sync.
//! Many writing connections starve each other; this way a write is never refused because of another one. Reads run where they
//! are asked for. Neither hands single statements from thread to thread: that took most of a step's time once.

pub mod access;
mod actor;
mod arguments;
pub mod client_locks;
mod database;
mod error;
pub mod followers;
pub mod idempotency;
pub mod installation;
mod migrate;
mod readers;
pub mod run_views;
pub mod runs;
mod signal;
mod sqlite;
pub mod stacks;
pub mod transfer;
mod tx;
pub mod webhooks;

pub use arguments::Arg;
pub use database::{Database, Dialect, Options};
pub use error::DatabaseError;
pub use futures::future::BoxFuture;
pub use signal::Signal;
pub use tx::{Row, Tx};

/// What a job or a function of an area returns.
pub type Result<T, E = DatabaseError> = std::result::Result<T, E>;
