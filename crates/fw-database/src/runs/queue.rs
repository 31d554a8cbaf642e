//! The queue of steps: which worker gets which, leases, figures.
//!
//! Accounts take turns: first comes the one with the fewest steps at work, among equals the one that was served longest
//! ago. Within an account priority decides, then age.

use std::collections::BTreeMap;

use fw_run::{Event, LabelSet, Loss, Millis, Run, RunId, StackId, StepId, Ticket, Time, WorkerId, WorkerInfo};
use sqlx::AssertSqlSafe;

use super::advance::{advance_stored, load};
use crate::{Arg, Dialect, Result, Row, Tx, args};

/// How many candidates are looked at before giving up: others may take them at the same time.
const CANDIDATES: u32 = 16;
/// Over how many runs the wait is averaged.
const SAMPLE: u32 = 100;

/// A step that a worker has got.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The run as it is now.
    pub run: Run,
    /// The right to do the step.
    pub ticket: Ticket,
    /// Until when the worker may be silent.
    pub lease_until: Time,
}

/// Gives the worker a step that it can do, if there is one, and a lease on it.
///
/// # Errors
/// The database refuses it or is gone.
pub async fn take(tx: &mut Tx, worker: &WorkerInfo, now: Time, lease: Millis) -> Result<Option<Taken>> {
    let accounts = accounts(tx, worker).await?;
    // One alone has no turns.
    let turns = accounts.len() > 1;
    for (account, pools) in accounts {
        let list = pools.iter().enumerate().map(|(index, _)| format!("${}", index + 1)).collect::<Vec<_>>().join(",");
        // Nothing in it but numbers of parameters.
        let sql = AssertSqlSafe(format!(
            "SELECT run, step, attempt, epoch FROM offers WHERE worker IS NULL AND pool IN ({list}) \
             ORDER BY priority DESC, offered_at, run LIMIT {CANDIDATES}"
        ));
        let candidates = tx.rows(sql, pools.into_iter().map(Arg::from).collect()).await?;
        for candidate in candidates {
            if let Some(taken) = take_one(tx, worker, &candidate, now, now + lease).await? {
                if turns {
                    let sql = "INSERT INTO account_turns (account, turn) VALUES ($1, $2) \
                               ON CONFLICT (account) DO UPDATE SET turn = excluded.turn";
                    tx.execute(sql, args![account, now]).await?;
                }
                return Ok(Some(taken));
            }
        }
    }
    Ok(None)
}

/// Whether any step waits for a worker.
///
/// # Errors
/// The database is gone.
pub async fn waiting(tx: &mut Tx) -> Result<bool> {
    Ok(tx.row("SELECT 1 FROM offers WHERE worker IS NULL LIMIT 1", Vec::new()).await?.is_some())
}

/// The stack of an attempt that its worker holds.
///
/// # Errors
/// The database is gone.
pub async fn holder(tx: &mut Tx, ticket: &Ticket) -> Result<Option<StackId>> {
    let sql = "SELECT r.stack FROM offers o JOIN runs r ON r.id = o.run \
               WHERE o.run = $1 AND o.step = $2 AND o.attempt = $3 AND o.worker = $4";
    let arguments = args![ticket.run, ticket.step.0, ticket.attempt, ticket.worker];
    tx.row(sql, arguments).await?.map(|row| row.parse(0)).transpose()
}

