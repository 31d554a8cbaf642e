//! Deployments: a configuration and its first run in one request.

pub(crate) mod change;
pub(crate) mod look;

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use fw_database::run_views::RunView;
use fw_database::stacks::{self, Stack, StackFilter, StackKind};
use fw_driver::{applied, shown_run};
use fw_run::{
    Actor, Approval, Attention, GateDef, Label, LabelSet, Millis, PlanMode, PlanOptions, Purpose, Recipe, RunDef,
    RunInput, Settings, Source,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::body::{Body, Parameters, id};
use crate::caller::{Caller, Operator, Viewer};
use crate::deployment::{self, sees_all, shown, status_of};
use crate::error::ErrorBody;
use crate::ids::Ids;
use crate::source::{CloudConfig, SourceRequest, environment};
use crate::store::now;
use crate::time::rfc3339;
use crate::v1::accounts::check_name;
use crate::{ApiError, Principal, Role, run_view};

/// How long a plan waits for approval.
pub(crate) const APPROVAL_TIME: Millis = Millis::minutes(60 * 24 * 7);

/// A deployment to be made, or what is to change of one.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct DeploymentRequest {
    /// Its name, for people; required when it is made.
    pub(crate) name: Option<String>,
    /// The whole configuration in Terraform's JSON syntax.
    #[schema(value_type = Option<Object>)]
    pub(crate) terraform_json: Option<Box<RawValue>>,
    /// Files by path, in its place.
    pub(crate) files: Option<BTreeMap<String, String>>,
    /// A zip or gzip-compressed tar archive, in base64, in its place.
    pub(crate) archive: Option<String>,
    /// The root module's directory within files or archive.
    pub(crate) directory: Option<String>,
    /// Values of the configuration's variables.
    #[schema(value_type = Option<Object>)]
    pub(crate) variables: Option<Map<String, Value>>,
    /// For which cloud account and region.
    pub(crate) config: Option<CloudConfig>,
    /// Whether plans are carried out without anybody's approval; so it is if nothing is said.
    pub(crate) auto_approve: Option<bool>,
    /// What its workers have to have.
    pub(crate) labels: Option<Vec<String>>,
    /// Higher ones come first within the account.
    pub(crate) priority: Option<i16>,
}

impl DeploymentRequest {
    /// The configuration of the request. (Flattened into it, it could not be kept as it was written.)
    fn take_source(&mut self) -> SourceRequest {
        SourceRequest {
            terraform_json: self.terraform_json.take(),
            files: self.files.take(),
            archive: self.archive.take(),
            directory: self.directory.take(),
        }
    }
}

/// How the runs of a stack are made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct StackOptions {
    pub(crate) auto_approve: bool,
    pub(crate) labels: LabelSet,
    pub(crate) priority: i16,
    pub(crate) description: String,
}

impl Default for StackOptions {
    fn default() -> Self {
        Self { auto_approve: true, labels: LabelSet::default(), priority: 0, description: String::new() }
    }
}

impl StackOptions {
    pub(crate) fn of(stack: &Stack) -> Self {
        serde_json::from_str(&stack.options).unwrap_or_default()
    }

    pub(crate) fn gate(&self, dangerous: Attention) -> GateDef {
        let approval = if self.auto_approve { Approval::Automatic } else { Approval::Required };
        GateDef { approval, dangerous, approvers: 1, valid_for: APPROVAL_TIME }
    }
}

/// How long the queue is.
#[derive(Serialize, ToSchema)]
pub(crate) struct QueueInfo {
    queue_depth: u64,
    /// In seconds.
    average_wait_time: f64,
}

/// The answer to a new deployment.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewDeployment {
    id: String,
    name: String,
    status: String,
    created_at: String,
    run_id: Option<String>,
    queue_info: QueueInfo,
}

/// A deployment.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeploymentBody {
    id: String,
    name: String,
    status: String,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<String>,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<String>,
    /// What it waits for: approval, a worker, the lock of the stack.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_for: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Everything it has made or read; left out of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    resources: Option<deployment::Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    resource_summary: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    resource_errors: Option<deployment::Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    outputs: Option<deployment::Json>,
}

/// Which deployments.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeploymentsQuery {
    /// Only with this status.
    status: Option<String>,
    /// Only with this name.
    name: Option<String>,
    /// With their resources.
    detailed: Option<bool>,
    /// How many at most; 100 if nothing is said.
    limit: Option<u32>,
    /// How many of the newest to leave out.
    offset: Option<u32>,
}

