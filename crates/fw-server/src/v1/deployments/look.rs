//! Looking at deployments: plan, state, events, logs.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use fw_driver::shown_run;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use super::find;
use crate::app::App;
use crate::body::Parameters;
use crate::caller::{Caller, Viewer};
use crate::deployment::mask_state;
use crate::error::ErrorBody;
use crate::live::{Follower, Place, Told};
use crate::run_view;
use crate::v1::runs::plan_json;
use crate::v1::streams::{self, What};
use crate::{ApiError, Role};

/// How to give events or logs.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FollowQuery {
    /// Whether to go on until the run is over, as server-sent events.
    pub(crate) follow: Option<bool>,
    /// Which run; the newest if nothing is said.
    pub(crate) run: Option<String>,
}

/// The plan of the newest run, in terraform's JSON form
#[utoipa::path(get, path = "/deployments/{id}/plan", tag = "deployments", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 404, body = ErrorBody)))]
pub(crate) async fn plan(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Path(deployment): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let (_, runs) = find(&app, &caller, &deployment).await?;
    for run in &runs {
        if let Some(plan) = plan_json(&app, run).await? {
            return Ok(Json(plan));
        }
    }
    Err(ApiError::not_found("plan"))
}

/// The state, as terraform writes it
///
/// Those with the role viewer get no sensitive values.
#[utoipa::path(get, path = "/deployments/{id}/state", tag = "deployments", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 404, body = ErrorBody)))]
pub(crate) async fn state(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Path(deployment): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let (stack, _) = find(&app, &caller, &deployment).await?;
    let version = app.state(stack.id, None).await?.ok_or_else(|| ApiError::not_found("state"))?;
    let mut state = app.get_json(version.digest).await?;
    if caller.principal.role < Role::Operator {
        mask_state(&mut state);
    }
    Ok(Json(state))
}

/// What has happened, and with `follow` what happens
///
/// An array; with `follow=true` or `Accept: text/event-stream` server-sent events until the run is over.
#[utoipa::path(get, path = "/deployments/{id}/events", tag = "deployments",
    params(("id" = String, Path), FollowQuery),
    responses((status = 200, body = [Object]), (status = 404, body = ErrorBody)))]
pub(crate) async fn events(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Path(deployment): Path<String>,
    Parameters(query): Parameters<FollowQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (_, runs) = find(&app, &caller, &deployment).await?;
    if query.follow.unwrap_or(false) || wants_stream(&headers) {
        let run = shown_run(&runs).ok_or_else(|| ApiError::not_found("run"))?;
        let newest = runs.first().map_or(run.id, |newest| newest.id);
        return Ok(streams::sse(&app, newest, &headers, What::Everything));
    }
    let mut all = Vec::new();
    for run in runs.iter().rev() {
        let id = run.id.to_string();
        let mut follower = Follower::new(&app, run.id, Place::default());
        while let Some((_, told)) = follower.ready().await? {
            match told {
                Told::Entry(entry) => all.push(run_view::event(&id, &entry)),
                Told::Output(output) if matches!(output.output, fw_run::Output::Progress(_)) => {
                    all.push(run_view::output(&id, &output));
                }
                Told::Output(_) => {}
            }
        }
    }
    Ok(Json(all).into_response())
}

/// The log of the newest run
///
/// Text; with `follow=true` or `Accept: text/event-stream` server-sent events until the run is over.
#[utoipa::path(get, path = "/deployments/{id}/logs", tag = "deployments", params(("id" = String, Path), FollowQuery),
    responses((status = 200, body = String, content_type = "text/plain"), (status = 404, body = ErrorBody)))]
pub(crate) async fn logs(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Path(deployment): Path<String>,
    Parameters(query): Parameters<FollowQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (_, runs) = find(&app, &caller, &deployment).await?;
    let run = match &query.run {
        Some(named) => runs.iter().find(|run| run.id.to_string() == *named),
        None => runs.first(),
    };
    let run = run.ok_or_else(|| ApiError::not_found("run"))?;
    if query.follow.unwrap_or(false) || wants_stream(&headers) {
        return Ok(streams::sse(&app, run.id, &headers, What::Log));
    }
    streams::log(&app, run.id).await
}

pub(crate) fn wants_stream(headers: &HeaderMap) -> bool {
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepts.contains("text/event-stream")
}