/// The accounts with steps for such a worker, whose turn comes first at first, each with its pools.
async fn accounts(tx: &mut Tx, worker: &WorkerInfo) -> Result<Vec<(String, Vec<String>)>> {
    // Jumps from pool to pool in the index, so that it costs nothing that many steps wait in one.
    let sql = "WITH RECURSIVE pools (pool) AS ( \
               SELECT min(pool) FROM offers WHERE worker IS NULL UNION ALL \
               SELECT (SELECT min(o.pool) FROM offers o WHERE o.worker IS NULL AND o.pool > pools.pool) \
               FROM pools WHERE pools.pool IS NOT NULL) SELECT pool FROM pools WHERE pool IS NOT NULL";
    let only = worker.account.map(|account| account.to_string());
    let mut pools = BTreeMap::<String, Vec<String>>::new();
    for row in tx.rows(sql, Vec::new()).await? {
        let pool = row.text(0)?;
        let Some((account, needed)) = pool.split_once(' ') else { continue };
        let needed: LabelSet = needed.parse().map_err(crate::DatabaseError::corrupt)?;
        if worker.labels.covers(&needed) && only.as_ref().is_none_or(|only| only == account) {
            pools.entry(account.to_owned()).or_default().push(pool);
        }
    }
    if pools.len() <= 1 {
        return Ok(pools.into_iter().collect());
    }
    let mut turns = BTreeMap::<String, (i64, i64)>::new();
    for row in tx.rows("SELECT account, turn FROM account_turns", Vec::new()).await? {
        turns.entry(row.text(0)?).or_default().1 = row.int(1)?;
    }
    let busy = "SELECT account, count(*) FROM offers WHERE worker IS NOT NULL GROUP BY account";
    for row in tx.rows(busy, Vec::new()).await? {
        turns.entry(row.text(0)?).or_default().0 = row.int(1)?;
    }
    let mut accounts: Vec<_> = pools.into_iter().collect();
    accounts.sort_by_cached_key(|(account, _)| turns.get(account).copied().unwrap_or_default());
    Ok(accounts)
}

async fn take_one(
    tx: &mut Tx,
    worker: &WorkerInfo,
    offer: &Row,
    now: Time,
    lease_until: Time,
) -> Result<Option<Taken>> {
    let id: RunId = offer.parse(0)?;
    let (step, attempt, epoch) = (StepId(offer.number(1)?), offer.number(2)?, offer.number(3)?);
    if tx.dialect() == Dialect::Postgres {
        // Runs that others hold are passed over; the row is held before the offer is, as everywhere.
        let sql = "SELECT 1 FROM runs WHERE id = $1 FOR UPDATE SKIP LOCKED";
        if tx.row(sql, args![id]).await?.is_none() {
            return Ok(None);
        }
    }
    let Some(stored) = load(tx, id).await? else { return Ok(None) };
    let begun = Event::Begun { step, attempt, worker: worker.id, labels: worker.labels.clone() };
    // Somebody else may have been quicker: then this is refused, and whatever else was decided is right all the same.
    let (run, advanced) = advance_stored(tx, stored, now, vec![begun.clone()], Some(lease_until)).await?;
    if advanced.refused.iter().any(|(refused, _)| *refused == begun) {
        return Ok(None);
    }
    let deadline = run.definition().step(step).map(|step| now + step.timeout);
    let plan = run.plan_digest();
    let ticket = Ticket { run: id, step, attempt, epoch, worker: worker.id, plan, deadline };
    Ok(Some(Taken { run, ticket, lease_until }))
}

/// Holds a lease for longer. Nothing is returned if it is over; else until when the step has to stop, if it has to.
///
/// # Errors
/// The database refuses it or is gone.
pub async fn beat(tx: &mut Tx, ticket: &Ticket, lease_until: Time) -> Result<Option<Option<Time>>> {
    let sql = "UPDATE offers SET lease_until = $5 WHERE run = $1 AND step = $2 AND attempt = $3 AND worker = $4 \
               RETURNING stop_until";
    let arguments = args![ticket.run, ticket.step.0, ticket.attempt, ticket.worker, lease_until];
    let row = tx.row(sql, arguments).await?;
    row.map(|row| row.int_opt(0).map(|until| until.map(Time))).transpose()
}

/// Attempts whose workers are silent for too long, and the next time that may be so.
///
/// # Errors
/// The database is gone.
pub async fn expired_leases(tx: &mut Tx, now: Time, limit: u32) -> Result<(Vec<(RunId, StepId, u32)>, Option<Time>)> {
    let sql = "SELECT run, step, attempt FROM offers WHERE worker IS NOT NULL AND lease_until <= $1 LIMIT $2";
    let expired = attempts(&tx.rows(sql, args![now, limit]).await?)?;
    let sql = "SELECT min(lease_until) FROM offers WHERE worker IS NOT NULL AND lease_until > $1";
    let next = tx.row(sql, args![now]).await?.map(|row| row.int_opt(0)).transpose()?.flatten();
    Ok((expired, next.map(Time)))
}

