//! Area: locks that terraform and tofu hold on a stack's state through the `http` backend. While one is held no run gets
//! the stack's own lock, and the other way round.

use fw_run::{StackId, Time};

use crate::{DatabaseError, Result, Tx, args, runs};

/// A lock as its holder describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientLock {
    /// The id the client has made up.
    pub id: String,
    /// What the client says of itself: JSON, given back as it came.
    pub info: String,
    /// Since when.
    pub since: Time,
}

/// Locks a stack; gives the lock that is in the way.
///
/// # Errors
/// The database fails.
pub async fn lock(tx: &mut Tx, stack: StackId, lock: &ClientLock) -> Result<Option<ClientLock>> {
    if let Some(held) = find(tx, stack).await? {
        return Ok((held.id != lock.id).then_some(held));
    }
    let sql = "INSERT INTO client_locks (stack, id, info, since) VALUES ($1, $2, $3, $4)";
    match tx.execute(sql, args![stack, lock.id.as_str(), lock.info.as_str(), lock.since]).await {
        Ok(_) => Ok(None),
        Err(DatabaseError::Duplicate(_)) => Err(DatabaseError::Conflict),
        Err(error) => Err(error),
    }
}

/// The lock of a stack.
///
/// # Errors
/// The database fails.
pub async fn find(tx: &mut Tx, stack: StackId) -> Result<Option<ClientLock>> {
    let row = tx.row("SELECT id, info, since FROM client_locks WHERE stack = $1", args![stack]).await?;
    row.map(|row| Ok(ClientLock { id: row.text(0)?, info: row.text(1)?, since: row.time(2)? })).transpose()
}

/// Unlocks a stack: with an id only that lock, without one whichever it is. Whether there was one.
///
/// # Errors
/// The database fails.
pub async fn unlock(tx: &mut Tx, stack: StackId, id: Option<&str>) -> Result<bool> {
    let sql = "DELETE FROM client_locks WHERE stack = $1 AND (CAST($2 AS TEXT) IS NULL OR id = $2)";
    let was_locked = tx.execute(sql, args![stack, id]).await? > 0;
    runs::wake_next(tx, stack).await?;
    Ok(was_locked)
}
