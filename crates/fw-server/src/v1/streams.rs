//! Following a run: server-sent events, a WebSocket, or the log as text.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use fw_database::runs;
use fw_run::{Output, RunId};
use serde_json::Value;

use crate::app::App;
use crate::body::Parameters;
use crate::caller::{Caller, Viewer};
use crate::error::ErrorBody;
use crate::live::{Follower, Place, Told};
use crate::v1::deployments::look::{FollowQuery, wants_stream};
use crate::v1::runs::{known, plan_json};
use crate::v1::stacks::why_failed;
use crate::{ApiError, run_view};

/// What somebody wants to hear of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// All events and the log.
    Everything,
    /// The log alone.
    Log,
    /// Planned changes, and the plan in the end.
    Plan,
}

/// What has happened in a run, and with `follow` what happens
///
/// An array; with `follow=true` or `Accept: text/event-stream` server-sent events until the run is over: `event` for the
/// run's own, `progress` for those of its steps, `log` for lines. `Last-Event-ID` goes on where a connection broke off.
#[utoipa::path(get, path = "/runs/{id}/events", tag = "runs", params(("id" = String, Path), FollowQuery),
    responses((status = 200, body = [Object]), (status = 404, body = ErrorBody)))]
pub(crate) async fn events(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Path(run): Path<String>,
    Parameters(query): Parameters<FollowQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let run = known(&app, &caller, &run).await?;
    if query.follow.unwrap_or(false) || wants_stream(&headers) {
        return Ok(sse(&app, run, &headers, What::Everything));
    }
    let id = run.to_string();
    let mut follower = Follower::new(&app, run, Place::default());
    let mut all = Vec::new();
    while let Some((_, told)) = follower.ready().await? {
        if let Some((name, value)) = shown(&id, &told, What::Everything)
            && name != "log"
        {
            all.push(value);
        }
    }
    Ok(Json(all).into_response())
}

/// The log of a run
///
/// Text; with `follow=true` or `Accept: text/event-stream` server-sent events until the run is over.
#[utoipa::path(get, path = "/runs/{id}/logs", tag = "runs", params(("id" = String, Path), FollowQuery),
    responses((status = 200, body = String, content_type = "text/plain"), (status = 404, body = ErrorBody)))]
pub(crate) async fn logs(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Path(run): Path<String>,
    Parameters(query): Parameters<FollowQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let run = known(&app, &caller, &run).await?;
    if query.follow.unwrap_or(false) || wants_stream(&headers) {
        return Ok(sse(&app, run, &headers, What::Log));
    }
    log(&app, run).await
}

/// Follows a run over a WebSocket
///
/// A text message of JSON for each event: `{event, id, data}`, as the server-sent events have them. Closed when the run is
/// over.
#[utoipa::path(get, path = "/runs/{id}/stream", tag = "runs", params(("id" = String, Path)),
    responses((status = 101), (status = 404, body = ErrorBody)))]
pub(crate) async fn socket(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Path(run): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    let run = known(&app, &caller, &run).await?;
    Ok(upgrade.on_upgrade(move |socket| talk(app, run, socket)))
}

/// The log of a run as far as it is, as text.
pub(crate) async fn log(app: &App, run: RunId) -> Result<Response, ApiError> {
    let mut text = String::new();
    let mut follower = Follower::new(app, run, Place::default());
    while let Some((_, told)) = follower.ready().await? {
        if let Told::Output(output) = told
            && let Output::Line(line) = output.output
        {
            text.push_str(&line.text);
            text.push('\n');
        }
    }
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))], text).into_response())
}

/// Server-sent events of a run until it is over.
pub(crate) fn sse(app: &App, run: RunId, headers: &HeaderMap, what: What) -> Response {
    let place = headers.get("last-event-id").and_then(|id| Place::parse(id.to_str().ok()?)).unwrap_or_default();
    let follower = Follower::new(app, run, place);
    let stream = futures::stream::unfold(Stage::Following(follower), move |stage| async move {
        match stage {
            Stage::Following(mut follower) => match next(&mut follower, run, what).await {
                Ok(Some(event)) => Some((Ok::<_, Infallible>(event), Stage::Following(follower))),
                Ok(None) if what == What::Plan => Some((Ok(outcome(follower.app(), run).await), Stage::Ending)),
                Ok(None) => Some((Ok(Event::default().event("end").data("{}")), Stage::Over)),
                Err(error) => Some((Ok(trouble(&error)), Stage::Over)),
            },
            Stage::Ending => Some((Ok(Event::default().event("end").data("{}")), Stage::Over)),
            Stage::Over => None,
        }
    });
    let mut response = Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response();
    // Proxies that gather answers would hold these back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// How far a stream is.
enum Stage {
    Following(Follower),
    Ending,
    Over,
}

/// The next event that is wanted; nothing once the run is over.
async fn next(follower: &mut Follower, run: RunId, what: What) -> Result<Option<Event>, ApiError> {
    let run = run.to_string();
    while let Some((place, told)) = follower.next().await? {
        if let Some((name, value)) = shown(&run, &told, what) {
            return Ok(Some(Event::default().event(name).id(place.to_string()).data(value.to_string())));
        }
    }
    Ok(None)
}

/// The plan of a run that is over, or why there is none.
async fn outcome(app: &App, run: RunId) -> Event {
    let found = app.read(run, |tx, run| Box::pin(async move { Ok(runs::run(tx, run).await?) })).await;
    let account = match found {
        Ok(Some(row)) => row.run.definition().account,
        Ok(None) => return trouble(&ApiError::not_found("run")),
        Err(error) => return trouble(&error),
    };
    let view = match app.run(account, run).await {
        Ok(view) => view,
        Err(error) => return trouble(&error),
    };
    match plan_json(app, &view).await {
        Ok(Some(plan)) => Event::default().event("plan").data(plan.to_string()),
        Ok(None) => trouble(&why_failed(app, &view).await),
        Err(error) => trouble(&error),
    }
}

fn trouble(error: &ApiError) -> Event {
    let body = serde_json::json!({"error": error.code, "message": error.message, "details": error.details});
    Event::default().event("error").data(body.to_string())
}

async fn talk(app: App, run: RunId, mut socket: WebSocket) {
    let mut follower = Follower::new(&app, run, Place::default());
    loop {
        let told = tokio::select! {
            told = follower.next() => told,
            message = socket.recv() => match message {
                // Nothing a client says matters here, but that it is gone does.
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
        };
        let Ok(Some((place, told))) = told else { break };
        let Some((name, value)) = shown(&run.to_string(), &told, What::Everything) else { continue };
        let message = serde_json::json!({"event": name, "id": place.to_string(), "data": value});
        if socket.send(Message::Text(message.to_string().into())).await.is_err() {
            return;
        }
    }
    // The client may have gone first.
    drop(socket.send(Message::Close(None)).await);
}

/// The name of an event, and the event.
pub(crate) fn shown(run: &str, told: &Told, what: What) -> Option<(&'static str, Value)> {
    match told {
        Told::Entry(entry) if what == What::Everything => Some(("event", run_view::event(run, entry))),
        Told::Entry(_) => None,
        Told::Output(output) => match (&output.output, what) {
            (Output::Line(_), What::Plan) => None,
            (Output::Line(_), _) => Some(("log", run_view::output(run, output))),
            (Output::Progress(_), What::Everything | What::Plan) => Some(("progress", run_view::output(run, output))),
            (Output::Progress(_), What::Log) => None,
        },
    }
}
