//! Advancing a run in one transaction: inbox, fold, decide, append.

use std::sync::Arc;

use fw_run::{
    Actor, Advanced, Entry, Event, LockMode, Resolved, Run, RunDef, RunId, RunState, StepId, StepPhase, StepState,
    Ticket, Time, WorkerId,
};

use super::{create, journal, lock};
use crate::tx::for_update;
use crate::{Arg, Result, Signal, Tx, args};

/// A run as it is stored, its row held until the end of the transaction.
pub(super) struct Stored {
    pub(super) run: Run,
    parent: Option<(RunId, StepId)>,
    /// Whether anything waits in its inbox.
    inbox: bool,
}

/// Lets a run take in these events, after those that wait in its inbox, and go on as far as it can. Nothing is returned
/// if there is no such run.
///
/// # Errors
/// The database refuses it or is gone.
pub async fn advance(tx: &mut Tx, id: RunId, now: Time, inbox: Vec<Event>) -> Result<Option<(Run, Advanced)>> {
    let Some(stored) = load(tx, id).await? else { return Ok(None) };
    advance_stored(tx, stored, now, inbox, None).await.map(Some)
}

pub(super) async fn load(tx: &mut Tx, id: RunId) -> Result<Option<Stored>> {
    let sql = for_update!(
        tx,
        "SELECT definition, state, parent, parent_step, \
         CASE WHEN EXISTS (SELECT 1 FROM run_inbox WHERE run = $1) THEN CAST(1 AS BIGINT) ELSE 0 END FROM runs WHERE id = $1"
    );
    let Some(row) = tx.row(sql, args![id]).await? else { return Ok(None) };
    let definition: Arc<RunDef> = Arc::new(row.json(0)?);
    let state: RunState = row.json(1)?;
    let parent = match (row.parse_opt(2)?, row.int_opt(3)?) {
        (Some(parent), Some(_)) => Some((parent, StepId(row.number(3)?))),
        _ => None,
    };
    let inbox = row.truth(4)?;
    Ok(Some(Stored { run: Run::restore(id, definition, state), parent, inbox }))
}

/// As [`advance`], of a run that is loaded. `lease` is until when a worker that begins a step now may be silent.
pub(super) async fn advance_stored(
    tx: &mut Tx,
    stored: Stored,
    now: Time,
    inbox: Vec<Event>,
    lease: Option<Time>,
) -> Result<(Run, Advanced)> {
    let Stored { mut run, parent, inbox: has_inbox } = stored;
    let before = run.state().clone();
    let mut events = if has_inbox { waiting(tx, run.id()).await? } else { Vec::new() };
    events.extend(inbox);
    let mut advanced = run.advance(now, events);
    if run.wants_lock()
        && let Some(epoch) = lock::acquire(tx, &run).await?
    {
        advanced.entries.extend(run.advance(now, [Event::Locked { epoch }]).entries);
    }
    if !advanced.entries.is_empty() {
        append(tx, run.id(), &advanced.entries).await?;
        save(tx, &run).await?;
        offers(tx, &run, &before.steps, now, lease).await?;
        lock::keep(tx, &run, &before).await?;
        Box::pin(relatives(tx, &run, parent, now, &advanced.entries)).await?;
        tx.signal(Signal::Run(run.id()));
        tx.signal(Signal::Stack(run.definition().stack));
    }
    Ok((run, advanced))
}

/// Puts an event into a run's inbox, or without one asks for a look at it. It is taken in when the run is advanced next.
///
/// # Errors
/// The database refuses it or is gone.
pub async fn send(tx: &mut Tx, run: RunId, event: Option<&Event>) -> Result<()> {
    let event = event.map(serde_json::to_string).transpose()?;
    tx.execute("INSERT INTO run_inbox (run, event) VALUES ($1, $2)", args![run, event]).await?;
    tx.signal(Signal::Due);
    Ok(())
}

/// Runs that have to be advanced: something waits in their inbox, or their time has come. With the next time after that.
///
/// # Errors
/// The database is gone.
pub async fn due(tx: &mut Tx, now: Time, limit: u32) -> Result<(Vec<RunId>, Option<Time>)> {
    let mut runs = Vec::new();
    for row in tx.rows("SELECT DISTINCT run FROM run_inbox LIMIT $1", args![limit]).await? {
        runs.push(row.parse(0)?);
    }
    let sql = "SELECT id FROM runs WHERE wake_at <= $1 ORDER BY wake_at LIMIT $2";
    for row in tx.rows(sql, args![now, limit]).await? {
        runs.push(row.parse(0)?);
    }
    let next = tx.row("SELECT min(wake_at) FROM runs WHERE wake_at > $1", args![now]).await?;
    let next = next.map(|row| row.int_opt(0)).transpose()?.flatten().map(Time);
    runs.sort_unstable();
    runs.dedup();
    Ok((runs, next))
}

/// Runs that nobody would wake: they wait for a lock that is free. There are none unless something is wrong.
///
/// # Errors
/// The database is gone.
pub async fn stranded(tx: &mut Tx, limit: u32) -> Result<Vec<RunId>> {
    let sql = "SELECT r.id FROM runs r JOIN stack_heads h ON h.stack = r.stack \
               WHERE r.wants_lock = 1 AND h.run IS NULL ORDER BY r.created_at, r.id LIMIT $1";
    tx.rows(sql, args![limit]).await?.iter().map(|row| row.parse(0)).collect()
}

