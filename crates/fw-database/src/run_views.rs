//! Area: runs, workers and states as clients look at them. Nothing here changes anything.

use std::sync::Arc;

use fw_run::{
    AccountId, Actor, Digest, Entry, LabelSet, OutputEntry, RunDef, RunId, RunState, RunStatus, StackId,
    StateVersionId, Time, WorkerId,
};

use crate::{Result, Row, Tx, args};

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

/// How the queue is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueView {
    /// Runs made so far.
    pub enqueued: u64,
    /// Of these, those that were begun or are over.
    pub dequeued: u64,
    /// Runs that wait.
    pub depth: u64,
    /// How long the last hundred waited, on average, in milliseconds.
    pub average_wait: u64,
    /// When the one that waits longest was made.
    pub oldest: Option<Time>,
}

/// A worker.
#[derive(Clone, Debug)]
pub struct WorkerView {
    /// Its id.
    pub id: WorkerId,
    /// Its name.
    pub name: String,
    /// What it can do.
    pub labels: LabelSet,
    /// The version of its program.
    pub version: String,
    /// How many steps it does at the same time.
    pub slots: u32,
    /// Since when it is known.
    pub first_seen: Time,
    /// When it was heard of last.
    pub last_seen: Time,
    /// How many steps it has now.
    pub steps: u32,
}

/// A version of a stack's state.
#[derive(Clone, Debug)]
pub struct StateView {
    /// Its id.
    pub id: StateVersionId,
    /// Its stack.
    pub stack: StackId,
    /// Its number, from 1.
    pub number: u64,
    /// The state file, an object.
    pub digest: Digest,
    /// The state's lineage.
    pub lineage: String,
    /// The state's serial number.
    pub serial: u64,
    /// How many resource instances it has.
    pub resources: u64,
    /// The run that has made it; nothing for one that came from a client or was restored.
    pub run: Option<RunId>,
    /// When.
    pub created_at: Time,
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

/// The log of a run after an entry.
///
/// # Errors
/// The database fails.
pub async fn entries(tx: &mut Tx, run: RunId, after: u64, limit: u32) -> Result<Vec<Entry>> {
    let sql = "SELECT seq, at, event FROM run_events WHERE run = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    tx.rows(sql, args![run, after, limit]).await?.iter().map(|row| entry_of(row, 0)).collect()
}

/// The log of all runs after a place; of all accounts, or of one.
///
/// # Errors
/// The database fails.
pub async fn log(tx: &mut Tx, account: Option<AccountId>, after: i64, limit: u32) -> Result<Vec<LogEntry>> {
    let sql = "SELECT e.position, e.run, r.account, r.stack, e.seq, e.at, e.event \
               FROM run_events e JOIN runs r ON r.id = e.run \
               WHERE e.position > $1 AND (CAST($2 AS TEXT) IS NULL OR r.account = $2) ORDER BY e.position LIMIT $3";
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

/// How the queue is.
///
/// # Errors
/// The database fails.
pub async fn queue(tx: &mut Tx, totals: bool) -> Result<QueueView> {
    let waiting = "SELECT COUNT(*), MIN(created_at) FROM runs WHERE started_at IS NULL AND finished_at IS NULL";
    let waits = "SELECT started_at - created_at FROM runs WHERE started_at IS NOT NULL \
                 ORDER BY started_at DESC LIMIT 100";
    let mut view = QueueView::default();
    if let Some(row) = tx.row(waiting, args![]).await? {
        view.depth = row.number(0)?;
        view.oldest = row.int_opt(1)?.map(Time);
    }
    let waits = tx.rows(waits, args![]).await?;
    let waits = waits.iter().map(|row| row.int(0)).collect::<Result<Vec<i64>>>()?;
    let count = i64::try_from(waits.len()).unwrap_or(1).max(1);
    view.average_wait = u64::try_from(waits.iter().sum::<i64>() / count).unwrap_or(0);
    if totals {
        let row = tx.row("SELECT COUNT(*) FROM runs", args![]).await?;
        view.enqueued = row.map_or(Ok(0), |row| row.number(0))?;
        view.dequeued = view.enqueued.saturating_sub(view.depth);
    }
    Ok(view)
}

/// How many runs there are of each status that are not over, and how many in all of each that are.
///
/// # Errors
/// The database fails.
pub async fn run_counts(tx: &mut Tx) -> Result<Vec<(String, u64)>> {
    let rows = tx.rows("SELECT status, COUNT(*) FROM runs GROUP BY status ORDER BY status", args![]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.number(1)?))).collect()
}

