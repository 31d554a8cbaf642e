//! ApplyResourceChange, and what is made of its answer.
//!
//! Whatever went wrong, as much as possible of what the provider says is kept, so that no object is lost: answers are
//! judged, not refused.

use std::sync::Arc;

use bytes::Bytes;
use fw_addr::AbsResourceInstance;
use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_exec::{Action, Kind};
use fw_provider::{
    ApplyRequest, ApplyResponse, assert_object_compatible, assert_value_conforms, problem_text, without_write_only,
    write_only_values,
};
use fw_schema::Block;
use fw_state::{DeposedKey, ObjectStatus};
use fw_syntax::Body;
use fw_value::{PathMarks, Str, Value};

use crate::applier::{Applier, config_name, provider_diagnostics};
use crate::findable;
use crate::object::Object;
use crate::record::Work;

/// A change that a provider is to make.
pub(crate) struct Call<'a> {
    pub(crate) address: String,
    /// The object for which it is written down that this begins.
    pub(crate) object: (&'a AbsResourceInstance, Option<&'a DeposedKey>),
    pub(crate) kind: &'a Kind,
    /// Create, update or delete.
    pub(crate) action: Action,
    /// With marks; null for a create.
    pub(crate) before: &'a Value,
    /// With marks; null for a destroy.
    pub(crate) after: &'a Value,
    /// Without marks; null for a destroy.
    pub(crate) config: Value,
    /// From the plan.
    pub(crate) private: Bytes,
    /// From the plan.
    pub(crate) identity: Option<Value>,
    /// Where problems of the configuration are looked for.
    pub(crate) body: Option<(&'a Body, &'a Block)>,
    pub(crate) span: Option<Span>,
    /// What the state has.
    pub(crate) stored: Option<Object>,
    pub(crate) create_before_destroy: bool,
}

const INVALID_OBJECT: &str = "Provider produced invalid object";
const INVALID_RESULT: &str = "Provider returned invalid result object after apply";
const PROVIDER_BUG: &str =
    "This is a bug in the provider, which should be reported in the provider's own issue tracker.";

impl Applier<'_> {
    /// Makes the change. The result is what to store: `None` where there is no object.
    pub(crate) async fn call_apply(&self, call: Call<'_>, found: &mut Diagnostics) -> Option<Object> {
        let (before, before_marks) = call.before.clone().unmark_deep_with_paths();
        let (after, marks) = call.after.clone().unmark_deep_with_paths();
        if call.action == Action::Update && before == after && before_marks != marks {
            // Only what is sensitive has changed, which is no business of the provider.
            let stored = call.stored?;
            return Some(Object { value: call.after.clone(), ..stored });
        }
        let work = Work::of(call.action);
        let identity = match work {
            Work::Create => findable::identity(call.kind, call.identity.as_ref(), call.after),
            Work::Update | Work::Delete | Work::Provision => None,
        };
        if !self.intend(work, call.object, call.kind, identity.as_ref(), found).await {
            return call.stored;
        }
        let request = ApplyRequest {
            kind: Str::clone(&call.kind.name),
            prior: before,
            planned: after,
            config: call.config.clone(),
            private: call.private.clone(),
            provider_meta: call.kind.meta.clone(),
            identity: call.identity.clone(),
        };
        let answer = call.kind.provider.apply(request).await;
        let address = if call.action == Action::Delete { "" } else { &call.address };
        let mut told = provider_diagnostics(answer.diagnostics, call.body, address, call.span);
        let result = self.judge(&call, answer.value, &marks, &mut told);
        found.append(told);
        result
    }

    fn judge(
        &self,
        call: &Call<'_>,
        response: Option<ApplyResponse>,
        marks: &[PathMarks],
        told: &mut Diagnostics,
    ) -> Option<Object> {
        let response = response.unwrap_or_else(|| no_answer(call, told));
        let problems = assert_value_conforms(&call.kind.schema.block, &response.value);
        if !problems.is_empty() {
            for problem in &problems {
                told.push(nonconforming(call, &problem_text(&call.address, problem)));
            }
            return call.stored.clone();
        }
        for path in write_only_values(&call.kind.schema.block, &response.value) {
            let detail = format!(
                "Provider {} returned a value for the write-only attribute \"{}{path}\" after apply. Write-only \
                 attributes cannot be read back from the provider. {PROVIDER_BUG}",
                config_name(call.kind),
                call.address
            );
            told.push(Diagnostic::error(INVALID_OBJECT, detail));
        }
        // Whatever else is wrong: such values reach no state.
        let value = without_write_only(&call.kind.schema.block, &response.value);
        let value = call.kind.marked(value.mark_with_paths(marks));
        tell_unknowns(call, &value, told);
        let value = value.unknown_as_null();
        if call.action != Action::Delete && !told.has_errors() {
            self.compare(call, &value, response.legacy_type_system, told);
        }
        if !told.has_errors() {
            tell_presence(call, &value, told);
        }
        Self::keep(call, response, value, told)
    }

    fn compare(&self, call: &Call<'_>, value: &Value, legacy: bool, told: &mut Diagnostics) {
        let provider = config_name(call.kind);
        let address = &call.address;
        let problems = assert_object_compatible(&call.kind.schema.block, call.after, value);
        if legacy && !problems.is_empty() {
            let texts: Vec<_> = problems.iter().map(|problem| format!("      - {}", text(problem))).collect();
            self.input.hooks.note(&format!(
                "Provider {provider} produced an unexpected new value for {address}, but we are tolerating it because it \
                 is using the legacy plugin SDK.\n{}",
                texts.join("\n")
            ));
            return;
        }
        for problem in &problems {
            let detail = format!(
                "When applying changes to {address}, provider {provider} produced an unexpected new value: {}.\n\n\
                 {PROVIDER_BUG}",
                text(problem)
            );
            told.push(Diagnostic::error("Provider produced inconsistent result after apply", detail));
        }
    }

    /// What to store.
    fn keep(call: &Call<'_>, response: ApplyResponse, value: Value, told: &Diagnostics) -> Option<Object> {
        let failed = told.has_errors();
        if value.is_null() {
            // A null with errors is an answer given in confusion: better to ask again for an object that is gone.
            return if failed { call.stored.clone() } else { None };
        }
        let stored = call.stored.as_ref();
        let dependencies = match stored {
            Some(stored) if call.action == Action::Delete => Arc::clone(&stored.dependencies),
            _ => Arc::from([]),
        };
        let keeps_status = stored.filter(|_| failed).map_or(ObjectStatus::Ready, |stored| stored.status);
        Some(Object {
            value,
            status: keeps_status,
            private: response.private,
            identity: response.identity,
            dependencies,
            create_before_destroy: call.create_before_destroy,
        })
    }
}