/// Deploys a configuration
///
/// Answers at once; the run follows. An unknown resource type is taken and fails in the run; what is malformed is refused
/// with its place.
#[utoipa::path(post, path = "/deployments", tag = "deployments", request_body = DeploymentRequest,
    responses((status = 201, body = NewDeployment), (status = 400, body = ErrorBody), (status = 429, body = ErrorBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    Extension(ids): Extension<Ids>,
    caller: Caller<Operator>,
    Body(request): Body<DeploymentRequest>,
) -> Result<(StatusCode, Json<NewDeployment>), ApiError> {
    let name = request.name.clone().ok_or_else(|| ApiError::invalid("name is required"))?;
    check_name(&name)?;
    let options = StackOptions {
        auto_approve: request.auto_approve.unwrap_or(true),
        labels: labels(request.labels.as_deref().unwrap_or_default())?,
        priority: request.priority.unwrap_or(0),
        description: String::new(),
    };
    let input = input(&app, request, None).await?;
    let account = caller.principal.account;
    let stack = Stack {
        id: ids.stack(),
        account,
        name: name.clone(),
        kind: StackKind::Deployment,
        input: None,
        options: serde_json::to_string(&options).map_err(|error| ApiError::internal(&error))?,
        created_at: now(),
        updated_at: now(),
        deleted_at: None,
    };
    let gate = options.gate(Attention::Allow);
    let definition = definition(&stack, &options, Purpose::Create, input, gate);
    let run = ids.run();
    let by = Actor::User { name: caller.principal.subject };
    app.create_run(run, definition, by, Some(stack.clone())).await?;
    let queue = app.queue().await?;
    let body = NewDeployment {
        id: stack.id.to_string(),
        name,
        status: "queued".to_owned(),
        created_at: rfc3339(stack.created_at.0),
        run_id: Some(run.to_string()),
        queue_info: QueueInfo { queue_depth: queue.depth, average_wait_time: seconds(queue.average_wait.0) },
    };
    Ok((StatusCode::CREATED, Json(body)))
}

/// Deployments of the account, the newest first
#[utoipa::path(get, path = "/deployments", tag = "deployments", params(DeploymentsQuery),
    responses((status = 200, body = [DeploymentBody])))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Parameters(query): Parameters<DeploymentsQuery>,
) -> Result<Json<Vec<DeploymentBody>>, ApiError> {
    let limit = query.limit.unwrap_or(100).clamp(1, 1000);
    let offset = query.offset.unwrap_or(0);
    let account = caller.principal.account;
    let all = query.status.is_some();
    let filter = StackFilter {
        kind: Some(StackKind::Deployment),
        name: query.name,
        // A status is found out of the runs, so it can only be asked for after all have been looked at.
        limit: if all { 10_000 } else { limit },
        offset: if all { 0 } else { offset },
    };
    let stacks = app
        .read((account, filter), |tx, (account, filter)| {
            Box::pin(async move { Ok(stacks::list(tx, account, &filter).await?) })
        })
        .await?;
    let mut bodies = Vec::new();
    let mut runs = app.runs_of_stacks(account, &stacks).await?;
    for stack in &stacks {
        let runs = runs.remove(&stack.id).unwrap_or_default();
        if query.status.as_ref().is_none_or(|wanted| status_of(&runs).name() == wanted) {
            let role = query.detailed.unwrap_or(false).then_some(caller.principal.role);
            bodies.push(body(&app, stack, &runs, role).await?);
        }
    }
    if all {
        bodies = bodies.into_iter().skip(offset as usize).take(limit as usize).collect();
    }
    Ok(Json(bodies))
}

