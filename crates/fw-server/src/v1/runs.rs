//! Runs: look, approve, reject, cancel.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use fw_database::run_views::{RunFilter, RunView};
use fw_run::{Actor, Digest, Event, OpKey, Resolution, RunId, StepId, StepPhase};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::ApiError;
use crate::app::App;
use crate::body::{Body, OptionalBody, Parameters, id};
use crate::caller::{Caller, Operator, Viewer};
use crate::error::ErrorBody;
use crate::run_view::{self, RunBody};

/// Which runs.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RunsQuery {
    /// Only of this stack or deployment.
    stack: Option<String>,
    /// Only with this status.
    status: Option<String>,
    /// How many at most; 50 if nothing is said.
    limit: Option<u32>,
    /// How many of the newest to leave out.
    offset: Option<u32>,
}

/// An approval.
#[derive(Default, Deserialize, ToSchema)]
pub(crate) struct ApprovalBody {
    /// The digest of the plan that is approved; the one that waits if nothing is said.
    plan_digest: Option<String>,
}

/// What became of operations.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ResolveBody {
    operations: Vec<ResolvedOperation>,
}

/// What became of one.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ResolvedOperation {
    /// As the run names it.
    op: String,
    /// The object exists: import it under this id.
    import_id: Option<String>,
    /// There is no such object.
    absent: Option<bool>,
}

/// Why.
#[derive(Default, Deserialize, ToSchema)]
pub(crate) struct ReasonBody {
    reason: Option<String>,
}

/// Runs of the account, the newest first
#[utoipa::path(get, path = "/runs", tag = "runs", params(RunsQuery), responses((status = 200, body = [RunBody])))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Parameters(query): Parameters<RunsQuery>,
) -> Result<Json<Vec<RunBody>>, ApiError> {
    let stack = query.stack.map(|text| id(&text, "stack")).transpose()?;
    let status = query.status.map(|text| text.parse().map_err(|error: String| ApiError::invalid(error))).transpose()?;
    let limit = query.limit.unwrap_or(50).clamp(1, 500);
    let filter = RunFilter { stack, status, limit, offset: query.offset.unwrap_or(0), open: false };
    let runs = app.runs(caller.principal.account, filter).await?;
    Ok(Json(runs.iter().map(run_view::body).collect()))
}

/// A run with its steps
#[utoipa::path(get, path = "/runs/{id}", tag = "runs", params(("id" = String, Path)),
    responses((status = 200, body = RunBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Path(run): Path<String>,
) -> Result<Json<RunBody>, ApiError> {
    let run = app.run(caller.principal.account, id(&run, "run")?).await?;
    Ok(Json(run_view::body(&run)))
}

/// The steps of a run
#[utoipa::path(get, path = "/runs/{id}/steps", tag = "runs", params(("id" = String, Path)),
    responses((status = 200, body = [run_view::StepBody]), (status = 404, body = ErrorBody)))]
pub(crate) async fn steps(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Path(run): Path<String>,
) -> Result<Json<Vec<run_view::StepBody>>, ApiError> {
    let run = app.run(caller.principal.account, id(&run, "run")?).await?;
    Ok(Json(run_view::body(&run).steps))
}

/// The plan of a run, in terraform's JSON form
#[utoipa::path(get, path = "/runs/{id}/plan", tag = "runs", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 404, body = ErrorBody)))]
pub(crate) async fn plan(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Path(run): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let run = app.run(caller.principal.account, id(&run, "run")?).await?;
    plan_json(&app, &run).await?.map(Json).ok_or_else(|| ApiError::not_found("plan"))
}

/// The plan of a run in its JSON form, if it has one.
pub(crate) async fn plan_json(app: &App, run: &RunView) -> Result<Option<Value>, ApiError> {
    match run.state.plan.as_ref().and_then(|report| report.json) {
        Some(digest) => app.get_json(digest).await.map(Some),
        None => Ok(None),
    }
}

