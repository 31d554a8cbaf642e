//! The event log of an account: what happens in all its runs.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use fw_database::run_views::{self, LogEntry};
use fw_run::AccountId;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use crate::app::App;
use crate::body::Parameters;
use crate::caller::{Caller, Viewer};
use crate::v1::deployments::look::wants_stream;
use crate::{ApiError, run_view};

/// How often it is looked for more, if no signal comes.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Which events.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedQuery {
    /// Only those after this position.
    after: Option<i64>,
    /// How many at most; 100 if nothing is said.
    limit: Option<u32>,
    /// Whether to go on, as server-sent events.
    follow: Option<bool>,
}

/// What happened in the runs of the account
///
/// An array; with `follow=true` or `Accept: text/event-stream` server-sent events without end. Their ids are positions:
/// `Last-Event-ID` or `after` goes on from there; without either a stream begins with what happens next.
#[utoipa::path(get, path = "/events", tag = "events", params(FeedQuery), responses((status = 200, body = [Object])))]
pub(crate) async fn events(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Parameters(query): Parameters<FeedQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let account = caller.principal.account;
    if !query.follow.unwrap_or(false) && !wants_stream(&headers) {
        let limit = query.limit.unwrap_or(100).clamp(1, 1000);
        let entries = log(&app, account, query.after.unwrap_or(0), limit).await?;
        return Ok(Json(entries.iter().map(event).collect::<Vec<_>>()).into_response());
    }
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let start = match last.or(query.after) {
        Some(position) => position,
        None => app.read((), |tx, ()| Box::pin(async move { Ok(run_views::log_end(tx).await?) })).await?,
    };
    let signals = app.database.subscribe();
    let first = (app, account, start, Vec::<LogEntry>::new().into_iter(), signals);
    let stream = futures::stream::unfold(first, |(app, account, mut position, mut ready, mut signals)| async move {
        loop {
            if let Some(entry) = ready.next() {
                position = entry.position;
                let name = kind(&entry);
                let shown = Event::default().event(name).id(position.to_string()).data(event(&entry).to_string());
                return Some((Ok::<_, Infallible>(shown), (app, account, position, ready, signals)));
            }
            let Ok(entries) = log(&app, account, position, 500).await else { return None };
            if entries.is_empty() {
                // Any signal will do; whether one was lost does not matter either.
                drop(tokio::time::timeout(LOOK_AGAIN, signals.recv()).await);
            }
            ready = entries.into_iter();
        }
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response())
}

async fn log(app: &App, account: AccountId, after: i64, limit: u32) -> Result<Vec<LogEntry>, ApiError> {
    app.read((account, after, limit), |tx, (account, after, limit)| {
        Box::pin(async move { Ok(run_views::log(tx, Some(account), after, limit).await?) })
    })
    .await
}

/// The type of an event for those who choose among them: `run.finished`.
pub(crate) fn kind(entry: &LogEntry) -> String {
    let event = serde_json::to_value(&entry.entry.event).unwrap_or_default();
    format!("run.{}", event["type"].as_str().unwrap_or("event"))
}

/// An event with everything it is about.
pub(crate) fn event(entry: &LogEntry) -> Value {
    let mut all = json!({"position": entry.position, "event": kind(entry), "stack_id": entry.stack});
    let mut own = run_view::event(&entry.run.to_string(), &entry.entry);
    if let (Some(all), Some(own)) = (all.as_object_mut(), own.as_object_mut()) {
        all.append(own);
    }
    all
}