/// A problem as `.path: what is wrong`, or, with the whole, as the beginning of a sentence.
pub(crate) fn text(problem: &fw_value::PathError) -> String {
    if !problem.path.is_root() {
        return problem_text("", problem);
    }
    let mut rest = problem.message.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

/// What a provider that says nothing is taken to have said: that nothing has happened, or that the object is gone.
fn no_answer(call: &Call<'_>, told: &mut Diagnostics) -> ApplyResponse {
    if !told.has_errors() {
        let detail = format!(
            "Provider {} produced an invalid nil value after apply for {}.\n\n{PROVIDER_BUG}",
            config_name(call.kind),
            call.address
        );
        told.push(Diagnostic::error(INVALID_OBJECT, detail));
    }
    let gone = call.after.is_null();
    let stored = call.stored.as_ref();
    ApplyResponse {
        value: if gone { call.kind.null() } else { call.before.clone().unmark_deep().0 },
        private: stored.map(|stored| stored.private.clone()).unwrap_or_default(),
        legacy_type_system: false,
        identity: stored.and_then(|stored| stored.identity.clone()),
    }
}

fn nonconforming(call: &Call<'_>, problem: &str) -> Diagnostic {
    let detail = format!(
        "Provider {} produced an invalid value after apply for {problem}. The result cannot not be saved in the \
         Terraform state.\n\n{PROVIDER_BUG}",
        config_name(call.kind)
    );
    Diagnostic::error(INVALID_OBJECT, detail)
}

fn tell_unknowns(call: &Call<'_>, value: &Value, told: &mut Diagnostics) {
    if value.is_wholly_known() {
        return;
    }
    value.walk(&mut |path, part| {
        if !part.is_known() {
            let detail = format!(
                "After the apply operation, the provider still indicated an unknown value for {}{path}. All values must \
                 be known after apply, so this is always a bug in the provider and should be reported in the provider's \
                 own repository. Terraform will still save the other known object values in the state.",
                call.address
            );
            told.push(Diagnostic::error(INVALID_RESULT, detail));
        }
        !part.is_wholly_known()
    });
}

fn tell_presence(call: &Call<'_>, value: &Value, told: &mut Diagnostics) {
    let (action, address) = (call.action, &call.address);
    let detail = match (action, value.is_null()) {
        (Action::Delete, false) => format!(
            "After applying a {action:?} plan, the provider returned a non-null object for {address}. Destroying should \
             always produce a null value, so this is always a bug in the provider and should be reported in the \
             provider's own repository. Terraform will still save this errant object in the state for debugging and \
             recovery."
        ),
        (Action::Delete, true) | (_, false) => return,
        (_, true) => format!(
            "After applying a {action:?} plan, the provider returned a null object for {address}. Only destroying should \
             always produce a null value, so this is always a bug in the provider and should be reported in the \
             provider's own repository."
        ),
    };
    told.push(Diagnostic::error(INVALID_RESULT, detail));
}
