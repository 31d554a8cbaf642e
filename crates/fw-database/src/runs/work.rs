//! What a worker asks about its step, and how the step ends.

use fw_run::{
    ControlError, Event, Finish, Outcome, Run, StateVersionId, StepInput, StepKind, StepPhase, StepReport, Ticket, Time,
};

use super::advance::{Stored, advance_stored, load};
use super::{read, state_version};
use crate::{DatabaseError, Result, Tx, args};

/// Everything that a step works on.
///
/// # Errors
/// The outer error is the database's; the inner one is what the worker is told.
pub async fn step_input(tx: &mut Tx, ticket: &Ticket) -> Result<Result<StepInput, ControlError>> {
    let Some(row) = read::run(tx, ticket.run).await? else { return Ok(Err(ControlError::Gone)) };
    let run = row.run;
    if !holds(&run, ticket) {
        return Ok(Err(ControlError::Gone));
    }
    let definition = run.definition();
    let state = state_version::newest_state(tx, definition.stack).await?;
    let plan = run.state().plan.as_ref();
    let input = &definition.input;
    Ok(Ok(StepInput {
        source: input.source.clone(),
        variables: input.variables,
        settings: input.settings.clone(),
        lock_file: plan.and_then(|report| report.lock_file).or(input.lock_file),
        state: state.map(|row| row.reference()),
        plan: plan.map(|report| report.plan.clone()),
    }))
}

/// Whether the ticket's attempt runs with its worker.
fn holds(run: &Run, ticket: &Ticket) -> bool {
    run.state().step(ticket.step).is_some_and(|state| {
        state.attempt == ticket.attempt
            && matches!(state.phase, StepPhase::Running { worker, .. } if worker == ticket.worker)
    })
}

/// Ends an attempt: stores its state, notes a finished apply, lets the run go on. `version` is the id of the state
/// version that is made if the state has changed.
///
/// # Errors
/// The outer error is the database's; the inner one is what the worker is told.
pub async fn finish(
    tx: &mut Tx,
    ticket: &Ticket,
    finish: Finish,
    version: StateVersionId,
    now: Time,
) -> Result<Result<Run, ControlError>> {
    let Some(stored) = load(tx, ticket.run).await? else { return Ok(Err(ControlError::Gone)) };
    let event = event_of(ticket, &finish.outcome);
    if !holds(&stored.run, ticket) {
        return ended_so(tx, stored, ticket, &event).await;
    }
    if let Err(refusal) = stored.run.accepts(&event, now) {
        return Err(DatabaseError::Refused(refusal.to_string()));
    }
    let stack = stored.run.definition().stack;
    if let Some(state) = &finish.state
        && let Err(error) = state_version::save_state(tx, Some(ticket), stack, version, state, now).await?
    {
        return Ok(Err(error));
    }
    let kind = stored.run.definition().step(ticket.step).map(|step| &step.kind);
    let applied = matches!(finish.outcome, Outcome::Done { report: StepReport::Apply { .. } });
    if applied
        && matches!(kind, Some(StepKind::Apply))
        && let Some(plan) = stored.run.plan_digest()
    {
        let sql = "INSERT INTO applies (plan, run, at) VALUES ($1, $2, $3)";
        tx.execute(sql, args![plan, ticket.run, now]).await?;
    }
    if applied {
        // A finished apply has settled everything it has seen.
        let sql = "UPDATE operations SET status = 'void' WHERE run = $1 AND status = 'open'";
        tx.execute(sql, args![ticket.run]).await?;
    }
    let (run, _) = advance_stored(tx, stored, now, vec![event], None).await?;
    Ok(Ok(run))
}

/// Saying the same again is fine; anything else comes too late.
async fn ended_so(tx: &mut Tx, stored: Stored, ticket: &Ticket, event: &Event) -> Result<Result<Run, ControlError>> {
    let sql = "SELECT event FROM run_events WHERE run = $1 ORDER BY seq DESC LIMIT 100";
    for row in tx.rows(sql, args![ticket.run]).await? {
        if row.json::<Event>(0)? == *event {
            return Ok(Ok(stored.run));
        }
    }
    Ok(Err(ControlError::Gone))
}

fn event_of(ticket: &Ticket, outcome: &Outcome) -> Event {
    let (step, attempt) = (ticket.step, ticket.attempt);
    match outcome {
        Outcome::Done { report } => Event::Done { step, attempt, report: report.clone() },
        Outcome::Failed { failure } => Event::Failed { step, attempt, failure: failure.clone() },
        Outcome::Stopped => Event::Stopped { step, attempt },
        Outcome::Unknown { operations } => Event::ApplyUnknown { step, attempt, operations: operations.clone() },
        Outcome::Returned => Event::Returned { step, attempt },
    }
}
