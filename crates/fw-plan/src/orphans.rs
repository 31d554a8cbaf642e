//! Objects that are no longer wanted: refreshed, then planned to be destroyed or forgotten. Deposed objects likewise.

use fw_addr::{AbsResourceInstance, ConfigResource};
use fw_config::Removed;
use fw_diag::Diagnostics;
use fw_exec::{Action, ActionReason, Kind, ResourceChange};
use fw_provider::PlanRequest;
use fw_state::DeposedKey;
use fw_value::Str;

use crate::graph::Node;
use crate::planner::{Planner, Stage};
use crate::prior::PriorObject;
use crate::provider_diagnostics;

impl Planner<'_> {
    /// Objects without configuration whose provider configuration is gone too: nobody could destroy them.
    pub(crate) fn missing_providers(&self) -> Diagnostics {
        let mut told = Diagnostics::new();
        let prior = self.prior.borrow();
        for (address, resource, _) in prior.instances() {
            let provider = &*resource.provider;
            let implied = provider.module.is_root() && provider.alias.is_none();
            let orphan = self.graph.find(&Node::Orphan(address.config())).is_some();
            let forgotten =
                crate::removed::block_of(self.input.basis.config, &address.config()).is_some_and(|r| !r.destroy);
            if orphan && !implied && !forgotten && self.input.basis.config.provider_block(provider).is_none() {
                told.append(crate::missing_provider_configuration(provider, Some(&format!("{address} (orphan)"))));
            }
        }
        told
    }

    /// Objects of a resource that has no block.
    pub(crate) async fn visit_orphan(&self, resource: &ConfigResource) -> Diagnostics {
        let mut told = Diagnostics::new();
        if self.stage.get() == Stage::Validate {
            return told;
        }
        let removed = crate::removed::block_of(self.input.basis.config, resource);
        let mut instances = Vec::new();
        {
            let prior = self.prior.borrow();
            for address in self.stored.get(resource).map(Vec::as_slice).unwrap_or_default() {
                let keys = prior.resource(address).into_iter().flat_map(|r| r.instances.keys());
                instances.extend(keys.map(|key| address.instance(key.clone())));
            }
        }
        instances.retain(|address| self.is_targeted(address));
        let reason = ActionReason::DeleteBecauseNoResourceConfig;
        let work = instances.iter().map(|address| self.orphan_instance(address, reason, removed));
        told.append(self.side_by_side(work).await);
        told
    }

    /// One instance that is not wanted, with its deposed objects.
    pub(crate) async fn orphan_instance(
        &self,
        address: &AbsResourceInstance,
        reason: ActionReason,
        removed: Option<&Removed>,
    ) -> Diagnostics {
        let mut told = Diagnostics::new();
        let kind = match self.kind_in_state(address).await {
            // It has no place in the configuration any more.
            Ok(kind) => Kind { body: None, meta: None, ..kind },
            Err(found) => return found,
        };
        if address.resource.mode != fw_addr::ResourceMode::Managed {
            // Data is not destroyed: it only leaves the state.
            self.prior.borrow_mut().set_object(address, None, &kind.config, None);
            return told;
        }
        self.deposed_objects(address, &kind, &mut told).await;
        let prior = match self.prior_object(address, None, &kind).await {
            Ok(prior) => prior,
            Err(found) => {
                told.append(found);
                None
            }
        };
        let forget = removed.is_some_and(|r| !r.destroy);
        let Some(mut prior) = prior else { return told };
        if self.refreshes() && !forget {
            match self.refresh(address, None, &kind, prior, &mut told).await {
                Some(now) => prior = now,
                None => return told,
            }
        }
        if told.has_errors() || self.stage.get() == Stage::Refresh {
            return told;
        }
        let action = if forget { Action::Forget } else { Action::Delete };
        let moved = self.moves.previous(address) != *address;
        let reason = match reason {
            ActionReason::DeleteBecauseNoResourceConfig if moved => ActionReason::DeleteBecauseNoMoveTarget,
            other => other,
        };
        self.plan_destroy((address, None), &kind, prior, (action, Some(reason)), &mut told).await;
        told
    }

    /// One instance of a plan to destroy everything.
    pub(crate) async fn orphan_instance_for_destroy(&self, address: &AbsResourceInstance) -> Diagnostics {
        let mut told = Diagnostics::new();
        let kind = match self.kind_in_state(address).await {
            Ok(kind) => kind,
            Err(found) => return found,
        };
        if address.resource.mode != fw_addr::ResourceMode::Managed {
            self.forgotten_data.borrow_mut().push(address.clone());
            return told;
        }
        self.deposed_objects(address, &kind, &mut told).await;
        match self.prior_object(address, None, &kind).await {
            Ok(Some(prior)) => {
                self.plan_destroy((address, None), &kind, prior, (Action::Delete, None), &mut told).await;
            }
            Ok(None) => {}
            Err(found) => told.append(found),
        }
        told
    }

    /// Objects that were replaced and not yet destroyed.
    pub(crate) async fn deposed_objects(&self, address: &AbsResourceInstance, kind: &Kind, told: &mut Diagnostics) {
        let keys: Vec<DeposedKey> =
            self.prior.borrow().instance(address).map(|i| i.deposed.keys().cloned().collect()).unwrap_or_default();
        for key in keys {
            let prior = match self.prior_object(address, Some(&key), kind).await {
                Ok(Some(prior)) => prior,
                Ok(None) => continue,
                Err(found) => {
                    told.append(found);
                    continue;
                }
            };
            let prior =
                if self.refreshes() { self.refresh(address, Some(&key), kind, prior, told).await } else { Some(prior) };
            if let Some(prior) = prior
                && !told.has_errors()
                && self.stage.get() == Stage::Plan
            {
                self.plan_destroy((address, Some(&key)), kind, prior, (Action::Delete, None), told).await;
            }
        }
    }

    /// Records the destruction of an object, after asking providers that want to be asked.
    pub(crate) async fn plan_destroy(
        &self,
        (address, deposed): (&AbsResourceInstance, Option<&DeposedKey>),
        kind: &Kind,
        prior: PriorObject,
        (action, reason): (Action, Option<ActionReason>),
        told: &mut Diagnostics,
    ) {
        let null = kind.null();
        let mut private = prior.private.clone();
        if action == Action::Delete && kind.schemas.capabilities.plan_destroy {
            let request = PlanRequest {
                kind: Str::clone(&kind.name),
                prior: prior.value.clone().unmark_deep().0,
                proposed: null.clone(),
                config: null.clone(),
                private: private.clone(),
                provider_meta: kind.meta.clone(),
                identity: prior.identity.clone(),
            };
            let answer = self.limited(kind.provider.plan(request)).await;
            let body = kind.body.as_ref().filter(|_| deposed.is_none());
            let found = provider_diagnostics(answer.diagnostics, body, Some(&kind.schema.block), &address.to_string());
            let failed = found.has_errors();
            told.append(found);
            if failed {
                return;
            }
            if let Some(response) = answer.value {
                private = response.private;
            }
        }
        self.record(ResourceChange {
            address: address.clone(),
            previous_address: self.moves.previous(address),
            deposed: deposed.cloned(),
            provider: kind.config.clone(),
            action,
            reason,
            before: prior.value,
            after: null,
            before_identity: prior.identity,
            after_identity: None,
            required_replace: Vec::new(),
            importing: None,
            generated_config: None,
            private,
            dependencies: prior.dependencies,
            create_before_destroy: prior.create_before_destroy,
        });
    }

    /// What is needed to work with an object that only the state knows.
    pub(crate) async fn kind_in_state(&self, address: &AbsResourceInstance) -> Result<Kind, Diagnostics> {
        let config = self.prior.borrow().provider_of(address).unwrap_or_else(|| fw_addr::AbsProviderConfig {
            module: fw_addr::ModulePath::root(),
            provider: fw_addr::Provider::default_of(&address.resource.kind),
            alias: None,
            key: None,
        });
        let kind = self.kinds.kind(&address.config(), &config, None).await?;
        let kind = kind.map(|kind| self.kinds.of_instance(&kind, address).into_owned());
        kind.ok_or_else(|| crate::missing_provider_configuration(&config, Some(&address.to_string())))
    }
}
