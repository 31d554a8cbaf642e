//! Reading data sources that could not be read when the plan was made.

use fw_addr::Name;
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::Outcome;
use fw_exec::{Action, Checkable, Kind, ResourceChange};
use fw_provider::{ReadDataRequest, assert_value_conforms, problem_text};
use fw_state::{CheckKind, ObjectStatus};
use fw_value::{Str, Value};

use crate::applier::{Applier, Instance, config_name};
use crate::evaluate::as_warnings;
use crate::input::Operating;
use crate::object::Object;
use crate::replan::sensitive;

const INVALID_OBJECT: &str = "Provider produced invalid object";
const PROVIDER_BUG: &str =
    "This is a bug in the provider, which should be reported in the provider's own issue tracker.";

impl Applier<'_> {
    /// Reads the data source of a change.
    pub(crate) async fn read(&self, index: u32, found: &mut Diagnostics) {
        let Some(planned) = self.change(index) else { return };
        let Some(one) = self.instance(&planned.address, found) else { return };
        let kind = match self.kind(&planned.address, &planned.provider).await {
            Ok(kind) => kind,
            Err(told) => return found.append(told),
        };
        let mut told = Diagnostics::new();
        self.preconditions(&one, &mut told);
        if !told.has_errors() {
            self.read_instance(&one, &kind, planned, &mut told).await;
        }
        let Some(check) = &one.block.check else { return found.append(told) };
        if told.has_errors() {
            self.nested_read_failed(&one, &kind, check, planned, &mut told).await;
        }
        // A check never stops a run.
        found.append(as_warnings(told));
    }

    /// A check whose data cannot be read has failed; its assertions see what is known of the data.
    async fn nested_read_failed(
        &self,
        one: &Instance<'_>,
        kind: &Kind,
        check: &Name,
        planned: &ResourceChange,
        told: &mut Diagnostics,
    ) {
        let failures: Vec<_> = told
            .iter()
            .filter(|problem| problem.is_error())
            .map(|problem| Outcome::Fail(format!("{}: {}", problem.summary, problem.detail)))
            .collect();
        let checkable = Checkable::within(&one.frame.instance, &format!("check.{check}"));
        self.checks.borrow_mut().add(CheckKind::Check, checkable, &failures);
        let object = data_object(planned.after.clone().unknown_as_null());
        self.write(&planned.address, None, kind, Some(&object), told).await;
        one.frame.set_instance(&planned.address.resource, planned.address.key.clone(), planned.after.clone());
    }

    async fn read_instance(&self, one: &Instance<'_>, kind: &Kind, planned: &ResourceChange, told: &mut Diagnostics) {
        let scope = self.evaluator.scope(&one.frame, one.repetition.clone());
        let config = self.evaluator.body(&one.block.body, &kind.schema.block, &scope, told);
        if told.has_errors() {
            return;
        }
        let (plain, marks) = config.unmark_deep_with_paths();
        let answer = kind.provider.validate_data(&kind.name, plain.clone()).await;
        told.append(self.located(answer.diagnostics, one, kind));
        if told.has_errors() {
            return;
        }
        let null = kind.null();
        let operation =
            Operating { address: &planned.address, deposed: None, action: Action::Read, before: &null, after: &plain };
        self.input.hooks.before_apply(&operation);
        let meta = kind.meta.clone();
        let (name, address) = (Str::clone(&kind.name), Some(planned.address.clone()));
        let request = ReadDataRequest { kind: name, config: plain.clone(), provider_meta: meta, address };
        let answer = kind.provider.read_data(request).await;
        told.append(self.located(answer.diagnostics, one, kind));
        let read = answer.value.filter(|_| !told.has_errors());
        let value = read.and_then(|value| checked(one, kind, value, told));
        let value = value.map(|value| kind.marked(value.mark_with_paths(&sensitive(marks))));
        self.input.hooks.after_apply(&operation, value.as_ref().unwrap_or(&null), told.has_errors());
        let Some(value) = value else { return };
        let object = data_object(value.clone());
        self.write(&planned.address, None, kind, Some(&object), told).await;
        one.frame.set_instance(&planned.address.resource, planned.address.key.clone(), value.clone());
        if !told.has_errors() {
            self.postconditions(one, &value, told);
        }
    }
}

/// What was read, as it is stored.
fn data_object(value: Value) -> Object {
    Object {
        value,
        status: ObjectStatus::Ready,
        private: bytes::Bytes::new(),
        identity: None,
        dependencies: [].into(),
        create_before_destroy: false,
    }
}

/// What a provider may answer: an object of the schema, known in all its parts.
fn checked(one: &Instance<'_>, kind: &Kind, value: Value, told: &mut Diagnostics) -> Option<Value> {
    let (provider, address) = (config_name(kind), one.address);
    let problems = assert_value_conforms(&kind.schema.block, &value);
    for problem in &problems {
        let text = problem_text(&address.to_string(), problem);
        let detail = format!("Provider {provider} produced an invalid value for {text}.\n\n{PROVIDER_BUG}");
        told.push(Diagnostic::error(INVALID_OBJECT, detail));
    }
    if !problems.is_empty() {
        return None;
    }
    if value.is_null() {
        let detail = format!("Provider {provider} produced a null value for {address}.\n\n{PROVIDER_BUG}");
        told.push(Diagnostic::error("Provider produced null object", detail));
        return None;
    }
    if !value.is_wholly_known() {
        let detail =
            format!("Provider {provider} produced a value for {address} that is not wholly known.\n\n{PROVIDER_BUG}");
        told.push(Diagnostic::error(INVALID_OBJECT, detail));
        return None;
    }
    Some(value)
}
