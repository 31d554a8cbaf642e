//! Scheduled runs: each tick makes one at most, whoever sees it first and however often.

use fw_database::runs::{self, CreateRefusal, NewRun, ScheduleRow};
use fw_database::{DatabaseError, Tx, run_views, stacks};
use fw_run::{Actor, Millis, RunDef, RunId, Time};

use crate::{Cron, LOOKED_AT, stack_input};

/// How ticks are handled.
#[derive(Clone, Copy, Debug)]
pub struct TickOptions {
    /// A tick that is seen later than this makes no run: nobody was there.
    pub catch_up: Millis,
    /// How many runs may be queued.
    pub bound: Option<u32>,
}

impl Default for TickOptions {
    fn default() -> Self {
        Self { catch_up: Millis::minutes(60), bound: Some(100) }
    }
}

/// Handles a schedule's tick: makes a run with this id, unless the one of the last tick is still under way, the tick is
/// too old or the queue is full; then sets the time of the next.
///
/// # Errors
/// The database refuses it or is gone.
pub async fn tick(
    tx: &mut Tx,
    schedule: &ScheduleRow,
    run: RunId,
    options: TickOptions,
    now: Time,
) -> Result<Option<RunId>, DatabaseError> {
    let Some(tick) = schedule.next_at else { return Ok(None) };
    // Of several ticks that were missed only the last one counts.
    let next = Cron::parse(&schedule.cron, &schedule.zone).and_then(|cron| cron.next(now)).ok();
    if !runs::ticked(tx, schedule.id, tick, next).await? {
        return Ok(None);
    }
    let busy = match schedule.last_run {
        Some(last) => runs::run(tx, last).await?.is_some_and(|row| !row.status.is_final()),
        None => false,
    };
    if busy || now - tick > options.catch_up {
        tracing::info!(schedule = %schedule.id, busy, "a tick makes no run");
        return Ok(None);
    }
    let Some(definition) = scheduled_run(tx, schedule).await? else { return Ok(None) };
    let new = NewRun {
        id: run,
        definition,
        by: Actor::Schedule { id: schedule.id },
        key: Some(format!("schedule/{}/{}", schedule.id, tick.0)),
        bound: options.bound,
    };
    match runs::create(tx, new, now).await {
        Ok(created) => {
            runs::tick_made(tx, schedule.id, created.id()).await?;
            Ok(Some(created.id()))
        }
        Err(CreateRefusal::Database(error)) => Err(error),
        Err(refusal) => {
            tracing::warn!(schedule = %schedule.id, %refusal, "a tick makes no run");
            Ok(None)
        }
    }
}

/// The schedule's run over what its stack is now. Nothing if the stack was removed.
///
/// # Errors
/// The database is gone.
pub async fn scheduled_run(tx: &mut Tx, schedule: &ScheduleRow) -> Result<Option<RunDef>, DatabaseError> {
    let mut definition = schedule.definition.clone();
    let Some(stack) = stacks::find(tx, schedule.account, schedule.stack).await? else { return Ok(Some(definition)) };
    if stack.deleted_at.is_some() {
        return Ok(None);
    }
    let mut runs = run_views::newest_runs(tx, schedule.account, &[stack.id], LOOKED_AT).await?;
    let runs = runs.remove(&stack.id).unwrap_or_default();
    if let Some(input) = stack_input(&stack, &runs) {
        definition.input = input;
    }
    Ok(Some(definition))
}
