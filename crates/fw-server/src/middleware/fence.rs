//! How long an answer may take, and how much a request may bring.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use serde_json::json;

use crate::ApiError;

/// How much of a body that is too large is taken in.
const DRAINED: usize = 64 * 1024 * 1024;

/// Ends what takes too long.
pub(crate) async fn deadline(State(longest): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(longest, next.run(request)).await {
        Ok(response) => response,
        Err(_elapsed) => {
            let message = format!("this took longer than {} s", longest.as_secs());
            ApiError::new(StatusCode::GATEWAY_TIMEOUT, "timeout", message).into_response()
        }
    }
}

/// Refuses what says of itself that it is too big; what lies is cut off where it is read.
pub(crate) async fn limit_body(State(most): State<usize>, request: Request, next: Next) -> Response {
    let said = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|said| said > most as u64) {
        drain(request.into_body()).await;
        return too_large(most).into_response();
    }
    next.run(request).await
}

/// Takes in what nobody wants, up to a bound: many clients hear no answer before all they have to say was taken.
async fn drain(body: Body) {
    let mut pieces = body.into_data_stream();
    let mut taken = 0;
    while let Some(Ok(piece)) = pieces.next().await {
        taken += piece.len();
        if taken > DRAINED {
            return;
        }
    }
}

pub(crate) fn too_large(most: usize) -> ApiError {
    let message = format!("the body is larger than {most} bytes");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", message).with(json!({"limit_bytes": most}))
}
