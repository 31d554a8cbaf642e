//! Taking an object over: asking the provider for it. Also all that the `import` command does.

use std::sync::Arc;

use fw_addr::AbsResourceInstance;
use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::Kind;
use fw_provider::{ImportRequest, ImportTarget};
use fw_state::{ObjectStatus, OutputState, State};
use fw_value::{Marks, Str};

use crate::imports::PlannedImport;
use crate::planner::{Planner, Stage};
use crate::prior::PriorObject;
use crate::provider_diagnostics;
use crate::write_only::{self, Answer};

impl Planner<'_> {
    /// The object to import, as it is now.
    pub(crate) async fn import_object(
        &self,
        kind: &Kind,
        address: &AbsResourceInstance,
        import: &PlannedImport,
        told: &mut Diagnostics,
    ) -> Option<PriorObject> {
        let imported = self.ask_for_import(kind, address, import, told).await?;
        self.store_prior(address, None, kind, &imported, told);
        let refreshed = self.refresh_as(address, kind, imported, told).await;
        if refreshed.is_none() && !told.has_errors() {
            told.push(not_there(address));
        }
        refreshed
    }

    /// What the `import` command does with an object that has been imported before.
    pub(crate) async fn refuse_import(
        &self,
        kind: &Kind,
        address: &AbsResourceInstance,
        import: &PlannedImport,
        told: &mut Diagnostics,
    ) {
        drop(self.ask_for_import(kind, address, import, told).await);
        if !told.has_errors() {
            let detail = format!(
                "Terraform is already managing a remote object for {address}. To import to this address you must first remove \
                 the existing object from the state."
            );
            told.push(Diagnostic::error("Resource already managed by Terraform", detail));
        }
    }

    /// ImportResourceState: the object as the provider first knows it, to be refreshed next.
    async fn ask_for_import(
        &self,
        kind: &Kind,
        address: &AbsResourceInstance,
        import: &PlannedImport,
        told: &mut Diagnostics,
    ) -> Option<PriorObject> {
        let shown = import.shown();
        self.input.hooks.importing(address, &shown);
        let target = import.target.clone();
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
        let what = match &import.target {
            ImportTarget::Id(id) => format!("ID {id}"),
            ImportTarget::Identity(_) => format!("identity {shown}"),
        };
        let by_command = self.stage.get() == Stage::Refresh;
        let answer = if by_command { Answer::Import } else { Answer::PlannedImport(&what) };
        let returned = write_only::returned(answer, kind, address, &object.value);
        if returned.has_errors() {
            told.append(returned);
            return None;
        }
        self.input.hooks.imported(address, &shown);
        Some(PriorObject {
            value: kind.marked(object.value.unknown_as_null()),
            private: object.private,
            identity: object.identity,
            status: ObjectStatus::Ready,
            dependencies: [].into(),
            create_before_destroy: false,
        })
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
    pub(crate) async fn import_one(&self, address: &AbsResourceInstance, target: ImportTarget) -> Diagnostics {
        let mut told = Diagnostics::new();
        let resource = address.config();
        let module = self.input.basis.config.modules.get(&resource.module);
        if module.is_none_or(|m| !m.resources.contains_key(&resource.resource)) {
            told.push(no_block(address));
            return told;
        }
        // All else is looked at as the state has it, so that outputs have their values.
        self.already_refreshed.set(true);
        self.imports.borrow_mut().insert(address.clone(), PlannedImport { target });
        let keep = vec![true; self.graph.nodes.len()];
        told.append(self.renewing(self.walk(&keep)).await);
        if !told.has_errors() && self.imports.borrow().contains_key(address) {
            told.push(no_instance(address));
        }
        told
    }

    /// The state as it is after imports, with the values that outputs have now. Those that are not known, since what they
    /// come from does not exist, are nulls of their type.
    pub(crate) fn imported_state(self) -> Arc<State> {
        let mut state = self.prior.take();
        let root = self.evaluator.root();
        for (name, output) in root.module.outputs.iter().filter(|(_, output)| !output.ephemeral) {
            let value = self.evaluator.output(&root, name, &mut Diagnostics::new());
            let sensitive = output.sensitive || value.has_mark_deep(Marks::SENSITIVE);
            let value = value.unmark_deep().0;
            if value.is_null() {
                state.outputs.remove(&**name);
            } else {
                state.outputs.insert(name.to_string(), OutputState { value: value.unknown_as_null(), sensitive });
            }
        }
        Arc::new(state)
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
