//! Recognises who asks, holds back who asks too often, and lets endpoints say which role they need.

use std::marker::PhantomData;
use std::net::IpAddr;
use std::time::Instant;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::app::App;
use crate::middleware::Client;
use crate::{ApiError, Credentials, Principal, Role};

/// What authentication found out about a request. Endpoints that need nobody do not look at it.
#[derive(Clone, Debug)]
pub(crate) enum Identity {
    Known(Principal),
    Nobody,
}

/// A role that an endpoint needs, as a type.
pub(crate) trait Needed {
    const ROLE: Role;
}

/// Whoever may look.
pub(crate) struct Viewer;
/// Whoever may change stacks.
pub(crate) struct Operator;
/// Whoever may manage.
pub(crate) struct Admin;

impl Needed for Viewer {
    const ROLE: Role = Role::Viewer;
}
impl Needed for Operator {
    const ROLE: Role = Role::Operator;
}
impl Needed for Admin {
    const ROLE: Role = Role::Admin;
}

/// Who asks; an endpoint that takes this is not reached by others.
pub(crate) struct Caller<R> {
    pub(crate) principal: Principal,
    role: PhantomData<R>,
}

impl<S: Send + Sync, R: Needed> FromRequestParts<S> for Caller<R> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        Self::of(&parts.extensions)
    }
}

impl<R: Needed> Caller<R> {
    /// Who asks, as authentication has found out.
    pub(crate) fn of(extensions: &Extensions) -> Result<Self, ApiError> {
        let principal = known(extensions).ok_or_else(ApiError::unauthenticated)?;
        if principal.role >= R::ROLE {
            return Ok(Self { principal: principal.clone(), role: PhantomData });
        }
        Err(wrong_role(principal, R::ROLE))
    }
}

/// Somebody asks who has not the role that is needed.
pub(crate) fn wrong_role(principal: &Principal, needed: Role) -> ApiError {
    let (has, needs) = (principal.role.name(), needed.name());
    ApiError::forbidden(format!("this needs the role {needs}; the token has the role {has}"))
}

/// Who asks, if it is somebody.
pub(crate) fn known(extensions: &Extensions) -> Option<&Principal> {
    match extensions.get::<Identity>() {
        Some(Identity::Known(principal)) => Some(principal),
        Some(Identity::Nobody) | None => None,
    }
}

/// The account and who it is, of whoever asks, if it is somebody.
pub(crate) fn principal(request: &Request) -> Option<&Principal> {
    known(request.extensions())
}

pub(crate) async fn authenticate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    match recognise(&app, &mut request).await {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Finds out who a request is from, and leaves that with it.
pub(crate) async fn recognise(app: &App, request: &mut Request) -> Result<(), ApiError> {
    let credentials = credentials(request.headers());
    let client = request.extensions().get::<Client>().and_then(|client| client.0);
    let identity = identify(app, credentials, client).await?;
    request.extensions_mut().insert(identity);
    Ok(())
}

async fn identify(app: &App, given: Option<Credentials>, client: Option<IpAddr>) -> Result<Identity, ApiError> {
    let Some(credentials) = given else { return Ok(Identity::Nobody) };
    for authenticator in &app.authenticators {
        if let Some(principal) = authenticator.authenticate(&credentials).await? {
            app.limiter.take(&principal.key, Instant::now()).map_err(|wait| too_many(wait.as_secs_f64()))?;
            return Ok(Identity::Known(principal));
        }
    }
    // Nobody guesses a token; whoever tries is slowed down anyway, and so is the log.
    let key = client.map(|address| address.to_string()).unwrap_or_default();
    app.strangers.take(&key, Instant::now()).map_err(|wait| too_many(wait.as_secs_f64()))?;
    Ok(Identity::Nobody)
}

fn too_many(wait: f64) -> ApiError {
    let message = "too many requests";
    let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message);
    let seconds = std::time::Duration::from_secs_f64(wait.ceil()).as_secs();
    error.with(json!({"retry_after_seconds": wait})).later(seconds)
}

fn credentials(headers: &HeaderMap) -> Option<Credentials> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Credentials::Bearer(rest.to_owned()));
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let text = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
        let (user, password) = text.split_once(':')?;
        return Some(Credentials::Basic { user: user.to_owned(), password: password.to_owned() });
    }
    None
}
