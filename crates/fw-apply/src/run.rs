//! The way in: sets everything up, walks the graph, finishes.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use fw_addr::{AbsProviderConfig, AbsResourceInstance, Name};
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::{Evaluator, GivenVariable, Phase, VariableSource, prepare_root_variables};
use fw_exec::{Action, Basis, CheckTable, Kinds, Mode};
use fw_state::{Change, DeposedKey, InstanceState, ObjectState, State};
use fw_value::Value;

use crate::ApplyInput;
use crate::applier::Applier;
use crate::instances::Planned;

/// What an apply left behind.
#[derive(Debug)]
pub struct ApplyOutcome {
    /// The state as it is now; always complete as far as is known, whatever went wrong.
    pub state: State,
    /// What was found on the way.
    pub diagnostics: Diagnostics,
    /// Values of root outputs, marked where they are sensitive.
    pub outputs: BTreeMap<String, Value>,
}

/// Does what the plan says. Never panics on what providers answer; what fails is told, and what does not depend on it goes
/// on.
pub async fn apply(input: &ApplyInput<'_>) -> ApplyOutcome {
    let generated: Vec<&str> =
        input.plan.resource_changes.iter().filter_map(|change| change.generated_config.as_deref()).collect();
    if generated.is_empty() {
        return apply_configured(input).await;
    }
    // What was generated is in no file of the configuration.
    let mut config = input.basis.config.clone();
    for text in generated {
        config = config.with_generated(text, input.basis.sources);
    }
    apply_configured(&ApplyInput { basis: Basis { config: &config, ..input.basis }, ..*input }).await
}

async fn apply_configured(input: &ApplyInput<'_>) -> ApplyOutcome {
    let mut diagnostics = Diagnostics::new();
    let start = input.plan.starting_state();
    let unchanged = crate::instances::unchanged(input.plan, &start, input.basis.providers).await;
    let absent = crate::instances::absent(input.plan, input.basis.config, input.basis.providers).await;
    let planned = Rc::new(Planned::new(input.plan, unchanged, absent));
    let resume = input.recorder.resume();
    let applier = Applier {
        input,
        evaluator: evaluator(input, &planned, &mut diagnostics),
        state: RefCell::new((**resume.map_or(&start, |resume| &resume.state)).clone()),
        kinds: Kinds::new(&input.basis, Phase::Apply),
        deposed: RefCell::default(),
        checks: RefCell::new(match input.plan.mode {
            Mode::RefreshOnly => CheckTable::continued(&input.plan.checks),
            Mode::Normal | Mode::Destroy => CheckTable::resume(&input.plan.checks),
        }),
        open: RefCell::default(),
        repetitions: RefCell::new(HashMap::new()),
        turns: tokio::sync::Semaphore::new(input.parallelism.max(1)),
        unsaved: Cell::new(false),
        operations: RefCell::default(),
    };
    if !diagnostics.has_errors() {
        diagnostics.extend(input.plan.is_partial().then(|| incomplete(input.plan)));
        // An attempt that has begun operations has done this before.
        if resume.is_none() {
            applier.record_findings(&start, &mut diagnostics).await;
        }
        applier.remove_outputs(&mut diagnostics).await;
        diagnostics.append(applier.walk().await);
        input.hooks.applied(&applier.evaluator);
        applier.record_checks(&mut diagnostics).await;
    }
    let state = applier.state.into_inner();
    let marked = |output: &fw_state::OutputState| {
        let marks = if output.sensitive { fw_value::Marks::SENSITIVE } else { fw_value::Marks::NONE };
        output.value.clone().with_marks(marks)
    };
    let outputs = state.outputs.iter().map(|(name, output)| (name.clone(), marked(output))).collect();
    ApplyOutcome { state, diagnostics, outputs }
}

