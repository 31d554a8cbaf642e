//! What a stack has come to, out of its newest runs: which of them counts, and what the next one works on.

use fw_database::run_views::RunView;
use fw_database::stacks::Stack;
use fw_run::{Purpose, RunInput, RunStatus, StepKind};

/// How many runs of a stack are looked at.
pub const LOOKED_AT: u32 = 30;

/// The run that a deployment's status comes from; `runs` are all of its stack, the newest first.
#[must_use]
pub fn shown_run(runs: &[RunView]) -> Option<&RunView> {
    let changing = || runs.iter().filter(|run| changes(run));
    changing().find(|run| counts(run)).or_else(|| changing().next_back())
}

/// What the next run of a deployment works on, if nothing else is said: what the newest run that counts worked on.
#[must_use]
pub fn current_input(runs: &[RunView]) -> Option<RunInput> {
    let run = shown_run(runs)?;
    let mut input = run.definition.input.clone();
    // The same versions of providers as last time.
    let reports = runs.iter().filter_map(|run| run.state.plan.as_ref());
    if let Some(lock_file) = reports.filter_map(|report| report.lock_file).next() {
        input.lock_file = Some(lock_file);
    }
    Some(input)
}

/// What the next run of a stack works on: the configuration that it has of its own, or else that of its newest run that
/// counts. Nothing if there is neither.
#[must_use]
pub fn stack_input(stack: &Stack, runs: &[RunView]) -> Option<RunInput> {
    let latest = current_input(runs);
    match &stack.input {
        // The lock file comes from the runs, the rest from the stack.
        Some(own) => {
            Some(RunInput { lock_file: latest.map_or(own.lock_file, |latest| latest.lock_file), ..own.clone() })
        }
        None => latest,
    }
}

/// Whether a run has touched anything.
#[must_use]
pub fn applied(run: &RunView) -> bool {
    let steps = run.definition.steps.iter().zip(&run.state.steps);
    steps.into_iter().any(|(step, state)| matches!(step.kind, StepKind::Apply) && state.begun)
}

/// Whether a run is one that could change the deployment.
fn changes(run: &RunView) -> bool {
    !matches!(run.definition.purpose, Purpose::Plan | Purpose::Refresh)
}

/// An update that came to its end before it touched anything has not happened, as far as the deployment is concerned.
fn counts(run: &RunView) -> bool {
    let Some(finished) = run.state.finished else { return true };
    match run.definition.purpose {
        Purpose::Create => true,
        Purpose::Destroy => finished != RunStatus::Canceled || applied(run),
        Purpose::Update | Purpose::Rollback { .. } | Purpose::Plan | Purpose::Refresh => {
            finished == RunStatus::Succeeded || applied(run)
        }
    }
}
