//! How the service is: queue, health, metrics, workers.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use fw_database::run_views;
use fw_database::runs::{self, WorkerRow};
use fw_run::{Millis, Time};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::ApiError;
use crate::app::App;
use crate::caller::{Caller, Viewer};
use crate::metrics::{head, line};
use crate::store::now;
use crate::time::rfc3339;

/// Workers that were not heard of for longer are not counted.
const ALIVE: i64 = 60_000;
/// How long a part may take to say that it is well.
const PATIENCE: Duration = Duration::from_secs(3);

/// The queue of runs.
#[derive(Serialize, ToSchema)]
pub(crate) struct QueueBody {
    total_enqueued: u64,
    total_dequeued: u64,
    current_depth: u64,
    /// A duration: `45s`.
    #[schema(example = "45s")]
    average_wait_time: String,
    /// When the one that waits longest was made.
    oldest_deployment: Option<String>,
}

/// A worker.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkerBody {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) labels: Vec<String>,
    pub(crate) version: String,
    pub(crate) slots: u32,
    pub(crate) busy: u64,
    /// Whether it is part of a server.
    pub(crate) local: bool,
    pub(crate) first_seen_at: String,
    pub(crate) last_seen_at: String,
}

/// Figures of the queue
#[utoipa::path(get, path = "/queue/metrics", tag = "system", responses((status = 200, body = QueueBody)))]
pub(crate) async fn queue(State(app): State<App>, _caller: Caller<Viewer>) -> Result<Json<QueueBody>, ApiError> {
    let queue = app.queue().await?;
    Ok(Json(QueueBody {
        total_enqueued: queue.enqueued,
        total_dequeued: queue.dequeued,
        current_depth: queue.depth,
        average_wait_time: duration(queue.average_wait),
        oldest_deployment: queue.oldest.map(|(_, at)| rfc3339(at.0)),
    }))
}

/// The workers that were heard of lately
#[utoipa::path(get, path = "/workers", tag = "system", responses((status = 200, body = [WorkerBody])))]
pub(crate) async fn workers(State(app): State<App>, caller: Caller<Viewer>) -> Result<Json<Vec<WorkerBody>>, ApiError> {
    // Workers of another account are nobody else's business.
    let serves = |row: &&WorkerRow| row.worker.account.is_none_or(|account| account == caller.principal.account);
    Ok(Json(alive(&app).await?.iter().filter(serves).map(worker).collect()))
}

/// How each part of the service is
///
/// 503 when one of them is unhealthy.
#[utoipa::path(get, path = "/system/health", tag = "system",
    responses((status = 200, body = Object), (status = 503, body = Object)))]
pub(crate) async fn health(State(app): State<App>) -> Response {
    let (healthy, body) = check(&app).await;
    let status = if healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body)).into_response()
}

/// Whether the process runs
pub(crate) fn live() -> &'static str {
    "ok\n"
}

/// Whether it can take requests
///
/// Without engine or workers it can: what is asked for is kept until they are back.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    let (database, objects) = tokio::join!(answers(app.database.ping()), answers(app.objects.check()));
    let healthy = database && objects;
    let status = if healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({"status": word(healthy)}))).into_response()
}

