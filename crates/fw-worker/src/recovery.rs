//! Settles operations of which nobody saw the end, as their worker was killed or lost.
//!
//! Built-in objects and reads may be done again. An update or a destruction of a known object is looked up at the provider:
//! it has happened, or is done again. An object whose provisioners were interrupted is tainted. A new object of a foreign
//! provider is looked up by the identity it was to have, where its type has identities; otherwise a person has to say what
//! became of it.

mod finding;

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_addr::{AbsProviderConfig, AbsResourceInstance, Name, Target};
use fw_apply::Work;
use fw_eval::{GivenVariable, VariableSource};
use fw_exec::{Mode, Plan, ResourceChange};
use fw_ops::{PlanRequest, SavedPlan};
use fw_provider::ImportTarget;
use fw_run::{FailureKind, Intent, JournalWrite, OpAction, OpKey, Payload, Recovery, Resolution, UnknownOperation};
use fw_state::{Change, DeposedKey, ObjectState, ObjectStatus};

use crate::execute::Step;
use crate::journal::{Journal, Known};
use crate::site::Site;
use crate::trouble::Trouble;

/// An open operation with the object it is about.
struct Open {
    op: OpKey,
    intent: Intent,
    address: AbsResourceInstance,
    deposed: Option<DeposedKey>,
}

impl Open {
    fn read(op: &OpKey, intent: &Intent) -> Result<Self, Trouble> {
        let wrong = || Trouble::internal("The journal cannot be read", format!("What is `{op}` about?"));
        let address = intent.address.parse().map_err(|_error| wrong())?;
        let deposed = match &intent.detail {
            Some(Payload::Inline(key)) => Some(DeposedKey::parse(key).ok_or_else(wrong)?),
            Some(Payload::Object(_) | Payload::Sealed(_)) | None => None,
        };
        Ok(Self { op: op.clone(), intent: intent.clone(), address, deposed })
    }
}

/// Settles all open operations, or tells which ones can't be. `saved` is the plan that is being applied; without one the
/// operations are those of an earlier run.
pub(crate) fn settle(
    step: &Step<'_>,
    site: &Site<'_>,
    known: &mut Known,
    journal: &Journal,
    saved: Option<&SavedPlan>,
) -> Result<(), Trouble> {
    let open = known.open.iter().map(|(op, intent)| Open::read(op, intent)).collect::<Result<Vec<_>, _>>()?;
    let mut settling = Settling { step, site, known, journal, saved };
    let mut unknown = Vec::new();
    let mut looked_up = Vec::new();
    for one in open {
        match settling.without_provider(&one)? {
            Verdict::Settled => {}
            Verdict::LookUp => looked_up.push(one),
            Verdict::Unknown(why) => unknown.push(unknown_operation(&one, &why)),
        }
    }
    if !looked_up.is_empty() {
        settling.look_up(&looked_up)?;
    }
    if unknown.is_empty() { Ok(()) } else { Err(Trouble::Unknown(unknown)) }
}

fn unknown_operation(one: &Open, why: &str) -> UnknownOperation {
    UnknownOperation {
        op: one.op.clone(),
        action: one.intent.action,
        address: one.intent.address.clone(),
        provider: one.intent.provider.clone(),
        reason: format!(
            "The worker was lost while {} was being created, and {why}. See whether it exists: if so, import it with its id; \
             if not, declare it absent.",
            one.intent.address
        ),
    }
}

enum Verdict {
    Settled,
    LookUp,
    /// Nobody can tell, for this reason.
    Unknown(String),
}

struct Settling<'s> {
    step: &'s Step<'s>,
    site: &'s Site<'s>,
    known: &'s mut Known,
    journal: &'s Journal,
    saved: Option<&'s SavedPlan>,
}

