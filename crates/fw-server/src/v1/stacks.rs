//! Stacks: a configuration that is kept, and runs over it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use fw_database::Signal;
use fw_database::run_views::RunView;
use fw_database::stacks::{self, Stack, StackFilter, StackKind};
use fw_driver::stack_input;
use fw_run::{Actor, Attention, Digest, PlanMode, PlanOptions, Purpose, RunId, RunInput, StepPhase};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::deployments::{DeploymentRequest, StackOptions, definition, input, labels, recipe};
use super::streams::{self, What};
use crate::ApiError;
use crate::app::App;
use crate::body::{Body, OptionalBody, Parameters, id};
use crate::caller::{Caller, Operator, Viewer};
use crate::deployment::status_of;
use crate::error::ErrorBody;
use crate::ids::Ids;
use crate::run_view::{self, RunBody};
use crate::source::CloudConfig;
use crate::store::now;
use crate::time::rfc3339;
use crate::v1::accounts::check_name;
use crate::v1::deployments::look::wants_stream;
use crate::v1::runs::plan_json;

/// A stack to be made, or what is to change of one.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct StackRequest {
    /// Its name; an account has one stack of each name.
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    /// The whole configuration in Terraform's JSON syntax.
    #[schema(value_type = Option<Object>)]
    pub(crate) terraform_json: Option<Box<RawValue>>,
    /// Files by path, in its place.
    pub(crate) files: Option<BTreeMap<String, String>>,
    /// A zip or gzip-compressed tar archive, in base64, in its place.
    pub(crate) archive: Option<String>,
    /// The root module's directory within files or archive.
    pub(crate) directory: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub(crate) variables: Option<Map<String, Value>>,
    pub(crate) config: Option<CloudConfig>,
    /// Whether plans are carried out without anybody's approval; not so if nothing is said.
    pub(crate) auto_approve: Option<bool>,
    pub(crate) labels: Option<Vec<String>>,
    pub(crate) priority: Option<i16>,
}

/// A stack.
#[derive(Serialize, ToSchema)]
pub(crate) struct StackBody {
    pub(crate) id: String,
    pub(crate) name: String,
    /// stack or deployment.
    pub(crate) kind: String,
    pub(crate) description: String,
    /// What its runs add up to; as for deployments.
    pub(crate) status: String,
    pub(crate) auto_approve: bool,
    pub(crate) labels: Vec<String>,
    pub(crate) priority: i16,
    pub(crate) has_configuration: bool,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deleted_at: Option<String>,
    pub(crate) latest_run_id: Option<String>,
}

/// A run to be made.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct RunRequest {
    /// apply, plan, refresh or destroy; apply if nothing is said.
    pub(crate) operation: Option<String>,
    pub(crate) auto_approve: Option<bool>,
    /// Whether a plan that deletes or replaces objects ends the run.
    pub(crate) refuse_dangerous: Option<bool>,
    /// Only these addresses and what they need.
    #[serde(default)]
    pub(crate) targets: Vec<String>,
    /// Instances to be replaced in any case.
    #[serde(default)]
    pub(crate) replace: Vec<String>,
    /// Whether to read the real objects first; so it is if nothing is said.
    pub(crate) refresh: Option<bool>,
}

/// What to plan with: anything that is left out is as the stack has it.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct PlanRequest {
    /// The whole configuration in Terraform's JSON syntax.
    #[schema(value_type = Option<Object>)]
    pub(crate) terraform_json: Option<Box<RawValue>>,
    /// Files by path, in its place.
    pub(crate) files: Option<BTreeMap<String, String>>,
    /// A zip or gzip-compressed tar archive, in base64, in its place.
    pub(crate) archive: Option<String>,
    /// The root module's directory within files or archive.
    pub(crate) directory: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub(crate) variables: Option<Map<String, Value>>,
    pub(crate) config: Option<CloudConfig>,
    /// normal, destroy or refresh-only.
    pub(crate) mode: Option<String>,
    #[serde(default)]
    pub(crate) targets: Vec<String>,
    #[serde(default)]
    pub(crate) replace: Vec<String>,
    pub(crate) refresh: Option<bool>,
}