fn incomplete(plan: &fw_exec::Plan) -> Diagnostic {
    let of_targets = "The plan was created with the -target option in effect, so some changes requested in the configuration may \
                  have been ignored and the output values may not be fully updated. Run the following command to verify that \
                  no other changes are pending:\n    terraform plan\n\nNote that the -target option is not suitable for \
                  routine use, and is provided only for exceptional situations such as recovering from errors or mistakes, \
                  or when Terraform specifically suggests to use it as part of an error message.";
    let of_excludes = "The plan was created with the -target or the -exclude option in effect, so some changes requested in \
                       the configuration may have been ignored and the output values may not be fully updated. Run the \
                       following command to verify that no other changes are pending:\n    terraform plan\n\t\nNote that the \
                       -target and -exclude options are not suitable for routine use, and are provided only for exceptional \
                       situations such as recovering from errors or mistakes, or when Terraform specifically suggests to use \
                       it as part of an error message.";
    let detail = if plan.excludes.is_empty() { of_targets } else { of_excludes };
    Diagnostic::warning("Applied changes may be incomplete", detail)
}

/// All objects of an instance.
fn objects(instance: &InstanceState) -> impl Iterator<Item = (Option<&DeposedKey>, &Arc<ObjectState>)> {
    let deposed = instance.deposed.iter().map(|(key, object)| (Some(key), object));
    instance.current.iter().map(|object| (None, object)).chain(deposed)
}

fn evaluator<'a>(input: &'a ApplyInput<'_>, planned: &Rc<Planned<'a>>, diagnostics: &mut Diagnostics) -> Evaluator<'a> {
    let from_plan = |value: &Value| GivenVariable { value: value.clone(), source: VariableSource::Program };
    let mut given: BTreeMap<Name, GivenVariable> =
        input.plan.variables.iter().map(|(name, value)| (Name::clone(name), from_plan(value))).collect();
    for (name, variable) in input.basis.variables {
        given.entry(Name::clone(name)).or_insert_with(|| variable.clone());
    }
    let variables =
        prepare_root_variables(input.basis.config.root(), &given, Phase::Apply, input.basis.sources, diagnostics);
    let settings = input.basis.settings(Phase::Apply, BTreeMap::new());
    let planned = Rc::clone(planned);
    Evaluator::new(input.basis.config, settings, variables).with_frame_hook(move |frame| planned.set_up(frame))
}

impl Applier<'_> {
    /// What the plan has found otherwise than the stored state has it: objects that were moved, imported or changed by
    /// others, and such as are gone. Recorded first, since what is recorded from now on names the new addresses.
    async fn record_findings(&self, now: &State, diagnostics: &mut Diagnostics) {
        let before = &self.plan().previous_state;
        for (address, resource, instance) in before.instances() {
            let provider = resource.provider.with_key(instance.provider_key.clone());
            for (deposed, _) in objects(instance) {
                if now.instance(&address).and_then(|i| i.object(deposed)).is_none() {
                    self.record_object(&address, deposed, &provider, None, diagnostics).await;
                }
            }
        }
        for (address, resource, instance) in now.instances() {
            let provider = resource.provider.with_key(instance.provider_key.clone());
            for (deposed, object) in objects(instance) {
                let known = before.instance(&address).and_then(|i| i.object(deposed));
                if known.is_none_or(|known| !Arc::ptr_eq(known, object) && known != object) {
                    self.record_object(&address, deposed, &provider, Some(object), diagnostics).await;
                }
            }
        }
    }

    async fn record_object(
        &self,
        address: &AbsResourceInstance,
        deposed: Option<&DeposedKey>,
        provider: &AbsProviderConfig,
        object: Option<&Arc<ObjectState>>,
        diagnostics: &mut Diagnostics,
    ) {
        let change = Change::Object {
            address: address.clone(),
            deposed: deposed.cloned(),
            provider: provider.clone(),
            object: object.map(Arc::clone),
        };
        self.save(change, diagnostics).await;
    }

    /// Outputs that the configuration has no more, or that go with everything else.
    async fn remove_outputs(&self, diagnostics: &mut Diagnostics) {
        for change in self.plan().output_changes.iter().filter(|change| change.action == Action::Delete) {
            if self.state.borrow().outputs.contains_key(&*change.name) {
                self.save(Change::Output { name: change.name.to_string(), output: None }, diagnostics).await;
            }
        }
    }

    async fn record_checks(&self, diagnostics: &mut Diagnostics) {
        let results = self.checks.borrow().results();
        let results = (!results.is_empty()).then_some(results);
        if self.state.borrow().check_results != results {
            self.save(Change::Checks(results), diagnostics).await;
        }
    }
}
