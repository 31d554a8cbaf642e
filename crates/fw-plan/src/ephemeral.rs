//! Ephemeral resources: opened when the configuration is known, renewed until the end of the walk, stored nowhere.

use std::cell::RefCell;
use std::convert::Infallible;

use futures::future::{Either, join_all, select};
use fw_addr::AbsResourceInstance;
use fw_config::ResourceBlock;
use fw_diag::{Diagnostic, Diagnostics, Severity};
use fw_exec::Kind;
use fw_provider::{OpenRequest, PrivateData, ProviderDiagnostics};
use fw_value::{Marks, Str};

use tokio::sync::Notify;

use crate::EphemeralStep;
use crate::planner::{Planner, Stage};
use crate::provider_diagnostics;
use crate::resources::Wanted;

/// What is open.
#[derive(Default)]
pub(crate) struct Ephemeral {
    opened: RefCell<Vec<Opened>>,
    /// Something was opened.
    changed: Notify,
    /// What was told of renewals.
    problems: RefCell<Diagnostics>,
}

#[derive(Clone)]
struct Opened {
    address: AbsResourceInstance,
    kind: Kind,
    private: PrivateData,
    /// In seconds since the Unix epoch.
    renew_at: Option<i64>,
}

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
        if told.has_errors() || self.stage.get() == Stage::Validate {
            return told;
        }
        if !config.plain.is_wholly_known() {
            self.input.hooks.ephemeral(&one.address, EphemeralStep::Deferred, false);
            return told;
        }
        self.input.hooks.ephemeral(&one.address, EphemeralStep::Opening, false);
        let request = OpenRequest { kind: Str::clone(&kind.name), config: config.plain.clone() };
        let answer = self.limited(kind.provider.open(request)).await;
        told.append(provider_diagnostics(answer.diagnostics, Some(&block.body), Some(schema), &address));
        let opened = answer.value.filter(|_| !told.has_errors());
        self.input.hooks.ephemeral(&one.address, EphemeralStep::Opened, opened.is_none());
        let Some(opened) = opened else { return told };
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
        // What is ephemeral is stored nowhere, so that it does not matter what of it the schema calls sensitive.
        let value = opened.value.mark_with_paths(&config.marks).with_marks(Marks::EPHEMERAL);
        one.frame.set_instance(&block.resource, one.key.clone(), value.clone());
        let (private, renew_at) = (opened.private, opened.renew_at);
        self.ephemeral.opened.borrow_mut().push(Opened {
            address: one.address.clone(),
            kind: kind.clone(),
            private,
            renew_at,
        });
        self.ephemeral.changed.notify_one();
        self.resource_conditions(
            &block.lifecycle.postconditions,
            "Resource postcondition failed",
            one,
            Some(value),
            &mut told,
        );
        told
    }

    /// Does work, and renews meanwhile what is open and asks for it.
    pub(crate) async fn renewing<T>(&self, work: impl Future<Output = T>) -> T {
        match select(Box::pin(work), Box::pin(self.renew_without_end())).await {
            Either::Left((done, _)) => done,
            Either::Right((never, _)) => match never {},
        }
    }

    async fn renew_without_end(&self) -> Infallible {
        loop {
            let next = self.ephemeral.opened.borrow().iter().filter_map(|one| one.renew_at).min();
            let changed = self.ephemeral.changed.notified();
            match next {
                None => changed.await,
                Some(at) => match select(Box::pin(changed), self.input.basis.timer.until(at)).await {
                    Either::Left(_) => {}
                    Either::Right(_) => self.renew_due(at).await,
                },
            }
        }
    }

    /// Renews all that asked for it at that time or before.
    async fn renew_due(&self, now: i64) {
        let due: Vec<usize> = {
            let opened = self.ephemeral.opened.borrow();
            let is_due = |number: &usize| opened[*number].renew_at.is_some_and(|at| at <= now);
            (0..opened.len()).filter(is_due).collect()
        };
        join_all(due.into_iter().map(|number| self.renew(number))).await;
    }

    async fn renew(&self, number: usize) {
        let Some(Opened { address, kind, private, .. }) = self.ephemeral.opened.borrow().get(number).cloned() else {
            return;
        };
        self.input.hooks.ephemeral(&address, EphemeralStep::Renewing, false);
        let answer = self.limited(kind.provider.renew(&kind.name, private)).await;
        let mut problems = self.located(answer.diagnostics, &address, &kind);
        let renewed = answer.value.filter(|_| !problems.has_errors());
        // It may be good for all that is left to do.
        problems.iter_mut().for_each(|problem| problem.severity = Severity::Warning);
        self.ephemeral.problems.borrow_mut().append(problems);
        self.input.hooks.ephemeral(&address, EphemeralStep::Renewed, renewed.is_none());
        if let Some(one) = self.ephemeral.opened.borrow_mut().get_mut(number) {
            one.renew_at = renewed.as_ref().and_then(|renewed| renewed.renew_at);
            if let Some(renewed) = renewed {
                one.private = renewed.private;
            }
        }
    }

    /// Closes what was opened, last first.
    pub(crate) async fn close_ephemeral(&self) -> Diagnostics {
        let mut told = std::mem::take(&mut *self.ephemeral.problems.borrow_mut());
        let opened = std::mem::take(&mut *self.ephemeral.opened.borrow_mut());
        for Opened { address, kind, private, .. } in opened.into_iter().rev() {
            self.input.hooks.ephemeral(&address, EphemeralStep::Closing, false);
            let answer = self.limited(kind.provider.close(&kind.name, private)).await;
            let problems = self.located(answer.diagnostics, &address, &kind);
            self.input.hooks.ephemeral(&address, EphemeralStep::Closed, problems.has_errors());
            told.append(problems);
        }
        told
    }

    /// What a provider told, at the block of the resource.
    fn located(&self, told: ProviderDiagnostics, address: &AbsResourceInstance, kind: &Kind) -> Diagnostics {
        let module = self.input.basis.config.modules.get(&address.module.path());
        let body = module.and_then(|module| module.resources.get(&address.resource)).map(|block| &block.body);
        provider_diagnostics(told, body, Some(&kind.schema.block), &address.to_string())
    }
}