/// Which stacks.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StacksQuery {
    pub(crate) name: Option<String>,
    /// How many at most; 100 if nothing is said.
    pub(crate) limit: Option<u32>,
    /// How many of the newest to leave out.
    pub(crate) offset: Option<u32>,
}

/// Stacks of the account, deployments among them
#[utoipa::path(get, path = "/stacks", tag = "stacks", params(StacksQuery),
    responses((status = 200, body = [StackBody])))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Parameters(query): Parameters<StacksQuery>,
) -> Result<Json<Vec<StackBody>>, ApiError> {
    let account = caller.principal.account;
    let limit = query.limit.unwrap_or(100).clamp(1, 1000);
    let filter = StackFilter { kind: None, name: query.name, limit, offset: query.offset.unwrap_or(0) };
    let found = app
        .read((account, filter), |tx, (account, filter)| {
            Box::pin(async move { Ok(stacks::list(tx, account, &filter).await?) })
        })
        .await?;
    let runs = app.runs_of_stacks(account, &found).await?;
    let of = |stack: &Stack| runs.get(&stack.id).map(Vec::as_slice).unwrap_or_default();
    Ok(Json(found.iter().map(|stack| body(stack, of(stack))).collect()))
}

/// Makes a stack
#[utoipa::path(post, path = "/stacks", tag = "stacks", request_body = StackRequest,
    responses((status = 201, body = StackBody), (status = 400, body = ErrorBody),
        (status = 409, description = "there is one with this name", body = ErrorBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    Extension(ids): Extension<Ids>,
    caller: Caller<Operator>,
    Body(request): Body<StackRequest>,
) -> Result<(StatusCode, Json<StackBody>), ApiError> {
    let name = request.name.clone().ok_or_else(|| ApiError::invalid("name is required"))?;
    check_name(&name)?;
    let mut stack = Stack {
        id: ids.stack(),
        account: caller.principal.account,
        name,
        kind: StackKind::Stack,
        input: None,
        options: String::new(),
        created_at: now(),
        updated_at: now(),
        deleted_at: None,
    };
    let options = StackOptions { auto_approve: false, ..StackOptions::default() };
    change(&app, &mut stack, options, request).await?;
    if let Some(known) = app.stack(stack.account, stack.id).await? {
        return Ok((StatusCode::CREATED, Json(body(&known, &[]))));
    }
    app.write(stack.clone(), |tx, stack| Box::pin(async move { Ok(stacks::create(tx, &stack).await?) }))
        .await
        .map_err(name_taken)?;
    Ok((StatusCode::CREATED, Json(body(&stack, &[]))))
}

/// A stack
#[utoipa::path(get, path = "/stacks/{id}", tag = "stacks", params(("id" = String, Path)),
    responses((status = 200, body = StackBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Path(stack): Path<String>,
) -> Result<Json<StackBody>, ApiError> {
    let (stack, runs) = find(&app, &caller, &stack).await?;
    Ok(Json(body(&stack, &runs)))
}

/// Changes a stack; nothing is run
#[utoipa::path(put, path = "/stacks/{id}", tag = "stacks", params(("id" = String, Path)), request_body = StackRequest,
    responses((status = 200, body = StackBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller<Operator>,
    Path(stack): Path<String>,
    Body(request): Body<StackRequest>,
) -> Result<Json<StackBody>, ApiError> {
    let (mut stack, runs) = find(&app, &caller, &stack).await?;
    if let Some(name) = &request.name {
        check_name(name)?;
        stack.name.clone_from(name);
    }
    let options = StackOptions::of(&stack);
    change(&app, &mut stack, options, request).await?;
    stack.updated_at = now();
    let found = app
        .write(stack.clone(), |tx, stack| Box::pin(async move { Ok(stacks::update(tx, &stack).await?) }))
        .await
        .map_err(name_taken)?;
    if found { Ok(Json(body(&stack, &runs))) } else { Err(ApiError::not_found("stack")) }
}

/// Removes a stack from the lists
///
/// Refused while it has objects: destroy them first.
#[utoipa::path(delete, path = "/stacks/{id}", tag = "stacks", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller<Operator>,
    Path(stack): Path<String>,
) -> Result<StatusCode, ApiError> {
    let (stack, runs) = find(&app, &caller, &stack).await?;
    if runs.iter().any(|run| run.state.finished.is_none()) {
        return Err(ApiError::conflict("invalid_state", "a run of the stack is under way"));
    }
    let resources = app.state(stack.id, None).await?.map_or(0, |version| version.resources);
    if resources > 0 {
        let message = format!("the stack has {resources} objects: destroy them first");
        return Err(ApiError::conflict("not_empty", message).with(json!({"resources": resources})));
    }
    app.write((stack.account, stack.id, now()), |tx, (account, id, at)| {
        Box::pin(async move { Ok(stacks::remove(tx, account, id, at).await.map(drop)?) })
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Starts a run over a stack
#[utoipa::path(post, path = "/stacks/{id}/runs", tag = "stacks", params(("id" = String, Path)),
    request_body = RunRequest,
    responses((status = 201, body = RunBody), (status = 404, body = ErrorBody), (status = 429, body = ErrorBody)))]
pub(crate) async fn run(
    State(app): State<App>,
    Extension(ids): Extension<Ids>,
    caller: Caller<Operator>,
    Path(stack): Path<String>,
    OptionalBody(request): OptionalBody<RunRequest>,
) -> Result<(StatusCode, Json<RunBody>), ApiError> {
    let (stack, runs) = find(&app, &caller, &stack).await?;
    let mut options = StackOptions::of(&stack);
    options.auto_approve = request.auto_approve.unwrap_or(options.auto_approve);
    let input = base(&stack, &runs)?;
    let first = runs.iter().all(|run| matches!(run.definition.purpose, Purpose::Plan | Purpose::Refresh));
    let (purpose, mode) = match request.operation.as_deref().unwrap_or("apply") {
        "apply" if first => (Purpose::Create, PlanMode::Normal),
        "apply" => (Purpose::Update, PlanMode::Normal),
        "plan" => (Purpose::Plan, PlanMode::Normal),
        "refresh" => (Purpose::Refresh, PlanMode::RefreshOnly),
        "destroy" => (Purpose::Destroy, PlanMode::Destroy),
        other => {
            let message = format!("`{other}` is no operation: it is apply, plan, refresh or destroy");
            return Err(ApiError::invalid(message).with(json!({"path": "operation"})));
        }
    };
    let refresh = request.refresh.unwrap_or(true);
    let plan = PlanOptions { mode, refresh, targets: request.targets, replace: request.replace };
    let only_plan = matches!(purpose, Purpose::Plan);
    let recipe = recipe(&stack, &options, purpose, input, plan);
    let dangerous = if request.refuse_dangerous.unwrap_or(false) { Attention::Refuse } else { Attention::Allow };
    let definition = if only_plan { recipe.plan_only() } else { recipe.plan_and_apply(options.gate(dangerous)) };
    let run = ids.run();
    app.create_run(run, definition, Actor::User { name: caller.principal.subject }, None).await?;
    let run = app.run(stack.account, run).await?;
    Ok((StatusCode::CREATED, Json(run_view::body(&run))))
}

/// Plans without touching anything
///
/// Answers with the plan in terraform's JSON form; with `Accept: text/event-stream` each change is sent as soon as it is
/// known (`progress`), then the whole (`plan`).
#[utoipa::path(post, path = "/stacks/{id}/plan", tag = "stacks", params(("id" = String, Path)),
    request_body = PlanRequest,
    responses((status = 200, body = Object), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn plan(
    State(app): State<App>,
    Extension(ids): Extension<Ids>,
    caller: Caller<Operator>,
    Path(stack): Path<String>,
    headers: HeaderMap,
    OptionalBody(request): OptionalBody<PlanRequest>,
) -> Result<Response, ApiError> {
    let (stack, run) = start_plan(&app, &caller, &ids, &stack, request).await?;
    if wants_stream(&headers) {
        return Ok(streams::sse(&app, run, &headers, What::Plan));
    }
    let run = finished(&app, &stack, run).await?;
    if let Some(plan) = plan_json(&app, &run).await? {
        return Ok(Json(plan).into_response());
    }
    Err(why_failed(&app, &run).await)
}

/// Starts a run that plans.
pub(crate) async fn start_plan(
    app: &App,
    caller: &Caller<Operator>,
    ids: &Ids,
    stack: &str,
    request: PlanRequest,
) -> Result<(Stack, RunId), ApiError> {
    let (stack, runs) = find(app, caller, stack).await?;
    let mode = match request.mode.as_deref().unwrap_or("normal") {
        "normal" => PlanMode::Normal,
        "destroy" => PlanMode::Destroy,
        "refresh-only" => PlanMode::RefreshOnly,
        other => {
            let message = format!("`{other}` is no mode: it is normal, destroy or refresh-only");
            return Err(ApiError::invalid(message).with(json!({"path": "mode"})));
        }
    };
    let refresh = request.refresh.unwrap_or(true);
    let options = PlanOptions { mode, refresh, targets: request.targets, replace: request.replace };
    let has_source = request.terraform_json.is_some() || request.files.is_some() || request.archive.is_some();
    let before = if has_source { base(&stack, &runs).ok() } else { Some(base(&stack, &runs)?) };
    let work = DeploymentRequest {
        terraform_json: request.terraform_json,
        files: request.files,
        archive: request.archive,
        directory: request.directory,
        variables: request.variables,
        config: request.config,
        ..DeploymentRequest::default()
    };
    let input = input(app, work, before).await?;
    let mut settings = StackOptions::of(&stack);
    // Somebody waits for it.
    settings.priority = settings.priority.saturating_add(10);
    let definition = recipe(&stack, &settings, Purpose::Plan, input, options).plan_only();
    let run = ids.run();
    app.create_run(run, definition, Actor::User { name: caller.principal.subject.clone() }, None).await?;
    Ok((stack, run))
}

/// Why a run has no plan.
pub(crate) async fn why_failed(app: &App, run: &RunView) -> ApiError {
    let failure = run.state.steps.iter().find_map(|step| match &step.phase {
        StepPhase::Failed { failure, .. } => Some(failure),
        _ => None,
    });
    let Some(failure) = failure else {
        return ApiError::conflict("plan_canceled", format!("the plan was {}", run.status.as_str()));
    };
    let diagnostics = diagnostics(app, failure.diagnostics).await;
    ApiError::new(StatusCode::BAD_REQUEST, "plan_failed", failure.message.clone())
        .with(json!({"diagnostics": diagnostics, "run_id": run.id}))
}

/// Diagnostics that a failure has left behind.
pub(crate) async fn diagnostics(app: &App, digest: Option<Digest>) -> Value {
    match digest {
        Some(digest) => app.get_json(digest).await.unwrap_or(Value::Null),
        None => Value::Null,
    }
}

/// Waits until a run is over.
async fn finished(app: &App, stack: &Stack, run: RunId) -> Result<RunView, ApiError> {
    let mut signals = app.database.subscribe();
    loop {
        let view = app.run(stack.account, run).await?;
        if view.state.finished.is_some() {
            return Ok(view);
        }
        let heard = async { while !matches!(signals.recv().await, Ok(Signal::Run(told)) if told == run) {} };
        drop(tokio::time::timeout(std::time::Duration::from_secs(1), heard).await);
    }
}

/// What the runs of a stack work on.
fn base(stack: &Stack, runs: &[RunView]) -> Result<RunInput, ApiError> {
    stack_input(stack, runs).ok_or_else(|| ApiError::conflict("no_configuration", "the stack has no configuration"))
}

async fn find<R>(app: &App, caller: &Caller<R>, text: &str) -> Result<(Stack, Vec<RunView>), ApiError> {
    let found = app.stack_with_runs(caller.principal.account, id(text, "stack")?).await?;
    found.ok_or_else(|| ApiError::not_found("stack"))
}

async fn change(app: &App, stack: &mut Stack, before: StackOptions, request: StackRequest) -> Result<(), ApiError> {
    let options = StackOptions {
        auto_approve: request.auto_approve.unwrap_or(before.auto_approve),
        labels: match &request.labels {
            Some(given) => labels(given)?,
            None => before.labels,
        },
        priority: request.priority.unwrap_or(before.priority),
        description: request.description.unwrap_or(before.description),
    };
    if options.description.len() > 4096 {
        return Err(ApiError::invalid("the description is too long").with(json!({"path": "description"})));
    }
    stack.options = serde_json::to_string(&options).map_err(|error| ApiError::internal(&error))?;
    let has_source = request.terraform_json.is_some() || request.files.is_some() || request.archive.is_some();
    let touches_input = has_source || request.variables.is_some() || request.config.is_some();
    if touches_input && (stack.input.is_some() || has_source) {
        let work = DeploymentRequest {
            terraform_json: request.terraform_json,
            files: request.files,
            archive: request.archive,
            directory: request.directory,
            variables: request.variables,
            config: request.config,
            ..DeploymentRequest::default()
        };
        stack.input = Some(input(app, work, stack.input.take()).await?);
    }
    Ok(())
}

fn name_taken(error: ApiError) -> ApiError {
    if error.code == "already_exists" {
        return ApiError::conflict("name_taken", "there is a stack with this name").with(json!({"path": "name"}));
    }
    error
}

fn body(stack: &Stack, runs: &[RunView]) -> StackBody {
    let options = StackOptions::of(stack);
    StackBody {
        id: stack.id.to_string(),
        name: stack.name.clone(),
        kind: stack.kind.name().to_owned(),
        description: options.description,
        status: status_of(runs).name().to_owned(),
        auto_approve: options.auto_approve,
        labels: options.labels.iter().map(ToString::to_string).collect(),
        priority: options.priority,
        has_configuration: stack.input.is_some() || !runs.is_empty(),
        created_at: rfc3339(stack.created_at.0),
        updated_at: rfc3339(stack.updated_at.0),
        deleted_at: stack.deleted_at.map(|at| rfc3339(at.0)),
        latest_run_id: runs.first().map(|run| run.id.to_string()),
    }
}

/// The definition of a run that a schedule makes.
pub(crate) fn scheduled(
    stack: &Stack,
    runs: &[RunView],
    operation: &str,
    auto_approve: bool,
) -> Result<fw_run::RunDef, ApiError> {
    let options = StackOptions { auto_approve, ..StackOptions::of(stack) };
    let input = base(stack, runs)?;
    let gate = options.gate(Attention::Allow);
    match operation {
        "apply" => Ok(definition(stack, &options, Purpose::Update, input, gate)),
        "destroy" => Ok(definition(stack, &options, Purpose::Destroy, input, gate)),
        "refresh" => {
            let plan = PlanOptions { mode: PlanMode::RefreshOnly, ..PlanOptions::default() };
            Ok(recipe(stack, &options, Purpose::Refresh, input, plan).plan_and_apply(gate))
        }
        "plan" => Ok(recipe(stack, &options, Purpose::Plan, input, PlanOptions::default()).plan_only()),
        other => Err(ApiError::invalid(format!("`{other}` is no operation: it is apply, plan, refresh or destroy"))
            .with(json!({"path": "operation"}))),
    }
}
