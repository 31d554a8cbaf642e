//! Logs every request, counts it, and turns a panic of an endpoint into an answer with the id of the request.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt as _;
use serde_json::json;

use super::{Client, RequestId};
use crate::ApiError;
use crate::metrics::Requests;

pub(crate) async fn surround(State(requests): State<Arc<Requests>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let id = request.extensions().get::<RequestId>().map_or_else(String::new, |id| id.0.clone());
    let client = request.extensions().get::<Client>().and_then(|client| client.0);
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let response = answered.unwrap_or_else(|panic| after_panic(panic.as_ref(), &id));
    let (status, took) = (response.status(), started.elapsed());
    requests.count(method.as_str(), &route, status.as_u16(), took);
    let client = client.map(|address| address.to_string()).unwrap_or_default();
    let milliseconds = took.as_secs_f64() * 1000.0;
    if path.starts_with(crate::grpc::WORKER_PATH) {
        // Workers ask all the time.
        tracing::debug!(%method, path, status = status.as_u16(), milliseconds, client, request_id = id, "request");
    } else {
        tracing::info!(%method, path, status = status.as_u16(), milliseconds, client, request_id = id, "request");
    }
    response
}

fn after_panic(panic: &(dyn std::any::Any + Send), id: &str) -> Response {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(request_id = id, panic = text.unwrap_or("?"), "an endpoint panicked");
    let message = format!("the server made a mistake; its log says more under the request id {id}");
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", message)
        .with(json!({"request_id": id}))
        .into_response()
}
