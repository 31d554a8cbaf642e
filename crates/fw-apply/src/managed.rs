//! Creating and changing objects of managed resources.

use std::sync::Arc;

use fw_addr::ConfigResource;
use fw_config::When;
use fw_diag::Diagnostics;
use fw_exec::{Action, Importing, Kind, ResourceChange};
use fw_state::{Change, DeposedKey, ObjectStatus};
use fw_value::Value;

use crate::applier::{Applier, Instance};
use crate::apply_call::Call;
use crate::input::Operating;
use crate::object::Object;
use crate::provisioner::Provisioning;
use crate::record::Work;
use crate::replan::FinalChange;
use crate::turn::Turn;

impl Applier<'_> {
    /// Applies the creating or changing half of a change.
    pub(crate) async fn apply_change(&self, index: u32, turn: &Turn<'_>, found: &mut Diagnostics) {
        let Some(planned) = self.change(index) else { return };
        let Some(one) = self.instance(&planned.address, found) else { return };
        let kind = match self.kind(&planned.address, &planned.provider).await {
            Ok(kind) => kind,
            Err(told) => return found.append(told),
        };
        // Where the old object goes first, that has told it.
        if planned.action != Action::DeleteThenCreate {
            self.tell_import(planned);
        }
        let deposed = match planned.action {
            Action::CreateThenDelete | Action::CreateThenForget => self.put_aside(index, planned, found).await,
            _ => None,
        };
        if found.has_errors() {
            return;
        }
        let mut told = Diagnostics::new();
        let result = self.apply_instance(&one, &kind, planned, turn, &mut told).await;
        if let (Some(key), true) = (&deposed, told.has_errors())
            && self.state.borrow().current(&planned.address).is_none()
        {
            // Nothing came of the replacement, so the old object is the current one again.
            let change = Change::Restore { address: planned.address.clone(), key: key.clone() };
            self.save(change, &mut told).await;
            self.deposed.borrow_mut().remove(&index);
        }
        let (value, reached) = match result {
            Ok(value) => (value, true),
            Err(value) => (value, false),
        };
        let value = value.unwrap_or_else(|| kind.unknown());
        one.frame.set_instance(&planned.address.resource, planned.address.key.clone(), value.clone());
        if reached {
            // Also after an error: the conditions may say what it means for the object.
            self.postconditions(&one, &value, &mut told);
        }
        found.append(told);
    }

    /// Tells that an object was taken over: it is in the state since the plan was made.
    pub(crate) fn tell_import(&self, planned: &ResourceChange) {
        if let Some(shown) = planned.importing.as_ref().and_then(Importing::shown) {
            self.input.hooks.importing(&planned.address, &shown);
            self.input.hooks.imported(&planned.address, &shown);
        }
    }

    /// Makes the object that is to be replaced a deposed one.
    async fn put_aside(&self, index: u32, planned: &ResourceChange, found: &mut Diagnostics) -> Option<DeposedKey> {
        if let Some(key) = self.input.recorder.resume().and_then(|resume| resume.deposed.get(&planned.address)) {
            self.deposed.borrow_mut().insert(index, key.clone());
            return Some(key.clone());
        }
        let key = {
            let state = self.state.borrow();
            let instance = state.instance(&planned.address)?;
            instance.current.as_ref()?;
            std::iter::repeat_with(|| DeposedKey::new((self.input.random)()))
                .take(64)
                .find(|key| !instance.deposed.contains_key(key))?
        };
        let change = Change::Depose { address: planned.address.clone(), key: key.clone() };
        self.save(change, found).await;
        self.deposed.borrow_mut().insert(index, key.clone());
        Some(key)
    }

    /// Returns the object as expressions see it from now on, if there is one; as an error when it did not come so far that
    /// something could be applied.
    async fn apply_instance(
        &self,
        one: &Instance<'_>,
        kind: &Kind,
        planned: &ResourceChange,
        turn: &Turn<'_>,
        found: &mut Diagnostics,
    ) -> Result<Option<Value>, Option<Value>> {
        let stored = self.stored(planned, None);
        let unchanged = stored.as_ref().map(|object| object.value.clone());
        self.preconditions(one, found);
        if found.has_errors() {
            return Err(unchanged);
        }
        if planned.action == Action::NoOp {
            return Ok(unchanged);
        }
        if let Some(value) = self.resumed(planned.action, &planned.address, kind, found) {
            return if found.has_errors() { Err(value) } else { Ok(value) };
        }
        let Some(last) = self.replan(one, kind, planned, stored.as_ref(), found).await else {
            return Err(unchanged);
        };
        if last.action == Action::NoOp {
            return Ok(unchanged);
        }
        Ok(self.make(one, kind, (planned, &last, stored), turn, found).await)
    }

    async fn make(
        &self,
        one: &Instance<'_>,
        kind: &Kind,
        (planned, last, stored): (&ResourceChange, &FinalChange, Option<Object>),
        turn: &Turn<'_>,
        found: &mut Diagnostics,
    ) -> Option<Value> {
        if self.is_halted(found) {
            return stored.map(|object| object.value);
        }
        // Of a replacement this is the creating half.
        let action = if last.action.is_replace() { Action::Create } else { last.action };
        let before = if action == Action::Create { kind.null() } else { planned.before.clone() };
        let told_as = Operating { address: one.address, deposed: None, action, before: &before, after: &last.after };
        self.input.hooks.before_apply(&told_as);
        let call = Call {
            address: one.address.to_string(),
            object: (one.address, None),
            kind,
            action,
            before: &before,
            after: &last.after,
            config: last.config.clone(),
            private: last.private.clone(),
            identity: last.identity.clone(),
            body: Some((&one.block.body, &kind.schema.block)),
            span: Some(one.block.span),
            stored,
            create_before_destroy: planned.create_before_destroy,
        };
        let object = self.call_apply(call, found).await;
        turn.over();
        let dependencies: Arc<[ConfigResource]> = Arc::clone(&planned.dependencies);
        let object = object.map(|object| Object {
            dependencies,
            create_before_destroy: planned.create_before_destroy,
            ..tainted_if(object, action, found)
        });
        let provisions = action == Action::Create
            && one.block.provisioners.iter().any(|provisioner| provisioner.when == When::Create)
            && !found.has_errors();
        // Before the object is written: an interruption between must not leave one without its provisioners for a good one.
        let provisions = provisions
            && object.is_some()
            && self.intend(Work::Provision, (one.address, None), kind, None, found).await;
        self.write(one.address, None, kind, object.as_ref(), found).await;
        let object = match object {
            Some(object) if provisions => {
                turn.again().await;
                self.provisioned(one, kind, object, found).await
            }
            object => object,
        };
        let result = object.map_or_else(|| kind.null(), |object| object.value);
        self.input.hooks.after_apply(&told_as, &result, found.has_errors());
        (!result.is_null()).then_some(result)
    }

    /// Runs the provisioners of a new object, which is tainted when one of them fails.
    async fn provisioned(
        &self,
        one: &Instance<'_>,
        kind: &Kind,
        object: Object,
        found: &mut Diagnostics,
    ) -> Option<Object> {
        let provisioning = Provisioning {
            address: one.address,
            frame: &one.frame,
            repetition: one.repetition.clone(),
            object: &object.value,
            connection: one.block.connection.as_ref(),
        };
        self.provision(&provisioning, &one.block.provisioners, When::Create, found).await;
        if !found.has_errors() {
            self.settle(one.address, None, found).await;
            return Some(object);
        }
        let object = tainted_if(object, Action::Create, found);
        self.write(one.address, None, kind, Some(&object), found).await;
        Some(object)
    }
}

/// An object whose creation has met an error is in an unknown condition. Other changes often leave objects as they were.
fn tainted_if(object: Object, action: Action, found: &Diagnostics) -> Object {
    if action == Action::Create && found.has_errors() {
        Object { status: ObjectStatus::Tainted, ..object }
    } else {
        object
    }
}