/// Workers that were heard of since a time.
///
/// # Errors
/// The database fails.
pub async fn workers(tx: &mut Tx, since: Time) -> Result<Vec<WorkerView>> {
    let sql = "SELECT w.id, w.name, w.labels, w.version, w.slots, w.first_seen, w.last_seen, \
               (SELECT COUNT(*) FROM offers o WHERE o.worker = w.id) \
               FROM workers w WHERE w.last_seen >= $1 ORDER BY w.first_seen, w.id";
    let rows = tx.rows(sql, args![since]).await?;
    rows.iter()
        .map(|row| {
            Ok(WorkerView {
                id: row.parse(0)?,
                name: row.text(1)?,
                labels: row.parse(2)?,
                version: row.text(3)?,
                slots: row.number(4)?,
                first_seen: row.time(5)?,
                last_seen: row.time(6)?,
                steps: row.number(7)?,
            })
        })
        .collect()
}

/// The versions of a stack's state, the newest first.
///
/// # Errors
/// The database fails.
pub async fn states(tx: &mut Tx, stack: StackId, limit: u32, offset: u32) -> Result<Vec<StateView>> {
    let sql = "SELECT id, stack, number, digest, lineage, serial, resources, run, created_at FROM state_versions \
               WHERE stack = $1 ORDER BY number DESC LIMIT $2 OFFSET $3";
    tx.rows(sql, args![stack, limit, offset]).await?.iter().map(state_of).collect()
}

/// A version of a stack's state: by its id or by its number; the newest if neither is given.
///
/// # Errors
/// The database fails.
pub async fn state(tx: &mut Tx, stack: StackId, which: Option<&str>) -> Result<Option<StateView>> {
    let newest = "SELECT id, stack, number, digest, lineage, serial, resources, run, created_at FROM state_versions \
                  WHERE stack = $1 ORDER BY number DESC LIMIT 1";
    let by_number = "SELECT id, stack, number, digest, lineage, serial, resources, run, created_at \
                     FROM state_versions WHERE stack = $1 AND number = $2";
    let by_id = "SELECT id, stack, number, digest, lineage, serial, resources, run, created_at FROM state_versions \
                 WHERE stack = $1 AND id = $2";
    let row = match which {
        None => tx.row(newest, args![stack]).await?,
        Some(which) => match which.parse::<i64>() {
            Ok(number) => tx.row(by_number, args![stack, number]).await?,
            Err(_) => tx.row(by_id, args![stack, which]).await?,
        },
    };
    row.as_ref().map(state_of).transpose()
}

/// The run that holds the lock of a stack.
///
/// # Errors
/// The database fails.
pub async fn lock_holder(tx: &mut Tx, stack: StackId) -> Result<Option<RunId>> {
    let row = tx.row("SELECT run FROM stack_heads WHERE stack = $1", args![stack]).await?;
    let holder = row.map(|row| row.text_opt(0)).transpose()?.flatten();
    holder.map(|id| id.parse().map_err(crate::DatabaseError::corrupt)).transpose()
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

fn state_of(row: &Row) -> Result<StateView> {
    let run = row.text_opt(7)?;
    Ok(StateView {
        id: row.parse(0)?,
        stack: row.parse(1)?,
        number: row.number(2)?,
        digest: row.parse(3)?,
        lineage: row.text(4)?,
        serial: row.number(5)?,
        resources: row.number(6)?,
        run: run.map(|id| id.parse().map_err(crate::DatabaseError::corrupt)).transpose()?,
        created_at: row.time(8)?,
    })
}
