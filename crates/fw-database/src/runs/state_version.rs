//! Versions of stacks' states: each follows the newest one, none is changed.

use fw_run::{ControlError, Digest, NewState, RunId, StackId, StateRef, StateVersionId, Ticket, Time};

use super::{journal, lock};
use crate::{Result, Row, Signal, Tx, args};

/// A stored version of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateVersionRow {
    /// Its id.
    pub id: StateVersionId,
    /// The stack.
    pub stack: StackId,
    /// Its number in the stack, from 1.
    pub number: u64,
    /// The state file, an object.
    pub digest: Digest,
    /// The state's lineage.
    pub lineage: String,
    /// The state's serial number.
    pub serial: u64,
    /// How many resource instances it has.
    pub resources: u64,
    /// The run that made it, if one did.
    pub run: Option<RunId>,
    /// When.
    pub created_at: Time,
}

impl StateVersionRow {
    /// As workers know it.
    #[must_use]
    pub fn reference(&self) -> StateRef {
        StateRef { id: self.id, digest: self.digest, lineage: self.lineage.clone(), serial: self.serial }
    }

    fn of(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.parse(0)?,
            stack: row.parse(1)?,
            number: row.number(2)?,
            digest: row.parse(3)?,
            lineage: row.text(4)?,
            serial: row.number(5)?,
            resources: row.number(6)?,
            run: row.parse_opt(7)?,
            created_at: row.time(8)?,
        })
    }
}

/// Stores a new version. With a ticket its epoch must be the lock's; without one no run may hold the lock. The journal
/// up to where the state holds it is folded.
///
/// # Errors
/// The outer error is the database's; the inner one is what the writer is told.
pub async fn save_state(
    tx: &mut Tx,
    ticket: Option<&Ticket>,
    stack: StackId,
    id: StateVersionId,
    new: &NewState,
    now: Time,
) -> Result<Result<StateVersionRow, ControlError>> {
    let head = lock::head(tx, stack).await?;
    let (holder, epoch) = (head.parse_opt::<RunId>(0)?, head.number::<u64>(1)?);
    match ticket {
        Some(ticket) if holder != Some(ticket.run) || epoch != ticket.epoch => {
            journal::reject(tx, ticket, stack, "a state version", now).await?;
            return Ok(Err(ControlError::StaleEpoch));
        }
        None if holder.is_some() => return Ok(Err(ControlError::Refused("a run holds the stack's lock".to_owned()))),
        Some(_) | None => {}
    }
    if head.parse_opt::<StateVersionId>(3)? != new.base {
        return Ok(Err(ControlError::StateConflict));
    }
    let sql = "SELECT COALESCE(max(number), 0) + 1 FROM state_versions WHERE stack = $1";
    let number: u64 = tx.row(sql, args![stack]).await?.map_or(Ok(1), |row| row.number(0))?;
    let row = StateVersionRow {
        id,
        stack,
        number,
        digest: new.digest,
        lineage: new.lineage.clone(),
        serial: new.serial,
        resources: new.resources,
        run: ticket.map(|ticket| ticket.run),
        created_at: now,
    };
    let sql = "INSERT INTO state_versions (id, stack, number, digest, lineage, serial, resources, run, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let arguments = args![
        row.id,
        row.stack,
        row.number,
        row.digest,
        row.lineage.as_str(),
        row.serial,
        row.resources,
        row.run,
        row.created_at,
    ];
    tx.execute(sql, arguments).await?;
    tx.execute("UPDATE stack_heads SET state_version = $2 WHERE stack = $1", args![stack, id]).await?;
    journal::fold(tx, stack, new.folded).await?;
    tx.signal(Signal::Stack(stack));
    Ok(Ok(row))
}

/// The newest version of a stack's state.
///
/// # Errors
/// The database is gone.
pub async fn newest_state(tx: &mut Tx, stack: StackId) -> Result<Option<StateVersionRow>> {
    let sql = "SELECT v.id, v.stack, v.number, v.digest, v.lineage, v.serial, v.resources, v.run, v.created_at \
               FROM stack_heads h JOIN state_versions v ON v.id = h.state_version WHERE h.stack = $1";
    tx.row(sql, args![stack]).await?.as_ref().map(StateVersionRow::of).transpose()
}

/// A version of a stack's state.
///
/// # Errors
/// The database is gone.
pub async fn state_version(tx: &mut Tx, stack: StackId, id: StateVersionId) -> Result<Option<StateVersionRow>> {
    let sql = "SELECT id, stack, number, digest, lineage, serial, resources, run, created_at FROM state_versions \
               WHERE id = $1 AND stack = $2";
    tx.row(sql, args![id, stack]).await?.as_ref().map(StateVersionRow::of).transpose()
}

/// Versions of a stack's state, the newest first, below a number if one is given.
///
/// # Errors
/// The database is gone.
pub async fn state_versions(
    tx: &mut Tx,
    stack: StackId,
    below: Option<u64>,
    limit: u32,
) -> Result<Vec<StateVersionRow>> {
    let sql = "SELECT id, stack, number, digest, lineage, serial, resources, run, created_at FROM state_versions \
               WHERE stack = $1 AND number < $2 ORDER BY number DESC LIMIT $3";
    let below = below.map_or(i64::MAX, |below| i64::try_from(below).unwrap_or(i64::MAX));
    tx.rows(sql, args![stack, below, limit]).await?.iter().map(StateVersionRow::of).collect()
}
