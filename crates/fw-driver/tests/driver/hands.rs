//! Workers that speak to the service as real ones do and only pretend to work. Their cloud is a directory: an object is a
//! file, and making it twice is noticed.

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fw_driver::{LeaseOptions, LocalControl};
use fw_objects::Objects;
use fw_run::{
    Assignment, Beat, ChangeCounts, Control, ControlError, Finish, GateDef, Intent, JournalRow, JournalWrite, LogLine,
    Millis, NewState, OpAction, OpKey, Outcome, Output, Payload, PlanRef, PlanReport, Recovery, Retry, RunDef,
    StepKind, StepReport, Stream, Ticket, WorkerInfo,
};

pub(crate) const OPERATIONS: [&str; 3] = ["one", "two", "three"];

/// Leases that end soon, so that tests need not wait.
pub(crate) const SHORT: LeaseOptions = LeaseOptions { lease: Millis(1500), beat_every: Millis(200), local: true };

/// A run whose lost attempts are tried again at once.
pub(crate) fn quick(gate: GateDef, stack: u128) -> RunDef {
    let mut definition = crate::world::deploy(gate);
    definition.stack = fw_run::StackId::new(uuid::Uuid::from_u128(stack));
    for step in &mut definition.steps {
        step.retry = Retry { attempts: 1, losses: 1000, settle: Millis(50), ..Retry::none() };
    }
    definition
}

pub(crate) fn control(database: fw_database::Database) -> Arc<LocalControl> {
    Arc::new(LocalControl::new(database, Objects::memory(), SHORT))
}

pub(crate) fn worker() -> WorkerInfo {
    WorkerInfo {
        id: fw_driver::new_worker_id(),
        name: "hand".to_owned(),
        labels: crate::world::labels("aws"),
        version: "1".to_owned(),
        slots: 1,
        account: None,
    }
}

/// Works until no more steps are given out.
pub(crate) async fn work(control: Arc<dyn Control>, cloud: PathBuf, wait: Duration) -> u32 {
    let worker = worker();
    let mut done = 0;
    while let Some(assignment) = control.next(&worker, wait).await.unwrap() {
        match step(&*control, &assignment, &cloud).await {
            Ok(()) => done += 1,
            // Given up meanwhile, as the machine was slow: somebody else goes on.
            Err(ControlError::Gone | ControlError::StaleEpoch) => {}
            Err(error) => panic!("{error}"),
        }
    }
    done
}

async fn step(control: &dyn Control, assignment: &Assignment, cloud: &Path) -> Result<(), ControlError> {
    let ticket = &assignment.ticket;
    let finish = match &assignment.kind {
        StepKind::Plan(_) => {
            let content = Bytes::from(format!("plan of {}", ticket.run));
            let digest = control.put_object(ticket, content).await?;
            let base = control.input(ticket).await?.state.map(|state| state.id);
            let plan = PlanRef { digest, base, applyable: true, dangerous: Vec::new() };
            let report = PlanReport { plan, json: None, text: None, lock_file: None, counts: ChangeCounts::default() };
            Finish { outcome: Outcome::Done { report: StepReport::Plan(report) }, state: None }
        }
        StepKind::Apply => apply(control, ticket, cloud).await?,
        _ => Finish { outcome: Outcome::Done { report: StepReport::Empty }, state: None },
    };
    control.finish(ticket, finish).await
}

async fn apply(control: &dyn Control, ticket: &Ticket, cloud: &Path) -> Result<Finish, ControlError> {
    let input = control.input(ticket).await?;
    let plan = input.plan.expect("an apply has its plan");
    assert_eq!(control.get_object(ticket, &plan.digest).await?, format!("plan of {}", ticket.run));
    let earlier = control.journal(ticket, 0).await?;
    let is_done = |op: &str| {
        earlier.iter().any(|entry| match &entry.row {
            JournalRow::Write(JournalWrite::Change { op: Some(done), completes: true, .. }) => {
                done.0 == op && entry.run == ticket.run
            }
            _ => false,
        })
    };
    let mut folded = earlier.last().map_or(0, |entry| entry.position);
    for op in OPERATIONS {
        if is_done(op) {
            continue;
        }
        if let Beat::Cancel { .. } | Beat::Gone = control.beat(ticket).await? {
            return Ok(Finish { outcome: Outcome::Stopped, state: None });
        }
        let key = OpKey(op.to_owned());
        control
            .write_journal(
                ticket,
                vec![JournalWrite::Intent(Intent {
                    op: key.clone(),
                    action: OpAction::Create,
                    address: format!("thing.{op}"),
                    resource_type: "thing".to_owned(),
                    provider: "pretended".to_owned(),
                    recovery: Recovery::Lookup(format!("{}-{op}", ticket.run)),
                    detail: None,
                })],
            )
            .await?;
        create(cloud, ticket, op);
        let change = Payload::Inline(format!("{{\"made\":\"{op}\"}}"));
        let write = JournalWrite::Change { op: Some(key), completes: true, change };
        folded = control.write_journal(ticket, vec![write]).await?;
        let line = LogLine { stream: Stream::Engine, text: format!("made {op}") };
        control.emit(ticket, vec![Output::Line(line)]).await?;
    }
    let digest = control.put_object(ticket, Bytes::from(format!("state after {}", ticket.run))).await?;
    let base = input.state.map(|state| state.id);
    let state = NewState { digest, base, lineage: "l".to_owned(), serial: 1, resources: 3, folded };
    let outcome = Outcome::Done { report: StepReport::Apply { counts: ChangeCounts::default() } };
    Ok(Finish { outcome, state: Some(state) })
}

/// Makes an object, or finds that it is there.
fn create(cloud: &Path, ticket: &Ticket, op: &str) {
    let path = cloud.join(format!("{}-{op}", ticket.run));
    match OpenOptions::new().write(true).create_new(true).open(&path) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::write(cloud.join(format!("again-{}-{op}-{}", ticket.run, ticket.attempt)), "").unwrap();
        }
        Err(error) => panic!("{error}"),
    }
}
