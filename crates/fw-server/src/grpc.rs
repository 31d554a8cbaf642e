//! gRPC, at the address of the REST API: workers on other machines, and stacks. Who asks is found out as for REST.

mod stacks;
mod worker;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use fw_rpc::stacks::stacks_server::StacksServer;
use fw_rpc::wire::LARGEST_MESSAGE;
use fw_rpc::worker::worker_server::WorkerServer;
use tonic::metadata::MetadataValue;
use tonic::{Code, Status};

use crate::ApiError;
use crate::app::App;
use crate::caller::recognise;

/// Where workers ask.
pub(crate) const WORKER_PATH: &str = "/formwork.worker.v1.Worker/";

pub(crate) fn router(app: &App) -> Router<App> {
    let worker = WorkerServer::new(worker::Workers::new(app))
        .max_decoding_message_size(LARGEST_MESSAGE)
        .max_encoding_message_size(LARGEST_MESSAGE);
    let stacks = StacksServer::new(stacks::Stacks::new(app))
        .max_decoding_message_size(app.options.body_limit)
        .max_encoding_message_size(usize::MAX);
    Router::new()
        .route_service("/formwork.worker.v1.Worker/{method}", worker)
        .route_service("/formwork.stacks.v1.Stacks/{method}", stacks)
        .layer(from_fn_with_state(app.clone(), authenticate))
}

async fn authenticate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    match recognise(&app, &mut request).await {
        Ok(()) => next.run(request).await,
        Err(error) => status(error).into_http::<axum::body::Body>().into_response(),
    }
}

/// An error as gRPC says it: what has no place in a status is beside it.
pub(crate) fn status(error: ApiError) -> Status {
    let code = match error.status {
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Code::InvalidArgument,
        StatusCode::UNAUTHORIZED => Code::Unauthenticated,
        StatusCode::FORBIDDEN => Code::PermissionDenied,
        StatusCode::NOT_FOUND => Code::NotFound,
        StatusCode::CONFLICT if error.code == "already_exists" || error.code == "name_taken" => Code::AlreadyExists,
        StatusCode::CONFLICT => Code::FailedPrecondition,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::PAYLOAD_TOO_LARGE => Code::ResourceExhausted,
        StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
        StatusCode::GATEWAY_TIMEOUT => Code::DeadlineExceeded,
        _ => Code::Internal,
    };
    let beside = serde_json::json!({"error": error.code, "details": error.details});
    let mut status = Status::new(code, error.message);
    let value = MetadataValue::from_bytes(beside.to_string().as_bytes());
    status.metadata_mut().insert_bin("x-formwork-error-bin", value);
    status
}

/// The files that describe it.
pub(crate) async fn proto(Path(name): Path<String>) -> Result<Response, ApiError> {
    let found = fw_rpc::PROTOS.into_iter().find(|(known, _)| *known == name);
    let (_, text) = found.ok_or_else(|| ApiError::not_found("file"))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}