/// The attempts at a run's steps that workers have, each with the end of its lease.
///
/// # Errors
/// The database is gone.
pub async fn leases_of(tx: &mut Tx, run: RunId) -> Result<Vec<((StepId, u32), Time)>> {
    let sql = "SELECT step, attempt, lease_until FROM offers WHERE run = $1 AND worker IS NOT NULL ORDER BY step";
    let row = |row: &Row| Ok(((StepId(row.number(0)?), row.number(1)?), row.time(2)?));
    tx.rows(sql, args![run]).await?.iter().map(row).collect()
}

/// Attempts of workers that were part of this server before it was started.
///
/// # Errors
/// The database is gone.
pub async fn orphaned_leases(tx: &mut Tx) -> Result<Vec<(RunId, StepId, u32)>> {
    let sql = "SELECT o.run, o.step, o.attempt FROM offers o JOIN workers w ON w.id = o.worker WHERE w.local = 1";
    attempts(&tx.rows(sql, Vec::new()).await?)
}

fn attempts(rows: &[Row]) -> Result<Vec<(RunId, StepId, u32)>> {
    rows.iter().map(|row| Ok((row.parse(0)?, StepId(row.number(1)?), row.number(2)?))).collect()
}

/// Gives an attempt up, unless its worker was heard of meanwhile (`silent_at` is then before its lease's end).
///
/// # Errors
/// The database refuses it or is gone.
pub async fn lose(
    tx: &mut Tx,
    attempt: (RunId, StepId, u32),
    why: Loss,
    silent_at: Option<Time>,
    now: Time,
) -> Result<()> {
    let (id, step, attempt) = attempt;
    let Some(stored) = load(tx, id).await? else { return Ok(()) };
    let sql = "SELECT lease_until FROM offers WHERE run = $1 AND step = $2 AND attempt = $3 AND worker IS NOT NULL";
    let Some(row) = tx.row(sql, args![id, step.0, attempt]).await? else { return Ok(()) };
    if silent_at.is_some_and(|at| row.int_opt(0).is_ok_and(|lease| lease.is_some_and(|lease| lease > at.0))) {
        return Ok(());
    }
    let sql = "SELECT count(*) FROM journal WHERE stack = $1 AND run = $2 AND attempt = $3 AND completes = 1";
    let count = tx.row(sql, args![stored.run.definition().stack, id, attempt]).await?;
    let progress = count.map_or(Ok(0), |row| row.number(0))?;
    let event = Event::Lost { step, attempt, why, progress };
    advance_stored(tx, stored, now, vec![event], None).await.map(|_| ())
}

/// Notes that a worker is there.
///
/// # Errors
/// The database refuses it or is gone.
pub async fn seen(tx: &mut Tx, worker: &WorkerInfo, local: bool, now: Time) -> Result<()> {
    let sql = "INSERT INTO workers (id, name, labels, version, slots, local, first_seen, last_seen, account) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8) \
               ON CONFLICT (id) DO UPDATE SET last_seen = excluded.last_seen";
    let (labels, account) = (worker.labels.to_string(), worker.account.map(|account| account.to_string()));
    let (name, version) = (worker.name.as_str(), worker.version.as_str());
    let arguments = args![worker.id, name, labels, version, worker.slots, local, now, account];
    tx.execute(sql, arguments).await.map(|_count| ())
}

/// A worker that was seen.
#[derive(Clone, Debug)]
pub struct WorkerRow {
    /// The worker.
    pub worker: WorkerInfo,
    /// Whether it is part of a server.
    pub local: bool,
    /// When it came.
    pub first_seen: Time,
    /// When it was heard of last.
    pub last_seen: Time,
    /// How many steps it has now.
    pub busy: u64,
}

