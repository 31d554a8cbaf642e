//! Servers that tests start, kill and start again: a database and a workflow engine, as processes of their own.

mod postgres;
mod temporal;

pub use postgres::Postgres;
pub use temporal::Temporal;
