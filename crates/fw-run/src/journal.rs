//! The journal of operations on a stack's objects: what a worker is about to do, what has come of it.
//!
//! It belongs to the stack and holds everything since the last stored state version. Whoever works on the stack next
//! reads it first: changes that are not in the state yet, and operations whose end nobody has seen.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Actor, Digest, RunId, Time};

/// The name of an operation, the same at every attempt at the same plan, such as `create aws_instance.a[0]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OpKey(pub String);

impl fmt::Display for OpKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an operation does to its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpAction {
    /// Makes it.
    Create,
    /// Changes it.
    Update,
    /// Removes it.
    Delete,
    /// Reads it.
    Read,
    /// Takes an existing one into the state.
    Import,
    /// Runs its provisioners, after it was made.
    Provision,
}

/// How one can find out whether an operation that nobody saw the end of has happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recovery {
    /// It may be done again without harm: built-in objects, reads.
    Repeat,
    /// The object is known: a refresh tells.
    Refresh,
    /// The new object can be found under this id or by this token.
    Lookup(String),
    /// Not at all: a person has to look.
    None,
}

/// Some bytes of the worker's: short ones in place, as text, the rest as an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// Text, mostly JSON, of at most 64 KiB.
    Inline(String),
    /// An object put before.
    Object(Digest),
    /// A text in place as the service stores it, encrypted, in base64. No worker ever sees one.
    Sealed(String),
}

/// An operation that is about to begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Its name.
    pub op: OpKey,
    /// What it does.
    pub action: OpAction,
    /// The resource instance.
    pub address: String,
    /// The resource type.
    pub resource_type: String,
    /// The provider's address.
    pub provider: String,
    /// How to find out about it after a crash.
    pub recovery: Recovery,
    /// What is needed to settle it, in the worker's own format.
    pub detail: Option<Payload>,
}

/// What a worker writes into the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JournalWrite {
    /// An operation is about to begin. Refused for an operation of this plan that has been completed.
    Intent(Intent),
    /// The state has changed, by the named operation or by none, as for outputs.
    Change {
        /// The operation.
        op: Option<OpKey>,
        /// Whether that operation is over with it.
        completes: bool,
        /// The change, as a line of the state's journal.
        change: Payload,
    },
    /// An operation is over without a change: it failed and had no effect, or was found not to have happened.
    Void {
        /// The operation.
        op: OpKey,
    },
}

impl JournalWrite {
    /// The worker's bytes in it, if there are any.
    pub const fn payload_mut(&mut self) -> Option<&mut Payload> {
        match self {
            Self::Intent(intent) => intent.detail.as_mut(),
            Self::Change { change, .. } => Some(change),
            Self::Void { .. } => None,
        }
    }
}

/// What a person says of an operation that could not be settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The object exists and has this id for an import.
    Import(String),
    /// There is no such object.
    Absent,
}

/// A resolution and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    /// The operation.
    pub op: OpKey,
    /// What became of it.
    pub resolution: Resolution,
    /// Who says so.
    pub by: Actor,
}

/// What a line of the journal says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JournalRow {
    /// Written by the holder of the lock.
    Write(JournalWrite),
    /// Came after the ticket was void: not part of the state, but a hint of what has happened.
    Late(JournalWrite),
    /// A person's word.
    Resolved(Resolved),
}

impl JournalRow {
    /// The worker's bytes in it, if there are any.
    pub const fn payload_mut(&mut self) -> Option<&mut Payload> {
        match self {
            Self::Write(write) | Self::Late(write) => write.payload_mut(),
            Self::Resolved(_) => None,
        }
    }
}

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// Its place in the stack's journal; it grows.
    pub position: u64,
    /// The run.
    pub run: RunId,
    /// The attempt at its apply.
    pub attempt: u32,
    /// The epoch it was written under.
    pub epoch: u64,
    /// When.
    pub at: Time,
    /// Whether the newest state version holds it already.
    pub folded: bool,
    /// What it says.
    pub row: JournalRow,
}