/// Workers that were heard of since a time, the newest first.
///
/// # Errors
/// The database is gone.
pub async fn workers(tx: &mut Tx, since: Time) -> Result<Vec<WorkerRow>> {
    let sql = "SELECT id, name, labels, version, slots, local, first_seen, last_seen, \
               (SELECT count(*) FROM offers o WHERE o.worker = w.id), account FROM workers w \
               WHERE last_seen >= $1 ORDER BY first_seen DESC, id";
    let row = |row: &Row| {
        Ok(WorkerRow {
            worker: WorkerInfo {
                id: row.parse::<WorkerId>(0)?,
                name: row.text(1)?,
                labels: row.parse(2)?,
                version: row.text(3)?,
                slots: row.number(4)?,
                account: row.parse_opt(9)?,
            },
            local: row.truth(5)?,
            first_seen: row.time(6)?,
            last_seen: row.time(7)?,
            busy: row.number(8)?,
        })
    };
    tx.rows(sql, args![since]).await?.iter().map(row).collect()
}

/// Sets of labels that steps wait for and that no worker has which was heard of since a time, each with the number of
/// steps.
///
/// # Errors
/// The database is gone.
pub async fn unserved(tx: &mut Tx, since: Time) -> Result<Vec<(LabelSet, u64)>> {
    let workers = workers(tx, since).await?;
    let mut sets = BTreeMap::new();
    let sql = "SELECT pool, count(*) FROM offers WHERE worker IS NULL GROUP BY pool ORDER BY pool";
    for row in tx.rows(sql, Vec::new()).await? {
        let pool = row.text(0)?;
        let (account, labels) = pool.split_once(' ').unwrap_or_default();
        let labels: LabelSet = labels.parse().map_err(crate::DatabaseError::corrupt)?;
        let serves = |worker: &WorkerInfo| {
            worker.labels.covers(&labels) && worker.account.is_none_or(|own| own.to_string() == account)
        };
        if !workers.iter().any(|row| serves(&row.worker)) {
            *sets.entry(labels).or_insert(0) += row.number::<u64>(1)?;
        }
    }
    Ok(sets.into_iter().collect())
}

/// Figures of the queue of runs: those whose first step has not been begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueMetrics {
    /// How many runs there ever were.
    pub enqueued: u64,
    /// How many of them are no longer queued.
    pub dequeued: u64,
    /// How many are.
    pub depth: u64,
    /// How long the last hundred waited.
    pub average_wait: Millis,
    /// The one that waits for longest, and since when.
    pub oldest: Option<(RunId, Time)>,
}

/// Figures of the queue.
///
/// # Errors
/// The database is gone.
pub async fn metrics(tx: &mut Tx) -> Result<QueueMetrics> {
    let all = tx.row("SELECT count(*) FROM runs", Vec::new()).await?;
    let enqueued: u64 = all.map_or(Ok(0), |row| row.number(0))?;
    let depth = depth(tx, None).await?;
    let sql = "SELECT id, created_at FROM runs WHERE started_at IS NULL AND finished_at IS NULL \
               ORDER BY created_at LIMIT 1";
    let oldest = match tx.row(sql, Vec::new()).await? {
        Some(row) => Some((row.parse(0)?, row.time(1)?)),
        None => None,
    };
    let average_wait = average_wait(tx).await?;
    Ok(QueueMetrics { enqueued, dequeued: enqueued.saturating_sub(depth), depth, average_wait, oldest })
}

/// How many runs are queued; counted no further than the bound.
pub(super) async fn depth(tx: &mut Tx, bound: Option<u32>) -> Result<u64> {
    let sql = "SELECT count(*) FROM (SELECT 1 FROM runs WHERE started_at IS NULL AND finished_at IS NULL LIMIT $1) q";
    let bound = bound.map_or(i64::MAX, i64::from);
    tx.row(sql, args![bound]).await?.map_or(Ok(0), |row| row.number(0))
}

pub(super) async fn average_wait(tx: &mut Tx) -> Result<Millis> {
    let sql = "SELECT CAST(avg(waited) AS BIGINT) FROM (SELECT started_at - created_at AS waited FROM runs \
               WHERE started_at IS NOT NULL ORDER BY started_at DESC LIMIT $1) q";
    let row = tx.row(sql, args![SAMPLE]).await?;
    let average = row.map(|row| row.int_opt(0)).transpose()?.flatten().unwrap_or(0);
    Ok(Millis(u64::try_from(average).unwrap_or(0)))
}
