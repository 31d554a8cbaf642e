//! Reading a run as the machine knows it.

use std::sync::Arc;

use fw_run::{AccountId, Actor, Run, RunDef, RunId, RunState, RunStatus, Time};

use crate::{Result, Row, Tx, args};

/// A run as it is stored.
#[derive(Clone, Debug)]
pub struct RunRow {
    /// The run: its definition and state.
    pub run: Run,
    /// How it is.
    pub status: RunStatus,
    /// Who wanted it.
    pub by: Actor,
    /// The run that started it.
    pub parent: Option<RunId>,
    /// When it was made.
    pub created_at: Time,
    /// When its first step was begun.
    pub started_at: Option<Time>,
    /// When it ended.
    pub finished_at: Option<Time>,
}

const COLUMNS: &str = "id, definition, state, status, created_by, parent, created_at, started_at, finished_at";

fn row_of(row: &Row) -> Result<RunRow> {
    let definition: Arc<RunDef> = Arc::new(row.json(1)?);
    let state: RunState = row.json(2)?;
    Ok(RunRow {
        run: Run::restore(row.parse(0)?, definition, state),
        status: row.parse(3)?,
        by: row.json(4)?,
        parent: row.parse_opt(5)?,
        created_at: row.time(6)?,
        started_at: row.int_opt(7)?.map(Time),
        finished_at: row.int_opt(8)?.map(Time),
    })
}

/// The account of a run.
///
/// # Errors
/// The database is gone.
pub async fn account(tx: &mut Tx, run: RunId) -> Result<Option<AccountId>> {
    tx.row("SELECT account FROM runs WHERE id = $1", args![run]).await?.map(|row| row.parse(0)).transpose()
}

/// A run.
///
/// # Errors
/// The database is gone.
pub async fn run(tx: &mut Tx, id: RunId) -> Result<Option<RunRow>> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM runs WHERE id = $1"));
    tx.row(sql, args![id]).await?.as_ref().map(row_of).transpose()
}
