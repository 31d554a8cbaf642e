//! Destroying and forgetting objects.

use std::rc::Rc;

use fw_addr::{InstanceKey, ResourceMode};
use fw_config::{MovedEndpoint, Provisioner, ResourceBlock, When};
use fw_diag::Diagnostics;
use fw_eval::{Frame, RepetitionData};
use fw_exec::{Action, Kind, ResourceChange};
use fw_provider::PlanRequest;
use fw_state::{Change, DeposedKey, ObjectStatus};
use fw_value::{Str, Value};

use crate::applier::{Applier, provider_diagnostics};
use crate::apply_call::Call;
use crate::input::Operating;
use crate::object::Object;
use crate::provisioner::Provisioning;
use crate::record::{Ended, Work, failed_before};
use crate::turn::Turn;

impl Applier<'_> {
    /// Destroys the object of a change that is no longer wanted.
    pub(crate) async fn destroy(&self, index: u32, turn: &Turn<'_>, found: &mut Diagnostics) {
        let Some(planned) = self.change(index) else { return };
        let deposed = self.object_concerned(index, planned);
        match self.ended_before(Work::Delete, &planned.address, deposed.as_ref()) {
            None => {}
            Some(Ended::Done) => return,
            Some(Ended::Failed) => return found.push(failed_before(&planned.address)),
        }
        let Some(stored) = self.stored(planned, deposed.as_ref()) else { return };
        if planned.address.resource.mode != ResourceMode::Managed {
            return self.remove(planned, deposed, found).await;
        }
        let kind = match self.kind(&planned.address, &planned.provider).await {
            Ok(kind) => kind,
            Err(told) => return found.append(told),
        };
        if planned.action == Action::DeleteThenCreate {
            self.tell_import(planned);
        }
        let null = kind.null();
        let told_as = Operating {
            address: &planned.address,
            deposed: deposed.as_ref(),
            action: Action::Delete,
            before: &planned.before,
            after: &null,
        };
        self.input.hooks.before_apply(&told_as);
        let result = self.destroy_object(planned, deposed.as_ref(), (&kind, stored), turn, found).await;
        self.input.hooks.after_apply(&told_as, &result.unwrap_or_else(|| null.clone()), found.has_errors());
    }

    /// Which of the instance's objects a destroying step is about.
    fn object_concerned(&self, index: u32, planned: &ResourceChange) -> Option<DeposedKey> {
        planned.deposed.clone().or_else(|| self.deposed.borrow().get(&index).cloned())
    }

    /// Returns what is left of the object.
    async fn destroy_object(
        &self,
        planned: &ResourceChange,
        deposed: Option<&DeposedKey>,
        (kind, stored): (&Kind, Object),
        turn: &Turn<'_>,
        found: &mut Diagnostics,
    ) -> Option<Value> {
        if stored.status != ObjectStatus::Tainted && deposed.is_none() {
            self.destroy_provisioners(planned, found).await;
            if found.has_errors() {
                return Some(stored.value);
            }
        }
        let private = match deposed {
            None => planned.private.clone(),
            Some(_) => self.plan_destroy(planned, kind, &stored, found).await,
        };
        if found.has_errors() {
            return Some(stored.value);
        }
        let null = kind.null();
        let call = Call {
            address: planned.address.to_string(),
            object: (&planned.address, deposed),
            kind,
            action: Action::Delete,
            before: &planned.before,
            after: &null,
            config: null.clone(),
            private,
            identity: stored.identity.clone(),
            body: None,
            span: None,
            create_before_destroy: false,
            stored: Some(stored),
        };
        let left = self.call_apply(call, found).await;
        turn.over();
        self.write(&planned.address, deposed, kind, left.as_ref(), found).await;
        left.map(|object| object.value)
    }

    /// A deposed object's destruction is planned now, since the plan for its successor says nothing of it. Returns the
    /// private data for it.
    async fn plan_destroy(
        &self,
        planned: &ResourceChange,
        kind: &Kind,
        stored: &Object,
        found: &mut Diagnostics,
    ) -> bytes::Bytes {
        if !kind.schemas.capabilities.plan_destroy {
            return stored.private.clone();
        }
        let request = PlanRequest {
            kind: Str::clone(&kind.name),
            prior: planned.before.clone().unmark_deep().0,
            proposed: kind.null(),
            config: kind.null(),
            private: stored.private.clone(),
            provider_meta: kind.meta.clone(),
            identity: stored.identity.clone(),
        };
        let answer = kind.provider.plan(request).await;
        found.append(provider_diagnostics(answer.diagnostics, None, "", None));
        answer.value.map_or_else(|| stored.private.clone(), |response| response.private)
    }

    /// Runs destroy-time provisioners: of the resource's block, or of a `removed` block where there is none.
    async fn destroy_provisioners(&self, planned: &ResourceChange, found: &mut Diagnostics) {
        let address = &planned.address;
        let module = self.input.basis.config.modules.get(&address.module.path());
        let block = module.and_then(|module| module.resources.get(&address.resource));
        let provisioners: &[Provisioner] = match block {
            Some(block) => &block.provisioners,
            None => self.removed_provisioners(planned),
        };
        if !provisioners.iter().any(|p| p.when == When::Destroy) {
            return;
        }
        let Some(frame) = self.any_frame(planned) else { return };
        let provisioning = Provisioning {
            address,
            frame: &frame,
            repetition: key_data(address.key.as_ref()),
            object: &planned.before,
            connection: block.and_then(|block: &std::sync::Arc<ResourceBlock>| block.connection.as_ref()),
        };
        self.provision(&provisioning, provisioners, When::Destroy, found).await;
    }

    /// The frame of the object's module instance, or, where that is not wanted any more, of another one: destroy-time
    /// provisioners can refer only to the object itself and to paths.
    fn any_frame(&self, planned: &ResourceChange) -> Option<Rc<Frame>> {
        let module = &planned.address.module;
        let other = || self.evaluator.frames(&module.path()).into_iter().next();
        self.evaluator.frame(module).or_else(other).or_else(|| Some(self.evaluator.root()))
    }

    fn removed_provisioners(&self, planned: &ResourceChange) -> &[Provisioner] {
        let address = planned.address.config();
        for (path, module) in &self.input.basis.config.modules {
            for removed in &module.removed {
                if let MovedEndpoint::Resource(inside, resource, _) = &removed.from
                    && *resource == address.resource
                {
                    let inside = inside.path();
                    let names: Vec<_> = path.0.iter().chain(inside.0.iter()).collect();
                    if names.into_iter().eq(address.module.0.iter()) {
                        return &removed.provisioners;
                    }
                }
            }
        }
        &[]
    }

    /// Removes the object of a change from the state, and leaves the real one as it is.
    pub(crate) async fn forget(&self, index: u32, found: &mut Diagnostics) {
        let Some(planned) = self.change(index) else { return };
        let deposed = self.object_concerned(index, planned);
        let null = Value::null(planned.before.ty().clone());
        let told_as = Operating {
            address: &planned.address,
            deposed: deposed.as_ref(),
            action: Action::Forget,
            before: &planned.before,
            after: &null,
        };
        self.input.hooks.before_apply(&told_as);
        self.remove(planned, deposed.clone(), found).await;
        self.input.hooks.after_apply(&told_as, &null, found.has_errors());
    }

    async fn remove(&self, planned: &ResourceChange, deposed: Option<DeposedKey>, found: &mut Diagnostics) {
        let change = Change::Object {
            address: planned.address.clone(),
            deposed,
            provider: planned.provider.clone(),
            object: None,
        };
        self.save(change, found).await;
    }
}

/// What an instance knows of itself without its configuration.
fn key_data(key: Option<&InstanceKey>) -> RepetitionData {
    match key {
        None => RepetitionData::default(),
        Some(InstanceKey::Int(index)) => {
            RepetitionData { count_index: Some(Value::number(*index)), ..RepetitionData::default() }
        }
        Some(InstanceKey::String(key)) => {
            RepetitionData { each_key: Some(Value::string(&**key)), ..RepetitionData::default() }
        }
    }
}
