//! A stack's lock: one run holds it at most, those that want it get it in the order in which they were made, and its epoch
//! grows with every change of hands.

use fw_run::{Run, RunState, StackId};

use super::advance::send;
use crate::tx::for_update;
use crate::{Result, Tx, args};

/// The stack's row, made when it is missing, held until the end of the transaction.
pub(super) async fn head(tx: &mut Tx, stack: StackId) -> Result<crate::Row> {
    let sql = for_update!(tx, "SELECT run, epoch, journal, state_version FROM stack_heads WHERE stack = $1");
    if let Some(row) = tx.row(sql, args![stack]).await? {
        return Ok(row);
    }
    let insert = "INSERT INTO stack_heads (stack, epoch, journal) VALUES ($1, 0, 0) ON CONFLICT DO NOTHING";
    tx.execute(insert, args![stack]).await?;
    tx.row(sql, args![stack]).await?.ok_or_else(|| crate::DatabaseError::corrupt("a stack without its head"))
}

/// Gives the lock to a run if it is free and nobody waits for longer. Returns the new epoch.
pub(super) async fn acquire(tx: &mut Tx, run: &Run) -> Result<Option<u64>> {
    let stack = run.definition().stack;
    let head = head(tx, stack).await?;
    if head.text_opt(0)?.is_some() || crate::client_locks::find(tx, stack).await?.is_some() {
        return Ok(None);
    }
    let created = run.state().created_at;
    let sql = "SELECT 1 FROM runs WHERE stack = $1 AND wants_lock = 1 AND \
               (created_at < $2 OR (created_at = $2 AND id < $3)) LIMIT 1";
    if tx.row(sql, args![stack, created, run.id()]).await?.is_some() {
        return Ok(None);
    }
    let epoch: u64 = head.number::<u64>(1)? + 1;
    tx.execute("UPDATE stack_heads SET run = $2, epoch = $3 WHERE stack = $1", args![stack, run.id(), epoch]).await?;
    Ok(Some(epoch))
}

/// Makes the lock's epoch that of the run, from now on.
pub(super) async fn keep(tx: &mut Tx, run: &Run, before: &RunState) -> Result<()> {
    let state = run.state();
    if state.locked && state.epoch != before.epoch {
        let sql = "UPDATE stack_heads SET epoch = $3 WHERE stack = $1 AND run = $2 AND epoch < $3";
        tx.execute(sql, args![run.definition().stack, run.id(), state.epoch]).await?;
    }
    Ok(())
}

/// Takes the lock from a run that is over, and wakes the next.
pub(super) async fn release(tx: &mut Tx, run: &Run) -> Result<()> {
    let stack = run.definition().stack;
    let sql = "UPDATE stack_heads SET run = NULL, epoch = epoch + 1 WHERE stack = $1 AND run = $2";
    tx.execute(sql, args![stack, run.id()]).await?;
    wake_next(tx, stack).await
}

/// Wakes the run that has waited longest for a stack's lock.
///
/// # Errors
/// The database is gone.
pub async fn wake_next(tx: &mut Tx, stack: StackId) -> Result<()> {
    let sql = "SELECT id FROM runs WHERE stack = $1 AND wants_lock = 1 ORDER BY created_at, id LIMIT 1";
    if let Some(row) = tx.row(sql, args![stack]).await? {
        send(tx, row.parse(0)?, None).await?;
    }
    Ok(())
}
