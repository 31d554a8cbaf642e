//! Configuration for imports that have none: a place is kept for each such resource, and filled when the object is known.

mod text;

use foldhash::HashMap;
use fw_addr::{AbsResourceInstance, ConfigResource, LocalProviderConfig, Resource};
use fw_config::{Config, Import, ResourceBlock};
use fw_exec::{Kind, Mode};
use fw_schema::Block;
use fw_syntax::ast::{ExprKind, StepKind};
use fw_value::Value;

use crate::PlanInput;
use crate::planner::Planner;
use crate::prior::PriorObject;

/// Resources whose configuration is generated, and the provider configurations that their imports name.
pub(crate) type Places = HashMap<ConfigResource, Option<LocalProviderConfig>>;

/// The configuration with empty blocks for imports without any, and which those are; `None` without any.
pub(crate) fn with_places(input: &PlanInput<'_>) -> Option<(Config, Places)> {
    if !input.options.generate_config || input.options.mode != Mode::Normal {
        return None;
    }
    let mut config = input.basis.config.clone();
    let mut places = Places::default();
    let declared = |import: &&Import| input.basis.config.root().resources.contains_key(&import.target.resource);
    for import in input.basis.config.root().imports.iter().filter(|import| is_possible(import) && !declared(import)) {
        let text = text::head(&import.target.resource, import.provider.as_ref()) + "}\n";
        config = config.with_generated(&text, input.basis.sources);
        places.insert(import.target.clone(), import.provider.clone());
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

/// An object as a resource block, laid out; `provider` where it is not the one that the type implies.
#[must_use]
pub fn block_text(
    resource: &Resource,
    provider: Option<&LocalProviderConfig>,
    schema: &Block,
    value: &Value,
) -> String {
    text::resource(resource, provider, schema, value)
}

/// What was generated for an object.
pub(crate) struct Generated {
    /// As it is shown and written to a file.
    pub(crate) text: String,
    pub(crate) block: ResourceBlock,
}

impl Planner<'_> {
    /// The block for an object that was imported without one; `None` where it has one.
    pub(crate) fn generated(
        &self,
        address: &AbsResourceInstance,
        kind: &Kind,
        object: &PriorObject,
    ) -> Option<Generated> {
        let provider = self.places.get(&address.config())?;
        let text = text::resource(&address.resource, provider.as_ref(), &kind.schema.block, &object.value);
        let block = fw_config::generated_block(&text, self.input.basis.config.root(), self.input.basis.sources)?;
        Some(Generated { text, block })
    }
}
