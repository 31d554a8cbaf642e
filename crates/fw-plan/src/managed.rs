//! Planning one instance of a managed resource, in the order that providers rely on: validate, ignore changes, propose,
//! ask the provider, check its answer, decide the action, and ask a second time where a new object takes the old one's
//! place.

mod action;
mod refine;

use std::sync::Arc;

use foldhash::HashSet;
use fw_config::ResourceBlock;
use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::{Action, ActionReason, Kind, ResourceChange};
use fw_provider::{IgnoredChanges, PlanRequest, PlanResponse};
use fw_state::ObjectStatus;
use fw_value::{PathMarks, Str, Value};

use crate::ignore_changes::ignored_changes;
use crate::planner::{Planner, ResourceFacts, Stage};
use crate::prior::PriorObject;
use crate::provider_diagnostics;
use crate::resources::{Wanted, prevented};

/// The configuration of one instance, evaluated.
pub(crate) struct InstanceConfig {
    /// Where it is marked.
    pub(crate) marks: Vec<PathMarks>,
    /// Without marks.
    pub(crate) plain: Value,
}

/// What a provider planned, checked.
struct Planned {
    plain: Value,
    private: bytes::Bytes,
    identity: Option<Value>,
    requires_replace: Vec<fw_value::Path>,
}

