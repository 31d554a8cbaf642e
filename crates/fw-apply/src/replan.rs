//! Planning one instance again with final values, and holding the outcome against the plan.
//!
//! What was not known when the plan was made is known now, so the provider gets to say what it makes of it. It may fill in
//! what was unknown, and nothing else.

use bytes::Bytes;
use fw_config::Lifecycle;
use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::{Action, Kind, ResourceChange};
use fw_provider::{
    IgnoredChanges, PlanRequest, PlanResponse, assert_object_compatible, assert_plan_valid, assert_value_conforms,
    problem_text, proposed_new, write_only_values,
};
use fw_state::ObjectStatus;
use fw_syntax::ast::StepKind;
use fw_value::{Marks, Path, PathMarks, Str, Value};

use crate::applier::{Applier, Instance, provider_diagnostics, provider_name};
use crate::object::Object;

/// A change with final values.
pub(crate) struct FinalChange {
    /// As planned, or nothing where an update turned out to change nothing.
    pub(crate) action: Action,
    /// With marks.
    pub(crate) after: Value,
    pub(crate) private: Bytes,
    pub(crate) identity: Option<Value>,
    /// Without marks.
    pub(crate) config: Value,
}

/// The configuration of one instance with final values.
struct Configured {
    plain: Value,
    /// Where it is sensitive.
    marks: Vec<PathMarks>,
}

const INVALID_PLAN: &str = "Provider produced invalid plan";
const INCONSISTENT: &str = "Provider produced inconsistent final plan";
const PROVIDER_BUG: &str =
    "This is a bug in the provider, which should be reported in the provider's own issue tracker.";

impl Applier<'_> {
    /// Plans again. `stored` is the object that the state has now: none for creates and replacements. `None`: with errors.
    pub(crate) async fn replan(
        &self,
        one: &Instance<'_>,
        kind: &Kind,
        planned: &ResourceChange,
        stored: Option<&Object>,
        found: &mut Diagnostics,
    ) -> Option<FinalChange> {
        let config = self.configured_instance(one, kind, found).await?;
        let prior = stored.filter(|object| object.status != ObjectStatus::Tainted);
        let before = prior.map_or_else(|| kind.null(), |object| object.value.clone());
        let plain_before = before.clone().unmark_deep().0;
        let ignored = ignored_changes(&one.block.lifecycle);
        let kept = ignored.apply(&plain_before, &config.plain, Some(&kind.schema.block));
        let request = PlanRequest {
            kind: Str::clone(&kind.name),
            prior: plain_before.clone(),
            proposed: proposed_new(&kind.schema.block, &plain_before, &kept),
            config: kept,
            private: prior.map(|object| object.private.clone()).unwrap_or_default(),
            provider_meta: kind.meta.clone(),
            identity: prior.and_then(|object| object.identity.clone()),
        };
        let mut answer = self.ask(one, kind, request, Some(&ignored), found).await?;
        let mut action = decide(kind, planned, &plain_before, &config.plain, &answer);
        if action.is_replace() && !plain_before.is_null() {
            let null = kind.null();
            let request = PlanRequest {
                kind: Str::clone(&kind.name),
                prior: null.clone(),
                proposed: proposed_new(&kind.schema.block, &null, &config.plain),
                config: config.plain.clone(),
                private: answer.private.clone(),
                provider_meta: kind.meta.clone(),
                identity: None,
            };
            answer = self.ask(one, kind, request, None, found).await?;
        }
        let after = kind.marked(answer.planned.mark_with_paths(&config.marks));
        if action == Action::NoOp && after.marks_with_paths() != before.marks_with_paths() {
            action = Action::Update;
        }
        let after = if action == Action::NoOp { before } else { after };
        check_planned(one, kind, planned, action, &after, found);
        (!found.has_errors()).then_some(FinalChange {
            action,
            after,
            private: answer.private,
            identity: answer.identity,
            config: config.plain,
        })
    }

    /// Evaluates the body of an instance, which must be known by now, and has the provider validate it. `None`: with
    /// errors.
    async fn configured_instance(
        &self,
        one: &Instance<'_>,
        kind: &Kind,
        found: &mut Diagnostics,
    ) -> Option<Configured> {
        let mut told = Diagnostics::new();
        let scope = self.evaluator.scope(&one.frame, one.repetition.clone());
        let value = self.evaluator.body(&one.block.body, &kind.schema.block, &scope, &mut told);
        let (plain, marks) = value.unmark_deep_with_paths();
        if !told.has_errors() && !plain.is_wholly_known() {
            told.push(still_unknown(one, &plain));
        }
        let failed = told.has_errors();
        found.append(told);
        if failed {
            return None;
        }
        let answer = kind.provider.validate_resource(&kind.name, plain.clone()).await;
        let told = self.located(answer.diagnostics, one, kind);
        let failed = told.has_errors();
        found.append(told);
        (!failed).then(|| Configured { plain, marks: sensitive(marks) })
    }

    /// PlanResourceChange, and the checks on its answer. `None`: with errors.
    async fn ask(
        &self,
        one: &Instance<'_>,
        kind: &Kind,
        request: PlanRequest,
        ignored: Option<&IgnoredChanges>,
        found: &mut Diagnostics,
    ) -> Option<PlanResponse> {
        let (prior, config) = (request.prior.clone(), request.config.clone());
        let answer = kind.provider.plan(request).await;
        let told = self.located(answer.diagnostics, one, kind);
        let failed = told.has_errors();
        found.append(told);
        let mut response = answer.value.filter(|_| !failed)?;
        let mut problems = assert_value_conforms(&kind.schema.block, &response.planned);
        if problems.is_empty() && !response.legacy_type_system {
            problems = assert_plan_valid(&kind.schema.block, &prior, &config, &response.planned);
        }
        for problem in &problems {
            let detail = format!(
                "Provider {} planned an invalid value for {}.\n\n{PROVIDER_BUG}",
                provider_name(kind),
                problem_text(&one.address.to_string(), problem)
            );
            found.push(Diagnostic::error(INVALID_PLAN, detail));
        }
        if let Some(ignored) = ignored.filter(|_| response.legacy_type_system) {
            // The old SDK changes values it was not asked to change, ignored ones among them.
            response.planned = ignored.apply(&prior, &response.planned, None);
        }
        problems.is_empty().then_some(response)
    }

    /// What a provider told about an instance.
    pub(crate) fn located(
        &self,
        told: fw_provider::ProviderDiagnostics,
        one: &Instance<'_>,
        kind: &Kind,
    ) -> Diagnostics {
        let body = Some((&one.block.body, &kind.schema.block));
        provider_diagnostics(told, body, &one.address.to_string(), Some(one.block.span))
    }
}

