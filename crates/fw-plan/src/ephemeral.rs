//! Ephemeral resources: opened when the configuration is known, stored nowhere.

use fw_config::ResourceBlock;
use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::Kind;
use fw_provider::OpenRequest;
use fw_value::{Marks, Str};

use crate::EphemeralStep;
use crate::planner::{Planner, Stage};
use crate::provider_diagnostics;
use crate::resources::Wanted;

impl Planner<'_> {
    /// Opens one instance; expressions see its result, marked ephemeral.
    pub(crate) async fn ephemeral_instance(&self, block: &ResourceBlock, kind: &Kind, one: &Wanted) -> Diagnostics {
        let mut told = Diagnostics::new();
        let schema = &kind.schema.block;
        let address = one.address.to_string();
        let unknown = kind.unknown().with_marks(Marks::EPHEMERAL);
        one.frame.set_instance(&block.resource, one.key.clone(), unknown);
        self.resource_conditions(&block.lifecycle.preconditions, "Resource precondition failed", one, None, &mut told);
        let Some(config) = self.instance_config(block, kind, one, &mut told) else { return told };
        let answer = self.limited(kind.provider.validate_ephemeral(&kind.name, config.plain.clone())).await;
        told.append(provider_diagnostics(answer.diagnostics, Some(&block.body), Some(schema), &address));
        if told.has_errors() || self.stage.get() == Stage::Validate || !config.plain.is_wholly_known() {
            return told;
        }
        self.input.hooks.ephemeral(&one.address, EphemeralStep::Opening);
        let request = OpenRequest { kind: Str::clone(&kind.name), config: config.plain.clone() };
        let answer = self.limited(kind.provider.open(request)).await;
        told.append(provider_diagnostics(answer.diagnostics, Some(&block.body), Some(schema), &address));
        let Some(opened) = answer.value.filter(|_| !told.has_errors()) else { return told };
        self.input.hooks.ephemeral(&one.address, EphemeralStep::Opened);
        if let Some(problem) = fw_provider::assert_value_conforms(schema, &opened.value).first() {
            let detail = format!(
                "Provider \"{}\" produced an invalid object for {address}: {}.\n\nThis is a bug in the provider, which should \
                 be reported in the provider's own issue tracker.",
                kind.config.provider,
                fw_provider::problem_text("", problem)
            );
            told.push(Diagnostic::error("Provider produced invalid object", detail));
            return told;
        }
        let value = kind.marked(opened.value.mark_with_paths(&config.marks)).with_marks(Marks::EPHEMERAL);
        one.frame.set_instance(&block.resource, one.key.clone(), value.clone());
        self.opened.borrow_mut().push((one.address.clone(), kind.clone(), opened.private));
        self.resource_conditions(
            &block.lifecycle.postconditions,
            "Resource postcondition failed",
            one,
            Some(value),
            &mut told,
        );
        told
    }

    /// Closes what was opened, last first.
    pub(crate) async fn close_ephemeral(&self) -> Diagnostics {
        let mut told = Diagnostics::new();
        let opened = std::mem::take(&mut *self.opened.borrow_mut());
        for (address, kind, private) in opened.into_iter().rev() {
            self.input.hooks.ephemeral(&address, EphemeralStep::Closing);
            let answer = self.limited(kind.provider.close(&kind.name, private)).await;
            let module = self.input.basis.config.modules.get(&address.module.path());
            let body = module.and_then(|module| module.resources.get(&address.resource)).map(|block| &block.body);
            let schema = Some(&kind.schema.block);
            told.append(provider_diagnostics(answer.diagnostics, body, schema, &address.to_string()));
            self.input.hooks.ephemeral(&address, EphemeralStep::Closed);
        }
        told
    }
}
