//! The plan and its parts.

use std::sync::Arc;

use fw_state::{CheckKind, CheckObject, CheckResult, CheckResults, CheckStatus, ReadError, State};

use super::wire::{Read, Reader, Record, Writer, choice, corrupt, record};
use crate::{
    Action, ActionReason, Evaluated, ExecutionGraph, Importing, Mode, NodeId, Operation, OutputChange, Plan,
    RelevantAttribute, ResourceChange, Step,
};

choice!(Mode { 0 => Normal, 1 => RefreshOnly, 2 => Destroy });
choice!(Action {
    0 => NoOp,
    1 => Create,
    2 => Read,
    3 => Update,
    4 => DeleteThenCreate,
    5 => CreateThenDelete,
    6 => Delete,
    7 => Forget,
    8 => CreateThenForget,
});
choice!(ActionReason {
    0 => ReplaceBecauseTainted,
    1 => ReplaceByRequest,
    2 => ReplaceByTriggers,
    3 => ReplaceBecauseCannotUpdate,
    4 => DeleteBecauseNoResourceConfig,
    5 => DeleteBecauseWrongRepetition,
    6 => DeleteBecauseCountIndex,
    7 => DeleteBecauseEachKey,
    8 => DeleteBecauseNoModule,
    9 => DeleteBecauseNoMoveTarget,
    10 => ReadBecauseConfigUnknown,
    11 => ReadBecauseDependencyPending,
    12 => ReadBecauseCheckNested,
    13 => DeleteBecauseEnabledFalse,
});
record!(Importing { id, identity, unknown });
record!(ResourceChange {
    address,
    previous_address,
    deposed,
    provider,
    action,
    reason,
    before,
    after,
    before_identity,
    after_identity,
    required_replace,
    importing,
    generated_config,
    private,
    dependencies,
    create_before_destroy,
});
record!(OutputChange { name, action, before, after, sensitive });
record!(RelevantAttribute { resource, attribute });

choice!(Operation {
    0 => ConfigureProvider(config),
    1 => Apply(change),
    2 => Destroy(change),
    3 => Forget(change),
    4 => Read(change),
    5 => OpenEphemeral(resource),
    6 => Evaluate(module, what),
    7 => Check(module, name),
    8 => ResourceReady(resource),
    9 => DependentsDestroyed(resource),
    10 => ResourceDone(resource),
    11 => ModuleDone(module),
});
choice!(Evaluated { 0 => Variable(name), 1 => Local(name), 2 => Output(name), 3 => Call(name) });
record!(Step { operation, after });
record!(ExecutionGraph { steps });

impl Record for NodeId {
    fn write(&self, to: &mut Writer) {
        self.0.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        u32::read(from).map(Self)
    }
}

choice!(CheckKind { 0 => Resource, 1 => Output, 2 => Check, 3 => Variable });
choice!(CheckStatus { 0 => Pass, 1 => Fail, 2 => Error, 3 => Unknown });
record!(CheckObject { address, status, failure_messages });
record!(CheckResult { kind, config_address, status, objects });

impl Record for CheckResults {
    fn write(&self, to: &mut Writer) {
        self.0.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        Vec::read(from).map(Self)
    }
}

impl Record for State {
    /// As the text of a state file.
    fn write(&self, to: &mut Writer) {
        match fw_state::write(self) {
            Ok(text) => to.blob(text.as_bytes()),
            Err(error) => to.fail(error),
        }
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        fw_state::read(from.blob()?).or_else(|error| match error {
            ReadError::Empty => corrupt("a state is missing"),
            ReadError::Unusable(problems) => {
                corrupt(problems.iter().map(|p| p.detail.clone()).collect::<Vec<_>>().join(" "))
            }
        })
    }
}

/// The states before and after moves and refresh, which are often one and the same.
struct States {
    previous: Arc<State>,
    prior: Arc<State>,
}

impl Record for States {
    fn write(&self, to: &mut Writer) {
        let same = Arc::ptr_eq(&self.previous, &self.prior) || self.previous == self.prior;
        self.previous.write(to);
        (!same).then(|| State::clone(&self.prior)).write(to);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        let previous = Arc::new(State::read(from)?);
        let prior = Option::<State>::read(from)?.map_or_else(|| Arc::clone(&previous), Arc::new);
        Ok(Self { previous, prior })
    }
}

impl Record for Plan {
    fn write(&self, to: &mut Writer) {
        self.mode.write(to);
        self.variables.write(to);
        self.ephemeral_variables.write(to);
        self.targets.write(to);
        self.excludes.write(to);
        self.force_replace.write(to);
        self.resource_changes.write(to);
        self.drift.write(to);
        self.output_changes.write(to);
        States { previous: Arc::clone(&self.previous_state), prior: Arc::clone(&self.prior_state) }.write(to);
        self.forgotten_data.write(to);
        self.checks.write(to);
        self.relevant_attributes.write(to);
        self.graph.write(to);
        self.timestamp.write(to);
        self.errored.write(to);
        self.complete.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        let mode = Record::read(from)?;
        let variables = Record::read(from)?;
        let ephemeral_variables = Record::read(from)?;
        let targets = Record::read(from)?;
        let excludes = Record::read(from)?;
        let force_replace = Record::read(from)?;
        let resource_changes = Record::read(from)?;
        let drift = Record::read(from)?;
        let output_changes = Record::read(from)?;
        let states = States::read(from)?;
        Ok(Self {
            mode,
            variables,
            ephemeral_variables,
            targets,
            excludes,
            force_replace,
            resource_changes,
            drift,
            output_changes,
            previous_state: states.previous,
            prior_state: states.prior,
            forgotten_data: Record::read(from)?,
            checks: Record::read(from)?,
            relevant_attributes: Record::read(from)?,
            graph: Record::read(from)?,
            timestamp: Record::read(from)?,
            errored: Record::read(from)?,
            complete: Record::read(from)?,
        })
    }
}
