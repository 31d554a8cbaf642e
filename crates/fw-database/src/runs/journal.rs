//! Stacks' journals: written under the lock's epoch, read by whoever works on the stack next.

use fw_run::{
    ControlError, JournalEntry, JournalRow, JournalWrite, OpKey, Resolution, Resolved, RunId, StackId, Ticket, Time,
};

use super::lock;
use crate::{Arg, DatabaseError, Result, Tx, args};

/// How many lines are read at once.
const PAGE: u32 = 500;

/// Writes lines under a ticket. If the lock has passed on, they are kept as hints and the attempt is recorded.
///
/// # Errors
/// The outer error is the database's; the inner one is what the worker is told.
pub async fn write_journal(
    tx: &mut Tx,
    ticket: &Ticket,
    writes: Vec<JournalWrite>,
    now: Time,
) -> Result<Result<u64, ControlError>> {
    let count = writes.len();
    let sql = "UPDATE stack_heads SET journal = journal + $3 WHERE run = $1 AND epoch = $2 \
               AND stack = (SELECT stack FROM runs WHERE id = $1) RETURNING journal, stack";
    let Some(row) = tx.row(sql, args![ticket.run, ticket.epoch, count]).await? else {
        return too_late(tx, ticket, writes, now).await.map(|()| Err(ControlError::StaleEpoch));
    };
    let (last, stack): (u64, StackId) = (row.number(0)?, row.parse(1)?);
    for write in &writes {
        if let Some(refusal) = operation(tx, ticket, stack, write).await? {
            // The lines before it, and their numbers, are undone with the transaction.
            return Err(DatabaseError::Refused(refusal));
        }
    }
    let first = last - u64::try_from(count).unwrap_or(0) + 1;
    insert(tx, ticket, stack, first, writes.into_iter().map(JournalRow::Write).collect(), now).await?;
    Ok(Ok(last))
}

/// Keeps account of operations. Returns why the write makes no sense.
async fn operation(tx: &mut Tx, ticket: &Ticket, stack: StackId, write: &JournalWrite) -> Result<Option<String>> {
    let (op, status) = match write {
        JournalWrite::Intent(intent) => return begin(tx, ticket, stack, &intent.op).await,
        JournalWrite::Change { op: Some(op), completes: true, .. } => (op, "done"),
        JournalWrite::Change { .. } => return Ok(None),
        JournalWrite::Void { op } => (op, "void"),
    };
    // Operations of earlier runs are settled under the same name, which leaves this run's own to be begun.
    let sql = "UPDATE operations SET status = $3 WHERE stack = $1 AND op = $2 AND status = 'open'";
    tx.execute(sql, args![stack, op.0.as_str(), status]).await?;
    Ok(None)
}

async fn begin(tx: &mut Tx, ticket: &Ticket, stack: StackId, op: &OpKey) -> Result<Option<String>> {
    let sql = "INSERT INTO operations (run, op, stack, status) VALUES ($1, $2, $3, 'open') \
               ON CONFLICT (run, op) DO UPDATE SET status = excluded.status WHERE operations.status <> 'done'";
    let begun = tx.execute(sql, args![ticket.run, op.0.as_str(), stack]).await?;
    Ok((begun == 0).then(|| format!("the operation `{op}` of this plan is done already")))
}

async fn insert(
    tx: &mut Tx,
    ticket: &Ticket,
    stack: StackId,
    first: u64,
    rows: Vec<JournalRow>,
    now: Time,
) -> Result<()> {
    let mut lines = Vec::with_capacity(rows.len());
    for (position, row) in (first..).zip(&rows) {
        let (op, completes) = match row {
            JournalRow::Write(write) | JournalRow::Late(write) => (op_of(write), completes(write)),
            JournalRow::Resolved(resolved) => (Some(&resolved.op), false),
        };
        let completes = completes && matches!(row, JournalRow::Write(_));
        let op = op.map(|op| op.0.as_str());
        let entry = serde_json::to_string(row)?;
        let line: Vec<Arg> =
            args![stack, position, ticket.run, ticket.attempt, ticket.epoch, now, op, completes, false, entry];
        lines.push(line);
    }
    let sql = "INSERT INTO journal (stack, position, run, attempt, epoch, at, op, completes, folded, entry) VALUES";
    tx.insert(sql, lines).await
}

const fn op_of(write: &JournalWrite) -> Option<&OpKey> {
    match write {
        JournalWrite::Intent(intent) => Some(&intent.op),
        JournalWrite::Change { op, .. } => op.as_ref(),
        JournalWrite::Void { op } => Some(op),
    }
}

const fn completes(write: &JournalWrite) -> bool {
    match write {
        JournalWrite::Intent(_) => false,
        JournalWrite::Change { completes, .. } => *completes,
        JournalWrite::Void { .. } => true,
    }
}

