//! The one shape of errors on the wire: `{error, message, details}`, and which status each has.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fw_database::DatabaseError;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What an endpoint answers with when it cannot do what was asked for.
#[derive(Debug)]
pub struct ApiError {
    /// The HTTP status.
    pub status: StatusCode,
    /// A word for programs: `not_found`.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
    /// More for programs, where there is more.
    pub details: Value,
    /// Fields beside the three usual ones.
    pub beside: Map<String, Value>,
    /// How many seconds later it is worth trying again.
    pub retry_after: Option<u64>,
}

/// The body of every error.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// A word for programs.
    #[schema(example = "not_found")]
    pub error: String,
    /// A sentence for people.
    pub message: String,
    /// More for programs: the place in the input, the limit that was hit, the id of the request.
    pub details: Value,
}

impl ApiError {
    /// An error with nothing beside code and message.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let details = Value::Object(Map::new());
        Self { status, code, message: message.into(), details, beside: Map::new(), retry_after: None }
    }

    /// The same with details.
    #[must_use]
    pub fn with(mut self, details: Value) -> Self {
        self.details = details;
        self
    }

    /// The same with a time after which trying again is worth it.
    #[must_use]
    pub fn later(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds.max(1));
        self
    }

    /// 400: the input is wrong.
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "validation_failed", message)
    }

    /// 404: there is no such thing, or not for this account.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("{what} not found"))
    }

    /// 409: not in this state.
    #[must_use]
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// 401: nobody we know.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "a valid token is required: Authorization: Bearer …")
    }

    /// 403: known, but may not.
    #[must_use]
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// 500: our fault. The cause goes to the log, not to the client.
    #[must_use]
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", "the server could not do this; its log says why")
    }

    /// 503: something we need is away.
    #[must_use]
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message).later(2)
    }
}

impl From<DatabaseError> for ApiError {
    fn from(error: DatabaseError) -> Self {
        if error.is_transient() {
            tracing::warn!(error = chain(&error), "the database is not available");
            return Self::unavailable("the database is not available");
        }
        if let DatabaseError::Duplicate(_) = error {
            return Self::conflict("already_exists", "there is one already");
        }
        Self::internal(&chain(&error))
    }
}

impl From<fw_objects::Error> for ApiError {
    fn from(error: fw_objects::Error) -> Self {
        Self::internal(&chain(&error))
    }
}

/// An error with all its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = Map::new();
        body.insert("error".into(), self.code.into());
        body.insert("message".into(), self.message.into());
        body.insert("details".into(), self.details);
        body.extend(self.beside);
        let mut response = (self.status, Json(Value::Object(body))).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            // Browsers then ask for a name and a password; the password is the token.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Formwork\""));
        }
        response
    }
}