async fn waiting(tx: &mut Tx, run: RunId) -> Result<Vec<Event>> {
    let rows = tx.rows("SELECT id, event FROM run_inbox WHERE run = $1 ORDER BY id", args![run]).await?;
    let Some(last) = rows.last() else { return Ok(Vec::new()) };
    tx.execute("DELETE FROM run_inbox WHERE run = $1 AND id <= $2", args![run, last.int(0)?]).await?;
    let events = rows.iter().map(|row| row.json_opt(1)).collect::<Result<Vec<Option<Event>>>>()?;
    Ok(events.into_iter().flatten().collect())
}

pub(super) async fn append(tx: &mut Tx, run: RunId, entries: &[Entry]) -> Result<()> {
    let row = |entry: &Entry| -> Result<Vec<Arg>> {
        Ok(args![run, entry.seq, entry.at, serde_json::to_string(&entry.event)?])
    };
    let rows = entries.iter().map(row).collect::<Result<_>>()?;
    tx.insert("INSERT INTO run_events (run, seq, at, event) VALUES", rows).await
}

async fn save(tx: &mut Tx, run: &Run) -> Result<()> {
    let state = run.state();
    let started = first_begin(run);
    let sql = "UPDATE runs SET state = $2, status = $3, events = $4, wake_at = $5, wants_lock = $6, finished_at = $7, \
               started_at = COALESCE(started_at, $8) WHERE id = $1";
    let arguments = args![
        run.id(),
        serde_json::to_string(state)?,
        run.status().as_str(),
        state.events,
        run.wake_at(),
        run.wants_lock(),
        state.finished_at,
        started,
    ];
    tx.execute(sql, arguments).await?;
    if run.wake_at().is_some() {
        tx.signal(Signal::Due);
    }
    Ok(())
}

/// When its first step was begun, as long as that step runs; it is stored then.
fn first_begin(run: &Run) -> Option<Time> {
    run.state().steps.iter().find_map(|step| match step.phase {
        StepPhase::Running { at, .. } => Some(at),
        // A step without a worker counts from the run's making.
        StepPhase::Child { .. } => Some(run.state().created_at),
        _ => None,
    })
}

/// Makes the queue what the state says.
async fn offers(tx: &mut Tx, run: &Run, before: &[StepState], now: Time, lease: Option<Time>) -> Result<()> {
    let definition = run.definition();
    for (((step, step_definition), state), before) in definition.steps().zip(&run.state().steps).zip(before) {
        if state == before {
            continue;
        }
        let queued = |phase: &StepPhase| matches!(phase, StepPhase::Offered { .. } | StepPhase::Running { .. });
        match &state.phase {
            StepPhase::Offered { .. } => {
                let labels = step_definition.labels.to_string();
                let sql = "INSERT INTO offers (run, step, attempt, epoch, account, pool, labels, priority, offered_at) \
                           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (run, step) DO UPDATE SET \
                           attempt = excluded.attempt, epoch = excluded.epoch, offered_at = excluded.offered_at, \
                           worker = NULL, lease_until = NULL, stop_until = NULL";
                let pool = format!("{} {labels}", definition.account);
                let arguments = args![
                    run.id(),
                    step.0,
                    state.attempt,
                    state.epoch,
                    definition.account,
                    pool,
                    labels,
                    definition.priority,
                    now,
                ];
                tx.execute(sql, arguments).await?;
                tx.signal(Signal::Work);
            }
            StepPhase::Running { worker, stopping, .. } => {
                let stop = stopping.map(|stopping| stopping.until);
                let sql = "UPDATE offers SET worker = $3, lease_until = COALESCE($4, lease_until), stop_until = $5 \
                           WHERE run = $1 AND step = $2";
                tx.execute(sql, args![run.id(), step.0, *worker, lease, stop]).await?;
            }
            _ if queued(&before.phase) => {
                tx.execute("DELETE FROM offers WHERE run = $1 AND step = $2", args![run.id(), step.0]).await?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Starts and stops children, tells the parent.
async fn relatives(
    tx: &mut Tx,
    run: &Run,
    parent: Option<(RunId, StepId)>,
    now: Time,
    entries: &[Entry],
) -> Result<()> {
    for entry in entries {
        match &entry.event {
            Event::ChildStarted { step, run: child } => create::child(tx, run, *step, *child, now).await?,
            Event::CancelAsked { .. } | Event::DeadlinePassed => {
                let children = run.state().steps.iter().filter_map(|step| match step.phase {
                    StepPhase::Child { run } => Some(run),
                    _ => None,
                });
                let event = Event::CancelAsked { by: Actor::Run { id: run.id() }, reason: None };
                for child in children.collect::<Vec<_>>() {
                    send(tx, child, Some(&event)).await?;
                }
            }
            Event::Resolved { step, by, resolutions } => {
                let each = resolutions.iter().cloned();
                let resolved = each.map(|(op, resolution)| Resolved { op, resolution, by: by.clone() }).collect();
                journal::resolved(tx, &person(run, *step), run.definition().stack, resolved, now).await?;
            }
            Event::Finished { status } => {
                if let Some((parent, step)) = parent {
                    let event = Event::ChildFinished { step, run: run.id(), status: *status };
                    send(tx, parent, Some(&event)).await?;
                }
                if run.definition().lock == LockMode::Exclusive {
                    journal::trim(tx, run.definition().stack).await?;
                    lock::release(tx, run).await?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// A ticket for what people write into the journal: that of the attempt they write about.
fn person(run: &Run, step: StepId) -> Ticket {
    let state = run.state().step(step);
    Ticket {
        run: run.id(),
        step,
        attempt: state.map_or(0, |state| state.attempt),
        epoch: run.state().epoch,
        worker: WorkerId::new(run.id().uuid()),
        plan: run.plan_digest(),
        deadline: None,
    }
}

impl Stored {
    pub(super) const fn new(run: Run, parent: Option<(RunId, StepId)>) -> Self {
        Self { run, parent, inbox: false }
    }
}
