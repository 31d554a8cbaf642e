//! What workers speak to: the database and the object store, as [`Control`].

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use fw_database::{Database, DatabaseError, Signal, runs};
use fw_objects::Objects;
use fw_run::{
    Assignment, Beat, Control, ControlError, Digest, Finish, JournalEntry, JournalWrite, Millis, NewState, Output,
    Payload, StateRef, StepInput, Ticket, Time, WorkerId, WorkerInfo,
};
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;

use crate::{new_state_version_id, now};

/// How often the queue is looked at even if nothing was heard.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How often it is noted that a worker is there.
const SEEN_EVERY: Millis = Millis::seconds(10);

/// How leases are given.
#[derive(Clone, Copy, Debug)]
pub struct LeaseOptions {
    /// How long a worker may be silent.
    pub lease: Millis,
    /// How often it is to speak.
    pub beat_every: Millis,
    /// Whether the workers are part of this process, and gone with it.
    pub local: bool,
}

impl LeaseOptions {
    /// Leases of such a length, for workers of this process or others.
    #[must_use]
    pub fn lasting(lease: Duration, local: bool) -> Self {
        // Three beats may be lost.
        Self { lease: lease.into(), beat_every: (lease / 4).into(), local }
    }
}

impl Default for LeaseOptions {
    fn default() -> Self {
        Self { lease: Millis::seconds(20), beat_every: Millis::seconds(5), local: true }
    }
}

/// The service, as workers see it.
pub struct LocalControl {
    database: Database,
    objects: Objects,
    options: LeaseOptions,
    seen: Mutex<HashMap<WorkerId, Time>>,
    /// Whether no more steps are given out.
    closed: watch::Sender<bool>,
}

impl LocalControl {
    /// Serves workers from a database and an object store.
    #[must_use]
    pub fn new(database: Database, objects: Objects, options: LeaseOptions) -> Self {
        Self { database, objects, options, seen: Mutex::new(HashMap::new()), closed: watch::channel(false).0 }
    }

    /// Gives out no more steps; who waits for one gets none at once. Steps under way go on.
    pub fn close(&self) {
        self.closed.send_replace(true);
    }

    async fn note(&self, worker: &WorkerInfo) -> Result<(), ControlError> {
        let at = now();
        let due = {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            let due = seen.get(&worker.id).is_none_or(|last| at - *last >= SEEN_EVERY);
            if due {
                seen.retain(|_, last| at - *last < Millis::minutes(10));
                seen.insert(worker.id, at);
            }
            due
        };
        if due {
            let arguments = (worker.clone(), self.options.local, at);
            let noted = self.database.write(arguments, |tx, (worker, local, at)| {
                Box::pin(async move { runs::seen(tx, &worker, local, at).await })
            });
            noted.await.map_err(error)?;
        }
        Ok(())
    }

    async fn take(&self, worker: &WorkerInfo) -> Result<Option<Assignment>, ControlError> {
        let waiting = self.database.read((), |tx, ()| Box::pin(runs::waiting(tx))).await.map_err(error)?;
        if !waiting {
            return Ok(None);
        }
        let arguments = (worker.clone(), now(), self.options.lease);
        let taken = self.database.write(arguments, |tx, (worker, now, lease)| {
            Box::pin(async move { runs::take(tx, &worker, now, lease).await })
        });
        let Some(taken) = taken.await.map_err(error)? else { return Ok(None) };
        let definition = taken.run.definition();
        let step = definition.step(taken.ticket.step).ok_or(ControlError::Gone)?;
        Ok(Some(Assignment {
            kind: step.kind.clone(),
            name: step.name.clone(),
            account: definition.account,
            stack: definition.stack,
            purpose: definition.purpose.clone(),
            beat_every: self.options.beat_every,
            lease_until: taken.lease_until,
            ticket: taken.ticket,
        }))
    }

    /// States have secrets, and so have their changes: in the database they are encrypted as objects are.
    async fn seal(&self, payload: &mut Payload) -> Result<(), ControlError> {
        match payload {
            Payload::Inline(text) => {
                let sealed = self.objects.seal(text.as_bytes()).await.map_err(|error| object_error(&error))?;
                if let Some(sealed) = sealed {
                    *payload = Payload::Sealed(STANDARD.encode(sealed));
                }
                Ok(())
            }
            Payload::Object(_) => Ok(()),
            Payload::Sealed(_) => Err(ControlError::Refused("workers seal nothing".to_owned())),
        }
    }

    async fn open(&self, payload: &mut Payload) -> Result<(), ControlError> {
        let Payload::Sealed(text) = payload else { return Ok(()) };
        let corrupt = || ControlError::Refused("a line of the journal is damaged".to_owned());
        let sealed = STANDARD.decode(text.as_bytes()).map_err(|_damaged| corrupt())?;
        let content = self.objects.unseal(&sealed).await.map_err(|error| object_error(&error))?;
        *payload = Payload::Inline(String::from_utf8(content.into()).map_err(|_damaged| corrupt())?);
        Ok(())
    }

    /// The stack of a ticket that is held.
    async fn holds(&self, ticket: &Ticket) -> Result<fw_run::StackId, ControlError> {
        let stack =
            self.database.read(ticket.clone(), |tx, ticket| Box::pin(async move { runs::holder(tx, &ticket).await }));
        stack.await.map_err(error)?.ok_or(ControlError::Gone)
    }
}