/// A deployment with all it has made
#[utoipa::path(get, path = "/deployments/{id}", tag = "deployments", params(("id" = String, Path)),
    responses((status = 200, body = DeploymentBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Path(deployment): Path<String>,
) -> Result<Response, ApiError> {
    let Principal { account, role, .. } = caller.principal;
    let question = (account, id(&deployment, "deployment")?, sees_all(role));
    let answer = match app.answers.find(question) {
        Ok(answer) => answer,
        Err(begun) => {
            let (stack, runs) = find(&app, &caller, &deployment).await?;
            let body = body(&app, &stack, &runs, Some(role)).await?;
            let answer = Bytes::from(serde_json::to_vec(&body).map_err(|error| ApiError::internal(&error))?);
            app.answers.keep(question, begun, &answer, runs.iter().map(|run| run.id).collect());
            answer
        }
    };
    Ok(([(CONTENT_TYPE, "application/json")], answer).into_response())
}

/// A deployment or stack of the caller's account, with its runs.
pub(crate) async fn find<R>(app: &App, caller: &Caller<R>, text: &str) -> Result<(Stack, Vec<RunView>), ApiError> {
    let account = caller.principal.account;
    let found = app.stack_with_runs(account, id(text, "deployment")?).await?;
    found.ok_or_else(|| ApiError::not_found("deployment"))
}

/// A run of a stack: a plan, a gate, an apply.
pub(crate) fn definition(
    stack: &Stack,
    options: &StackOptions,
    purpose: Purpose,
    input: RunInput,
    gate: GateDef,
) -> RunDef {
    let mode = if matches!(purpose, Purpose::Destroy) { PlanMode::Destroy } else { PlanMode::Normal };
    recipe(stack, options, purpose, input, PlanOptions { mode, ..PlanOptions::default() }).plan_and_apply(gate)
}

pub(crate) fn recipe(
    stack: &Stack,
    options: &StackOptions,
    purpose: Purpose,
    input: RunInput,
    plan: PlanOptions,
) -> Recipe {
    let (labels, priority) = (options.labels.clone(), options.priority);
    Recipe { account: stack.account, stack: stack.id, purpose, input, plan, labels, priority }
}

/// What a run works on: what the request says, and the rest as before.
pub(crate) async fn input(
    app: &App,
    mut request: DeploymentRequest,
    before: Option<RunInput>,
) -> Result<RunInput, ApiError> {
    let given = request.take_source();
    let config = request.config.clone().unwrap_or_default();
    let source = match before.as_ref() {
        Some(before) if given.is_empty() => before.source.clone(),
        Some(_) | None => {
            let packed = given.pack(&config)?;
            let object = app.put(packed.content).await?;
            Source { object, format: packed.format, directory: packed.directory }
        }
    };
    let variables = match &request.variables {
        None => before.as_ref().and_then(|before| before.variables),
        Some(variables) if variables.is_empty() => None,
        Some(variables) => {
            let text = serde_json::to_vec(variables).map_err(|error| ApiError::internal(&error))?;
            Some(app.put(text).await?)
        }
    };
    let settings = match (&request.config, &before) {
        (None, Some(before)) => before.settings.clone(),
        _ => Settings { environment: environment(&config), ..Settings::default() },
    };
    let lock_file = before.and_then(|before| before.lock_file);
    Ok(RunInput { source, variables, lock_file, settings })
}

pub(crate) fn labels(given: &[String]) -> Result<LabelSet, ApiError> {
    let labels = given.iter().map(|label| {
        label.parse::<Label>().map_err(|error| ApiError::invalid(error.to_string()).with(json!({"path": "labels"})))
    });
    labels.collect()
}

/// A deployment for clients; with a role, with all its objects as that role sees them.
async fn body(app: &App, stack: &Stack, runs: &[RunView], role: Option<Role>) -> Result<DeploymentBody, ApiError> {
    let run = shown_run(runs);
    let status = status_of(runs);
    let over = run.filter(|_| !status.is_busy());
    let shown = match role {
        Some(role) => Some(shown(app, stack.id, run, role).await?),
        None => None,
    };
    let error = over.filter(|run| run.status != fw_run::RunStatus::Succeeded);
    Ok(DeploymentBody {
        id: stack.id.to_string(),
        name: stack.name.clone(),
        status: if stack.deleted_at.is_some() && run.is_none_or(|run| !applied(run)) {
            "destroyed".to_owned()
        } else {
            status.name().to_owned()
        },
        created_at: rfc3339(stack.created_at.0),
        started_at: run.and_then(|run| run.started_at).map(|at| rfc3339(at.0)),
        completed_at: over.and_then(|run| run.finished_at).map(|at| rfc3339(at.0)),
        updated_at: rfc3339(run.map_or(stack.updated_at, |run| run.finished_at.unwrap_or(run.created_at)).0),
        deleted_at: stack.deleted_at.map(|at| rfc3339(at.0)),
        run_id: run.map(|run| run.id.to_string()),
        waiting_for: run.and_then(run_view::waiting_for),
        error: error.and_then(|run| run_view::body(run).error),
        resources: shown.as_ref().map(|shown| shown.resources.clone()),
        resource_summary: shown.as_ref().map(|shown| shown.summary.clone()),
        resource_errors: shown.as_ref().map(|shown| shown.errors.clone()),
        outputs: shown.map(|shown| shown.outputs),
    })
}

pub(crate) fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}
