//! A resource node: which instances there are, wanted and orphaned, and each of them handed to its kind of planning.

use std::rc::Rc;

use foldhash::HashSet;
use futures::future::LocalBoxFuture;
use fw_addr::{AbsResourceInstance, ConfigResource, InstanceKey, ResourceMode};
use fw_config::ResourceBlock;
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::{Expansion, Frame, RepetitionData};
use fw_exec::{ActionReason, Kind};

use crate::planner::{Planner, Stage};

/// One instance to plan.
pub(crate) struct Wanted {
    pub(crate) frame: Rc<Frame>,
    pub(crate) key: Option<InstanceKey>,
    pub(crate) repetition: RepetitionData,
    pub(crate) address: AbsResourceInstance,
}

impl Planner<'_> {
    /// Plans all instances of a resource block, and the objects that are no longer wanted.
    pub(crate) async fn visit_resource(&self, resource: &ConfigResource) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let Some(block) =
            self.input.basis.config.modules.get(&resource.module).and_then(|m| m.resources.get(&resource.resource))
        else {
            return diagnostics;
        };
        let kind = match self.kind_of_block(resource, block).await {
            Ok(kind) => kind,
            Err(found) => return found,
        };
        let (mut wanted, mut left_out) = (Vec::new(), Vec::new());
        for frame in self.frames(&resource.module) {
            let Some(expansion) = self.evaluator.expand_resource(&frame, block, &mut diagnostics) else { continue };
            frame.set_missing(&block.resource, kind.unknown());
            let instances = expansion.instances();
            wanted.reserve_exact(instances.len());
            for (key, repetition) in instances {
                let address = AbsResourceInstance {
                    module: frame.instance.clone(),
                    resource: resource.resource.clone(),
                    key: key.clone(),
                };
                let one = Wanted { frame: Rc::clone(&frame), key, repetition, address };
                if self.is_targeted(&one.address) {
                    wanted.push(one);
                } else {
                    left_out.push(one);
                }
            }
        }
        if diagnostics.has_errors() {
            return diagnostics;
        }
        if self.stage.get() != Stage::Validate {
            crate::static_references::refuse_self(block, &wanted, &mut diagnostics);
        }
        let normal = self.stage.get() == Stage::Plan && self.input.options.mode == fw_exec::Mode::Normal;
        let wants_imports = normal && resource.resource.mode == ResourceMode::Managed;
        if wants_imports && !self.input.basis.config.root().imports.is_empty() {
            self.take_imports(resource, &kind, &wanted, &mut diagnostics);
        }
        if diagnostics.has_errors() {
            return diagnostics;
        }
        if crate::checks::has_conditions(block) && self.checks_conditions() {
            let addresses = wanted.iter().chain(&left_out).map(|one| one.address.to_string());
            self.checks.borrow_mut().expect(fw_state::CheckKind::Resource, resource.to_string(), addresses);
        }
        for one in &left_out {
            // Others see them as the state has them.
            if let Ok(Some(prior)) = self.prior_object(&one.address, None, &kind).await {
                one.frame.set_instance(&block.resource, one.key.clone(), prior.value);
            }
        }
        let orphans = if self.stage.get() == Stage::Validate { Vec::new() } else { self.unwanted_instances(resource) };
        let elements = self.elements(block, &kind, &wanted, &mut diagnostics);
        if diagnostics.has_errors() {
            return diagnostics;
        }
        let own = |at: usize| elements.as_ref().and_then(|elements| elements.get(at)).unwrap_or(&kind);
        let kinds: Vec<_> =
            wanted.iter().enumerate().map(|(at, one)| self.kinds.of_instance(own(at), &one.address)).collect();
        let planned = wanted.iter().zip(&kinds).map(|(one, kind)| -> LocalBoxFuture<'_, Diagnostics> {
            match resource.resource.mode {
                ResourceMode::Managed => Box::pin(self.managed_instance(block, kind, one)),
                ResourceMode::Data => Box::pin(self.data_instance(block, kind, one)),
                ResourceMode::Ephemeral => Box::pin(self.ephemeral_instance(block, kind, one)),
            }
        });
        let ended = orphans.iter().map(|(address, reason)| -> LocalBoxFuture<'_, Diagnostics> {
            Box::pin(self.orphan_instance(address, *reason, None))
        });
        diagnostics.append(self.side_by_side(planned.chain(ended)).await);
        if block.lifecycle.prevent_destroy && self.stage.get() == Stage::Plan {
            let changes = self.changes.borrow();
            let doomed = |address: &AbsResourceInstance| {
                changes.get(&(address.clone(), None)).is_some_and(|c| c.action == fw_exec::Action::Delete)
            };
            let doomed = orphans.iter().filter(|(address, _)| doomed(address));
            doomed.for_each(|(address, _)| diagnostics.push(prevented(address, block)));
        }
        diagnostics
    }

    /// Evaluates the imports to instances of this resource.
    fn take_imports(&self, resource: &ConfigResource, kind: &Kind, wanted: &[Wanted], told: &mut Diagnostics) {
        let imports = self.imports_of(resource, kind, told);
        if imports.is_empty() {
            return;
        }
        let addresses: HashSet<&AbsResourceInstance> = wanted.iter().map(|w| &w.address).collect();
        for address in imports.keys().filter(|a| self.is_targeted(a) && !addresses.contains(a)) {
            told.push(crate::imports::without_instance(address));
        }
        self.imports.borrow_mut().extend(imports);
    }

    pub(crate) async fn kind_of_block(
        &self,
        resource: &ConfigResource,
        block: &ResourceBlock,
    ) -> Result<Kind, Diagnostics> {
        let config = self.input.basis.config.resolve_provider(&resource.module, &block.provider_config);
        let kind = self.kinds.kind(resource, &config, Some(block.kind_span)).await?;
        kind.ok_or_else(|| crate::missing_provider_configuration(&config, Some(&resource.to_string())))
    }

    /// The kinds of instances one by one, where the provider configuration has elements and each chooses its own.
    fn elements(
        &self,
        block: &ResourceBlock,
        kind: &Kind,
        wanted: &[Wanted],
        told: &mut Diagnostics,
    ) -> Option<Vec<Kind>> {
        let provider = self.input.basis.config.provider_block(&kind.config)?;
        provider.for_each.as_ref()?;
        if self.stage.get() == Stage::Validate {
            return None;
        }
        let mut kinds = Vec::with_capacity(wanted.len());
        for one in wanted {
            let Some(config) = self.evaluator.provider_of(&one.frame, block, &one.repetition, told) else { continue };
            match self.kinds.with_element(kind, config.clone()) {
                Some(kind) => kinds.push(kind),
                None => told.append(crate::missing_provider_configuration(&config, Some(&one.address.to_string()))),
            }
        }
        Some(kinds)
    }

    /// Instances of the state that the configuration does not want any more, and why.
    fn unwanted_instances(&self, resource: &ConfigResource) -> Vec<(AbsResourceInstance, ActionReason)> {
        let prior = self.prior.borrow();
        let Some(addresses) = self.stored.get(resource) else { return Vec::new() };
        let mut unwanted = Vec::new();
        for address in addresses {
            let Some(stored) = prior.resource(address) else { continue };
            let expansion = self.evaluator.frame(&address.module).and_then(|f| f.expansion(&address.resource));
            for key in stored.instances.keys() {
                let reason = match expansion.as_deref() {
                    None => ActionReason::DeleteBecauseNoModule,
                    Some(expansion) if expansion.has(key.as_ref()) => continue,
                    Some(expansion) => reason_for_key(expansion, key.as_ref()),
                };
                let instance = address.instance(key.clone());
                if self.is_targeted(&instance) {
                    unwanted.push((instance, reason));
                }
            }
        }
        unwanted
    }
}

fn reason_for_key(expansion: &Expansion, key: Option<&InstanceKey>) -> ActionReason {
    match (expansion, key) {
        (Expansion::Disabled, None) => ActionReason::DeleteBecauseEnabledFalse,
        (Expansion::Count(_), Some(InstanceKey::Int(_))) => ActionReason::DeleteBecauseCountIndex,
        (Expansion::ForEach(_), Some(InstanceKey::String(_))) => ActionReason::DeleteBecauseEachKey,
        _ => ActionReason::DeleteBecauseWrongRepetition,
    }
}

/// The message about an instance that must not be destroyed.
pub(crate) fn prevented(address: &AbsResourceInstance, block: &ResourceBlock) -> Diagnostic {
    let detail = format!(
        "Resource {address} has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed. To \
         avoid this error and continue with the plan, either disable lifecycle.prevent_destroy or reduce the scope of the \
         plan using the -target option."
    );
    Diagnostic::error("Instance cannot be destroyed", detail).at(block.span)
}
