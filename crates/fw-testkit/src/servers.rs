//! Servers: those that tests start, kill and start again, a database and a workflow engine, as processes of their own; and those
//! that are found running.

mod aws;
mod postgres;
mod temporal;

pub use aws::AwsEmulator;
pub use postgres::Postgres;
pub use temporal::Temporal;
