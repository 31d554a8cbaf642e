//! The applier while it works: what all steps share.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use fw_addr::{AbsProviderConfig, AbsResource, AbsResourceInstance};
use fw_config::ResourceBlock;
use fw_diag::{Diagnostic, Diagnostics, Severity, Span};
use fw_eval::{Evaluator, Frame, RepetitionData};
use fw_exec::{CheckTable, Kind, Kinds, Plan, ResourceChange};
use fw_provider::ProviderDiagnostics;
use fw_schema::Block;
use fw_state::{Change, DeposedKey, State};
use fw_syntax::Body;
use fw_value::Value;

use crate::ApplyInput;
use crate::ephemeral::Open;
use crate::record::{End, OpenOperations};
use crate::turn::Turn;

/// Everything the steps of one apply share.
pub(crate) struct Applier<'a> {
    pub(crate) input: &'a ApplyInput<'a>,
    pub(crate) evaluator: Evaluator<'a>,
    /// The state as changed so far.
    pub(crate) state: RefCell<State>,
    pub(crate) kinds: Kinds<'a>,
    /// Where the predecessor of each replaced object waits for its destruction, by index of the change.
    pub(crate) deposed: RefCell<HashMap<u32, DeposedKey>>,
    pub(crate) checks: RefCell<CheckTable>,
    pub(crate) open: RefCell<HashMap<AbsResourceInstance, Open>>,
    /// Values of `for_each`, so that each is evaluated once for all instances.
    pub(crate) repetitions: RefCell<HashMap<AbsResource, Value>>,
    pub(crate) turns: tokio::sync::Semaphore,
    /// Whether a change could not be saved.
    pub(crate) unsaved: Cell<bool>,
    pub(crate) operations: RefCell<OpenOperations>,
}

/// What is told of an operation that was left out because of a request to stop.
pub(crate) const HALTED: &str = "execution halted";

/// One instance of a resource block.
pub(crate) struct Instance<'a> {
    pub(crate) address: &'a AbsResourceInstance,
    pub(crate) block: Arc<ResourceBlock>,
    pub(crate) frame: Rc<Frame>,
    pub(crate) repetition: RepetitionData,
}

impl<'a> Applier<'a> {
    /// The plan.
    pub(crate) fn plan(&self) -> &'a Plan {
        self.input.plan
    }

    /// The change with this index.
    pub(crate) fn change(&self, index: u32) -> Option<&'a ResourceChange> {
        self.input.plan.resource_changes.get(usize::try_from(index).ok()?)
    }

    /// A turn among the limited number of things that are done at a time.
    pub(crate) async fn turn(&self) -> Turn<'_> {
        Turn::wait(&self.turns).await
    }

    /// Whether there is a request to stop, or no way to save what is done, so that nothing new may begin; tells so.
    pub(crate) fn is_halted(&self, found: &mut Diagnostics) -> bool {
        let halted = self.input.basis.cancel.is_cancelled() || self.unsaved.get();
        if halted {
            found.push(Diagnostic::error(HALTED, ""));
        }
        halted
    }

    /// Changes the state, durably.
    pub(crate) async fn save(&self, change: Change, diagnostics: &mut Diagnostics) {
        self.state.borrow_mut().apply(&change);
        let operation = self.operation_ended_by(&change);
        let end = operation.as_deref().map(|operation| End { operation, failed: diagnostics.has_errors() });
        if let Err(problem) = self.input.recorder.record(&change, end.as_ref()).await {
            self.unsafe_to_go_on(&problem, diagnostics);
        }
    }

    /// Nothing can be written down any more. Told once: what cannot be saved now cannot be saved later, so nothing more is
    /// begun.
    pub(crate) fn unsafe_to_go_on(&self, problem: &str, diagnostics: &mut Diagnostics) {
        diagnostics.push(if self.unsaved.replace(true) {
            Diagnostic::error(HALTED, "")
        } else {
            let detail = format!("A change of the state could not be saved: {problem}.\n\nNothing more is begun.");
            Diagnostic::error("Failed to save state", detail)
        });
    }

    /// What one needs to know to work with a resource type of a configured provider.
    pub(crate) async fn kind(
        &self,
        address: &AbsResourceInstance,
        config: &AbsProviderConfig,
    ) -> Result<Kind, Diagnostics> {
        let kind = self.kinds.kind(&address.config(), config, None).await?;
        let kind = kind.map(|kind| self.kinds.of_instance(&kind, address).into_owned());
        kind.ok_or_else(|| {
            let detail = format!("The provider configuration {config}, which {address} needs, has not been set up.");
            Diagnostics::from(Diagnostic::error("Provider configuration not present", detail))
        })
    }
}

/// What a provider told, as diagnostics with places in the body it is about.
pub(crate) fn provider_diagnostics(
    told: ProviderDiagnostics,
    body: Option<(&Body, &Block)>,
    address: &str,
    otherwise: Option<Span>,
) -> Diagnostics {
    let convert = |one: fw_provider::ProviderDiagnostic| {
        let mut diagnostic = match one.severity {
            Severity::Error => Diagnostic::error(one.summary, one.detail),
            Severity::Warning => Diagnostic::warning(one.summary, one.detail),
        };
        // As terraform has it: what is told of a destruction stands for itself.
        diagnostic.address = (!address.is_empty()).then(|| address.to_owned());
        let attribute = one.attribute.unwrap_or_default();
        diagnostic.subject = body.and_then(|(body, schema)| fw_lang::find(body, schema, &attribute)).or(otherwise);
        diagnostic
    };
    told.into_iter().map(convert).collect()
}

/// A provider configuration as messages about answers quote it.
pub(crate) fn config_name(kind: &Kind) -> String {
    fw_value::go_quoted(&kind.config.to_string())
}

/// The provider of a configuration as messages about plans quote it.
pub(crate) fn provider_name(kind: &Kind) -> String {
    fw_value::go_quoted(&kind.config.provider.to_string())
}
