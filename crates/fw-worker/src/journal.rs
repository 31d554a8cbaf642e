//! The stack's journal: what was written since the last state version, read; and the engine's recorder that writes it.

mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fw_addr::AbsResourceInstance;
use fw_apply::{Ended, Resume};
use fw_run::{Intent, JournalEntry, JournalRow, JournalWrite, OpKey, Payload, Resolution, StateRef};
use fw_state::{Change, DeposedKey, State};

pub(crate) use writer::{Journal, Recording};

use crate::service::Service;
use crate::trouble::Trouble;

/// The state of a stack with all that the journal knows.
#[derive(Debug)]
pub(crate) struct Known {
    /// The stored version it begins with.
    pub(crate) base: Option<StateRef>,
    /// The state, with the journal's changes in it.
    pub(crate) state: State,
    /// The last place in the journal.
    pub(crate) position: u64,
    /// Whether the journal has changed it.
    pub(crate) changed: bool,
    /// Operations whose end nobody has seen.
    pub(crate) open: BTreeMap<OpKey, Intent>,
    /// What a worker told of them after its ticket was void.
    pub(crate) late: BTreeMap<OpKey, Vec<Change>>,
    /// What people said of them.
    pub(crate) resolved: BTreeMap<OpKey, Resolution>,
    /// Whether this run has begun operations.
    pub(crate) begun: bool,
    ended: BTreeMap<String, Ended>,
    deposed: BTreeMap<AbsResourceInstance, DeposedKey>,
    /// Operations with changes that do not complete them.
    touched: BTreeSet<OpKey>,
}

impl Known {
    /// Reads the state and the journal.
    pub(crate) fn read(service: &Service, base: Option<StateRef>) -> Result<Self, Trouble> {
        let state = match &base {
            None => State::new(),
            Some(version) => read_state(&service.get(&version.digest)?)?,
        };
        let mut known = Self {
            base,
            state,
            position: 0,
            changed: false,
            open: BTreeMap::new(),
            late: BTreeMap::new(),
            resolved: BTreeMap::new(),
            begun: false,
            ended: BTreeMap::new(),
            deposed: BTreeMap::new(),
            touched: BTreeSet::new(),
        };
        for entry in service.journal()? {
            known.entry(service, &entry)?;
        }
        Ok(known)
    }

    fn entry(&mut self, service: &Service, entry: &JournalEntry) -> Result<(), Trouble> {
        self.position = entry.position;
        match &entry.row {
            JournalRow::Write(write) => self.write(service, write, entry),
            JournalRow::Late(JournalWrite::Change { op: Some(op), change, .. }) => {
                let change = read_change(service, change)?;
                self.late.entry(op.clone()).or_default().push(change);
                Ok(())
            }
            JournalRow::Late(_) => Ok(()),
            JournalRow::Resolved(resolved) => {
                self.resolved.insert(resolved.op.clone(), resolved.resolution.clone());
                Ok(())
            }
        }
    }

    fn write(&mut self, service: &Service, write: &JournalWrite, entry: &JournalEntry) -> Result<(), Trouble> {
        match write {
            JournalWrite::Intent(intent) => {
                self.begun |= entry.run == service.ticket.run;
                self.ended.remove(&intent.op.0);
                self.touched.remove(&intent.op);
                self.open.insert(intent.op.clone(), intent.clone());
            }
            JournalWrite::Change { op, completes, change } => {
                let change = read_change(service, change)?;
                self.note(&change);
                if !entry.folded {
                    self.apply(&change);
                }
                if let Some(op) = op {
                    self.changed_by(op, *completes);
                }
            }
            JournalWrite::Void { op } => self.void(op),
        }
        Ok(())
    }

    /// Changes the state as the journal says.
    pub(crate) fn apply(&mut self, change: &Change) {
        self.state.apply(change);
        self.changed = true;
    }

    /// Keeps in mind which objects are put aside.
    fn note(&mut self, change: &Change) {
        match change {
            Change::Depose { address, key } => drop(self.deposed.insert(address.clone(), key.clone())),
            Change::Restore { address, .. } => drop(self.deposed.remove(address)),
            Change::Object { .. } | Change::Output { .. } | Change::Checks(_) => {}
        }
    }

    /// An operation has changed something.
    pub(crate) fn changed_by(&mut self, op: &OpKey, completes: bool) {
        if completes {
            self.open.remove(op);
            self.end(op, Ended::Done);
        } else {
            self.touched.insert(op.clone());
        }
    }

    /// An operation is over without having done what it was to do.
    pub(crate) fn void(&mut self, op: &OpKey) {
        self.open.remove(op);
        if self.touched.remove(op) {
            self.end(op, Ended::Failed);
        }
    }

    /// What was settled before this run's apply began was an operation of another one, whatever its name.
    fn end(&mut self, op: &OpKey, how: Ended) {
        if self.begun {
            self.ended.insert(op.0.clone(), how);
        }
    }

    /// The operation has failed, and isn't done again in this run.
    pub(crate) fn failed(&mut self, op: String) {
        self.ended.insert(op, Ended::Failed);
    }

    /// What an apply goes on from, if an earlier attempt of this run has begun.
    pub(crate) fn resume(&self) -> Option<Resume> {
        self.begun.then(|| Resume {
            state: Arc::new(self.state.clone()),
            ended: self.ended.clone(),
            deposed: self.deposed.clone(),
        })
    }
}

fn read_state(bytes: &[u8]) -> Result<State, Trouble> {
    match fw_state::read(bytes) {
        Ok(state) => Ok(state),
        Err(fw_state::ReadError::Empty) => Ok(State::new()),
        Err(fw_state::ReadError::Unusable(told)) => Err(Trouble::configuration(told)),
    }
}

fn read_change(service: &Service, payload: &Payload) -> Result<Change, Trouble> {
    let text = match payload {
        Payload::Inline(text) => text.clone(),
        Payload::Object(digest) => String::from_utf8_lossy(&service.get(digest)?).into_owned(),
        Payload::Sealed(_) => {
            return Err(Trouble::internal("The journal cannot be read", "A line is still encrypted.".to_owned()));
        }
    };
    let wrong = |error: fw_state::ChangeError| Trouble::internal("The journal cannot be read", error.to_string());
    Change::from_json(&text).map_err(wrong)
}
