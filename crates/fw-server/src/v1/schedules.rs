//! Schedules: runs that are made by the clock.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use fw_database::runs::{self, ScheduleRow};
use fw_driver::{Cron, scheduled_run};
use fw_run::ScheduleId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::stacks::scheduled;
use crate::app::App;
use crate::body::{Body, id};
use crate::caller::{Caller, Operator, Viewer};
use crate::error::ErrorBody;
use crate::store::now;
use crate::time::rfc3339;
use crate::v1::accounts::check_name;
use crate::{ApiError, ids, run_view};

/// A schedule to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ScheduleRequest {
    name: String,
    stack_id: String,
    /// Five fields, or six with seconds: `0 6 * * MON-FRI`.
    cron: String,
    /// A time zone: `Europe/Vienna`; UTC if nothing is said.
    time_zone: Option<String>,
    /// apply, plan, refresh or destroy; refresh, which finds drift, if nothing is said.
    operation: Option<String>,
    /// Whether its plans are carried out without approval; not so if nothing is said.
    auto_approve: Option<bool>,
}

/// Whether a schedule makes runs.
#[derive(Deserialize, ToSchema)]
pub(crate) struct PauseRequest {
    paused: bool,
}

/// A schedule.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScheduleBody {
    id: String,
    name: String,
    stack_id: String,
    cron: String,
    time_zone: String,
    purpose: String,
    paused: bool,
    next_at: Option<String>,
    last_at: Option<String>,
    last_run_id: Option<String>,
    created_at: String,
}

/// The schedules of the account
#[utoipa::path(get, path = "/schedules", tag = "schedules", responses((status = 200, body = [ScheduleBody])))]
pub(crate) async fn list(State(app): State<App>, caller: Caller<Viewer>) -> Result<Json<Vec<ScheduleBody>>, ApiError> {
    let account = caller.principal.account;
    let all = app.read(account, |tx, account| Box::pin(async move { Ok(runs::schedules(tx, account).await?) })).await?;
    Ok(Json(all.iter().map(body).collect()))
}

/// Makes a schedule
#[utoipa::path(post, path = "/schedules", tag = "schedules", request_body = ScheduleRequest,
    responses((status = 201, body = ScheduleBody), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller<Operator>,
    Body(request): Body<ScheduleRequest>,
) -> Result<(StatusCode, Json<ScheduleBody>), ApiError> {
    check_name(&request.name)?;
    let account = caller.principal.account;
    let found = app.stack_with_runs(account, id(&request.stack_id, "stack")?).await?;
    let (stack, stack_runs) = found.ok_or_else(|| ApiError::not_found("stack"))?;
    let zone = request.time_zone.unwrap_or_else(|| "UTC".to_owned());
    let next = next_tick(&request.cron, &zone)?;
    let operation = request.operation.as_deref().unwrap_or("refresh");
    let schedule = ScheduleRow {
        id: ScheduleId::new(uuid::Uuid::now_v7()),
        account,
        stack: stack.id,
        name: request.name,
        cron: request.cron,
        zone,
        definition: scheduled(&stack, &stack_runs, operation, request.auto_approve.unwrap_or(false))?,
        paused: false,
        next_at: Some(next),
        last_at: None,
        last_run: None,
        created_at: now(),
    };
    app.write(schedule.clone(), |tx, schedule| {
        Box::pin(async move { Ok(runs::insert_schedule(tx, &schedule).await?) })
    })
    .await?;
    Ok((StatusCode::CREATED, Json(body(&schedule))))
}

/// Pauses a schedule, or lets it go on
#[utoipa::path(post, path = "/schedules/{id}/pause", tag = "schedules", params(("id" = String, Path)),
    request_body = PauseRequest, responses((status = 200, body = ScheduleBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn pause(
    State(app): State<App>,
    caller: Caller<Operator>,
    Path(schedule): Path<String>,
    Body(request): Body<PauseRequest>,
) -> Result<Json<ScheduleBody>, ApiError> {
    let schedule = find(&app, &caller, &schedule).await?;
    let next = if request.paused { None } else { Some(next_tick(&schedule.cron, &schedule.zone)?) };
    app.write((schedule.id, next), |tx, (id, next)| {
        Box::pin(async move { Ok(runs::pause_schedule(tx, id, next).await.map(drop)?) })
    })
    .await?;
    Ok(Json(body(&ScheduleRow { paused: request.paused, next_at: next, ..schedule })))
}

/// Runs a schedule now
#[utoipa::path(post, path = "/schedules/{id}/trigger", tag = "schedules", params(("id" = String, Path)),
    responses((status = 201, body = run_view::RunBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn trigger(
    State(app): State<App>,
    axum::Extension(ids): axum::Extension<ids::Ids>,
    caller: Caller<Operator>,
    Path(schedule): Path<String>,
) -> Result<(StatusCode, Json<run_view::RunBody>), ApiError> {
    let schedule = find(&app, &caller, &schedule).await?;
    let run = ids.run();
    let by = fw_run::Actor::User { name: caller.principal.subject.clone() };
    let definition = app
        .read(schedule.clone(), |tx, schedule| Box::pin(async move { Ok(scheduled_run(tx, &schedule).await?) }))
        .await?
        .ok_or_else(|| ApiError::not_found("stack"))?;
    app.create_run(run, definition, by, None).await?;
    let run = app.run(schedule.account, run).await?;
    Ok((StatusCode::CREATED, Json(run_view::body(&run))))
}

/// Removes a schedule
#[utoipa::path(delete, path = "/schedules/{id}", tag = "schedules", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller<Operator>,
    Path(schedule): Path<String>,
) -> Result<StatusCode, ApiError> {
    let schedule = find(&app, &caller, &schedule).await?;
    app.write(schedule.id, |tx, id| Box::pin(async move { Ok(runs::delete_schedule(tx, id).await.map(drop)?) }))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(app: &App, caller: &Caller<Operator>, text: &str) -> Result<ScheduleRow, ApiError> {
    let id: ScheduleId = id(text, "schedule")?;
    let found = app.read(id, |tx, id| Box::pin(async move { Ok(runs::schedule(tx, id).await?) })).await?;
    let own = found.filter(|schedule| schedule.account == caller.principal.account);
    own.ok_or_else(|| ApiError::not_found("schedule"))
}

fn next_tick(cron: &str, zone: &str) -> Result<fw_run::Time, ApiError> {
    let wrong = |error: fw_driver::CronError| ApiError::invalid(error.to_string()).with(json!({"path": "cron"}));
    Cron::parse(cron, zone).and_then(|cron| cron.next(now())).map_err(wrong)
}

fn body(schedule: &ScheduleRow) -> ScheduleBody {
    ScheduleBody {
        id: schedule.id.to_string(),
        name: schedule.name.clone(),
        stack_id: schedule.stack.to_string(),
        cron: schedule.cron.clone(),
        time_zone: schedule.zone.clone(),
        purpose: run_view::purpose(&schedule.definition.purpose).to_owned(),
        paused: schedule.paused,
        next_at: schedule.next_at.map(|at| rfc3339(at.0)),
        last_at: schedule.last_at.map(|at| rfc3339(at.0)),
        last_run_id: schedule.last_run.map(|run| run.to_string()),
        created_at: rfc3339(schedule.created_at.0),
    }
}