fn error(error: DatabaseError) -> ControlError {
    match error {
        DatabaseError::Refused(text) => ControlError::Refused(text),
        DatabaseError::Duplicate(text) => ControlError::Refused(text),
        DatabaseError::Corrupt(text) => ControlError::Refused(text),
        other => {
            let cause = std::error::Error::source(&other).map(|cause| format!(": {cause}")).unwrap_or_default();
            ControlError::Unavailable(format!("{other}{cause}"))
        }
    }
}

fn object_error(error: &fw_objects::Error) -> ControlError {
    ControlError::Unavailable(error.to_string())
}

#[async_trait]
impl Control for LocalControl {
    async fn next(&self, worker: &WorkerInfo, wait: Duration) -> Result<Option<Assignment>, ControlError> {
        let until = Instant::now() + wait;
        // Before the queue is looked at, so that nothing is missed between.
        let mut signals = self.database.subscribe();
        let mut closed = self.closed.subscribe();
        loop {
            if *closed.borrow() {
                return Ok(None);
            }
            self.note(worker).await?;
            if let Some(assignment) = self.take(worker).await? {
                return Ok(Some(assignment));
            }
            let again = until.min(Instant::now() + LOOK_AGAIN);
            tokio::select! {
                () = work(&mut signals) => {}
                () = tokio::time::sleep_until(again) => {}
                changed = closed.changed() => if changed.is_err() { return Ok(None) },
            }
            if Instant::now() >= until {
                // One last look was taken since the last signal, or none came.
                return Ok(None);
            }
        }
    }

    async fn beat(&self, ticket: &Ticket) -> Result<Beat, ControlError> {
        let lease_until = now() + self.options.lease;
        let held = self.database.write((ticket.clone(), lease_until), |tx, (ticket, until)| {
            Box::pin(async move { runs::beat(tx, &ticket, until).await })
        });
        Ok(match held.await.map_err(error)? {
            None => Beat::Gone,
            Some(None) => Beat::Alive { lease_until },
            Some(Some(until)) => Beat::Cancel { until },
        })
    }

    async fn input(&self, ticket: &Ticket) -> Result<StepInput, ControlError> {
        let input = self
            .database
            .read(ticket.clone(), |tx, ticket| Box::pin(async move { runs::step_input(tx, &ticket).await }));
        input.await.map_err(error)?
    }

    async fn journal(&self, ticket: &Ticket, after: u64) -> Result<Vec<JournalEntry>, ControlError> {
        let stack = self.holds(ticket).await?;
        let run = Some(ticket.run);
        let read = self.database.read((), move |tx, ()| Box::pin(runs::journal(tx, stack, run, after)));
        let mut entries = read.await.map_err(error)?;
        for payload in entries.iter_mut().filter_map(|entry| entry.row.payload_mut()) {
            self.open(payload).await?;
        }
        Ok(entries)
    }

    async fn write_journal(&self, ticket: &Ticket, mut writes: Vec<JournalWrite>) -> Result<u64, ControlError> {
        for payload in writes.iter_mut().filter_map(JournalWrite::payload_mut) {
            self.seal(payload).await?;
        }
        let written = self.database.write((ticket.clone(), writes, now()), |tx, (ticket, writes, now)| {
            Box::pin(async move { runs::write_journal(tx, &ticket, writes, now).await })
        });
        written.await.map_err(error)?
    }

    async fn save_state(&self, ticket: &Ticket, state: NewState) -> Result<StateRef, ControlError> {
        let stack = self.holds(ticket).await?;
        let arguments = (ticket.clone(), stack, new_state_version_id(), state, now());
        let saved = self.database.write(arguments, |tx, (ticket, stack, id, state, now)| {
            Box::pin(async move { runs::save_state(tx, Some(&ticket), stack, id, &state, now).await })
        });
        Ok(saved.await.map_err(error)??.reference())
    }

    async fn emit(&self, ticket: &Ticket, output: Vec<Output>) -> Result<(), ControlError> {
        let written = self.database.write((ticket.clone(), output, now()), |tx, (ticket, output, now)| {
            Box::pin(async move { runs::append_output(tx, &ticket, output, now).await })
        });
        written.await.map_err(error)
    }

    async fn put_object(&self, ticket: &Ticket, content: Bytes) -> Result<Digest, ControlError> {
        self.holds(ticket).await?;
        let digest = self.objects.put(content).await.map_err(|error| object_error(&error))?;
        Ok(Digest::new(*digest.as_bytes()))
    }

    async fn get_object(&self, ticket: &Ticket, digest: &Digest) -> Result<Bytes, ControlError> {
        self.holds(ticket).await?;
        let name = digest.to_string().parse().expect("both have 64 hexadecimal digits");
        let content = self.objects.get(name).await.map_err(|error| object_error(&error))?;
        content.ok_or(ControlError::NoObject(*digest))
    }

    async fn finish(&self, ticket: &Ticket, finish: Finish) -> Result<(), ControlError> {
        let arguments = (ticket.clone(), finish, new_state_version_id(), now());
        let finished = self.database.write(arguments, |tx, (ticket, finish, id, now)| {
            Box::pin(async move { runs::finish(tx, &ticket, finish, id, now).await })
        });
        finished.await.map_err(error)?.map(|_run| ())
    }
}

/// Returns when there may be work.
async fn work(signals: &mut broadcast::Receiver<Signal>) {
    loop {
        match signals.recv().await {
            Ok(Signal::Work) | Err(broadcast::error::RecvError::Lagged(_)) => return,
            Ok(Signal::Due | Signal::Run(_) | Signal::Stack(_) | Signal::Revoked) => {}
            // No signal will come any more; the caller looks now and then.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