/// What a block ignores. Its paths were checked when the plan was made.
fn ignored_changes(lifecycle: &Lifecycle) -> IgnoredChanges {
    if lifecycle.ignore_all_changes {
        return IgnoredChanges::All;
    }
    let path = |traversal: &fw_syntax::ast::Traversal| {
        traversal.steps.iter().fold(Path::root().attribute(Str::clone(&traversal.root.name)), |path, step| match &step
            .kind
        {
            StepKind::Attribute(name) => path.attribute(Str::clone(name)),
            StepKind::Index(key) => path.index(key.clone()),
        })
    };
    IgnoredChanges::At(lifecycle.ignore_changes.iter().map(path).collect())
}

/// Of marks only those that states keep.
pub(crate) fn sensitive(marks: Vec<PathMarks>) -> Vec<PathMarks> {
    let kept = marks.into_iter().filter(|place| place.marks.contains(Marks::SENSITIVE));
    kept.map(|place| PathMarks { marks: Marks::SENSITIVE, ..place }).collect()
}

fn still_unknown(one: &Instance<'_>, config: &Value) -> Diagnostic {
    let mut paths = Vec::new();
    config.walk(&mut |path, part| {
        if !part.is_known() {
            paths.push(path.to_string().trim_start_matches('.').to_owned());
        }
        !part.is_wholly_known()
    });
    let detail = format!(
        "configuration for {} still contains unknown values during apply (this is a bug in Terraform; please report \
         it!)\nThe following paths in the resource configuration are unknown:\n{}",
        one.address,
        paths.join("\n")
    );
    Diagnostic::error("Configuration contains unknown value", detail)
}

fn decide(kind: &Kind, planned: &ResourceChange, before: &Value, config: &Value, answer: &PlanResponse) -> Action {
    if before.is_null() {
        // The object to be replaced is gone already, or put aside, so this looks like a create.
        return if planned.action.is_replace() { planned.action } else { Action::Create };
    }
    let given = write_only_values(&kind.schema.block, config);
    let must_replace = answer
        .requires_replace
        .iter()
        .any(|path| given.contains(path) || before.get_path(path) != answer.planned.get_path(path));
    match answer.planned == *before {
        _ if must_replace && planned.action == Action::CreateThenDelete => Action::CreateThenDelete,
        _ if must_replace => Action::DeleteThenCreate,
        true => Action::NoOp,
        false => Action::Update,
    }
}

/// Holds what came out against what was planned.
fn check_planned(
    one: &Instance<'_>,
    kind: &Kind,
    planned: &ResourceChange,
    action: Action,
    after: &Value,
    found: &mut Diagnostics,
) {
    let (address, provider) = (one.address, provider_name(kind));
    let became_nothing = planned.action == Action::Update && action == Action::NoOp;
    if planned.action != action && !became_nothing {
        let was = planned.action;
        let detail = format!(
            "When expanding the plan for {address} to include new values learned so far during apply, provider {provider} \
             changed the planned action from {was:?} to {action:?}.\n\n{PROVIDER_BUG}"
        );
        found.push(Diagnostic::error(INCONSISTENT, detail));
    }
    for problem in assert_object_compatible(&kind.schema.block, &planned.after, after) {
        let text = crate::apply_call::text(&problem);
        let detail = format!(
            "When expanding the plan for {address} to include new values learned so far during apply, provider {provider} \
             produced an invalid new value for {text}.\n\n{PROVIDER_BUG}"
        );
        found.push(Diagnostic::error(INCONSISTENT, detail));
    }
}
