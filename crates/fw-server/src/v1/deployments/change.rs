//! Changing deployments: update, roll back, cancel, destroy.

use std::time::Instant;

use axum::Json;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use fw_database::Signal;
use fw_database::run_views::RunView;
use fw_database::stacks::{self, Stack};
use fw_driver::{applied, current_input};
use fw_run::{Actor, Attention, ChangeCounts, Event, GateDef, Purpose, RunId, RunStatus, StepKind, StepPhase};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::{DeploymentRequest, StackOptions, definition, find, input};
use crate::ApiError;
use crate::app::App;
use crate::body::{Body, OptionalBody, Parameters, id};
use crate::caller::{Caller, Operator};
use crate::deployment::{Status, status_of};
use crate::error::ErrorBody;
use crate::ids::Ids;
use crate::store::now;
use crate::time::rfc3339;
use crate::v1::accounts::check_name;
use crate::v1::runs::plan_json;
use crate::v1::stacks::diagnostics;

/// How to update.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UpdateQuery {
    /// Whether objects may be deleted or replaced.
    force_update: Option<bool>,
    /// Whether the plan is carried out without anybody's approval.
    auto_approve: Option<bool>,
}

/// What to go back to.
#[derive(Default, Deserialize, ToSchema)]
pub(crate) struct RollbackRequest {
    /// The id of the run, or update, whose configuration is to be had again; the last successful one before the current if
    /// nothing is said.
    to: Option<String>,
    /// Whether the plan is carried out without anybody's approval.
    auto_approve: Option<bool>,
}

/// An update that was accepted.
#[derive(Serialize, ToSchema)]
pub(crate) struct UpdateBody {
    id: String,
    update_id: String,
    deployment_id: String,
    status: String,
    created_at: String,
    #[schema(value_type = Object)]
    plan: Value,
}

/// What happens to a deployment.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangeBody {
    id: String,
    status: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    update_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rolled_back_to: Option<String>,
}

/// Updates a deployment
///
/// Plans the change and answers once it is accepted. If an object would be deleted or replaced nothing is touched, unless
/// `force_update` is set.
#[utoipa::path(put, path = "/deployments/{id}", tag = "deployments", params(("id" = String, Path), UpdateQuery),
    request_body = DeploymentRequest,
    responses((status = 200, body = UpdateBody), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 409, description = "dangerous changes, or not in this state", body = ErrorBody)))]
pub(crate) async fn update(
    State(app): State<App>,
    Extension(ids): Extension<Ids>,
    caller: Caller<Operator>,
    Path(deployment): Path<String>,
    Parameters(query): Parameters<UpdateQuery>,
    Body(mut request): Body<DeploymentRequest>,
) -> Result<Json<UpdateBody>, ApiError> {
    let (mut stack, runs) = find(&app, &caller, &deployment).await?;
    if let Some(name) = request.name.take() {
        check_name(&name)?;
        stack.name = name;
    }
    let run_id = ids.run();
    // The same request again, after the server was killed while it worked on it.
    let again = runs.iter().any(|run| run.id == run_id);
    if !again {
        may_change(&stack, &runs)?;
        let mut options = StackOptions::of(&stack);
        options.auto_approve = query.auto_approve.or(request.auto_approve).unwrap_or(options.auto_approve);
        let force = query.force_update.unwrap_or(false);
        let dangerous = if force { Attention::Allow } else { Attention::Refuse };
        let input = input(&app, request, current_input(&runs)).await?;
        let definition = definition(&stack, &options, Purpose::Update, input, options.gate(dangerous));
        let by = Actor::User { name: caller.principal.subject.clone() };
        app.create_run(run_id, definition, by, None).await?;
    }
    let run = settled(&app, &stack, run_id).await?;
    if run.status == RunStatus::Refused {
        return Err(dangerous(&app, &run).await?);
    }
    if let Some(error) = not_accepted(&app, &run).await? {
        return Err(error);
    }
    stack.updated_at = now();
    app.write(stack.clone(), |tx, stack| Box::pin(async move { Ok(stacks::update(tx, &stack).await?) })).await?;
    let report = run.state.plan.as_ref();
    let counts = report.map(|report| report.counts).unwrap_or_default();
    let dangerous = report.map_or(0, |report| report.plan.dangerous.len());
    Ok(Json(UpdateBody {
        id: stack.id.to_string(),
        update_id: run.id.to_string(),
        deployment_id: stack.id.to_string(),
        status: status_of(std::slice::from_ref(&run)).name().to_owned(),
        created_at: rfc3339(run.created_at.0),
        plan: json!({
            "plan_id": report.map(|report| report.plan.digest),
            "summary": summary(counts),
            "requires_approval": run.status == RunStatus::AwaitingApproval,
            "dangerous_changes": dangerous,
        }),
    }))
}

