//! What is written down of operations: that one is about to begin, what it changed, that it is over. And what is known of
//! an earlier attempt at the same plan, which was interrupted.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use fw_addr::{AbsProviderConfig, AbsResourceInstance};
use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::{Action, Kind};
use fw_state::{Change, DeposedKey, State};
use fw_value::Value;

use crate::applier::Applier;

/// What an operation does to its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Work {
    /// Makes it.
    Create,
    /// Changes it in place.
    Update,
    /// Destroys it.
    Delete,
    /// Runs its provisioners, after it was made.
    Provision,
}

impl Work {
    /// What the provider is asked for.
    pub(crate) fn of(action: Action) -> Self {
        match action {
            Action::Delete => Self::Delete,
            Action::Update => Self::Update,
            Action::NoOp
            | Action::Create
            | Action::Read
            | Action::DeleteThenCreate
            | Action::CreateThenDelete
            | Action::CreateThenForget
            | Action::Forget => Self::Create,
        }
    }

    /// The name of an operation, the same at every attempt at a plan: `create aws_instance.a[0]`.
    #[must_use]
    pub fn name(self, address: &AbsResourceInstance, deposed: Option<&DeposedKey>) -> String {
        let verb = match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Provision => "provision",
        };
        match deposed {
            None => format!("{verb} {address}"),
            Some(key) => format!("{verb} {address} (deposed {})", key.as_str()),
        }
    }
}

/// An operation that is about to begin.
#[derive(Clone, Copy, Debug)]
pub struct Intent<'a> {
    /// Its name.
    pub operation: &'a str,
    /// What it does.
    pub work: Work,
    /// The instance.
    pub address: &'a AbsResourceInstance,
    /// The deposed object concerned, instead of the current one.
    pub deposed: Option<&'a DeposedKey>,
    /// Who does it.
    pub provider: &'a AbsProviderConfig,
    /// The identity by which an object that is to be made can be looked up.
    pub identity: Option<&'a Value>,
}

/// The end of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End<'a> {
    /// Its name.
    pub operation: &'a str,
    /// Whether it has failed.
    pub failed: bool,
}

/// Makes changes of the state durable, as with a journal.
#[async_trait(?Send)]
pub trait Recorder {
    /// Returns once it will survive a crash that the operation was about to begin.
    ///
    /// # Errors
    /// Why the operation must not begin, for people. Nor does any other then.
    async fn intend(&self, _intent: &Intent<'_>) -> Result<(), String> {
        Ok(())
    }

    /// Returns once the change will survive a crash, and that with it the operation is over, if one is named.
    ///
    /// # Errors
    /// Why it could not be recorded, for people. Nothing that depends on the operation begins then.
    async fn record(&self, change: &Change, end: Option<&End<'_>>) -> Result<(), String>;

    /// Returns once it will survive a crash that an operation is over, which has changed nothing.
    ///
    /// # Errors
    /// Why it could not be recorded, for people.
    async fn settle(&self, _end: &End<'_>) -> Result<(), String> {
        Ok(())
    }

    /// What an earlier attempt at the same plan has come to.
    fn resume(&self) -> Option<&Resume> {
        None
    }
}

/// How an operation of an earlier attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// As planned.
    Done,
    /// Not as planned, and it has left something behind, so that it is not tried again.
    Failed,
}

/// What an interrupted attempt has come to. The next one does the rest.
#[derive(Clone, Debug, Default)]
pub struct Resume {
    /// The state as it is now.
    pub state: Arc<State>,
    /// Operations that are over, by name. Those that aren't here are done anew.
    pub ended: BTreeMap<String, Ended>,
    /// Objects that were put aside for their successors.
    pub deposed: BTreeMap<AbsResourceInstance, DeposedKey>,
}

/// Operations that have begun, by object; the one that the next change ends comes first.
pub(crate) type OpenOperations = std::collections::HashMap<(AbsResourceInstance, Option<DeposedKey>), Vec<String>>;

impl Applier<'_> {
    /// Has it written down that an operation is about to begin. `false` when it must not.
    pub(crate) async fn intend(
        &self,
        work: Work,
        (address, deposed): (&AbsResourceInstance, Option<&DeposedKey>),
        kind: &Kind,
        identity: Option<&Value>,
        found: &mut Diagnostics,
    ) -> bool {
        let operation = work.name(address, deposed);
        let intent = Intent { operation: &operation, work, address, deposed, provider: &kind.config, identity };
        if let Err(problem) = self.input.recorder.intend(&intent).await {
            self.unsafe_to_go_on(&problem, found);
            return false;
        }
        self.operations.borrow_mut().entry((address.clone(), deposed.cloned())).or_default().push(operation);
        true
    }

    /// The operation that a change is the end of.
    pub(crate) fn operation_ended_by(&self, change: &Change) -> Option<String> {
        let Change::Object { address, deposed, .. } = change else { return None };
        self.next_open(address, deposed.as_ref())
    }

    fn next_open(&self, address: &AbsResourceInstance, deposed: Option<&DeposedKey>) -> Option<String> {
        let mut operations = self.operations.borrow_mut();
        let open = operations.get_mut(&(address.clone(), deposed.cloned()))?;
        (!open.is_empty()).then(|| open.remove(0))
    }

    /// An operation on an object is over and has changed nothing.
    pub(crate) async fn settle(
        &self,
        address: &AbsResourceInstance,
        deposed: Option<&DeposedKey>,
        found: &mut Diagnostics,
    ) {
        let Some(operation) = self.next_open(address, deposed) else { return };
        let end = End { operation: &operation, failed: found.has_errors() };
        if let Err(problem) = self.input.recorder.settle(&end).await {
            self.unsafe_to_go_on(&problem, found);
        }
    }

    /// What became of an operation in an earlier attempt.
    pub(crate) fn ended_before(
        &self,
        work: Work,
        address: &AbsResourceInstance,
        deposed: Option<&DeposedKey>,
    ) -> Option<Ended> {
        self.input.recorder.resume()?.ended.get(&work.name(address, deposed)).copied()
    }

    /// The object that an earlier attempt has made or changed, as expressions see it. `None` when the change is still to be
    /// made.
    pub(crate) fn resumed(
        &self,
        action: Action,
        address: &AbsResourceInstance,
        kind: &Kind,
        found: &mut Diagnostics,
    ) -> Option<Option<Value>> {
        let ended = self.ended_before(Work::of(action), address, None)?;
        if ended == Ended::Failed {
            found.push(failed_before(address));
        }
        let state = self.state.borrow();
        let decoded = state.current(address).map(|object| object.decode(&kind.schema.implied_type()));
        match decoded.transpose() {
            Ok(object) => Some(object.map(|object| kind.marked(object.value))),
            Err(problem) => {
                let detail = format!("The stored object of {address} can't be read: {problem}.");
                found.push(Diagnostic::error("Failed to decode resource from state", detail));
                Some(None)
            }
        }
    }
}

/// Told in place of doing something again that has failed half-way.
pub(crate) fn failed_before(address: &AbsResourceInstance) -> Diagnostic {
    let detail = format!(
        "The operation on {address} failed, or was interrupted while its provisioners ran, in an earlier attempt at this plan. \
         What has come of it is in the state, so it is not repeated. The next plan says what is left to do."
    );
    Diagnostic::error("Operation failed in an earlier attempt", detail).on(address.to_string())
}
