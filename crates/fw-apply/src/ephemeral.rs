//! Ephemeral resources: opened, renewed while something may use them, closed, stored nowhere.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use fw_addr::{AbsResourceInstance, ConfigResource};
use fw_config::ResourceBlock;
use fw_diag::{Diagnostic, Diagnostics, Severity};
use fw_exec::Kind;
use fw_provider::{OpenRequest, OpenResponse, PrivateData, ProviderDiagnostics, assert_value_conforms, problem_text};
use fw_value::{Marks, Str, Value};

use crate::EphemeralStep;
use crate::applier::{Applier, Instance, provider_diagnostics, provider_name};

/// An open instance.
#[derive(Clone)]
pub(crate) struct Open {
    kind: Kind,
    /// Where its problems are shown.
    block: Arc<ResourceBlock>,
    private: Rc<RefCell<PrivateData>>,
    renew_at: Option<i64>,
}

impl Open {
    fn located(&self, told: ProviderDiagnostics, address: &AbsResourceInstance) -> Diagnostics {
        let body = Some((&self.block.body, &self.kind.schema.block));
        provider_diagnostics(told, body, &address.to_string(), Some(self.block.span))
    }
}

impl Applier<'_> {
    /// Opens all instances of an ephemeral resource.
    pub(crate) async fn open(&self, resource: &ConfigResource, found: &mut Diagnostics) {
        for frame in self.evaluator.frames(&resource.module) {
            let Some(block) = frame.module.resources.get(&resource.resource).cloned() else { continue };
            let Some(expansion) = self.evaluator.expand_resource(&frame, &block, found) else { continue };
            let provider = self.input.basis.config.resolve_provider(&resource.module, &block.provider_config);
            for (key, repetition) in expansion.instances() {
                let address =
                    AbsResourceInstance { module: frame.instance.clone(), resource: resource.resource.clone(), key };
                let one =
                    Instance { address: &address, block: Arc::clone(&block), frame: Rc::clone(&frame), repetition };
                let mut told = Diagnostics::new();
                match self.kind(&address, &provider).await {
                    Ok(kind) => self.open_instance(&one, &kind, &mut told).await,
                    Err(problems) => told.append(problems),
                }
                found.append(told);
            }
        }
    }

    async fn open_instance(&self, one: &Instance<'_>, kind: &Kind, told: &mut Diagnostics) {
        self.preconditions(one, told);
        if told.has_errors() {
            return;
        }
        let scope = self.evaluator.scope(&one.frame, one.repetition.clone());
        let config = self.evaluator.body(&one.block.body, &kind.schema.block, &scope, told);
        if told.has_errors() {
            return;
        }
        let (plain, marks) = config.unmark_deep_with_paths();
        if !plain.is_wholly_known() {
            let detail = format!("Ephemeral resource \"{}\" has incomplete configuration.", one.address);
            let problem = Diagnostic::error("Incomplete configuration for ephemeral resource", detail);
            return told.push(problem.at(one.block.span));
        }
        let answer = kind.provider.validate_ephemeral(&kind.name, plain.clone()).await;
        told.append(self.located(answer.diagnostics, one, kind));
        if told.has_errors() {
            return;
        }
        self.input.hooks.ephemeral(one.address, EphemeralStep::Opening, false);
        let request = OpenRequest { kind: Str::clone(&kind.name), config: plain };
        let answer = kind.provider.open(request).await;
        told.append(self.located(answer.diagnostics, one, kind));
        let opened = answer.value.filter(|_| !told.has_errors());
        self.input.hooks.ephemeral(one.address, EphemeralStep::Opened, opened.is_none());
        if let Some(opened) = opened {
            let value = opened.value.clone().mark_with_paths(&marks).with_marks(Marks::EPHEMERAL);
            self.opened(one, kind, opened, value, told);
        }
    }

    fn opened(&self, one: &Instance<'_>, kind: &Kind, opened: OpenResponse, value: Value, told: &mut Diagnostics) {
        let private = Rc::new(RefCell::new(opened.private));
        let open = Open { kind: kind.clone(), block: Arc::clone(&one.block), private, renew_at: opened.renew_at };
        self.open.borrow_mut().insert(one.address.clone(), open);
        for problem in assert_value_conforms(&kind.schema.block, &opened.value) {
            let detail = format!(
                "Provider {} produced an invalid value for {}.\n\nThis is a bug in the provider, which should be reported \
                 in the provider's own issue tracker.",
                provider_name(kind),
                problem_text(&one.address.to_string(), &problem)
            );
            told.push(Diagnostic::error("Provider produced invalid object", detail));
        }
        one.frame.set_instance(&one.address.resource, one.address.key.clone(), value.clone());
        self.postconditions(one, &value, told);
    }

    /// For each instance of a resource that asks for it, a future that renews it again and again.
    pub(crate) fn renewals<'s>(&'s self, resource: &ConfigResource) -> Vec<LocalBoxFuture<'s, Diagnostics>> {
        let open = self.open.borrow();
        let of_resource = open.iter().filter(|(address, _)| address.config() == *resource);
        let renewed = of_resource.filter_map(|(address, open)| Some((address.clone(), open.renew_at?)));
        renewed.map(|(address, at)| self.renew(address, at).boxed_local()).collect()
    }

    async fn renew(&self, address: AbsResourceInstance, mut at: i64) -> Diagnostics {
        let mut told = Diagnostics::new();
        loop {
            self.input.basis.timer.until(at).await;
            let Some(open) = self.open.borrow().get(&address).cloned() else { return told };
            self.input.hooks.ephemeral(&address, EphemeralStep::Renewing, false);
            let private = open.private.borrow().clone();
            let turn = self.turn().await;
            let answer = open.kind.provider.renew(&open.kind.name, private).await;
            drop(turn);
            let mut problems = open.located(answer.diagnostics, &address);
            let failed = problems.has_errors();
            // It may be good for all that is left to do.
            problems.iter_mut().for_each(|problem| problem.severity = Severity::Warning);
            told.append(problems);
            self.input.hooks.ephemeral(&address, EphemeralStep::Renewed, failed);
            match answer.value.filter(|_| !failed) {
                Some(renewed) => {
                    *open.private.borrow_mut() = renewed.private;
                    match renewed.renew_at {
                        Some(next) => at = next,
                        None => return told,
                    }
                }
                None => return told,
            }
        }
    }

    /// Closes all open instances of a resource.
    pub(crate) async fn close_resource(&self, resource: &ConfigResource) -> Diagnostics {
        self.close_where(|address| address.config() == *resource).await
    }

    /// Closes whatever is open.
    pub(crate) async fn close_all(&self) -> Diagnostics {
        self.close_where(|_| true).await
    }

    async fn close_where(&self, wanted: impl Fn(&AbsResourceInstance) -> bool) -> Diagnostics {
        let mut addresses: Vec<_> = self.open.borrow().keys().filter(|address| wanted(address)).cloned().collect();
        addresses.sort();
        let mut told = Diagnostics::new();
        for address in addresses {
            let Some(open) = self.open.borrow_mut().remove(&address) else { continue };
            self.input.hooks.ephemeral(&address, EphemeralStep::Closing, false);
            let private = open.private.borrow().clone();
            let turn = self.turn().await;
            let answer = open.kind.provider.close(&open.kind.name, private).await;
            drop(turn);
            let problems = open.located(answer.diagnostics, &address);
            self.input.hooks.ephemeral(&address, EphemeralStep::Closed, problems.has_errors());
            told.append(problems);
        }
        told
    }
}
