//! `Idempotency-Key`: a request that comes again with its key is answered as it was the first time, and done once.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fw_database::idempotency::{self, Claim};
use fw_run::{AccountId, Time};
use sha2::{Digest, Sha256};

use super::too_large;
use crate::app::App;
use crate::caller::principal;
use crate::ids::Ids;
use crate::{ApiError, ids, time};

const KEY: &str = "idempotency-key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// A request that has not been answered after this many milliseconds was cut short: it may be done again.
const STALE: i64 = 30_000;
/// Longer answers are not kept; no request that makes something has one.
const LONGEST: usize = 1024 * 1024;

pub(crate) async fn once(State(app): State<App>, request: Request, next: Next) -> Response {
    if !matches!(*request.method(), Method::POST | Method::PUT | Method::DELETE) {
        return next.run(request).await;
    }
    let account = principal(&request).map(|principal| principal.account);
    let key = request.headers().get(KEY).map(|key| key.to_str().unwrap_or_default().to_owned());
    match (account, key) {
        (Some(account), Some(key)) => {
            keyed(&app, account, &key, request, next).await.unwrap_or_else(IntoResponse::into_response)
        }
        _ => {
            let mut request = request;
            request.extensions_mut().insert(Ids::fresh());
            next.run(request).await
        }
    }
}

async fn keyed(app: &App, account: AccountId, key: &str, request: Request, next: Next) -> Result<Response, ApiError> {
    if !(1..=255).contains(&key.len()) {
        return Err(ApiError::invalid("Idempotency-Key has 1 to 255 visible characters"));
    }
    let (parts, body) = request.into_parts();
    let limit = app.options.body_limit;
    let body = to_bytes(body, limit).await.map_err(|_error| too_large(limit))?;
    let fingerprint = fingerprint(&parts.method, &parts.uri.to_string(), &body);
    match claim(app, account, key, &fingerprint).await? {
        Claim::Foreign => Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "this Idempotency-Key was used for another request",
        )),
        Claim::Running(_) => Err(ApiError::conflict(
            "request_in_progress",
            "the request with this Idempotency-Key is still being worked on",
        )
        .later(1)),
        Claim::Answered { status, content_type, body } => Ok(replay(status, &content_type, body)),
        Claim::Fresh(seed) => {
            let mut request = Request::from_parts(parts, Body::from(body));
            request.extensions_mut().insert(Ids::seeded(seed));
            keep(app, account, key, next.run(request).await).await
        }
    }
}

async fn claim(app: &App, account: AccountId, key: &str, fingerprint: &str) -> Result<Claim, ApiError> {
    let arguments = (account, key.to_owned(), fingerprint.to_owned(), ids::plain(), time::now());
    app.write(arguments, |tx, (account, key, fingerprint, seed, now)| {
        Box::pin(async move {
            let request = (key.as_str(), fingerprint.as_str(), seed.as_str());
            Ok(idempotency::claim(tx, account, request, Time(now), Time(now - STALE)).await?)
        })
    })
    .await
}

/// Keeps an answer. One that tells of a trouble that may pass is not kept, so that trying again helps.
async fn keep(app: &App, account: AccountId, key: &str, response: Response) -> Result<Response, ApiError> {
    let status = response.status();
    let passing =
        status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::UNAUTHORIZED);
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|error| ApiError::internal(&error))?;
    let content_type =
        parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kept = (!passing && body.len() <= LONGEST).then(|| (status.as_u16(), content_type.to_owned(), body.to_vec()));
    app.write((account, key.to_owned(), kept), |tx, (account, key, kept)| {
        Box::pin(async move {
            match kept {
                Some((status, kind, body)) => idempotency::answer(tx, account, &key, (status, &kind, body)).await?,
                None => idempotency::release(tx, account, &key).await?,
            }
            Ok(())
        })
    })
    .await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn replay(status: u16, content_type: &str, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(content_type)
        && !content_type.is_empty()
    {
        headers.insert(header::CONTENT_TYPE, value);
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn fingerprint(method: &Method, uri: &str, body: &Bytes) -> String {
    let hash = Sha256::new().chain_update(method.as_str()).chain_update([0]).chain_update(uri).chain_update([0]);
    hex::encode(hash.chain_update(body).finalize())
}
