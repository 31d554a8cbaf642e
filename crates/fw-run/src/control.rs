//! What a worker speaks to: the service as far as it knows it, in process or over a wire.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{
    AccountId, Digest, Finish, JournalEntry, JournalWrite, LabelSet, Millis, NewState, Output, PlanRef, Purpose,
    Settings, Source, StackId, StateRef, StepKind, Ticket, Time, WorkerId,
};

/// A worker, as it introduces itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerInfo {
    /// Its id; a new one for every process.
    pub id: WorkerId,
    /// Its name for people: mostly the host's.
    pub name: String,
    /// What it can do. It gets steps that need no other labels.
    pub labels: LabelSet,
    /// The version of the program.
    pub version: String,
    /// How many steps it does at the same time.
    pub slots: u32,
    /// The account whose steps it does; those of all if none is named.
    #[serde(default)]
    pub account: Option<AccountId>,
}

/// A step that a worker is to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The right to do it.
    pub ticket: Ticket,
    /// What to do.
    pub kind: StepKind,
    /// The step's name.
    pub name: String,
    /// The account.
    pub account: AccountId,
    /// The stack.
    pub stack: StackId,
    /// What the run is for.
    pub purpose: Purpose,
    /// How often to call [`Control::beat`], at least.
    pub beat_every: Millis,
    /// When the step is given to somebody else, if no beat has come until then.
    pub lease_until: Time,
}

/// Everything an executor needs to do a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepInput {
    /// The configuration.
    pub source: Source,
    /// Values of input variables: a JSON object, as an object.
    pub variables: Option<Digest>,
    /// How to run.
    pub settings: Settings,
    /// The dependency lock file: of this run's plan, or the one given.
    pub lock_file: Option<Digest>,
    /// The newest state version. The journal holds what happened since.
    pub state: Option<StateRef>,
    /// The plan to apply.
    pub plan: Option<PlanRef>,
}

/// The answer to a beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Beat {
    /// Go on.
    Alive {
        /// The lease holds until then.
        lease_until: Time,
    },
    /// Stop: begin no operation, interrupt those that run, then finish with [`crate::Outcome::Stopped`], or as it came.
    Cancel {
        /// Who has not finished by then is given up.
        until: Time,
    },
    /// The ticket is void: somebody else may be at work. Stop at once and write nothing.
    Gone,
}

/// Why a request of a worker was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "type", content = "detail", rename_all = "snake_case")]
pub enum ControlError {
    /// A write under an epoch that is over. Stop before the provider is called.
    #[error("the lock of the stack has passed to another attempt")]
    StaleEpoch,
    /// The ticket is void.
    #[error("the ticket is void: the attempt is over")]
    Gone,
    /// The state has another newest version than the one it was to follow.
    #[error("the state has changed since it was read")]
    StateConflict,
    /// There is no such object.
    #[error("there is no object {0}")]
    NoObject(Digest),
    /// The request makes no sense; it will be refused again.
    #[error("{0}")]
    Refused(String),
    /// Something is down. Trying again later may help.
    #[error("the service is not available: {0}")]
    Unavailable(String),
}

/// The service, as a worker sees it. All methods may be called again after [`ControlError::Unavailable`].
#[async_trait]
pub trait Control: Send + Sync {
    /// Waits for a step that this worker can do, at most so long.
    ///
    /// # Errors
    /// The service can't be asked.
    async fn next(&self, worker: &WorkerInfo, wait: Duration) -> Result<Option<Assignment>, ControlError>;

    /// Tells that the step is still being worked on.
    ///
    /// # Errors
    /// The service can't be asked. A void ticket is no error but [`Beat::Gone`].
    async fn beat(&self, ticket: &Ticket) -> Result<Beat, ControlError>;

    /// What the step works on.
    ///
    /// # Errors
    /// The ticket is void or the service can't be asked.
    async fn input(&self, ticket: &Ticket) -> Result<StepInput, ControlError>;

    /// The stack's journal after a position (0 for all of it), in order; the end is reached with an empty answer.
    ///
    /// # Errors
    /// The ticket is void or the service can't be asked.
    async fn journal(&self, ticket: &Ticket, after: u64) -> Result<Vec<JournalEntry>, ControlError>;

    /// Writes into the journal: all of it or nothing. Returns the position of the last line once it will survive a
    /// crash. An intent is written before the provider is called, a change before anything that depends on it begins.
    ///
    /// # Errors
    /// [`ControlError::StaleEpoch`]: the lock has passed on; what was to be written is kept aside as a hint.
    async fn write_journal(&self, ticket: &Ticket, writes: Vec<JournalWrite>) -> Result<u64, ControlError>;

    /// Stores a new state version in the middle of a step.
    ///
    /// # Errors
    /// [`ControlError::StaleEpoch`], [`ControlError::StateConflict`], or the service can't be asked.
    async fn save_state(&self, ticket: &Ticket, state: NewState) -> Result<StateRef, ControlError>;

    /// Gives out log lines and events, in order. A void ticket may still do so.
    ///
    /// # Errors
    /// The service can't be asked.
    async fn emit(&self, ticket: &Ticket, output: Vec<Output>) -> Result<(), ControlError>;

    /// Stores an object and returns its digest.
    ///
    /// # Errors
    /// The ticket is void or the service can't be asked.
    async fn put_object(&self, ticket: &Ticket, content: Bytes) -> Result<Digest, ControlError>;

    /// Reads an object. Who knows its digest may read it.
    ///
    /// # Errors
    /// [`ControlError::NoObject`], the ticket is void, or the service can't be asked.
    async fn get_object(&self, ticket: &Ticket, digest: &Digest) -> Result<Bytes, ControlError>;

    /// Ends the attempt. Saying the same again is no error.
    ///
    /// # Errors
    /// The ticket is void, the state can't be stored, or the service can't be asked.
    async fn finish(&self, ticket: &Ticket, finish: Finish) -> Result<(), ControlError>;
}
