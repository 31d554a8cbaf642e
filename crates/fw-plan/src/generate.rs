//! Configuration for imports that have none: a place is kept for each such resource, and filled when the object is known.

mod text;

use std::collections::HashSet;
use std::sync::Arc;

use fw_addr::{AbsResourceInstance, ConfigResource};
use fw_config::{Config, Import, ResourceBlock};
use fw_exec::{Kind, Mode};
use fw_syntax::ast::{ExprKind, StepKind};

use crate::PlanInput;
use crate::planner::Planner;
use crate::prior::PriorObject;

/// The configuration with empty blocks for imports without any, and which those are; `None` without any.
pub(crate) fn with_places(input: &PlanInput<'_>) -> Option<(Config, HashSet<ConfigResource>)> {
    if !input.options.generate_config || input.options.mode != Mode::Normal {
        return None;
    }
    let mut config = input.basis.config.clone();
    let mut places = HashSet::new();
    let declared = |import: &&Import| input.basis.config.root().resources.contains_key(&import.target.resource);
    for import in input.basis.config.root().imports.iter().filter(|import| is_possible(import) && !declared(import)) {
        let text = text::head(&import.target.resource, import.provider.as_ref()) + "}\n";
        config = config.with_generated(&text, input.basis.sources);
        places.insert(import.target.clone());
    }
    (!places.is_empty()).then_some((config, places))
}

/// Whether a block can be generated: only for the one instance of a resource in the root module.
pub(crate) fn is_possible(import: &Import) -> bool {
    let keyless = match &import.to.kind {
        ExprKind::Traversal(to) => !to.steps.iter().any(|step| matches!(step.kind, StepKind::Index(_))),
        _ => false,
    };
    import.for_each.is_none() && import.target.module.is_root() && keyless
}

/// What was generated for an object.
pub(crate) struct Generated {
    /// As it is shown and written to a file.
    pub(crate) text: String,
    pub(crate) block: Arc<ResourceBlock>,
}

impl Planner<'_> {
    /// The block for an object that was imported without one; `None` where it has one.
    pub(crate) fn generated(
        &self,
        address: &AbsResourceInstance,
        kind: &Kind,
        object: &PriorObject,
    ) -> Option<Generated> {
        if !self.places.contains(&address.config()) {
            return None;
        }
        let config = self.input.basis.config;
        let import = config.root().imports.iter().find(|import| import.target == address.config())?;
        let text = text::resource(&address.resource, import.provider.as_ref(), &kind.schema.block, &object.value);
        let config = config.clone().with_generated(&text, self.input.basis.sources);
        let block = config.root().resources.get(&address.resource).map(Arc::clone)?;
        Some(Generated { text, block })
    }
}