/// What came too late is no part of the state; but it tells the next one what has happened.
async fn too_late(tx: &mut Tx, ticket: &Ticket, writes: Vec<JournalWrite>, now: Time) -> Result<()> {
    let Some(row) = tx.row("SELECT stack FROM runs WHERE id = $1", args![ticket.run]).await? else { return Ok(()) };
    let stack: StackId = row.parse(0)?;
    reject(tx, ticket, stack, &format!("{} journal lines", writes.len()), now).await?;
    append(tx, ticket, stack, writes.into_iter().map(JournalRow::Late).collect(), now).await
}

/// Appends lines that need no lock.
async fn append(tx: &mut Tx, ticket: &Ticket, stack: StackId, rows: Vec<JournalRow>, now: Time) -> Result<()> {
    let sql = "UPDATE stack_heads SET journal = journal + $2 WHERE stack = $1 RETURNING journal";
    let Some(row) = tx.row(sql, args![stack, rows.len()]).await? else { return Ok(()) };
    let first = row.number::<u64>(0)? - u64::try_from(rows.len()).unwrap_or(0) + 1;
    insert(tx, ticket, stack, first, rows, now).await
}

/// Records a write that was refused because of its epoch.
pub(super) async fn reject(tx: &mut Tx, ticket: &Ticket, stack: StackId, what: &str, now: Time) -> Result<()> {
    let head = lock::head(tx, stack).await?;
    let sql = "INSERT INTO rejections (stack, run, step, attempt, epoch, lock_epoch, at, what) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let arguments = args![stack, ticket.run, ticket.step.0, ticket.attempt, ticket.epoch, head.int(1)?, now, what,];
    tx.execute(sql, arguments).await.map(|_count| ())
}

/// A page of a stack's journal after a position: what the newest state version does not hold, what this run has written,
/// and intents nobody has seen the end of.
///
/// # Errors
/// The database is gone.
pub async fn journal(tx: &mut Tx, stack: StackId, run: Option<RunId>, after: u64) -> Result<Vec<JournalEntry>> {
    let sql = "SELECT position, run, attempt, epoch, at, folded, entry FROM journal WHERE stack = $1 AND position > $2 \
               AND (folded = 0 OR run = $3 OR EXISTS (SELECT 1 FROM operations o WHERE o.run = journal.run \
               AND o.op = journal.op AND o.status = 'open')) ORDER BY position LIMIT $4";
    let rows = tx.rows(sql, args![stack, after, run, PAGE]).await?;
    let entry = |row: &crate::Row| {
        Ok(JournalEntry {
            position: row.number(0)?,
            run: row.parse(1)?,
            attempt: row.number(2)?,
            epoch: row.number(3)?,
            at: row.time(4)?,
            folded: row.truth(5)?,
            row: row.json(6)?,
        })
    };
    rows.iter().map(entry).collect()
}

/// The names of a stack's operations of which nobody has seen the end.
///
/// # Errors
/// The database is gone.
pub async fn open_operations(tx: &mut Tx, stack: StackId) -> Result<Vec<OpKey>> {
    let sql = "SELECT DISTINCT op FROM operations WHERE stack = $1 AND status = 'open' ORDER BY op";
    tx.rows(sql, args![stack]).await?.iter().map(|row| row.text(0).map(OpKey)).collect()
}

/// Writes down what a person has said of operations. What does not exist needs no looking up any more.
pub(super) async fn resolved(
    tx: &mut Tx,
    ticket: &Ticket,
    stack: StackId,
    resolved: Vec<Resolved>,
    now: Time,
) -> Result<()> {
    for Resolved { op, resolution, .. } in &resolved {
        if *resolution == Resolution::Absent {
            let sql = "UPDATE operations SET status = 'void' WHERE stack = $1 AND op = $2 AND status = 'open'";
            tx.execute(sql, args![stack, op.0.as_str()]).await?;
        }
    }
    append(tx, ticket, stack, resolved.into_iter().map(JournalRow::Resolved).collect(), now).await
}

/// Everything up to a position is in the newest state version.
pub(super) async fn fold(tx: &mut Tx, stack: StackId, folded: u64) -> Result<()> {
    let sql = "UPDATE journal SET folded = 1 WHERE stack = $1 AND position <= $2 AND folded = 0";
    tx.execute(sql, args![stack, folded]).await.map(|_count| ())
}

/// Throws away what nobody needs any more after a run has ended: all that is folded, but intents that are still open.
pub(super) async fn trim(tx: &mut Tx, stack: StackId) -> Result<()> {
    let sql = "DELETE FROM journal WHERE stack = $1 AND folded = 1 AND NOT EXISTS (SELECT 1 FROM operations o \
               WHERE o.run = journal.run AND o.op = journal.op AND o.status = 'open')";
    tx.execute(sql, args![stack]).await.map(|_count| ())
}
