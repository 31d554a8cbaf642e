//! `import` blocks: objects taken over instead of created.

use fw_addr::AbsResourceInstance;
use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::Importing;
use fw_provider::{ImportRequest, ImportTarget};
use fw_state::ObjectStatus;
use fw_value::{Content, Str, Value};

use crate::planner::Planner;
use crate::prior::{Kind, PriorObject};
use crate::provider_diagnostics;
use crate::resources::Wanted;

/// An import that the configuration asks for, its id evaluated.
#[derive(Clone, Debug)]
pub(crate) struct PlannedImport {
    pub(crate) address: AbsResourceInstance,
    pub(crate) id: Value,
    pub(crate) identity: Option<Value>,
}

impl PlannedImport {
    /// As the plan records it.
    pub(crate) fn importing(&self) -> Importing {
        Importing {
            id: self.id.as_str().map(str::to_owned),
            identity: self.identity.clone(),
            unknown: !self.id.is_known(),
        }
    }
}

impl Planner<'_> {
    /// ImportResourceState: the object as the provider first knows it, to be refreshed next.
    pub(crate) async fn import_object(
        &self,
        kind: &Kind,
        one: &Wanted,
        import: &PlannedImport,
        told: &mut Diagnostics,
    ) -> Option<PriorObject> {
        let target = match (&import.identity, import.id.content()) {
            (Some(identity), _) => ImportTarget::Identity(identity.clone()),
            (None, Content::String(id)) => ImportTarget::Id(id.to_string()),
            (None, _) => return None,
        };
        let shown = import.id.as_str().unwrap_or("identity").to_owned();
        self.input.hooks.importing(&one.address, &shown);
        let request = ImportRequest { kind: Str::clone(&kind.name), target };
        let answer = self.limited(kind.provider.import(request)).await;
        let found = provider_diagnostics(answer.diagnostics, None, None, &one.address.to_string());
        let failed = found.has_errors();
        told.append(found);
        let mut objects = answer.value.filter(|_| !failed)?.objects;
        objects.retain(|o| o.kind == kind.name);
        let Some(object) = objects.pop().filter(|o| !o.value.is_null()) else {
            let detail = format!(
                "While attempting to import an existing object to \"{}\", the provider detected that no object exists with \
                 the given id. Only pre-existing objects can be imported; check that the id is correct and that it is \
                 associated with the provider's configured region or endpoint, or use \"terraform apply\" to create a new \
                 remote object for this resource.",
                import.address
            );
            told.push(Diagnostic::error("Cannot import non-existent remote object", detail));
            return None;
        };
        self.input.hooks.imported(&one.address, &shown);
        let imported = PriorObject {
            value: kind.marked(object.value),
            private: object.private,
            identity: object.identity,
            status: ObjectStatus::Ready,
            dependencies: [].into(),
            create_before_destroy: false,
        };
        self.store_prior(&one.address, None, kind, &imported, told);
        Some(imported)
    }
}

/// Evaluates the `import` blocks: which object goes where. What can't be known before the walk is said.
pub(crate) fn gather(planner: &Planner<'_>, told: &mut Diagnostics) {
    for import in &planner.input.config.root().imports {
        let detail = "Import blocks are not supported yet.";
        told.push(Diagnostic::error("Unsupported import block", detail).at(import.span));
    }
}
