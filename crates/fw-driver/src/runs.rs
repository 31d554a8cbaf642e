//! How the rest of the service makes runs and speaks to them.

use std::sync::Arc;

use fw_database::runs::{self, CreateRefusal, NewRun};
use fw_database::{Database, DatabaseError};
use fw_run::{Actor, Digest, Event, OpKey, Refusal, Resolution, Run, RunId, StepId};

use crate::{Engine, EngineError, now};

/// Why a run did not take something in.
#[derive(Debug, thiserror::Error)]
pub enum TellError {
    /// There is no such run.
    #[error("there is no run {0}")]
    NoRun(RunId),
    /// It does not fit the run as it is now.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// The service's runs. Clones are the same.
#[derive(Clone)]
pub struct Runs {
    database: Database,
    engine: Arc<dyn Engine>,
}

impl Runs {
    /// The runs of a database, kept going by an engine.
    #[must_use]
    pub fn new(database: Database, engine: Arc<dyn Engine>) -> Self {
        Self { database, engine }
    }

    /// The database.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.database
    }

    /// What keeps them going.
    #[must_use]
    pub fn engine(&self) -> &dyn Engine {
        &*self.engine
    }

    /// Makes a run.
    ///
    /// # Errors
    /// The definition is wrong, the queue is full, there is such a run already, or the database is gone.
    pub async fn create(&self, new: NewRun) -> Result<Run, CreateRefusal> {
        let now = now();
        let run = self.database.write((new, now), |tx, (new, now)| Box::pin(runs::create(tx, new, now))).await?;
        self.ensure(run.id()).await;
        Ok(run)
    }

    /// Tells the engine of a run that was made or told something in a transaction of the caller's.
    pub async fn ensure(&self, run: RunId) {
        if let Err(EngineError(error)) = self.engine.ensure(run).await {
            tracing::warn!(%run, error, "the engine could not be told of a run; a sweep will find it");
        }
    }

    /// Lets a run take something in, and returns how it is then.
    ///
    /// # Errors
    /// It does not fit, there is no such run, or the database is gone.
    pub async fn tell(&self, id: RunId, event: Event) -> Result<Run, TellError> {
        let now = now();
        let run = self
            .database
            .write((id, event, now), |tx, (id, event, now)| {
                Box::pin(async move {
                    let advanced = runs::advance(tx, id, now, vec![event.clone()]).await?;
                    let (run, advanced) = advanced.ok_or(TellError::NoRun(id))?;
                    match advanced.refused.into_iter().find(|(refused, _)| *refused == event) {
                        // What else was decided meanwhile is decided again by the next one.
                        Some((_, refusal)) => Err(TellError::Refused(refusal)),
                        None => Ok(run),
                    }
                })
            })
            .await?;
        self.ensure(id).await;
        Ok(run)
    }

    /// Approves a run's plan at its open gate.
    ///
    /// # Errors
    /// As [`Self::tell`].
    pub async fn approve(&self, run: RunId, gate: StepId, plan: Option<Digest>, by: Actor) -> Result<Run, TellError> {
        // Only the machine itself approves in the name of the system.
        if by == Actor::System {
            return Err(TellError::Refused(Refusal::NotYours));
        }
        self.tell(run, Event::Approved { step: gate, plan, by }).await
    }

    /// Rejects a run's plan at its open gate.
    ///
    /// # Errors
    /// As [`Self::tell`].
    pub async fn reject(&self, run: RunId, gate: StepId, by: Actor, reason: Option<String>) -> Result<Run, TellError> {
        self.tell(run, Event::Rejected { step: gate, by, reason }).await
    }

    /// Cancels a run. It may still take a while until it is over.
    ///
    /// # Errors
    /// As [`Self::tell`].
    pub async fn cancel(&self, run: RunId, by: Actor, reason: Option<String>) -> Result<Run, TellError> {
        self.tell(run, Event::CancelAsked { by, reason }).await
    }

    /// Says what became of operations that could not be settled.
    ///
    /// # Errors
    /// As [`Self::tell`].
    pub async fn resolve(
        &self,
        run: RunId,
        step: StepId,
        by: Actor,
        resolutions: Vec<(OpKey, Resolution)>,
    ) -> Result<Run, TellError> {
        self.tell(run, Event::Resolved { step, by, resolutions }).await
    }
}
