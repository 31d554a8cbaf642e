//! Reading runs and their logs.

use std::sync::Arc;

use fw_run::{AccountId, Actor, Entry, Event, PlanReport, Run, RunDef, RunId, RunState, RunStatus, StackId, Time};

use crate::{DatabaseError, Dialect, Result, Row, Tx, args};

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

/// Which runs. What is not given does not matter.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    /// Of this account.
    pub account: Option<AccountId>,
    /// Of this stack.
    pub stack: Option<StackId>,
    /// In this state.
    pub status: Option<RunStatus>,
    /// Only those that are not over.
    pub open: bool,
    /// Older than this one, by creation.
    pub before: Option<RunId>,
}

/// An entry of the log of all runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Its place in the log of all runs. It grows, with gaps.
    pub position: u64,
    /// The run.
    pub run: RunId,
    /// The entry.
    pub entry: Entry,
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

/// A run.
///
/// # Errors
/// The database is gone.
pub async fn run(tx: &mut Tx, id: RunId) -> Result<Option<RunRow>> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM runs WHERE id = $1"));
    tx.row(sql, args![id]).await?.as_ref().map(row_of).transpose()
}

/// A run's plan, once there is one.
///
/// # Errors
/// The database is gone.
pub async fn plan_of(tx: &mut Tx, id: RunId) -> Result<Option<PlanReport>> {
    Ok(run(tx, id).await?.and_then(|row| row.run.state().plan.clone()))
}

/// Runs, the newest first.
///
/// # Errors
/// The database is gone.
pub async fn list(tx: &mut Tx, filter: &RunFilter, limit: u32) -> Result<Vec<RunRow>> {
    let mut arguments = Vec::new();
    let mut conditions = vec!["1 = 1".to_owned()];
    let mut add = |condition: &str, argument: crate::Arg| {
        arguments.push(argument);
        conditions.push(condition.replace('?', &format!("${}", arguments.len())));
    };
    if let Some(account) = filter.account {
        add("account = ?", account.into());
    }
    if let Some(stack) = filter.stack {
        add("stack = ?", stack.into());
    }
    if let Some(status) = filter.status {
        add("status = ?", status.as_str().into());
    }
    if let Some(before) = filter.before {
        add("(created_at, id) < (SELECT created_at, id FROM runs WHERE id = ?)", before.into());
    }
    if filter.open {
        conditions.push("finished_at IS NULL".to_owned());
    }
    arguments.push(limit.into());
    let (conditions, count) = (conditions.join(" AND "), arguments.len());
    // Nothing in it but literals and numbers of parameters.
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM runs WHERE {conditions} ORDER BY created_at DESC, id DESC LIMIT ${count}"
    ));
    tx.rows(sql, arguments).await?.iter().map(row_of).collect()
}

/// A run's log after an entry.
///
/// # Errors
/// The database is gone.
pub async fn log_of(tx: &mut Tx, run: RunId, after: u64, limit: u32) -> Result<Vec<Entry>> {
    let sql = "SELECT seq, at, event FROM run_events WHERE run = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    let entry = |row: &Row| Ok(Entry { seq: row.number(0)?, at: row.time(1)?, event: row.json(2)? });
    tx.rows(sql, args![run, after, limit]).await?.iter().map(entry).collect()
}

/// The log of all runs after a position. What is returned is final: no entry will ever appear before it.
///
/// # Errors
/// The database is gone.
pub async fn log_after(tx: &mut Tx, after: u64, limit: u32) -> Result<Vec<LogEntry>> {
    let sql = match tx.dialect() {
        Dialect::Sqlite => {
            "SELECT position, run, seq, at, event FROM run_events WHERE position > $1 ORDER BY position LIMIT $2"
        }
        // Transactions may commit in another order than that of their positions: those that are newer than the oldest
        // one under way have to wait.
        Dialect::Postgres => {
            "SELECT position, run, seq, at, event FROM run_events WHERE position > $1 \
             AND transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY position LIMIT $2"
        }
    };
    let entry = |row: &Row| -> Result<LogEntry> {
        let event: Event = row.json(4)?;
        let entry = Entry { seq: row.number(2)?, at: row.time(3)?, event };
        Ok(LogEntry { position: row.number(0)?, run: row.parse(1)?, entry })
    };
    tx.rows(sql, args![after, limit]).await?.iter().map(entry).collect::<Result<_, DatabaseError>>()
}
