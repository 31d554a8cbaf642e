//! Data sources: read now, or while applying where what they need is not known or about to change.

use fw_config::ResourceBlock;
use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::{Action, ActionReason, Kind, Mode, ResourceChange};
use fw_provider::ReadDataRequest;
use fw_state::ObjectStatus;
use fw_value::{Str, Value};

use crate::managed::InstanceConfig;
use crate::planner::{Planner, Stage};
use crate::prior::{PriorObject, displayed_id};
use crate::provider_diagnostics;
use crate::resources::Wanted;

impl Planner<'_> {
    /// Reads one instance of a data source, or plans to.
    pub(crate) async fn data_instance(&self, block: &ResourceBlock, kind: &Kind, one: &Wanted) -> Diagnostics {
        let mut told = Diagnostics::new();
        self.read_or_plan(block, kind, one, &mut told).await;
        if let Some(check) = &block.check
            && self.stage.get() != Stage::Validate
        {
            if !self.checks_conditions() {
                return Diagnostics::new();
            }
            self.nested_data_failed(check, one, &told);
            // A check never stops a run.
            told = told.into_iter().map(Diagnostic::of_check).collect();
        }
        told
    }

    async fn read_or_plan(&self, block: &ResourceBlock, kind: &Kind, one: &Wanted, told: &mut Diagnostics) {
        let schema = &kind.schema.block;
        let unknown = kind.unknown();
        if self.input.only_destroys() {
            one.frame.set_instance(&block.resource, one.key.clone(), self.stored_data(kind, one).unwrap_or(unknown));
            return;
        }
        if self.stage.get() != Stage::Validate {
            self.resource_conditions(&block.lifecycle.preconditions, "Resource precondition failed", one, None, told);
            if told.has_errors() {
                return;
            }
        }
        let Some(config) = self.instance_config(block, kind, one, told) else {
            one.frame.set_instance(&block.resource, one.key.clone(), unknown);
            return;
        };
        let answer = self.limited(kind.provider.validate_data(&kind.name, config.plain.clone())).await;
        told.append(provider_diagnostics(
            answer.diagnostics,
            Some(&block.body),
            Some(schema),
            &one.address.to_string(),
        ));
        if self.stage.get() == Stage::Validate || told.has_errors() {
            one.frame.set_instance(&block.resource, one.key.clone(), unknown);
            return;
        }
        if let Some(reason) = self.deferral(block, &config, one) {
            let planned = planned_object(kind, &config);
            self.plan_read(block, kind, one, planned.clone(), reason);
            let rules = &block.lifecycle.postconditions;
            self.resource_conditions(rules, "Resource postcondition failed", one, Some(planned), told);
            return;
        }
        let value = self.read_data(block, kind, one, &config, told).await;
        if block.check.is_some() && self.stage.get() == Stage::Plan && self.input.options.mode != Mode::Destroy {
            // Read again while applying, when everything is as it will be.
            let planned = value.unwrap_or_else(|| planned_object(kind, &config));
            self.plan_read(block, kind, one, planned, ActionReason::ReadBecauseCheckNested);
            return;
        }
        let Some(value) = value else {
            one.frame.set_instance(&block.resource, one.key.clone(), unknown);
            return;
        };
        one.frame.set_instance(&block.resource, one.key.clone(), value.clone());
        let object = PriorObject {
            value: value.clone(),
            private: bytes::Bytes::new(),
            identity: None,
            status: ObjectStatus::Ready,
            // States do not record what data depends on.
            dependencies: [].into(),
            create_before_destroy: false,
        };
        self.store_prior(&one.address, None, kind, &object, told);
        self.resource_conditions(
            &block.lifecycle.postconditions,
            "Resource postcondition failed",
            one,
            Some(value),
            told,
        );
    }

    /// What was read when the state was written.
    fn stored_data(&self, kind: &Kind, one: &Wanted) -> Option<Value> {
        let prior = self.prior.borrow();
        Some(prior.current(&one.address)?.decode(&kind.schema.implied_type()).ok()?.value)
    }

    /// Why the read must wait for the apply, if it must.
    fn deferral(&self, block: &ResourceBlock, config: &InstanceConfig, one: &Wanted) -> Option<ActionReason> {
        if !config.plain.is_wholly_known() {
            return Some(ActionReason::ReadBecauseConfigUnknown);
        }
        let facts = self.facts(&one.address.config());
        let conditions = crate::checks::has_conditions(block);
        if self.any_pending(&facts.explicit) || (conditions && self.any_pending(&facts.dependencies)) {
            return Some(ActionReason::ReadBecauseDependencyPending);
        }
        None
    }

    fn plan_read(&self, block: &ResourceBlock, kind: &Kind, one: &Wanted, after: Value, reason: ActionReason) {
        one.frame.set_instance(&block.resource, one.key.clone(), after.clone());
        self.prior.borrow_mut().set_object(&one.address, None, &kind.config, None);
        self.record(ResourceChange {
            address: one.address.clone(),
            previous_address: one.address.clone(),
            deposed: None,
            provider: kind.config.clone(),
            action: Action::Read,
            reason: Some(reason),
            before: kind.null(),
            after,
            before_identity: None,
            after_identity: None,
            required_replace: Vec::new(),
            importing: None,
            generated_config: None,
            private: bytes::Bytes::new(),
            dependencies: [].into(),
            create_before_destroy: false,
        });
    }

    /// ReadDataSource and the checks on its answer.
    async fn read_data(
        &self,
        block: &ResourceBlock,
        kind: &Kind,
        one: &Wanted,
        config: &InstanceConfig,
        told: &mut Diagnostics,
    ) -> Option<Value> {
        let request = ReadDataRequest {
            kind: Str::clone(&kind.name),
            config: config.plain.clone(),
            provider_meta: kind.meta.clone(),
            address: Some(one.address.clone()),
        };
        let read = async {
            self.input.hooks.reading(&one.address);
            kind.provider.read_data(request).await
        };
        let answer = self.limited(read).await;
        let schema = &kind.schema.block;
        let found = provider_diagnostics(answer.diagnostics, Some(&block.body), Some(schema), &one.address.to_string());
        let failed = found.has_errors();
        told.append(found);
        let value = answer.value.filter(|_| !failed)?;
        if let Some((summary, problem)) = broken_answer(schema, &value, &one.address.to_string()) {
            let provider = format!("provider[\"{}\"]", kind.config.provider);
            let detail = format!(
                "Provider {provider:?} produced {problem}.\n\nThis is a bug in the provider, which should be reported in the \
                 provider's own issue tracker."
            );
            told.push(Diagnostic::error(summary, detail));
            return None;
        }
        self.input.hooks.read(&one.address, displayed_id(&value).as_deref());
        Some(kind.marked(value.mark_with_paths(&config.marks)))
    }
}

/// What is known of an object that is read later.
fn planned_object(kind: &Kind, config: &InstanceConfig) -> Value {
    let planned = fw_provider::planned_data_resource_object(&kind.schema.block, &config.plain);
    kind.marked(planned.mark_with_paths(&config.marks))
}

/// What is wrong with an answer: the headline, and what was produced.
fn broken_answer(schema: &fw_schema::Block, value: &Value, address: &str) -> Option<(&'static str, String)> {
    const INVALID: &str = "Provider produced invalid object";
    if let Some(problem) = fw_provider::assert_value_conforms(schema, value).first() {
        return Some((INVALID, format!("an invalid object for {}", fw_provider::problem_text(address, problem))));
    }
    if value.is_null() {
        return Some(("Provider produced null object", format!("a null value for {address}")));
    }
    (!value.is_wholly_known()).then(|| (INVALID, format!("a value for {address} that is not wholly known")))
}