impl Planner<'_> {
    /// Plans one instance and records its change.
    pub(crate) async fn managed_instance(&self, block: &ResourceBlock, kind: &Kind, one: &Wanted) -> Diagnostics {
        let mut told = Diagnostics::new();
        match self.stage.get() {
            Stage::Validate => self.validate_managed(block, kind, one, &mut told).await,
            Stage::Plan | Stage::Refresh => self.plan_managed(block, kind, one, &mut told).await,
        }
        told
    }

    async fn validate_managed(&self, block: &ResourceBlock, kind: &Kind, one: &Wanted, told: &mut Diagnostics) {
        if let Some(config) = self.instance_config(block, kind, one, told) {
            let answer = self.limited(kind.provider.validate_resource(&kind.name, config.plain)).await;
            let schema = &kind.schema.block;
            told.append(provider_diagnostics(
                answer.diagnostics,
                Some(&block.body),
                Some(schema),
                &one.address.to_string(),
            ));
        }
        let value = kind.unknown();
        one.frame.set_instance(&block.resource, one.key.clone(), value);
        Self::check_ignored(block, &kind.schema.block, told);
        self.validate_provisioners(block, kind, one, told);
    }

    /// Whether something that `replace_triggered_by` names is going to change.
    fn replacement_triggers(&self, block: &ResourceBlock, one: &Wanted, told: &mut Diagnostics) -> bool {
        block.lifecycle.replace_triggered_by.iter().any(|expr| self.is_triggered(expr, one, told))
    }

    /// Evaluates the body of an instance. `None`: with errors.
    pub(crate) fn instance_config(
        &self,
        block: &ResourceBlock,
        kind: &Kind,
        one: &Wanted,
        told: &mut Diagnostics,
    ) -> Option<InstanceConfig> {
        let before = told.len();
        let scope = self.evaluator.scope(&one.frame, one.repetition.clone());
        let value = self.evaluator.body(&block.body, &kind.schema.block, &scope, told);
        if told.iter().skip(before).any(Diagnostic::is_error) {
            return None;
        }
        crate::refuse_ephemeral(&value, kind, block, &one.address, told);
        if told.iter().skip(before).any(Diagnostic::is_error) {
            return None;
        }
        let (plain, marks) = value.unmark_deep_with_paths();
        Some(InstanceConfig { marks, plain })
    }

    async fn plan_managed(&self, block: &ResourceBlock, kind: &Kind, one: &Wanted, told: &mut Diagnostics) {
        let stored = self.prior.borrow().current(&one.address).is_some();
        let import = self.imports.borrow_mut().remove(&one.address);
        if let (true, Stage::Refresh, Some(import)) = (stored, self.stage.get(), &import) {
            return self.refuse_import(kind, &one.address, import, told).await;
        }
        // An object that is there already is not imported again.
        let import = import.filter(|_| !stored);
        let prior = match &import {
            Some(import) => self.import_object(kind, &one.address, import, told).await,
            None => match self.prior_object(&one.address, None, kind).await {
                Ok(prior) => prior,
                Err(found) => {
                    told.append(found);
                    return;
                }
            },
        };
        self.deposed_objects(&one.address, kind, told).await;
        if told.has_errors() {
            return;
        }
        let refresh = self.refreshes() && import.is_none();
        let prior = match prior {
            Some(prior) if import.is_none() => {
                let prior = self.with_new_facts(kind, one, prior, refresh, told);
                if refresh { self.refresh(&one.address, None, kind, prior, told).await } else { Some(prior) }
            }
            prior => prior,
        };
        if told.has_errors() {
            return;
        }
        if self.stage.get() == Stage::Refresh {
            self.after_refresh(block, kind, one, prior, told);
            return;
        }
        let kept = prior.clone();
        let generated = prior.as_ref().and_then(|prior| self.generated(&one.address, kind, prior));
        let (block, kind) = match &generated {
            Some(generated) => (&generated.block, &Kind { body: Some(generated.block.body.clone()), ..kind.clone() }),
            None => (block, kind),
        };
        let Some(mut change) = self.plan_change(block, kind, one, prior, told).await else { return };
        if let (Action::NoOp, Some(kept)) = (change.action, kept) {
            self.keep_facts(kind, kept, &change, told);
        }
        change.importing = import.map(|i| i.importing());
        change.generated_config = generated.as_ref().map(|generated| generated.text.clone());
        if block.lifecycle.prevent_destroy && change.action.is_replace() {
            told.push(prevented(&one.address, block));
        }
        let after = change.after.clone();
        one.frame.set_instance(&block.resource, one.key.clone(), after.clone());
        self.record(change);
        self.resource_conditions(
            &block.lifecycle.postconditions,
            "Resource postcondition failed",
            one,
            Some(after),
            told,
        );
    }

    /// What the configuration says now: whether an object is created first, and where it is refreshed, on what it depends
    /// beside what it did.
    fn with_new_facts(
        &self,
        kind: &Kind,
        one: &Wanted,
        prior: PriorObject,
        refresh: bool,
        told: &mut Diagnostics,
    ) -> PriorObject {
        let ResourceFacts { dependencies: configured, create_before_destroy, .. } = self.facts(&one.address.config());
        let known: HashSet<_> = prior.dependencies.iter().collect();
        let is_new = |dependency: &&_| refresh && !known.contains(dependency);
        let new: Vec<_> = configured.iter().filter(is_new).cloned().collect();
        if new.is_empty() && prior.create_before_destroy == create_before_destroy {
            return prior;
        }
        let mut dependencies = Arc::clone(&prior.dependencies);
        if !new.is_empty() {
            let mut all = [dependencies.to_vec(), new].concat();
            all.sort_by_cached_key(ToString::to_string);
            dependencies = all.into();
        }
        let object = PriorObject { dependencies, create_before_destroy, ..prior };
        self.store_prior(&one.address, None, kind, &object, told);
        object
    }

    /// What an object depends on follows the configuration also where nothing is done to the object.
    fn keep_facts(&self, kind: &Kind, kept: PriorObject, change: &ResourceChange, told: &mut Diagnostics) {
        let (dependencies, create_before_destroy) = (&change.dependencies, change.create_before_destroy);
        if kept.dependencies == *dependencies {
            return;
        }
        let object = PriorObject { dependencies: Arc::clone(dependencies), create_before_destroy, ..kept };
        self.store_prior(&change.address, None, kind, &object, told);
    }

    /// With nothing to plan, the refreshed object is what expressions see.
    fn after_refresh(
        &self,
        block: &ResourceBlock,
        kind: &Kind,
        one: &Wanted,
        prior: Option<PriorObject>,
        told: &mut Diagnostics,
    ) {
        self.resource_conditions(&block.lifecycle.preconditions, "Resource precondition failed", one, None, told);
        let exists = prior.is_some();
        let value = prior.map_or_else(|| kind.unknown(), |p| p.value);
        if exists || one.key.is_none() {
            // Of several instances those that do not exist are not there.
            one.frame.set_instance(&block.resource, one.key.clone(), value.clone());
        }
        // Of what does not exist nothing can be said, not even of what type its parts are.
        let object = if exists { value } else { Value::dynamic() };
        let rules = &block.lifecycle.postconditions;
        self.resource_conditions(rules, "Resource postcondition failed", one, Some(object), told);
    }

    /// The change of one instance. `None`: with errors.
    async fn plan_change(
        &self,
        block: &ResourceBlock,
        kind: &Kind,
        one: &Wanted,
        prior: Option<PriorObject>,
        told: &mut Diagnostics,
    ) -> Option<ResourceChange> {
        self.resource_conditions(&block.lifecycle.preconditions, "Resource precondition failed", one, None, told);
        if told.has_errors() {
            return None;
        }
        let config = self.instance_config(block, kind, one, told)?;
        let answer = self.limited(kind.provider.validate_resource(&kind.name, config.plain.clone())).await;
        let address = one.address.to_string();
        let schema = &kind.schema.block;
        told.append(provider_diagnostics(answer.diagnostics, Some(&block.body), Some(schema), &address));
        if told.has_errors() {
            return None;
        }
        let null = kind.null();
        let tainted = prior.as_ref().is_some_and(|p| p.status == ObjectStatus::Tainted);
        let start = prior.as_ref().filter(|_| !tainted);
        let before = start.map_or_else(|| null.clone(), |p| p.value.clone());
        let (before_plain, before_marks) = before.clone().unmark_deep_with_paths();

        let ignored = ignored_changes(&block.lifecycle, told)?;
        let kept = ignored.apply(&before_plain, &config.plain, Some(schema));
        let private = start.map(|p| p.private.clone()).unwrap_or_default();
        let prior_identity = start.and_then(|p| p.identity.clone());
        let request = PlanRequest {
            kind: Str::clone(&kind.name),
            prior: before_plain.clone(),
            proposed: fw_provider::proposed_new(schema, &before_plain, &kept),
            config: kept.clone(),
            private,
            provider_meta: kind.meta.clone(),
            identity: prior_identity.clone(),
        };
        let mut planned = self.ask(kind, one, request, Some(&ignored), told).await?;

        let triggered = self.replacement_triggers(block, one, told);
        if told.has_errors() {
            return None;
        }
        let forced = self.input.options.force_replace.contains(&one.address);
        let replace = refine::really_changed(kind, one, (&before_plain, &kept), &planned, told);
        let mut marked = refine::with_marks(kind, planned.plain.clone(), &config.marks);
        let create_before_destroy = self.facts(&one.address.config()).create_before_destroy;
        let decision = action::Decision {
            prior_null: before_plain.is_null(),
            same: planned.plain == before_plain,
            forced,
            triggered,
            must_replace: !replace.is_empty(),
            create_before_destroy,
        };
        let (mut action, mut reason) = decision.decide();

        if action.is_replace() {
            let request = PlanRequest {
                kind: Str::clone(&kind.name),
                prior: null.clone(),
                proposed: fw_provider::proposed_new(schema, &null, &config.plain),
                config: config.plain.clone(),
                private: planned.private.clone(),
                provider_meta: kind.meta.clone(),
                identity: prior_identity.clone(),
            };
            planned = self.ask(kind, one, request, None, told).await?;
            marked = refine::with_marks(kind, planned.plain.clone(), &config.marks);
        }
        let mut shown_before = before;
        let mut before_identity = prior_identity;
        if tainted && let Some(prior) = &prior {
            action = action::replacement(create_before_destroy);
            reason = Some(ActionReason::ReplaceBecauseTainted);
            shown_before = prior.value.clone();
            before_identity.clone_from(&prior.identity);
        }
        if action == Action::NoOp && marked.marks_with_paths() != before_marks {
            action = Action::Update;
        }
        if action == Action::NoOp {
            marked = shown_before.clone();
        }
        Some(ResourceChange {
            address: one.address.clone(),
            previous_address: self.moves.previous(&one.address),
            deposed: None,
            provider: kind.config.clone(),
            action,
            reason,
            before: shown_before,
            after: marked,
            before_identity,
            after_identity: planned.identity,
            required_replace: if action.is_replace() { replace } else { Vec::new() },
            importing: None,
            generated_config: None,
            private: planned.private,
            dependencies: self.facts(&one.address.config()).dependencies,
            create_before_destroy,
        })
    }

    /// PlanResourceChange and the checks on its answer.
    async fn ask(
        &self,
        kind: &Kind,
        one: &Wanted,
        request: PlanRequest,
        ignored: Option<&IgnoredChanges>,
        told: &mut Diagnostics,
    ) -> Option<Planned> {
        let (prior, config) = (request.prior.clone(), request.config.clone());
        let answer = self.limited(kind.provider.plan(request)).await;
        let schema = &kind.schema.block;
        let address = one.address.to_string();
        let found = provider_diagnostics(answer.diagnostics, kind.body.as_ref(), Some(schema), &address);
        let failed = found.has_errors();
        told.append(found);
        let response: PlanResponse = answer.value.filter(|_| !failed)?;
        if refine::invalid_answer(kind, one, (&prior, &config), &response, told) {
            return None;
        }
        let mut plain = response.planned;
        if response.legacy_type_system
            && let Some(ignored) = ignored
        {
            plain = ignored.apply(&prior, &plain, None);
        }
        Some(Planned {
            plain,
            private: response.private,
            identity: response.identity,
            requires_replace: response.requires_replace,
        })
    }
}
