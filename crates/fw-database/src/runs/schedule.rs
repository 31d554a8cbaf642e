//! Schedules: rows with the time of their next tick. Who makes the runs computes that time.

use fw_run::{AccountId, RunDef, RunId, ScheduleId, StackId, Time};

use crate::{Result, Row, Signal, Tx, args};

/// A schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleRow {
    /// Its id.
    pub id: ScheduleId,
    /// Whose it is.
    pub account: AccountId,
    /// The stack.
    pub stack: StackId,
    /// Its name.
    pub name: String,
    /// The cron expression.
    pub cron: String,
    /// The name of its time zone, as `Europe/Vienna`.
    pub zone: String,
    /// The run it makes.
    pub definition: RunDef,
    /// It makes none for now.
    pub paused: bool,
    /// Its next tick.
    pub next_at: Option<Time>,
    /// Its last one.
    pub last_at: Option<Time>,
    /// The run that one has made.
    pub last_run: Option<RunId>,
    /// When it was made.
    pub created_at: Time,
}

const COLUMNS: &str =
    "id, account, stack, name, cron, zone, definition, paused, next_at, last_at, last_run, created_at";

fn row_of(row: &Row) -> Result<ScheduleRow> {
    Ok(ScheduleRow {
        id: row.parse(0)?,
        account: row.parse(1)?,
        stack: row.parse(2)?,
        name: row.text(3)?,
        cron: row.text(4)?,
        zone: row.text(5)?,
        definition: row.json(6)?,
        paused: row.truth(7)?,
        next_at: row.int_opt(8)?.map(Time),
        last_at: row.int_opt(9)?.map(Time),
        last_run: row.parse_opt(10)?,
        created_at: row.time(11)?,
    })
}

/// Stores a schedule, or replaces the one with its id.
///
/// # Errors
/// The database refuses it or is gone.
pub async fn insert_schedule(tx: &mut Tx, schedule: &ScheduleRow) -> Result<()> {
    let sql = "INSERT INTO schedules (id, account, stack, name, cron, zone, definition, paused, next_at, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
               cron = excluded.cron, zone = excluded.zone, definition = excluded.definition, \
               paused = excluded.paused, next_at = excluded.next_at";
    let arguments = args![
        schedule.id,
        schedule.account,
        schedule.stack,
        schedule.name.as_str(),
        schedule.cron.as_str(),
        schedule.zone.as_str(),
        serde_json::to_string(&schedule.definition)?,
        schedule.paused,
        schedule.next_at,
        schedule.created_at,
    ];
    tx.execute(sql, arguments).await?;
    tx.signal(Signal::Due);
    Ok(())
}

/// Removes a schedule. Its runs stay.
///
/// # Errors
/// The database refuses it or is gone.
pub async fn delete_schedule(tx: &mut Tx, id: ScheduleId) -> Result<bool> {
    Ok(tx.execute("DELETE FROM schedules WHERE id = $1", args![id]).await? > 0)
}

/// Stops a schedule, or lets it go on with this tick.
///
/// # Errors
/// The database refuses it or is gone.
pub async fn pause_schedule(tx: &mut Tx, id: ScheduleId, next_at: Option<Time>) -> Result<bool> {
    let sql = "UPDATE schedules SET paused = $2, next_at = $3 WHERE id = $1";
    let changed = tx.execute(sql, args![id, next_at.is_none(), next_at]).await? > 0;
    tx.signal(Signal::Due);
    Ok(changed)
}

/// A schedule.
///
/// # Errors
/// The database is gone.
pub async fn schedule(tx: &mut Tx, id: ScheduleId) -> Result<Option<ScheduleRow>> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM schedules WHERE id = $1"));
    tx.row(sql, args![id]).await?.as_ref().map(row_of).transpose()
}

/// An account's schedules, by name.
///
/// # Errors
/// The database is gone.
pub async fn schedules(tx: &mut Tx, account: AccountId) -> Result<Vec<ScheduleRow>> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM schedules WHERE account = $1 ORDER BY name, id"));
    tx.rows(sql, args![account]).await?.iter().map(row_of).collect()
}

/// Schedules whose tick has come, and the next time after that.
///
/// # Errors
/// The database is gone.
pub async fn due_schedules(tx: &mut Tx, now: Time, limit: u32) -> Result<(Vec<ScheduleRow>, Option<Time>)> {
    let sql =
        sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM schedules WHERE next_at <= $1 ORDER BY next_at LIMIT $2"));
    let due = tx.rows(sql, args![now, limit]).await?.iter().map(row_of).collect::<Result<_>>()?;
    let next = tx.row("SELECT min(next_at) FROM schedules WHERE next_at > $1", args![now]).await?;
    Ok((due, next.map(|row| row.int_opt(0)).transpose()?.flatten().map(Time)))
}

/// Notes that a tick is done with, unless somebody else has done so. Tells whether it was this one.
///
/// # Errors
/// The database refuses it or is gone.
pub async fn ticked(tx: &mut Tx, id: ScheduleId, tick: Time, next_at: Option<Time>) -> Result<bool> {
    let sql = "UPDATE schedules SET last_at = $2, next_at = $3 WHERE id = $1 AND next_at = $2";
    Ok(tx.execute(sql, args![id, tick, next_at]).await? > 0)
}

/// Notes which run a tick has made.
///
/// # Errors
/// The database refuses it or is gone.
pub async fn tick_made(tx: &mut Tx, id: ScheduleId, run: RunId) -> Result<()> {
    tx.execute("UPDATE schedules SET last_run = $2 WHERE id = $1", args![id, run]).await.map(|_count| ())
}
