//! Area: runs and their logs as clients look at them. Nothing here changes anything.

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_run::{AccountId, Actor, Entry, OutputEntry, RunDef, RunId, RunState, RunStatus, StackId, Time};

use sqlx::AssertSqlSafe;

use crate::{Arg, Dialect, Result, Row, Tx, args};

/// A run.
#[derive(Clone, Debug)]
pub struct RunView {
    /// Its id.
    pub id: RunId,
    /// Whose it is.
    pub account: AccountId,
    /// Its stack.
    pub stack: StackId,
    /// How it is.
    pub status: RunStatus,
    /// What it is to do.
    pub definition: Arc<RunDef>,
    /// How far it is.
    pub state: RunState,
    /// Who has made it.
    pub created_by: Actor,
    /// When.
    pub created_at: Time,
    /// When its first step was begun.
    pub started_at: Option<Time>,
    /// When it was over.
    pub finished_at: Option<Time>,
}

/// Which runs to list.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    /// Only of this stack.
    pub stack: Option<StackId>,
    /// Only with this status.
    pub status: Option<RunStatus>,
    /// Only those that are not over.
    pub open: bool,
    /// How many at most.
    pub limit: u32,
    /// How many of the newest to leave out.
    pub offset: u32,
}

/// An entry of the log of a run, with its place in the log of all runs.
#[derive(Clone, Debug)]
pub struct LogEntry {
    /// Its place among the entries of all runs.
    pub position: i64,
    /// The run.
    pub run: RunId,
    /// Whose it is.
    pub account: AccountId,
    /// Its stack.
    pub stack: StackId,
    /// The entry.
    pub entry: Entry,
}

/// A run of an account.
///
/// # Errors
/// The database fails.
pub async fn run(tx: &mut Tx, account: AccountId, id: RunId) -> Result<Option<RunView>> {
    let sql = "SELECT id, account, stack, status, definition, state, created_by, created_at, started_at, finished_at \
               FROM runs WHERE id = $1 AND account = $2";
    tx.row(sql, args![id, account]).await?.as_ref().map(run_of).transpose()
}

/// Runs of an account, the newest first.
///
/// # Errors
/// The database fails.
pub async fn runs(tx: &mut Tx, account: AccountId, filter: &RunFilter) -> Result<Vec<RunView>> {
    // Two statements, so that each uses its index.
    let by_stack = "SELECT id, account, stack, status, definition, state, created_by, created_at, started_at, \
                    finished_at FROM runs WHERE account = $1 AND stack = $2 \
                    AND (CAST($3 AS TEXT) IS NULL OR status = $3) AND (finished_at IS NULL OR $4 = 0) \
                    ORDER BY created_at DESC, id DESC LIMIT $5 OFFSET $6";
    let by_account = "SELECT id, account, stack, status, definition, state, created_by, created_at, started_at, \
                      finished_at FROM runs WHERE account = $1 \
                      AND (CAST($2 AS TEXT) IS NULL OR status = $2) AND (finished_at IS NULL OR $3 = 0) \
                      ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5";
    let status = filter.status.map(RunStatus::as_str);
    let rows = match filter.stack {
        Some(stack) => {
            let arguments = args![account, stack, status, filter.open, filter.limit, filter.offset];
            tx.rows(by_stack, arguments).await?
        }
        None => tx.rows(by_account, args![account, status, filter.open, filter.limit, filter.offset]).await?,
    };
    rows.iter().map(run_of).collect()
}

/// The newest runs of a stack of an account, the newest first. (A statement without choices: what may be anything is planned
/// anew by SQLite each time it is something else.)
///
/// # Errors
/// The database fails.
pub async fn stack_runs(tx: &mut Tx, account: AccountId, stack: StackId, most: u32) -> Result<Vec<RunView>> {
    let sql = "SELECT id, account, stack, status, definition, state, created_by, created_at, started_at, finished_at \
               FROM runs WHERE account = $1 AND stack = $2 ORDER BY created_at DESC, id DESC LIMIT $3";
    tx.rows(sql, args![account, stack, most]).await?.iter().map(run_of).collect()
}

/// How many stacks are asked for in one statement.
const STACKS: usize = 200;

/// The newest runs of each of these stacks of an account, the newest first: so many of each at most.
///
/// # Errors
/// The database fails.
pub async fn newest_runs(
    tx: &mut Tx,
    account: AccountId,
    stacks: &[StackId],
    most: u32,
) -> Result<BTreeMap<StackId, Vec<RunView>>> {
    let mut found = BTreeMap::<StackId, Vec<RunView>>::new();
    for some in stacks.chunks(STACKS) {
        let list = (3..some.len() + 3).map(|number| format!("${number}")).collect::<Vec<_>>().join(",");
        // Nothing in it but numbers of parameters. Which runs they are is found in the index alone.
        let sql = AssertSqlSafe(format!(
            "SELECT id, account, stack, status, definition, state, created_by, created_at, started_at, finished_at \
             FROM runs WHERE account = $1 AND id IN (SELECT id FROM (SELECT id, row_number() OVER \
             (PARTITION BY stack ORDER BY created_at DESC, id DESC) AS place FROM runs WHERE stack IN ({list})) q \
             WHERE place <= $2) ORDER BY created_at DESC, id DESC"
        ));
        let arguments = args![account, most].into_iter().chain(some.iter().map(|stack| Arg::from(*stack))).collect();
        for row in tx.rows(sql, arguments).await? {
            let run = run_of(&row)?;
            found.entry(run.stack).or_default().push(run);
        }
    }
    Ok(found)
}