/// Figures for Prometheus
pub(crate) async fn metrics(State(app): State<App>, _caller: Caller<Viewer>) -> Result<Response, ApiError> {
    let mut text = String::new();
    app.requests.render(&mut text);
    let queue = app.queue().await?;
    let by_status = app.read((), |tx, ()| Box::pin(async move { Ok(run_views::run_counts(tx).await?) })).await?;
    let unserved = app
        .read(Time(now().0 - ALIVE), |tx, since| Box::pin(async move { Ok(runs::unserved(tx, since).await?) }))
        .await?;
    let workers = alive(&app).await?;
    let mut one = |name: &str, kind: &str, help: &str, value: &dyn std::fmt::Display| {
        head(&mut text, name, kind, help);
        line(&mut text, name, "", value);
    };
    one("formwork_queue_depth", "gauge", "Runs that wait for their first step.", &queue.depth);
    one("formwork_runs_enqueued_total", "counter", "Runs made.", &queue.enqueued);
    one("formwork_runs_dequeued_total", "counter", "Runs begun.", &queue.dequeued);
    let wait = super::deployments::seconds(queue.average_wait.0);
    one("formwork_queue_wait_seconds", "gauge", "How long the last hundred runs waited, on average.", &wait);
    one("formwork_workers", "gauge", "Workers that were heard of lately.", &workers.len());
    let busy: u64 = workers.iter().map(|worker| worker.busy).sum();
    one("formwork_workers_busy_steps", "gauge", "Steps that workers have.", &busy);
    one("formwork_uptime_seconds", "gauge", "Seconds since the server was started.", &app.started.elapsed().as_secs());
    head(&mut text, "formwork_runs", "gauge", "Runs by their status.");
    for (status, count) in by_status {
        line(&mut text, "formwork_runs", &format!("status=\"{status}\""), &count);
    }
    head(&mut text, "formwork_steps_unserved", "gauge", "Steps for which there is no worker, by the labels they need.");
    for (labels, count) in unserved {
        line(&mut text, "formwork_steps_unserved", &format!("labels=\"{labels}\""), &count);
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

/// Workers that were heard of lately.
pub(crate) async fn alive(app: &App) -> Result<Vec<WorkerRow>, ApiError> {
    app.read(Time(now().0 - ALIVE), |tx, since| Box::pin(async move { Ok(runs::workers(tx, since).await?) })).await
}

/// How each part is, and whether all are well.
pub(crate) async fn check(app: &App) -> (bool, Value) {
    let part = |healthy: bool, message: &str| json!({"status": word(healthy), "message": message});
    let engine = app.runs.engine();
    let (database, objects, driven) =
        tokio::join!(answers(app.database.ping()), answers(app.objects.check()), answers(engine.check()));
    // Without the database nobody knows, and to ask takes long.
    let (count, queue) = if database {
        (alive(app).await.map(|workers| workers.len()).unwrap_or(0), app.queue().await.ok())
    } else {
        (0, None)
    };
    let depth = queue.as_ref().map_or(0, |queue| queue.depth);
    // Runs that wait with nobody to take them are a trouble; no worker and nothing to do is none.
    let served = count > 0 || depth == 0;
    let healthy = database && objects && served && driven;
    let body = json!({
        "status": word(healthy),
        "version": app.options.version,
        "timestamp": rfc3339(now().0),
        "uptime_seconds": app.started.elapsed().as_secs(),
        "components": {
            "database": part(database, if database { "answers" } else { "does not answer" }),
            "objects": part(objects, if objects { "answers" } else { "does not answer" }),
            "engine": part(driven, &format!("{} {}", engine.name(), if driven { "answers" } else { "does not answer" })),
            "workers": part(served, &format!("{count} workers")),
            "queue": part(queue.is_some(), &format!("{depth} runs wait")),
        },
    });
    (healthy, body)
}

/// Whether a part answers, and soon.
async fn answers<E>(part: impl Future<Output = Result<(), E>>) -> bool {
    matches!(tokio::time::timeout(PATIENCE, part).await, Ok(Ok(())))
}

const fn word(healthy: bool) -> &'static str {
    if healthy { "healthy" } else { "unhealthy" }
}

fn worker(row: &WorkerRow) -> WorkerBody {
    WorkerBody {
        id: row.worker.id.to_string(),
        name: row.worker.name.clone(),
        labels: row.worker.labels.iter().map(ToString::to_string).collect(),
        version: row.worker.version.clone(),
        slots: row.worker.slots,
        busy: row.busy,
        local: row.local,
        first_seen_at: rfc3339(row.first_seen.0),
        last_seen_at: rfc3339(row.last_seen.0),
    }
}

/// A duration as existing clients read it: `1m30s`, `1.5s`, `20ms`, `0s`.
fn duration(time: Millis) -> String {
    let milliseconds = time.0;
    if milliseconds == 0 {
        return "0s".to_owned();
    }
    if milliseconds < 1000 {
        return format!("{milliseconds}ms");
    }
    let (hours, rest) = (milliseconds / 3_600_000, milliseconds % 3_600_000);
    let (minutes, rest) = (rest / 60_000, rest % 60_000);
    let mut text = String::new();
    if hours > 0 {
        text.push_str(&format!("{hours}h"));
    }
    if hours > 0 || minutes > 0 {
        text.push_str(&format!("{minutes}m"));
    }
    let (seconds, fraction) = (rest / 1000, rest % 1000);
    let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:03}") };
    text.push_str(&format!("{seconds}{}s", fraction.trim_end_matches('0')));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_text() {
        let text = |milliseconds| duration(Millis(milliseconds));
        assert_eq!(text(0), "0s");
        assert_eq!(text(45_000), "45s");
        assert_eq!(text(1_500), "1.5s");
        assert_eq!(text(20), "20ms");
        assert_eq!(text(90_000), "1m30s");
        assert_eq!(text(3_600_000), "1h0m0s");
    }
}