/// Approves the plan of a run
///
/// An approval is for one plan: with a digest, it is refused for any other.
#[utoipa::path(post, path = "/runs/{id}/approve", tag = "runs", params(("id" = String, Path)),
    request_body = ApprovalBody,
    responses((status = 202, body = RunBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
pub(crate) async fn approve(
    State(app): State<App>,
    caller: Caller<Operator>,
    Path(run): Path<String>,
    OptionalBody(approval): OptionalBody<ApprovalBody>,
) -> Result<(StatusCode, Json<RunBody>), ApiError> {
    let run = app.run(caller.principal.account, id(&run, "run")?).await?;
    let (step, plan) = open_gate(&run)?;
    if let Some(given) = approval.plan_digest
        && plan.map(|plan| plan.to_string()).as_deref() != Some(given.as_str())
    {
        let error = ApiError::conflict("plan_changed", "the plan that waits for approval is another one");
        return Err(error.with(json!({"plan_digest": plan})));
    }
    let by = Actor::User { name: caller.principal.subject };
    tell(&app, &run, Event::Approved { step, plan, by }).await
}

/// Rejects the plan of a run
#[utoipa::path(post, path = "/runs/{id}/reject", tag = "runs", params(("id" = String, Path)),
    request_body = ReasonBody,
    responses((status = 202, body = RunBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
pub(crate) async fn reject(
    State(app): State<App>,
    caller: Caller<Operator>,
    Path(run): Path<String>,
    OptionalBody(body): OptionalBody<ReasonBody>,
) -> Result<(StatusCode, Json<RunBody>), ApiError> {
    let run = app.run(caller.principal.account, id(&run, "run")?).await?;
    let (step, _) = open_gate(&run)?;
    let by = Actor::User { name: caller.principal.subject };
    tell(&app, &run, Event::Rejected { step, by, reason: body.reason }).await
}

/// Cancels a run
#[utoipa::path(post, path = "/runs/{id}/cancel", tag = "runs", params(("id" = String, Path)),
    request_body = ReasonBody,
    responses((status = 202, body = RunBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
pub(crate) async fn cancel(
    State(app): State<App>,
    caller: Caller<Operator>,
    Path(run): Path<String>,
    OptionalBody(body): OptionalBody<ReasonBody>,
) -> Result<(StatusCode, Json<RunBody>), ApiError> {
    let run = app.run(caller.principal.account, id(&run, "run")?).await?;
    if run.state.finished.is_some() {
        return Err(ApiError::conflict("invalid_state", "the run is over"));
    }
    let by = Actor::User { name: caller.principal.subject };
    tell(&app, &run, Event::CancelAsked { by, reason: body.reason }).await
}

/// Says what became of operations that nobody could settle
///
/// A run in the state `apply_unknown` names them; each is to be imported under an id, or declared absent.
#[utoipa::path(post, path = "/runs/{id}/resolve", tag = "runs", params(("id" = String, Path)),
    request_body = ResolveBody,
    responses((status = 202, body = RunBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
pub(crate) async fn resolve(
    State(app): State<App>,
    caller: Caller<Operator>,
    Path(run): Path<String>,
    Body(body): Body<ResolveBody>,
) -> Result<(StatusCode, Json<RunBody>), ApiError> {
    let run = app.run(caller.principal.account, id(&run, "run")?).await?;
    let steps = run.definition.steps().zip(&run.state.steps);
    let mut unknown = steps.filter(|(_, state)| matches!(state.phase, StepPhase::Unknown { .. }));
    let Some(((step, _), _)) = unknown.next() else {
        return Err(ApiError::conflict("invalid_state", "no operation of the run waits to be settled"));
    };
    let settled = body.operations.into_iter().map(|one| match (one.import_id, one.absent) {
        (Some(id), None | Some(false)) => Ok((OpKey(one.op), Resolution::Import(id))),
        (None, Some(true)) => Ok((OpKey(one.op), Resolution::Absent)),
        _ => Err(ApiError::invalid("each operation has either `import_id` or `absent: true`")),
    });
    let resolutions = settled.collect::<Result<Vec<_>, _>>()?;
    let by = Actor::User { name: caller.principal.subject };
    tell(&app, &run, Event::Resolved { step, by, resolutions }).await
}

async fn tell(app: &App, run: &RunView, event: Event) -> Result<(StatusCode, Json<RunBody>), ApiError> {
    app.tell(run.id, event).await?;
    let run = app.run(run.account, run.id).await?;
    Ok((StatusCode::ACCEPTED, Json(run_view::body(&run))))
}

/// The gate of a run that waits for approval, and the plan it is about.
fn open_gate(run: &RunView) -> Result<(StepId, Option<Digest>), ApiError> {
    let steps = run.definition.steps().zip(&run.state.steps);
    let mut open = steps.filter_map(|((step, _), state)| match &state.phase {
        StepPhase::Open { plan, .. } => Some((step, *plan)),
        _ => None,
    });
    open.next().ok_or_else(|| {
        let message = format!("the run is {}: no plan of it waits for approval", run.status.as_str());
        ApiError::conflict("invalid_state", message)
    })
}

/// The id of a run, of the caller's account.
pub(crate) async fn known(app: &App, caller: &Caller<Viewer>, text: &str) -> Result<RunId, ApiError> {
    Ok(app.run(caller.principal.account, id(text, "run")?).await?.id)
}