impl Settling<'_> {
    /// What can be settled by what is known here.
    fn without_provider(&mut self, one: &Open) -> Result<Verdict, Trouble> {
        match self.known.resolved.get(&one.op).cloned() {
            Some(Resolution::Absent) => return self.void(one),
            Some(Resolution::Import(id)) => return self.import(one, &id),
            None => {}
        }
        if let Some(changes) = self.known.late.remove(&one.op) {
            return self.adopt(one, changes);
        }
        match (one.intent.action, &one.intent.recovery) {
            (OpAction::Provision, _) => self.taint(one),
            (OpAction::Read | OpAction::Import, _) | (_, Recovery::Repeat) => self.void(one),
            (OpAction::Update | OpAction::Delete, _) => Ok(Verdict::LookUp),
            (OpAction::Create, Recovery::Lookup(identity)) => self.find(one, &identity.clone()),
            (OpAction::Create, _) => {
                Ok(Verdict::Unknown("the provider has no way to find an object whose id is not known".to_owned()))
            }
        }
    }

    fn write(&self, writes: Vec<JournalWrite>) -> Result<(), Trouble> {
        let written = self.step.service.handle.block_on(self.journal.write(writes));
        written.map_err(|why| Trouble::environment("The journal cannot be written", why))
    }

    /// It has not happened, and may be done again.
    fn void(&mut self, one: &Open) -> Result<Verdict, Trouble> {
        self.write(vec![JournalWrite::Void { op: one.op.clone() }])?;
        self.known.void(&one.op);
        Ok(Verdict::Settled)
    }

    /// It has happened, and this is what has come of it.
    fn done(&mut self, one: &Open, change: &Change) -> Result<Verdict, Trouble> {
        let line = payload(change)?;
        self.write(vec![JournalWrite::Change { op: Some(one.op.clone()), completes: true, change: line }])?;
        self.known.apply(change);
        self.known.changed_by(&one.op, true);
        Ok(Verdict::Settled)
    }

    /// It has not happened; meanwhile the object has become another.
    fn void_with(&mut self, one: &Open, change: &Change) -> Result<Verdict, Trouble> {
        let line = payload(change)?;
        let change_first = JournalWrite::Change { op: None, completes: false, change: line };
        self.write(vec![change_first, JournalWrite::Void { op: one.op.clone() }])?;
        self.known.apply(change);
        self.known.void(&one.op);
        Ok(Verdict::Settled)
    }

    /// A worker has told the end of it, only too late.
    fn adopt(&mut self, one: &Open, changes: Vec<Change>) -> Result<Verdict, Trouble> {
        let mut writes = Vec::new();
        for (index, change) in (1..).zip(&changes) {
            let completes = index == changes.len();
            writes.push(JournalWrite::Change { op: Some(one.op.clone()), completes, change: payload(change)? });
        }
        self.write(writes)?;
        changes.iter().for_each(|change| self.known.apply(change));
        self.known.changed_by(&one.op, true);
        Ok(Verdict::Settled)
    }

    /// Its provisioners were interrupted.
    fn taint(&mut self, one: &Open) -> Result<Verdict, Trouble> {
        let Some(object) = self.known.state.current(&one.address).cloned() else { return self.void(one) };
        let tainted = Arc::new(object.with_status(ObjectStatus::Tainted));
        let Some(change) = self.object(&one.address, None, Some(tainted)) else { return self.void(one) };
        self.done(one, &change)?;
        self.known.failed(Work::Create.name(&one.address, None));
        Ok(Verdict::Settled)
    }

    fn provider(&self, address: &AbsResourceInstance) -> Option<AbsProviderConfig> {
        self.known.state.provider_of(address)
    }

    fn object(
        &self,
        address: &AbsResourceInstance,
        deposed: Option<&DeposedKey>,
        object: Option<Arc<ObjectState>>,
    ) -> Option<Change> {
        let provider = self.provider(address)?;
        Some(Change::Object { address: address.clone(), deposed: deposed.cloned(), provider, object })
    }

    /// A person says that it exists.
    fn import(&mut self, one: &Open, id: &str) -> Result<Verdict, Trouble> {
        let variables = self.variables();
        let options = fw_plan::PlanOptions { parallelism: self.site.parallelism(), ..fw_plan::PlanOptions::default() };
        let outcome = {
            let target = ImportTarget::Id(id.to_owned());
            self.site.engine().import(&self.request(&options, &variables), &one.address, target)
        };
        let imported = outcome.state.current(&one.address).cloned();
        let resource = outcome.state.resource(&one.address.containing());
        match (imported, resource) {
            (Some(object), Some(resource)) if !outcome.diagnostics.has_errors() => {
                let provider = (*resource.provider).clone();
                let change =
                    Change::Object { address: one.address.clone(), deposed: None, provider, object: Some(object) };
                self.done(one, &change)
            }
            _ => Err(Trouble::configuration(outcome.diagnostics)),
        }
    }

    fn request<'r>(
        &self,
        options: &'r fw_plan::PlanOptions,
        variables: &'r BTreeMap<Name, GivenVariable>,
    ) -> PlanRequest<'r>
    where
        Self: 'r,
    {
        PlanRequest {
            state: Arc::new(self.known.state.clone()),
            options,
            variables,
            hooks: &fw_plan::NoHooks,
            cancel: self.step.cancel(),
        }
    }

    /// The variables of the plan, or those of now.
    fn variables(&self) -> BTreeMap<Name, GivenVariable> {
        let mut all = self.site.variables.clone();
        let planned = self.saved.map(|saved| &saved.plan.variables).into_iter().flatten();
        all.extend(planned.map(|(name, value)| {
            (Name::clone(name), GivenVariable { value: value.clone(), source: VariableSource::Program })
        }));
        all
    }

    /// Asks the providers how the objects are now.
    fn look_up(&mut self, all: &[Open]) -> Result<(), Trouble> {
        let targets = all.iter().map(|one| Target::Instance(one.address.clone())).collect();
        let parallelism = self.site.parallelism();
        let options =
            fw_plan::PlanOptions { mode: Mode::RefreshOnly, targets, parallelism, ..fw_plan::PlanOptions::default() };
        let variables = self.variables();
        let outcome = self.site.engine().plan(&self.request(&options, &variables));
        if outcome.diagnostics.has_errors() {
            let kind = FailureKind::Provider;
            return Err(Trouble::Told { kind, told: outcome.diagnostics, retryable: true });
        }
        for one in all {
            self.compare(one, &outcome.plan)?;
        }
        Ok(())
    }

    fn compare(&mut self, one: &Open, refreshed: &Plan) -> Result<Verdict, Trouble> {
        let now = refreshed.prior_state.instance(&one.address).and_then(|i| i.object(one.deposed.as_ref())).cloned();
        let Some(change) = self.object(&one.address, one.deposed.as_ref(), now.clone()) else { return self.void(one) };
        match (one.intent.action, now) {
            (OpAction::Delete, None) => self.done(one, &change),
            (OpAction::Update, Some(object)) if self.is_as_planned(one, &object)? => self.done(one, &change),
            // The plan is made from the object as it was, so that stays in the state.
            (_, Some(_)) if self.saved.is_some() => self.void(one),
            _ => self.void_with(one, &change),
        }
    }

    /// What the plan wanted to do with the object.
    fn planned(&self, one: &Open) -> Option<&ResourceChange> {
        let mut changes = self.saved.map(|saved| &saved.plan.resource_changes).into_iter().flatten();
        changes.find(|change| change.address == one.address && change.deposed == one.deposed)
    }

    /// Whether an object is as the plan wanted it, and was not so before.
    fn is_as_planned(&self, one: &Open, object: &ObjectState) -> Result<bool, Trouble> {
        let Some(planned) = self.planned(one) else { return Ok(false) };
        let provider = planned.provider.provider.clone();
        let schemas = self.site.schemas([provider.clone()]).map_err(Trouble::configuration)?;
        let schema = schemas.get(&provider).and_then(|all| all.resource(&one.address.resource.kind));
        let Some(schema) = schema else { return Ok(false) };
        let Ok(now) = object.decode(&schema.implied_type()) else { return Ok(false) };
        let plain = |value: &fw_value::Value| value.clone().unmark_deep().0;
        let (after, before, now) = (plain(&planned.after), plain(&planned.before), plain(&now.value));
        let fits =
            |value: &fw_value::Value| fw_provider::assert_object_compatible(&schema.block, &after, value).is_empty();
        // What is to be made was nothing before.
        Ok(fits(&now) && (one.intent.action == OpAction::Create || !fits(&before)))
    }
}

fn payload(change: &Change) -> Result<Payload, Trouble> {
    let line = change.to_json();
    line.map(Payload::Inline).map_err(|error| Trouble::internal("The journal cannot be written", error.to_string()))
}
