//! The engine's operations on one configuration: validate, plan, apply. Wires the engine to the outside and no more; what
//! the user asked for and how results are shown is the callers' business.

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_addr::Name;
use fw_apply::{ApplyInput, ApplyOutcome};
use fw_config::Config;
use fw_diag::{Diagnostics, SourceMap};
use fw_eval::{GivenVariable, Phase, Settings};
use fw_exec::{Basis, Plan};
use fw_plan::{PlanInput, PlanOptions, PlanOutcome};
use fw_provider::Providers;
use fw_state::State;

use crate::Surroundings;
use crate::disk::{FunctionEnvironment, now, random_bytes};
use crate::functions::Functions;
use crate::provisioners::LocalProvisioners;
use crate::runtime::Runtime;
use crate::supply::Supply;
use crate::timer::Clock;

/// One configuration and the means to work on it.
pub struct Engine<'a> {
    /// The outside.
    pub surroundings: &'a Surroundings,
    /// The configuration.
    pub config: &'a Config,
    /// The files, for messages.
    pub sources: &'a SourceMap,
    /// `terraform.workspace`.
    pub workspace: &'a str,
    /// The providers.
    pub supply: &'a Supply,
    /// What supplies providers instead of it: a part of them is mocked, say.
    pub providers: Option<&'a dyn Providers>,
    /// The threads that providers' connections live on.
    pub runtime: &'a Runtime,
    /// How many provider calls may run at a time.
    pub parallelism: usize,
}

/// What a plan is made of beside the configuration.
pub struct PlanRequest<'a> {
    /// The state as it was read.
    pub state: Arc<State>,
    /// What is asked for.
    pub options: &'a PlanOptions,
    /// The root variables that were given.
    pub variables: &'a BTreeMap<Name, GivenVariable>,
    /// Is told what happens.
    pub hooks: &'a dyn fw_plan::Hooks,
    /// Says when to stop.
    pub cancel: &'a fw_plan::Cancel,
}

/// What an apply needs beside the plan.
pub struct ApplyRequest<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Ephemeral root variables, given again.
    pub variables: &'a BTreeMap<Name, GivenVariable>,
    /// Makes changes durable.
    pub recorder: &'a dyn fw_apply::Recorder,
    /// Is told what happens.
    pub hooks: &'a dyn fw_apply::Hooks,
    /// Says when to stop.
    pub cancel: &'a fw_apply::Cancel,
}

impl Engine<'_> {
    fn with_basis<T>(
        &self,
        environment: &FunctionEnvironment,
        variables: &BTreeMap<Name, GivenVariable>,
        cancel: &fw_exec::Cancel,
        work: impl FnOnce(Basis<'_>) -> T,
    ) -> T {
        let functions = Functions::new(self.supply, self.runtime.waiter());
        let started_in = self.surroundings.started_in.to_string_lossy();
        work(Basis {
            config: self.config,
            variables,
            sources: self.sources,
            workspace: self.workspace,
            directories: (&self.config.root().directory, &started_in),
            environment,
            provider_functions: &functions,
            providers: self.providers.unwrap_or(self.supply),
            timer: &Clock,
            cancel,
        })
    }

    fn with_plan_input<T>(&self, request: &PlanRequest<'_>, work: impl FnOnce(&PlanInput<'_>) -> T) -> T {
        let timestamp = now();
        let home = self.surroundings.home.as_deref();
        let environment = FunctionEnvironment::planning(&self.surroundings.root, home, Some(timestamp));
        self.with_basis(&environment, request.variables, request.cancel, |basis| {
            let state = Arc::clone(&request.state);
            work(&PlanInput { basis, state, options: request.options, hooks: request.hooks, timestamp })
        })
    }

    /// Checks the configuration without looking at a state.
    #[must_use]
    pub fn validate(&self, request: &PlanRequest<'_>) -> Diagnostics {
        self.supply.retire_configured();
        let told = self.with_plan_input(request, |input| self.runtime.block_on(fw_plan::validate(input)));
        self.supply.release_validated();
        told
    }

    /// Checks the configuration, then makes a plan.
    #[must_use]
    pub fn plan(&self, request: &PlanRequest<'_>) -> PlanOutcome {
        // Whatever the values of variables: what is wrong with the configuration itself is told first, and alone.
        let none = BTreeMap::new();
        let mut told = self.validate(&PlanRequest { state: Arc::clone(&request.state), variables: &none, ..*request });
        self.with_plan_input(request, |input| {
            if told.has_errors() {
                return fw_plan::refused(input, told);
            }
            let mut outcome = self.runtime.block_on(fw_plan::plan(input));
            told.append(std::mem::take(&mut outcome.diagnostics));
            outcome.diagnostics = told;
            outcome
        })
    }

    /// Gives what expressions are evaluated with outside of a plan or apply, as in a console.
    pub fn with_settings<T>(&self, work: impl FnOnce(Settings<'_>) -> T) -> T {
        let home = self.surroundings.home.as_deref();
        let environment = FunctionEnvironment::applying(&self.surroundings.root, home, None);
        self.with_basis(&environment, &BTreeMap::new(), &fw_exec::Cancel::default(), |basis| {
            work(basis.settings(Phase::Apply, BTreeMap::new()))
        })
    }

    /// Gives what providers are called with outside of a plan or apply, and waits for the work that is done with it.
    pub fn with_providers<T>(
        &self,
        variables: &BTreeMap<Name, GivenVariable>,
        cancel: &fw_exec::Cancel,
        work: impl AsyncFnOnce(Basis<'_>) -> T,
    ) -> T {
        let home = self.surroundings.home.as_deref();
        let environment = FunctionEnvironment::applying(&self.surroundings.root, home, Some(now()));
        self.with_basis(&environment, variables, cancel, |basis| self.runtime.block_on(work(basis)))
    }

    /// Takes an existing object over into the state, as the `import` command does.
    #[must_use]
    pub fn import(
        &self,
        request: &PlanRequest<'_>,
        address: &fw_addr::AbsResourceInstance,
        target: fw_provider::ImportTarget,
    ) -> fw_plan::ImportOutcome {
        self.with_plan_input(request, |input| self.runtime.block_on(fw_plan::import(input, address, target)))
    }

    /// Does what a plan says.
    #[must_use]
    pub fn apply(&self, request: &ApplyRequest<'_>) -> ApplyOutcome {
        let home = self.surroundings.home.as_deref();
        let environment = FunctionEnvironment::applying(&self.surroundings.root, home, Some(request.plan.timestamp));
        let random = || {
            let mut bits = [0; 4];
            random_bytes(&mut bits);
            u32::from_ne_bytes(bits)
        };
        self.with_basis(&environment, request.variables, request.cancel, |basis| {
            let input = ApplyInput {
                plan: request.plan,
                basis,
                provisioners: &LocalProvisioners::new(self.surroundings),
                recorder: request.recorder,
                hooks: request.hooks,
                random: &random,
                parallelism: self.parallelism,
            };
            self.runtime.block_on(fw_apply::apply(&input))
        })
    }
}