/// The log of a run after an entry.
///
/// # Errors
/// The database fails.
pub async fn entries(tx: &mut Tx, run: RunId, after: u64, limit: u32) -> Result<Vec<Entry>> {
    let sql = "SELECT seq, at, event FROM run_events WHERE run = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    tx.rows(sql, args![run, after, limit]).await?.iter().map(|row| entry_of(row, 0)).collect()
}

/// The log of all runs after a place; of all accounts, or of one. What is given is final: no entry will ever appear
/// before it.
///
/// # Errors
/// The database fails.
pub async fn log(tx: &mut Tx, account: Option<AccountId>, after: i64, limit: u32) -> Result<Vec<LogEntry>> {
    let sql = match tx.dialect() {
        Dialect::Sqlite => {
            "SELECT e.position, e.run, r.account, r.stack, e.seq, e.at, e.event \
             FROM run_events e JOIN runs r ON r.id = e.run \
             WHERE e.position > $1 AND (CAST($2 AS TEXT) IS NULL OR r.account = $2) ORDER BY e.position LIMIT $3"
        }
        // Transactions may commit in another order than that of their positions: those that are newer than the oldest
        // one under way have to wait.
        Dialect::Postgres => {
            "SELECT e.position, e.run, r.account, r.stack, e.seq, e.at, e.event \
             FROM run_events e JOIN runs r ON r.id = e.run \
             WHERE e.position > $1 AND (CAST($2 AS TEXT) IS NULL OR r.account = $2) \
             AND e.transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY e.position LIMIT $3"
        }
    };
    let rows = tx.rows(sql, args![after, account, limit]).await?;
    rows.iter()
        .map(|row| {
            Ok(LogEntry {
                position: row.int(0)?,
                run: row.parse(1)?,
                account: row.parse(2)?,
                stack: row.parse(3)?,
                entry: entry_of(row, 4)?,
            })
        })
        .collect()
}

/// The newest place in the log of all runs.
///
/// # Errors
/// The database fails.
pub async fn log_end(tx: &mut Tx) -> Result<i64> {
    let row = tx.row("SELECT MAX(position) FROM run_events", args![]).await?;
    Ok(row.map(|row| row.int_opt(0)).transpose()?.flatten().unwrap_or(0))
}

/// What the steps of a run gave out after a place.
///
/// # Errors
/// The database fails.
pub async fn output(tx: &mut Tx, run: RunId, after: u64, limit: u32) -> Result<Vec<OutputEntry>> {
    let sql = "SELECT position, step, attempt, at, output FROM run_output \
               WHERE run = $1 AND position > $2 ORDER BY position LIMIT $3";
    let rows = tx.rows(sql, args![run, after, limit]).await?;
    rows.iter()
        .map(|row| {
            Ok(OutputEntry {
                position: row.number(0)?,
                step: fw_run::StepId(row.number(1)?),
                attempt: row.number(2)?,
                at: row.time(3)?,
                output: serde_json::from_str(&row.text(4)?)?,
            })
        })
        .collect()
}

/// How many runs there are of each status.
///
/// # Errors
/// The database fails.
pub async fn run_counts(tx: &mut Tx) -> Result<Vec<(String, u64)>> {
    let rows = tx.rows("SELECT status, COUNT(*) FROM runs GROUP BY status ORDER BY status", args![]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.number(1)?))).collect()
}

/// The run that holds the lock of a stack.
///
/// # Errors
/// The database fails.
pub async fn lock_holder(tx: &mut Tx, stack: StackId) -> Result<Option<RunId>> {
    let row = tx.row("SELECT run FROM stack_heads WHERE stack = $1", args![stack]).await?;
    Ok(row.map(|row| row.parse_opt(0)).transpose()?.flatten())
}

fn run_of(row: &Row) -> Result<RunView> {
    Ok(RunView {
        id: row.parse(0)?,
        account: row.parse(1)?,
        stack: row.parse(2)?,
        status: row.parse(3)?,
        definition: Arc::new(serde_json::from_str(&row.text(4)?)?),
        state: serde_json::from_str(&row.text(5)?)?,
        created_by: serde_json::from_str(&row.text(6)?)?,
        created_at: row.time(7)?,
        started_at: row.int_opt(8)?.map(Time),
        finished_at: row.int_opt(9)?.map(Time),
    })
}

fn entry_of(row: &Row, at: usize) -> Result<Entry> {
    Ok(Entry { seq: row.number(at)?, at: row.time(at + 1)?, event: serde_json::from_str(&row.text(at + 2)?)? })
}
