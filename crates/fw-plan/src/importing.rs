//! Taking an object over: asking the provider for it. Also all that the `import` command does.

use std::sync::Arc;

use fw_addr::AbsResourceInstance;
use fw_config::ResourceBlock;
use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::Kind;
use fw_provider::{ImportRequest, ImportTarget};
use fw_state::{ObjectStatus, State};
use fw_value::Str;

use crate::graph::Node;
use crate::imports::PlannedImport;
use crate::planner::Planner;
use crate::prior::PriorObject;
use crate::provider_diagnostics;

impl Planner<'_> {
    /// ImportResourceState: the object as the provider first knows it, to be refreshed next.
    pub(crate) async fn import_object(
        &self,
        kind: &Kind,
        address: &AbsResourceInstance,
        import: &PlannedImport,
        told: &mut Diagnostics,
    ) -> Option<PriorObject> {
        self.input.hooks.importing(address, &import.id);
        let target = ImportTarget::Id(import.id.to_string());
        let request = ImportRequest { kind: Str::clone(&kind.name), target };
        let answer = self.limited(kind.provider.import(request)).await;
        let found = provider_diagnostics(answer.diagnostics, None, None, &address.to_string());
        let failed = found.has_errors();
        told.append(found);
        let mut objects = answer.value.filter(|_| !failed)?.objects;
        if objects.is_empty() {
            told.push(nothing_returned(kind));
            return None;
        }
        objects.retain(|o| o.kind == kind.name);
        let Some(object) = objects.pop() else {
            told.push(nothing_returned(kind));
            return None;
        };
        if object.value.is_null() {
            told.push(not_there(address));
            return None;
        }
        self.input.hooks.imported(address, &import.id);
        let imported = PriorObject {
            value: kind.marked(object.value.unknown_as_null()),
            private: object.private,
            identity: object.identity,
            status: ObjectStatus::Ready,
            dependencies: [].into(),
            create_before_destroy: false,
        };
        self.store_prior(address, None, kind, &imported, told);
        let refreshed = self.refresh_as(address, kind, imported, told).await;
        if refreshed.is_none() && !told.has_errors() {
            told.push(not_there(address));
        }
        refreshed
    }

    /// ReadResource of an object just imported: how it differs from what the import gave is no drift.
    async fn refresh_as(
        &self,
        address: &AbsResourceInstance,
        kind: &Kind,
        imported: PriorObject,
        told: &mut Diagnostics,
    ) -> Option<PriorObject> {
        let refreshed = self.refresh(address, None, kind, imported, told).await;
        self.drift.borrow_mut().remove(&(address.clone(), None));
        refreshed
    }

    /// All that the `import` command does: the provider is configured, the object imported and read.
    pub(crate) async fn import_one(&self, address: &AbsResourceInstance, id: &str) -> Diagnostics {
        let mut told = Diagnostics::new();
        let resource = address.config();
        let module = self.input.basis.config.modules.get(&resource.module);
        let Some(block) = module.and_then(|m| m.resources.get(&resource.resource)) else {
            told.push(no_block(address));
            return told;
        };
        if self.prior.borrow().instance(address).is_some_and(|i| i.current.is_some()) {
            let detail = format!(
                "Terraform is already managing a remote object for {address}. To import to this address you must first remove \
                 the existing object from the state."
            );
            told.push(Diagnostic::error("Resource already managed by Terraform", detail));
            return told;
        }
        let provider = self.input.basis.config.resolve_provider(&resource.module, &block.provider_config);
        let node = self.graph.find(&Node::Provider(provider));
        let keep = self.graph.closure(node);
        told.append(self.walk(&keep).await);
        if told.has_errors() {
            return told;
        }
        if !self.is_declared(address, block) {
            told.push(no_instance(address));
            return told;
        }
        match self.kind_of_block(&resource, block).await {
            Ok(kind) => {
                let import = PlannedImport { id: id.into() };
                drop(self.import_object(&kind, address, &import, &mut told).await);
            }
            Err(found) => told.append(found),
        }
        told
    }

    /// Whether the block has this instance. Where that depends on what is not known here, it is believed.
    fn is_declared(&self, address: &AbsResourceInstance, block: &ResourceBlock) -> bool {
        let frames = self.frames(&address.module.path());
        let Some(frame) = frames.iter().find(|frame| frame.instance == address.module) else { return true };
        let expansion = self.evaluator.expand_resource(frame, block, &mut Diagnostics::new());
        expansion.is_none_or(|expansion| expansion.data(address.key.as_ref()).is_some())
    }

    /// The state as it is after imports.
    pub(crate) fn imported_state(self) -> Arc<State> {
        Arc::new(self.prior.take())
    }
}

fn no_block(address: &AbsResourceInstance) -> Diagnostic {
    let detail = format!(
        "Before importing {address}, its configuration must exist: a block resource \"{}\" \"{}\" in its module.",
        address.resource.kind, address.resource.name
    );
    Diagnostic::error("Resource configuration does not exist", detail)
}

fn no_instance(address: &AbsResourceInstance) -> Diagnostic {
    let detail = format!(
        "The configuration for the given import {address} does not exist. All target instances must have an associated \
         configuration to be imported."
    );
    Diagnostic::error("Configuration for import target does not exist", detail)
}

fn nothing_returned(kind: &Kind) -> Diagnostic {
    let detail =
        format!("The provider \"{}\" returned no object of the type {} to import.", kind.config.provider, kind.name);
    Diagnostic::error("Provider returned no object to import", detail)
}

fn not_there(address: &AbsResourceInstance) -> Diagnostic {
    let detail = format!(
        "While attempting to import an existing object to \"{address}\", the provider detected that no object exists with the \
         given id. Only pre-existing objects can be imported; check that the id is correct and that it is associated with the \
         provider's configured region or endpoint, or use \"terraform apply\" to create a new remote object for this resource."
    );
    Diagnostic::error("Cannot import non-existent remote object", detail)
}