/// Has an earlier configuration again
#[utoipa::path(post, path = "/deployments/{id}/rollback", tag = "deployments", params(("id" = String, Path)),
    request_body = RollbackRequest,
    responses((status = 202, body = ChangeBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
pub(crate) async fn rollback(
    State(app): State<App>,
    Extension(ids): Extension<Ids>,
    caller: Caller<Operator>,
    Path(deployment): Path<String>,
    OptionalBody(request): OptionalBody<RollbackRequest>,
) -> Result<(StatusCode, Json<ChangeBody>), ApiError> {
    let (stack, runs) = find(&app, &caller, &deployment).await?;
    let run_id = ids.run();
    let target = target(&runs, request.to.as_deref(), run_id)?;
    if !runs.iter().any(|run| run.id == run_id) {
        may_change(&stack, &runs)?;
        let mut options = StackOptions::of(&stack);
        options.auto_approve = request.auto_approve.unwrap_or(options.auto_approve);
        let purpose = Purpose::Rollback { to: target.id };
        let gate = options.gate(Attention::Allow);
        let definition = definition(&stack, &options, purpose, target.definition.input.clone(), gate);
        let by = Actor::User { name: caller.principal.subject };
        app.create_run(run_id, definition, by, None).await?;
    }
    let message = format!("the configuration of {} is deployed again", rfc3339(target.created_at.0));
    let body = changed(&stack, Status::Queued, &message, Some(run_id));
    Ok((StatusCode::ACCEPTED, Json(ChangeBody { rolled_back_to: Some(target.id.to_string()), ..body })))
}

/// Cancels what is under way
#[utoipa::path(post, path = "/deployments/{id}/cancel", tag = "deployments", params(("id" = String, Path)),
    responses((status = 202, body = ChangeBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
pub(crate) async fn cancel(
    State(app): State<App>,
    caller: Caller<Operator>,
    Path(deployment): Path<String>,
) -> Result<(StatusCode, Json<ChangeBody>), ApiError> {
    let (stack, runs) = find(&app, &caller, &deployment).await?;
    let Some(run) = runs.iter().find(|run| run.state.finished.is_none()) else {
        let message = format!("nothing is under way: the deployment is {}", status_of(&runs).name());
        return Err(ApiError::conflict("invalid_state", message));
    };
    let by = Actor::User { name: caller.principal.subject };
    app.tell(run.id, Event::CancelAsked { by, reason: None }).await?;
    let body = changed(&stack, Status::Canceling, "what is under way is being canceled", Some(run.id));
    Ok((StatusCode::ACCEPTED, Json(body)))
}

/// Destroys everything a deployment has made
#[utoipa::path(delete, path = "/deployments/{id}", tag = "deployments", params(("id" = String, Path)),
    responses((status = 202, body = ChangeBody), (status = 204, description = "there was nothing to destroy"),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
pub(crate) async fn destroy(
    State(app): State<App>,
    Extension(ids): Extension<Ids>,
    caller: Caller<Operator>,
    Path(deployment): Path<String>,
) -> Result<Response, ApiError> {
    let (stack, runs) = find(&app, &caller, &deployment).await?;
    let by = Actor::User { name: caller.principal.subject };
    let accepted = |status, message: &str, run| {
        (StatusCode::ACCEPTED, Json(changed(&stack, status, message, Some(run)))).into_response()
    };
    if let Some(run) = runs.iter().find(|run| run.state.finished.is_none()) {
        if matches!(run.definition.purpose, Purpose::Destroy) {
            return Ok(accepted(Status::Destroying, "it is being destroyed already", run.id));
        }
        app.tell(run.id, Event::CancelAsked { by, reason: Some("the deployment was deleted".to_owned()) }).await?;
        if run.started_at.is_none() && !runs.iter().any(applied) {
            remove(&app, &stack).await?;
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        let message = "what is under way is being canceled; delete it again to destroy what was made";
        return Ok(accepted(Status::Canceling, message, run.id));
    }
    let state = app.state(stack.id, None).await?;
    let input = current_input(&runs).or_else(|| stack.input.clone());
    let (Some(input), true) = (input, state.is_some_and(|state| state.resources > 0)) else {
        remove(&app, &stack).await?;
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let options = StackOptions::of(&stack);
    let run = ids.run();
    app.create_run(run, definition(&stack, &options, Purpose::Destroy, input, GateDef::automatic()), by, None).await?;
    Ok(accepted(Status::Destroying, "everything the deployment has made is being destroyed", run))
}

async fn remove(app: &App, stack: &Stack) -> Result<(), ApiError> {
    app.write((stack.account, stack.id, now()), |tx, (account, id, at)| {
        Box::pin(async move { Ok(stacks::remove(tx, account, id, at).await.map(drop)?) })
    })
    .await
}

fn changed(stack: &Stack, status: Status, message: &str, run: Option<RunId>) -> ChangeBody {
    let run = run.map(|run| run.to_string());
    ChangeBody {
        id: stack.id.to_string(),
        status: status.name().to_owned(),
        message: message.to_owned(),
        update_id: run.clone(),
        run_id: run,
        rolled_back_to: None,
    }
}

/// Only what is at rest and not gone is changed.
fn may_change(stack: &Stack, runs: &[RunView]) -> Result<(), ApiError> {
    let status = status_of(runs);
    let other = runs.iter().any(|run| run.state.finished.is_none());
    if stack.deleted_at.is_some() || status == Status::Destroyed {
        return Err(ApiError::conflict("invalid_state", "the deployment has been destroyed"));
    }
    if status.is_busy() || other {
        let message = format!("the deployment is {}: it can be changed once that is over", status.name());
        return Err(ApiError::conflict("invalid_state", message).with(json!({"status": status})));
    }
    Ok(())
}

/// The run to go back to.
fn target<'r>(runs: &'r [RunView], named: Option<&str>, own: RunId) -> Result<&'r RunView, ApiError> {
    let nothing =
        || ApiError::conflict("nothing_to_roll_back_to", "there is no earlier configuration that was deployed");
    if let Some(named) = named {
        let named: RunId = id(named, "update")?;
        let found = runs.iter().find(|run| run.id == named && run.status == RunStatus::Succeeded);
        return found
            .filter(|run| !matches!(run.definition.purpose, Purpose::Destroy | Purpose::Plan))
            .ok_or_else(nothing);
    }
    let changing =
        |run: &&RunView| !matches!(run.definition.purpose, Purpose::Plan | Purpose::Refresh) && run.id != own;
    let mut past = runs.iter().filter(changing);
    let current = past.find(|run| applied(run) || run.status == RunStatus::Succeeded).ok_or_else(nothing)?;
    let is_deployed = |run: &&RunView| {
        run.status == RunStatus::Succeeded
            && matches!(run.definition.purpose, Purpose::Create | Purpose::Update | Purpose::Rollback { .. })
    };
    // After a rollback the one before is that which was rolled back from: another step back is further.
    let current = match current.definition.purpose {
        Purpose::Rollback { to } => runs.iter().find(|run| run.id == to).unwrap_or(current),
        _ => current,
    };
    let input = &current.definition.input;
    let differs = |run: &&RunView| {
        run.definition.input.source != input.source || run.definition.input.variables != input.variables
    };
    let older = runs.iter().skip_while(|run| run.id != current.id).skip(1);
    older.filter(is_deployed).find(differs).ok_or_else(nothing)
}

/// Waits until a run's plan has been accepted, refused, or has failed.
async fn settled(app: &App, stack: &Stack, run: RunId) -> Result<RunView, ApiError> {
    let mut signals = app.database.subscribe();
    let started = Instant::now();
    loop {
        let view = app.run(stack.account, run).await?;
        let gate = view
            .definition
            .steps
            .iter()
            .zip(&view.state.steps)
            .find(|(step, _)| matches!(step.kind, StepKind::Gate(_)));
        let passed =
            gate.is_none_or(|(_, state)| state.phase.is_over() || matches!(state.phase, StepPhase::Open { .. }));
        if passed || view.state.finished.is_some() {
            return Ok(view);
        }
        if started.elapsed() > app.options.plan_patience {
            let message = "the plan takes long; the deployment shows how it goes on";
            return Err(ApiError::new(StatusCode::GATEWAY_TIMEOUT, "timeout", message).with(json!({"update_id": run})));
        }
        let heard = async { while !matches!(signals.recv().await, Ok(Signal::Run(told)) if told == run) {} };
        drop(tokio::time::timeout(std::time::Duration::from_secs(1), heard).await);
    }
}

/// Why an update was not accepted, if so.
async fn not_accepted(app: &App, run: &RunView) -> Result<Option<ApiError>, ApiError> {
    let failed = run.state.steps.iter().find_map(|step| match &step.phase {
        StepPhase::Failed { failure, .. } => Some(failure),
        _ => None,
    });
    if let Some(failure) = failed.filter(|_| !applied(run)) {
        let diagnostics = diagnostics(app, failure.diagnostics).await;
        let message = format!("the plan failed: {}", failure.message);
        let error = ApiError::new(StatusCode::BAD_REQUEST, "plan_failed", message);
        return Ok(Some(error.with(json!({"diagnostics": diagnostics, "update_id": run.id}))));
    }
    let over = matches!(run.status, RunStatus::Canceled | RunStatus::Rejected | RunStatus::Expired);
    Ok((over && !applied(run)).then(|| {
        ApiError::conflict("update_canceled", format!("the update was {} before it began", run.status.as_str()))
    }))
}

/// The answer to an update that would delete or replace objects.
async fn dangerous(app: &App, run: &RunView) -> Result<ApiError, ApiError> {
    let plan = plan_json(app, run).await?.unwrap_or(Value::Null);
    let addresses = run.state.plan.as_ref().map(|report| report.plan.dangerous.clone()).unwrap_or_default();
    let changes: Vec<Value> = addresses.iter().map(|address| dangerous_change(address, &plan)).collect();
    let message =
        "the update would delete or replace objects, which can lose data or cause downtime; nothing was touched";
    let mut error = ApiError::conflict("dangerous_changes_detected", message);
    let mut beside = Map::new();
    beside.insert("plan".to_owned(), plan);
    beside.insert("dangerous_changes".to_owned(), Value::Array(changes));
    let mitigation = "Review the changes; add ?force_update=true to the request to make them";
    beside.insert("mitigation".to_owned(), mitigation.into());
    error.beside = beside;
    Ok(error.with(json!({"update_id": run.id})))
}

fn dangerous_change(address: &str, plan: &Value) -> Value {
    let changes = plan["resource_changes"].as_array().into_iter().flatten();
    let Some(change) = changes.into_iter().find(|change| change["address"] == address) else {
        return json!({"resource": address, "address": address});
    };
    let actions = &change["change"]["actions"];
    let replaced = actions.as_array().is_some_and(|actions| actions.len() > 1);
    json!({
        "resource": address,
        "address": address,
        "type": change["type"],
        "name": change["name"],
        "action": if replaced { "replace" } else { "delete" },
        "actions": actions,
        "replace_paths": change["change"]["replace_paths"],
        "reason": change["action_reason"],
    })
}

fn summary(counts: ChangeCounts) -> Value {
    json!({
        "create": counts.add, "update": counts.change, "destroy": counts.remove, "replace": counts.replace,
        "total": counts.add + counts.change + counts.remove,
    })
}
